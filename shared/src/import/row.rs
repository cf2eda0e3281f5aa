//! A row of the predecessor's table, and the session that it holds.

use std::{collections::HashMap, fmt};

use aws_sdk_dynamodb::{
    primitives::{DateTime, DateTimeFormat},
    types::AttributeValue,
};
use serde_json::value::RawValue;

use super::{Left, Terms};
use crate::{
    data::{Data, Marks, may_hold},
    id::{SessionKey, SessionRef},
    session::{Origin, Session, Status, Timeouts},
    time::UnixSeconds,
    token::{self, TokenFormat},
};

pub(super) type Item = HashMap<String, AttributeValue>;

/// The attribute that marks a row as imported: the name that its session has here. The predecessors leave attributes alone that
/// they do not know.
pub(super) const MARK: &str = "imported";

/// A row as it was read. Its id is a credential: it is shown nowhere.
pub struct Row {
    pub(super) id: String,
    mark: Option<AttributeValue>,
    record: Option<Record>,
}

/// The fields of a session, as dynamodb-session-web 0.2.9 writes them (`_session.py`, `save`).
struct Record {
    /// ISO 8601, `2026-11-21T01:16:10.415390+00:00`, as is `accessed`.
    created: UnixSeconds,
    accessed: UnixSeconds,
    /// The earlier of the two deadlines.
    expires: UnixSeconds,
    timeouts: Timeouts,
    /// A JSON object, as Python writes it.
    data: String,
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Row(..)")
    }
}

impl Row {
    /// Reads an item; `None`: it has no key of the predecessors' form.
    pub(super) fn read(mut item: Item) -> Option<Self> {
        let record = Record::read(&item);
        let mark = item.remove(MARK);
        let AttributeValue::S(id) = item.remove("id")? else {
            return None;
        };
        Some(Self { id, mark, record })
    }

    /// The session that it holds, to be named `reference`, and its key here; or why it is left. A mark of that very name is
    /// that of the caller.
    pub(super) fn session(
        &self,
        reference: &SessionRef,
        terms: Terms<'_>,
        now: UnixSeconds,
    ) -> Result<(SessionKey, Session), Left> {
        let mark = self.mark.as_ref();
        if mark.is_some_and(|mark| mark.as_s().map(String::as_str) != Ok(reference.as_str())) {
            return Err(Left::Before);
        }
        let record = self.record.as_ref().ok_or(Left::Damaged)?;
        if now >= record.expires {
            return Err(Left::Expired);
        }
        if self.id.contains('.') {
            return Err(Left::Signed);
        }
        let id = token::verify(&self.id, &TokenFormat::default()).map_err(|_| Left::Length)?;
        let session = Session {
            reference: reference.clone(),
            user: None,
            created: record.created,
            accessed: record.accessed,
            authenticated: None,
            timeouts: record.timeouts,
            origin: Origin::default(),
            data: data(&record.data).ok_or(Left::Data)?,
            version: 0,
            marks: Marks::default(),
            rotation: None,
            ended: None,
            remembered: Some(false),
        };
        let named = terms.user_key.and_then(|key| session.data.get(key));
        if named.is_some_and(|json| json != "null") {
            return Err(Left::User);
        }
        match session.status(now, terms.not_before) {
            Status::Alive => Ok((id.key(), session)),
            Status::Idle | Status::Expired | Status::Rotated => Err(Left::Expired),
            Status::Superseded => Err(Left::Superseded),
            Status::Implausible => Err(Left::Damaged),
        }
    }
}

impl Record {
    fn read(item: &Item) -> Option<Self> {
        let seconds = |name: &str| item.get(name)?.as_n().ok()?.parse().ok();
        let moment = |name: &str| {
            let text = item.get(name)?.as_s().ok()?;
            let moment = DateTime::from_str(text, DateTimeFormat::DateTimeWithOffset).ok()?;
            moment.secs().try_into().ok().map(UnixSeconds)
        };
        Some(Self {
            created: moment("created")?,
            accessed: moment("accessed")?,
            expires: seconds("expires").map(UnixSeconds)?,
            timeouts: Timeouts {
                idle: seconds("idle_timeout")?,
                absolute: seconds("absolute_timeout")?,
            },
            data: item.get("data")?.as_s().ok()?.clone(),
        })
    }
}

/// The data in a JSON object, each value as it is written. Python writes numbers that JSON does not have, such as `NaN`.
fn data(json: &str) -> Option<Data> {
    let members: HashMap<String, Box<RawValue>> = serde_json::from_str(json).ok()?;
    let members = members.into_iter();
    members
        .map(|(key, value)| {
            may_hold(&key, value.get())
                .ok()
                .map(|()| (key, value.get().to_owned()))
        })
        .collect()
}

#[cfg(test)]
mod tests;
