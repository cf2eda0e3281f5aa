//! The table's items and the records they hold.

use std::{collections::HashMap, str::FromStr};

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};

use crate::{
    data::{Data, Marks},
    id::{SessionKey, SessionRef},
    identity::{Identity, Subject},
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
    let identity = session.origin.identity.as_ref();
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
        ("issuer", identity.map(|it| text(&it.issuer))),
        ("subject", identity.map(|it| text(it.subject.as_str()))),
        ("sid", identity.and_then(|it| Some(text(it.sid.as_ref()?)))),
        (
            "claims",
            identity.and_then(|it| Some(text(it.claims.as_ref()?))),
        ),
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
pub(super) const WITHOUT_DATA: [&str; 21] = [
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
    "issuer",
    "subject",
    "sid",
    "claims",
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
            identity: identity(item).ok()?,
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
    // Nobody vouches for an anonymous session.
    let consistent = (session.origin.identity.is_none() || session.user.is_some())
        && session.expires() == moment(item, "expires")?
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

/// Who the user is at a provider, if the item tells; a part of it is wrong.
fn identity(item: &Item) -> Result<Option<Box<Identity>>, Wrong> {
    let issuer = optional(item, "issuer", string)?;
    let subject = optional(item, "subject", subject)?;
    let sid = optional(item, "sid", string)?;
    let claims = optional(item, "claims", string)?;
    match (issuer, subject) {
        (Some(issuer), Some(subject)) => Ok(Some(Box::new(Identity {
            issuer: issuer.to_owned(),
            subject,
            sid: sid.map(str::to_owned),
            claims: claims.map(str::to_owned),
        }))),
        (None, None) if sid.is_none() && claims.is_none() => Ok(None),
        _ => Err(Wrong),
    }
}

fn subject(item: &Item, name: &str) -> Option<Subject> {
    Subject::parse(string(item, name)?).ok()
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
        ended: optional(item, "ended", moment).ok()?,
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
pub(super) fn optional<'a, T>(
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
pub(super) struct Wrong;

/// A string field.
pub(crate) fn string<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

/// A field that is true or false.
pub(super) fn boolean(item: &Item, name: &str) -> Option<bool> {
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
mod tests;
