//! What lies under a user's name as it was read, and the condition that it still does.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use super::request::text;
use crate::{
    fault::{FaultKind, StoreError},
    password::{hash::PasswordHash, store::UserRecord},
    time::UnixSeconds,
};

/// The attributes that tell one state from every other. Each write moves the version. Two attributes name a record,
/// because records of earlier releases have only the hash.
const STATE: [&str; 3] = ["record", "version", "hash"];

/// How many marks an item keeps: more writes than are made between two attempts at one.
const MARKS: usize = 8;

/// An item as it was read: a claim, a record, or a damaged item.
pub(super) struct Seen(pub(super) HashMap<String, AttributeValue>);

/// A condition, and what stands for its names and values.
pub(super) struct Condition {
    pub(super) expression: String,
    pub(super) names: HashMap<String, String>,
    pub(super) values: HashMap<String, AttributeValue>,
}

impl Seen {
    /// Whether the name is claimed, and there is no user yet.
    pub(super) fn is_claim(&self) -> bool {
        self.0.contains_key("record")
            && !["version", "hash"]
                .iter()
                .any(|name| self.0.contains_key(*name))
    }

    /// Whether the two are states of one record.
    pub(super) fn is_of_record(&self, other: &Self) -> bool {
        self.0.get("record") == other.0.get("record")
    }

    /// Whether it has this very hash.
    pub(super) fn holds(&self, hash: &AttributeValue) -> bool {
        self.0.get("hash") == Some(hash)
    }

    /// Whether one of the latest writes left this mark.
    pub(super) fn is_marked(&self, mark: &str) -> bool {
        self.marks().contains(&text(mark))
    }

    /// The marks after a write that leaves `mark`.
    pub(super) fn marks_and(&self, mark: &str) -> AttributeValue {
        let marks = self.marks();
        let earlier = marks.iter().skip((marks.len() + 1).saturating_sub(MARKS));
        AttributeValue::L(earlier.cloned().chain([text(mark)]).collect())
    }

    fn marks(&self) -> &[AttributeValue] {
        match self.0.get("marks") {
            Some(AttributeValue::L(marks)) => marks,
            _ => &[],
        }
    }

    /// The version after a write. For a damaged item it begins anew.
    pub(super) fn next_version(&self) -> u64 {
        self.integer("version")
            .map_or(0, |version| version.saturating_add(1))
    }

    /// The condition that it is as it was seen, damaged or not.
    pub(super) fn unchanged(&self) -> Condition {
        let mut terms = vec!["attribute_exists(id)".to_owned()];
        let mut values = HashMap::new();
        for name in STATE {
            terms.push(if let Some(value) = self.0.get(name) {
                values.insert(format!(":seen_{name}"), value.clone());
                format!("#{name} = :seen_{name}")
            } else {
                format!("attribute_not_exists(#{name})")
            });
        }
        let names = STATE.map(|name| (format!("#{name}"), name.to_owned()));
        Condition {
            expression: terms.join(" AND "),
            names: names.into(),
            values,
        }
    }

    /// The record in it. It is damaged if an attribute is missing, has the wrong type or holds a hash that is not ours.
    pub(super) fn record(&self) -> Result<UserRecord, StoreError> {
        let damaged = |name: &'static str| StoreError {
            kind: FaultKind::Damaged,
            source: format!("its attribute {name} is missing or wrong").into(),
        };
        let integer = |name| self.integer(name).ok_or_else(|| damaged(name));
        let hash = self.0.get("hash").and_then(|hash| hash.as_s().ok());
        let disabled = self
            .0
            .get("disabled")
            .and_then(|disabled| disabled.as_bool().ok());
        Ok(UserRecord {
            hash: hash
                .and_then(|hash| PasswordHash::parse(hash))
                .ok_or_else(|| damaged("hash"))?,
            disabled: *disabled.ok_or_else(|| damaged("disabled"))?,
            version: integer("version")?,
            created: UnixSeconds(integer("created")?),
            changed: UnixSeconds(integer("changed")?),
        })
    }

    fn integer(&self, name: &str) -> Option<u64> {
        self.0.get(name)?.as_n().ok()?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_eight_marks_are_kept() {
        let mut seen = Seen(HashMap::new());
        for write in 0..9_u8 {
            let marks = seen.marks_and(&write.to_string());
            seen.0.insert("marks".to_owned(), marks);
        }
        assert_eq!(seen.marks().len(), 8);
        assert!(!seen.is_marked("0") && seen.is_marked("1") && seen.is_marked("8"));
    }
}
