//! What a handler changes, key by key, in order: it is made again if others were quicker.

use std::{collections::BTreeMap, fmt, sync::Arc};

use dynamodb_session::data::{Data, DataError, Edit, InvalidEdit};
use serde::de::Error as _;
use serde_json::value::RawValue;

/// Makes a key's new JSON text from the one that it has.
pub(super) type Update =
    Arc<dyn Fn(Option<&str>) -> Result<Box<RawValue>, DataError> + Send + Sync>;

/// A change of one key.
#[derive(Clone)]
struct Change {
    /// Which one it is of all changes of the request.
    number: u64,
    key: String,
    what: What,
}

#[derive(Clone)]
enum What {
    /// Sets it to this JSON text; null removes it.
    Put(Box<RawValue>),
    Update(Update),
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Change({})", self.key)
    }
}

/// The changes of a handler that are not saved yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Changes {
    list: Vec<Change>,
    made: u64,
}

impl Changes {
    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Sets a key, whatever came before.
    pub(super) fn put(&mut self, key: &str, json: Box<RawValue>) -> Result<(), InvalidEdit> {
        self.admit(key, json.clone())?;
        self.list.retain(|change| change.key != key);
        self.push(key, What::Put(json));
        Ok(())
    }

    /// Updates a key, now to `json`, and to what `update` makes if others have changed it meanwhile.
    pub(super) fn update(
        &mut self,
        key: &str,
        json: Box<RawValue>,
        update: Update,
    ) -> Result<(), InvalidEdit> {
        self.admit(key, json)?;
        self.push(key, What::Update(update));
        Ok(())
    }

    /// Leaves those that were made since `saved` was copied.
    pub(super) fn forget(&mut self, saved: &Self) {
        self.list.retain(|change| change.number > saved.made);
    }

    /// Makes the changes.
    pub(super) fn apply(&self, data: &mut Data) -> Result<(), DataError> {
        for Change { key, what, .. } in &self.list {
            let json = match what {
                What::Put(json) => json.clone(),
                What::Update(update) => update(data.get(key).map(String::as_str))?,
            };
            if json.get() == "null" {
                data.remove(key);
            } else {
                data.insert(key.clone(), json.get().to_owned());
            }
        }
        Ok(())
    }

    /// The edit that makes them, of data as it stands: it names the changed keys alone.
    pub(super) fn edit(&self, data: &Data) -> Result<Edit, DataError> {
        let mut changed = data.clone();
        self.apply(&mut changed)?;
        let mut members = BTreeMap::new();
        for Change { key, .. } in &self.list {
            let json = changed.remove(key).unwrap_or_else(|| "null".to_owned());
            if !members.contains_key(key) {
                members.insert(key.clone(), RawValue::from_string(json)?);
            }
        }
        Edit::of(members).map_err(|invalid| serde_json::Error::custom(invalid).into())
    }

    /// Whether the rules of an edit take this key, this value and so many keys.
    fn admit(&self, key: &str, json: Box<RawValue>) -> Result<(), InvalidEdit> {
        Edit::of(BTreeMap::from([(key.to_owned(), json)]))?;
        let known = self.list.iter().any(|change| change.key == key);
        let keys: std::collections::BTreeSet<_> =
            self.list.iter().map(|change| &change.key).collect();
        if !known && keys.len() >= Edit::MOST_KEYS {
            return Err(InvalidEdit::TooManyKeys);
        }
        Ok(())
    }

    fn push(&mut self, key: &str, what: What) {
        self.made += 1;
        self.list.push(Change {
            number: self.made,
            key: key.to_owned(),
            what,
        });
    }
}
