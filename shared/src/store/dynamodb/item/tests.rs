//! What is written is read back, and every wrong attribute is damage.

use std::collections::BTreeSet;

use super::*;
use crate::{data::Mark, entropy::SystemEntropy};

fn key() -> SessionKey {
    SessionKey::from_stored("s#k".to_owned())
}

fn marks_of(writes: usize) -> Marks {
    let draw = || Mark::draw(&SystemEntropy).unwrap();
    (0..writes).fold(Marks::default(), |marks, _| marks.with(draw()))
}

fn full() -> Session {
    Session {
        reference: SessionRef::generate(&SystemEntropy).unwrap(),
        user: Some(UserName::parse("ada").unwrap()),
        created: UnixSeconds(1_000),
        accessed: UnixSeconds(1_500),
        authenticated: Some(UnixSeconds(1_000)),
        timeouts: Timeouts {
            idle: 7_200,
            absolute: 43_200,
        },
        origin: Origin::new(Some("192.0.2.1"), Some("curl/8")),
        data: Data::from([("cart".to_owned(), "[1]".to_owned())]),
        version: 3,
        marks: marks_of(2),
        rotation: None,
        ended: None,
        remembered: Some(false),
    }
}

/// A session of a provider's user, with all that is told of them.
fn vouched() -> Session {
    let identity = Identity {
        issuer: "https://login.example/realms/acme".to_owned(),
        subject: Subject::parse("Ab|9").unwrap(),
        sid: Some("provider's session".to_owned()),
        claims: Some(r#"{"name":"Ada"}"#.to_owned()),
    };
    Session {
        user: Some(identity.user()),
        origin: Origin {
            identity: Some(Box::new(identity)),
            ..full().origin
        },
        ..full()
    }
}

#[test]
fn session_survives_the_round_trip() {
    let anonymous = Session {
        user: None,
        authenticated: None,
        origin: Origin::default(),
        data: Data::new(),
        marks: Marks::default(),
        ended: Some(UnixSeconds(9_000)),
        remembered: None,
        ..full()
    };
    let remembered = Session {
        remembered: Some(true),
        ..full()
    };
    let vouched = vouched();
    let told_less = Session {
        authenticated: None,
        origin: Origin {
            identity: Some(Box::new(Identity {
                sid: None,
                claims: None,
                ..*vouched.origin.identity.clone().unwrap()
            })),
            ..Origin::default()
        },
        ..full()
    };
    let rotation = |successor: Option<SessionKey>| Session {
        rotation: Some(Box::new(Rotation {
            successor,
            grace_expires: UnixSeconds(1_530),
        })),
        ..full()
    };
    let rotated = [rotation(None), rotation(Some(key()))];
    let sessions = [full(), anonymous, remembered, vouched, told_less];
    for session in sessions.into_iter().chain(rotated) {
        let item = of_session(&key(), &session);
        assert_eq!(found(Some(&item)), Found::Session(session));
    }
    assert_eq!(found(None), Found::Nothing);
}

#[test]
fn all_attributes_but_the_data_are_read_without_it() {
    let rotated = Session {
        rotation: Some(Box::new(Rotation {
            successor: Some(key()),
            grace_expires: UnixSeconds(1_530),
        })),
        ended: Some(UnixSeconds(9_000)),
        ..vouched()
    };
    let mut item = of_session(&key(), &rotated);
    let read = WITHOUT_DATA.map(|name| item.remove_entry(name).expect(name));
    let left: BTreeSet<_> = item.keys().map(String::as_str).collect();
    assert_eq!(left, BTreeSet::from(["data", "marks"]));
    let expected = Session {
        data: Data::new(),
        marks: Marks::default(),
        ..rotated
    };
    assert_eq!(found_without_data(read.into()), Found::Session(expected));
}

#[test]
fn unknown_attributes_are_left_alone() {
    let mut item = of_session(&key(), &full());
    item.insert("later".to_owned(), AttributeValue::Bool(true));
    assert!(matches!(found(Some(&item)), Found::Session(_)));
}

#[test]
fn an_item_with_any_wrong_attribute_is_damaged() {
    let wrong = |name: &'static str, value: AttributeValue| (name, Some(value));
    #[rustfmt::skip]
    let cases = [
        wrong("expires", text("9999999999")),
        wrong("expires", number(&1_700_000_000_000_u64)),
        wrong("expires", number(&"-1")),
        wrong("expires", number(&0)),
        wrong("expires", number(&"1E+40")),
        wrong("expires", number(&"NaN")),
        wrong("idle_expires", number(&1)),
        wrong("idle_timeout", text("7200")),
        wrong("user", number(&1)),
        wrong("ref", text("*")),
        wrong("successor", text("s#k")),
        wrong("grace_expires", text("1")),
        wrong("ended", text("1")),
        wrong("marks", text("")),
        wrong("marks", AttributeValue::B(Blob::new([0; 7]))),
        wrong("remembered", text("true")),
        wrong("data", text("{}")),
        wrong("data", AttributeValue::M(HashMap::from([("a".to_owned(), number(&1))]))),
        ("ref", None), ("created", None), ("accessed", None), ("idle_timeout", None), ("absolute_timeout", None),
        ("idle_expires", None), ("expires", None), ("data", None), ("version", None),
    ];
    for (name, value) in cases {
        let mut item = of_session(&key(), &full());
        match value.clone() {
            Some(value) => item.insert(name.to_owned(), value),
            None => item.remove(name),
        };
        assert_eq!(found(Some(&item)), Found::Damaged, "{name} {value:?}");
    }
}

#[test]
fn what_a_provider_tells_is_whole_or_damaged() {
    let wrong = |name: &'static str, value: AttributeValue| (name, Some(value));
    #[rustfmt::skip]
    let cases = [
        ("issuer", None), ("subject", None), ("user", None),
        wrong("issuer", number(&1)), wrong("subject", number(&1)), wrong("sid", number(&1)), wrong("claims", number(&1)),
        wrong("subject", text("")), wrong("subject", text("a\0b")), wrong("subject", text(&"a".repeat(256))),
    ];
    for (name, value) in cases {
        let mut item = of_session(&key(), &vouched());
        match value.clone() {
            Some(value) => item.insert(name.to_owned(), value),
            None => item.remove(name),
        };
        assert_eq!(found(Some(&item)), Found::Damaged, "{name} {value:?}");
    }
    for alone in ["issuer", "subject", "sid", "claims"] {
        let mut item = of_session(&key(), &full());
        item.insert(alone.to_owned(), text("a"));
        assert_eq!(found(Some(&item)), Found::Damaged, "{alone}");
    }
}

#[test]
fn an_item_without_data_is_one_write_unit() {
    // A time of twelve digits. Deadlines after it still have twelve.
    const LAST: UnixSeconds = UnixSeconds(253_000_000_000);
    let key = SessionKey::from_stored(format!("s#{}", "k".repeat(43)));
    let longest = Session {
        user: Some(UserName::from_stored("u".repeat(256))),
        origin: Origin::new(
            Some("0000:0000:0000:0000:0000:ffff:255.255.255.255"),
            Some(&"m".repeat(300)),
        ),
        data: Data::new(),
        marks: marks_of(20),
        ended: Some(LAST),
        rotation: Some(Box::new(Rotation {
            successor: Some(key.clone()),
            grace_expires: LAST,
        })),
        created: LAST,
        accessed: LAST,
        authenticated: Some(LAST),
        timeouts: Timeouts {
            idle: 31_536_000,
            absolute: 31_536_000,
        },
        version: u64::MAX,
        remembered: Some(false),
        ..full()
    };
    let subject = Subject::parse(&"s".repeat(64)).unwrap();
    let identity = Identity {
        issuer: "https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47/v2.0"
            .into(),
        subject,
        sid: Some("0".repeat(36)),
        claims: None,
    };
    let vouched = Session {
        user: Some(identity.user()),
        origin: Origin {
            identity: Some(Box::new(identity)),
            ..longest.origin.clone()
        },
        ..longest.clone()
    };
    for session in [longest, vouched] {
        let size = size(&key, &session);
        assert!(size <= 1024, "{size}");
    }
}

fn size(key: &SessionKey, session: &Session) -> usize {
    // DynamoDB counts names and values in UTF-8 bytes, and a number as one byte for two digits and one more
    // (developer guide, "DynamoDB item sizes and formats").
    of_session(key, session)
        .iter()
        .map(|(name, value)| {
            name.len()
                + match value {
                    AttributeValue::S(text) => text.len(),
                    AttributeValue::B(bytes) => bytes.as_ref().len(),
                    AttributeValue::M(_) => 3,
                    AttributeValue::Bool(_) => 1,
                    AttributeValue::N(digits) => digits.len().div_ceil(2) + 1,
                    other => panic!("{name}: {other:?}"),
                }
        })
        .sum()
}
