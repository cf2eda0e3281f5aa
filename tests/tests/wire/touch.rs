//! `SESSION_TOUCH_INTERVAL_SECONDS`: a read for every call, and a write once an interval.

use tests::functions::NOW;

use super::{
    line::{Line, tell},
    units::units,
};

#[tokio::test]
async fn within_the_interval_a_call_is_one_read() {
    let mut line = Line::open(&[("SESSION_TOUCH_INTERVAL_SECONDS", "60")]).await;
    let token = line.functions.log_in("ada").await;
    line.sent();
    let both = &["GetItem s#", "UpdateItem s#"][..];
    let read = &both[..1];
    #[rustfmt::skip]
    let calls = [
        // seconds, requests
        (0,   read),
        (59,  read),
        (60,  both),
        (60,  read),
        (119, read),
        (120, both),
        (300, both),
        (301, read),
    ];
    for (seconds, expected) in calls {
        line.functions.now = NOW.plus(seconds);
        assert!(line.authorize(Some(&token)).await, "{seconds}");
        let sent = line.sent();
        let told: Vec<_> = sent.iter().map(tell).collect();
        assert_eq!(told, expected, "{seconds}");
        for seen in &sent {
            assert_eq!(units(&line.tables.endpoint, seen).await, 1.0, "{seconds}");
        }
    }
}

/// What is over costs a read; idleness is written down once.
#[tokio::test]
async fn a_denial_is_one_read_and_one_update_ends_an_idle_session() {
    let mut line = Line::open(&[("SESSION_TOUCH_INTERVAL_SECONDS", "60")]).await;
    let (idle, ended) = (
        line.functions.log_in("ada").await,
        line.functions.log_in("ada").await,
    );
    line.functions.logout(Some(&ended)).await;
    line.sent();
    for (now, token, updates) in [
        (NOW, &*"A".repeat(43), 0),
        (NOW, &ended, 0),
        (NOW.plus(7200), &idle, 1),
        (NOW.plus(7200), &idle, 0),
        (NOW.plus(43200), &idle, 0),
    ] {
        line.functions.now = now;
        assert!(!line.authorize(Some(token)).await);
        let ends = vec!["UpdateItem s#"; updates];
        assert_eq!(line.operations(), [vec!["GetItem s#"], ends].concat());
    }
}
