//! The table's items and the records they hold.

use std::{collections::HashMap, str::FromStr};

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};

use crate::{
    data::{Data, Marks},
    id::{SessionKey, SessionRef},
    session::{Origin, Rotation, Session, Timeouts},
    store::{Found, Spent},
    time::UnixSeconds,
    user::{Entry, UserName, UserSessions},
};

type Item = HashMap<String, AttributeValue>;

/// A string attribute.
pub(crate) fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

/// A number attribute.
pub(crate) fn number(value: &impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// A moment, as TTL wants it.
pub(crate) fn seconds(value: UnixSeconds) -> AttributeValue {
    number(&value.0)
}

/// The key of a user's item.
pub(super) fn user_key(user: &UserName) -> String {
    format!("u#{}", user.as_str())
}

/// The item of a session.
pub(super) fn of_session(key: &SessionKey, session: &Session) -> Item {
    let data = session
        .data
        .iter()
        .map(|(name, json)| (name.clone(), text(json)))
        .collect();
    let required = [
        ("id", text(key.as_str())),
        ("ref", text(session.reference.as_str())),
        ("created", seconds(session.created)),
        ("accessed", seconds(session.accessed)),
        ("idle_timeout", number(&session.timeouts.idle)),
        ("absolute_timeout", number(&session.timeouts.absolute)),
        ("idle_expires", seconds(session.idle_expires())),
        ("expires", seconds(session.expires())),
        ("data", AttributeValue::M(data)),
        ("version", number(&session.version)),
    ];
    let optional = [
        (
            "user",
            session.user.as_ref().map(|user| text(user.as_str())),
        ),
        ("authenticated", session.authenticated.map(seconds)),
        (
            "successor",
            session.successor().map(|key| text(key.as_str())),
        ),
        (
            "grace_expires",
            session
                .rotation
                .as_ref()
                .map(|rotation| seconds(rotation.grace_expires)),
        ),
        (
            "marks",
            (!session.marks.is_empty()).then(|| marks(&session.marks)),
        ),
        ("ended", session.ended.map(seconds)),
        ("remembered", session.remembered.map(AttributeValue::Bool)),
        ("ip", session.origin.ip.as_deref().map(text)),
        ("agent", session.origin.agent.as_deref().map(text)),
    ];
    let optional = optional
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)));
    required
        .into_iter()
        .chain(optional)
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// The attributes of a session's item, without its data and the marks of its writes.
pub(super) const WITHOUT_DATA: [&str; 17] = [
    "id",
    "ref",
    "user",
    "created",
    "accessed",
    "authenticated",
    "idle_timeout",
    "absolute_timeout",
    "idle_expires",
    "expires",
    "version",
    "successor",
    "grace_expires",
    "ended",
    "remembered",
    "ip",
    "agent",
];

/// What an item is, if only [`WITHOUT_DATA`] of it was read.
pub(super) fn found_without_data(mut item: Item) -> Found {
    let none = AttributeValue::M(HashMap::new());
    item.insert("data".to_owned(), none);
    found(Some(&item))
}

/// What an item under a session's key is.
pub(super) fn found(item: Option<&Item>) -> Found {
    match item {
        None => Found::Nothing,
        Some(item) => match session(item) {
            Some(session) => Found::Session(session),
            None if item.contains_key(SPENT) => Found::Nothing,
            None => Found::Damaged,
        },
    }
}

/// The attribute that marks an item that only occupies its key.
const SPENT: &str = "spent";

/// The item that occupies a key.
pub(super) fn of_spent(spent: &Spent) -> Item {
    Item::from([
        ("id".to_owned(), text(spent.key.as_str())),
        ("expires".to_owned(), seconds(spent.expires)),
        (SPENT.to_owned(), AttributeValue::Bool(true)),
    ])
}

/// The session in an item; `None` if a field is missing, has the wrong type or contradicts another. Unknown attributes
/// are ignored.
fn session(item: &Item) -> Option<Session> {
    let session = Session {
        reference: SessionRef::parse(string(item, "ref")?)?,
        user: optional(item, "user", string)
            .ok()?
            .map(|name| UserName::from_stored(name.to_owned())),
        created: moment(item, "created")?,
        accessed: moment(item, "accessed")?,
        authenticated: optional(item, "authenticated", moment).ok()?,
        timeouts: Timeouts {
            idle: integer(item, "idle_timeout")?,
            absolute: integer(item, "absolute_timeout")?,
        },
        origin: Origin {
            ip: optional(item, "ip", string).ok()?.map(str::to_owned),
            agent: optional(item, "agent", string).ok()?.map(str::to_owned),
        },
        data: data(item)?,
        version: integer(item, "version")?,
        marks: optional(item, "marks", read_marks)
            .ok()?
            .unwrap_or_default(),
        rotation: rotation(item).ok()?,
        ended: optional(item, "ended", moment).ok()?,
        remembered: optional(item, "remembered", boolean).ok()?,
    };
    let consistent = session.expires() == moment(item, "expires")?
        && session.idle_expires() == moment(item, "idle_expires")?;
    consistent.then_some(session)
}

/// The rotation that an item tells of, if any; half of one is wrong.
fn rotation(item: &Item) -> Result<Option<Box<Rotation>>, Wrong> {
    let successor = optional(item, "successor", string)?;
    let Some(grace_expires) = optional(item, "grace_expires", moment)? else {
        return successor.map_or(Ok(None), |_| Err(Wrong));
    };
    Ok(Some(Box::new(Rotation {
        successor: successor.map(|key| SessionKey::from_stored(key.to_owned())),
        grace_expires,
    })))
}

fn data(item: &Item) -> Option<Data> {
    let data = item.get("data")?.as_m().ok()?.iter();
    data.map(|(name, json)| Some((name.clone(), json.as_s().ok()?.clone())))
        .collect()
}

/// The marks of a session's writes.
pub(super) fn marks(marks: &Marks) -> AttributeValue {
    AttributeValue::B(Blob::new(marks.to_bytes()))
}

fn read_marks(item: &Item, name: &str) -> Option<Marks> {
    Marks::from_bytes(item.get(name)?.as_b().ok()?.as_ref())
}

/// The entry of a session in its user's item.
pub(super) fn of_entry(entry: &Entry) -> AttributeValue {
    AttributeValue::M(HashMap::from([
        ("key".to_owned(), text(entry.key.as_str())),
        ("created".to_owned(), seconds(entry.created)),
        ("expires".to_owned(), seconds(entry.expires)),
    ]))
}

/// The user item in an item; `None` if a field is missing or has the wrong type.
pub(super) fn user_sessions(item: &Item) -> Option<UserSessions> {
    let sessions = item.get("sessions")?.as_m().ok()?.iter();
    Some(UserSessions {
        sessions: sessions
            .map(|(name, entry)| Some((SessionRef::parse(name)?, self::entry(entry)?)))
            .collect::<Option<_>>()?,
        epoch: integer(item, "epoch")?,
        expires: moment(item, "expires")?,
    })
}

fn entry(value: &AttributeValue) -> Option<Entry> {
    let item = value.as_m().ok()?;
    Some(Entry {
        key: SessionKey::from_stored(string(item, "key")?.to_owned()),
        created: moment(item, "created")?,
        expires: moment(item, "expires")?,
    })
}

/// A field that may be missing, but not wrong.
fn optional<'a, T>(
    item: &'a Item,
    name: &str,
    read: impl FnOnce(&'a Item, &str) -> Option<T>,
) -> Result<Option<T>, Wrong> {
    if item.contains_key(name) {
        read(item, name).map(Some).ok_or(Wrong)
    } else {
        Ok(None)
    }
}

/// A field that may be missing is there, but has the wrong type.
struct Wrong;

/// A string field.
pub(crate) fn string<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

/// A field that is true or false.
fn boolean(item: &Item, name: &str) -> Option<bool> {
    item.get(name)?.as_bool().ok().copied()
}

/// A number field that is a whole number.
pub(crate) fn integer<N: FromStr>(item: &Item, name: &str) -> Option<N> {
    item.get(name)?.as_n().ok()?.parse().ok()
}

/// A number field that is a moment.
pub(crate) fn moment(item: &Item, name: &str) -> Option<UnixSeconds> {
    integer(item, name).map(UnixSeconds)
}

#[cfg(test)]
mod tests {
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
        let rotation = |successor: Option<SessionKey>| Session {
            rotation: Some(Box::new(Rotation {
                successor,
                grace_expires: UnixSeconds(1_530),
            })),
            ..full()
        };
        let rotated = [rotation(None), rotation(Some(key()))];
        for session in [full(), anonymous, remembered].into_iter().chain(rotated) {
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
            ..full()
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
        // DynamoDB counts names and values in UTF-8 bytes, and a number as one byte for two digits and one more
        // (developer guide, "DynamoDB item sizes and formats").
        let size: usize = of_session(&key, &longest)
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
            .sum();
        assert!(size <= 1024, "{size}");
    }
}
