//! Names that are no longer given to new users.

use dynamodb_session::{password::store::UserStore, time::UnixSeconds};

use super::super::engine::{Engine, NEW, OLD, name, run, told};

/// Another release added such a user; this one adds none.
#[tokio::test(flavor = "multi_thread")]
async fn a_name_with_a_character_that_shows_nothing_is_not_added_and_still_managed() {
    let engine = Engine::start().await;
    let blank = "ad\u{2800}a";
    let (code, text) = told(&run(engine.command(&["user", "add", blank]), OLD));
    assert_eq!(code, 2, "{text}");
    assert!(
        text.contains("the character U+2800 shows nothing"),
        "{text}"
    );
    assert_eq!(engine.record(blank).await, None);

    run(engine.command(&["user", "add", "ada"]), OLD);
    let hash = engine.record("ada").await.unwrap().hash;
    let now = UnixSeconds::from_system_clock();
    assert!(engine.users().add(&name(blank), &hash, now).await.unwrap());
    assert!(engine.logs_in(blank, OLD).await);
    for (deed, input) in [
        ("passwd", NEW),
        ("disable", ""),
        ("enable", ""),
        ("unlock", ""),
        ("remove", ""),
    ] {
        let (code, text) = told(&run(engine.command(&["user", deed, blank]), input));
        assert_eq!(code, 0, "{deed} {text}");
    }
    assert_eq!(engine.record(blank).await, None);
}
