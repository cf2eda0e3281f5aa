//! A change of some keys: a JSON merge patch (RFC 7396) at the top level.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::{
    Deserialize,
    de::{Deserializer, Error, MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::Data;

/// The longest key, in bytes.
const LONGEST_KEY: usize = 255;

/// How deep a value may nest: less than parsers of other languages stand.
const DEEPEST: usize = 64;

/// What to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Sets some keys, removes others, and leaves the rest alone.
    Merge {
        /// Keys and their new JSON texts.
        set: BTreeMap<String, String>,
        /// Keys to remove; missing ones do no harm.
        remove: BTreeSet<String>,
    },
    /// Removes all keys.
    Clear,
}

impl Edit {
    /// The most keys that one edit may name: an expression of `DynamoDB` has at most 4 KB and 300 operators.
    pub const MOST_KEYS: usize = 100;

    /// Reads a merge patch: `null` removes a key, anything else sets it, as it is written.
    pub fn parse(json: &[u8]) -> Result<Self, InvalidEdit> {
        let Patch(members) = serde_json::from_slice(json).map_err(|error| {
            if error.to_string().starts_with(TWICE) {
                InvalidEdit::Twice
            } else {
                InvalidEdit::NoObject
            }
        })?;
        Self::of(members)
    }

    /// The merge patch of these members: `null` removes a key, anything else sets it, as it is written.
    pub fn of(members: BTreeMap<String, Box<RawValue>>) -> Result<Self, InvalidEdit> {
        if members.len() > Self::MOST_KEYS {
            return Err(InvalidEdit::TooManyKeys);
        }
        let (mut set, mut remove) = (BTreeMap::new(), BTreeSet::new());
        for (key, value) in members {
            may_hold(&key, value.get())?;
            match value.get() {
                "null" => {
                    remove.insert(key);
                }
                text => {
                    set.insert(key, text.to_owned());
                }
            }
        }
        Ok(Self::Merge { set, remove })
    }

    /// Makes the change.
    pub fn apply(&self, data: &mut Data) {
        match self {
            Self::Merge { set, remove } => {
                data.retain(|key, _| !remove.contains(key));
                data.extend(set.clone());
            }
            Self::Clear => data.clear(),
        }
    }

    /// The part of the edit that would change `data`; `None`: it changes nothing.
    #[must_use]
    pub fn on(&self, data: &Data) -> Option<Self> {
        match self {
            Self::Clear => (!data.is_empty()).then_some(Self::Clear),
            Self::Merge { set, remove } => {
                let (mut set, mut remove) = (set.clone(), remove.clone());
                set.retain(|key, json| data.get(key) != Some(json));
                remove.retain(|key| data.contains_key(key));
                (!set.is_empty() || !remove.is_empty()).then_some(Self::Merge { set, remove })
            }
        }
    }
}

/// Whether data may have this key with this JSON text.
pub(crate) fn may_hold(key: &str, json: &str) -> Result<(), InvalidEdit> {
    if !(1..=LONGEST_KEY).contains(&key.len()) {
        return Err(InvalidEdit::Key);
    }
    if depth(json) > DEEPEST {
        return Err(InvalidEdit::TooDeep);
    }
    Ok(())
}

/// Why a text is not an edit: what to mend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidEdit {
    /// It is not a JSON object.
    NoObject,
    /// It names a key twice.
    Twice,
    /// It names more than 100 keys.
    TooManyKeys,
    /// It names a key that is empty or too long.
    Key,
    /// A value nests too deep.
    TooDeep,
}

impl fmt::Display for InvalidEdit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoObject => f.write_str("the body is not one JSON object in UTF-8"),
            Self::Twice => f.write_str("the body names a key twice"),
            Self::TooManyKeys => {
                write!(
                    f,
                    "the body names more than {} keys: send fewer at a time",
                    Edit::MOST_KEYS
                )
            }
            Self::Key => write!(f, "a key has 1 to {LONGEST_KEY} bytes of UTF-8"),
            Self::TooDeep => write!(f, "a value nests deeper than {DEEPEST} levels"),
        }
    }
}

impl std::error::Error for InvalidEdit {}

/// How a message about a key that is there twice begins.
const TWICE: &str = "a key twice";

/// The members of an object, each once, with values as they are written.
struct Patch(BTreeMap<String, Box<RawValue>>);

impl<'de> Deserialize<'de> for Patch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Patch;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Patch, A::Error> {
        let mut members = BTreeMap::new();
        while let Some((key, value)) = map.next_entry::<String, Box<RawValue>>()? {
            if members.insert(key, value).is_some() {
                return Err(A::Error::custom(TWICE));
            }
        }
        Ok(Patch(members))
    }
}

/// How deep a JSON text nests.
fn depth(json: &str) -> usize {
    let (mut depth, mut deepest, mut quoted, mut escaped) = (0_usize, 0, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'[' | b'{' if !quoted => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn data(pairs: &[(&str, &str)]) -> Data {
        let owned = |(key, json): &(&str, &str)| ((*key).to_owned(), (*json).to_owned());
        pairs.iter().map(owned).collect()
    }

    #[test]
    fn every_kind_of_value_is_kept_as_it_is_written() {
        #[rustfmt::skip]
        let values = [
            "1", "-0", "0.1", "1e400", "9007199254740993", "123456789012345678901234567890", "3.141592653589793238462643",
            "true", "false", "\"\"", "\"text\"", "\"\\u0000\\ud83d\\ude00\"", "\"\\ud800\"", "\"zo\u{e9} \u{1f600}\"", "[]", "{}", "[1, 2]",
            "[null]", "{\"a\": null}", "{\"a\":{\"b\":[{\"c\":[]}]}}", "\"null\"", "\"[[[[\"",
        ];
        for value in values {
            let body = format!(" {{ \"key\" : {value} , \"old\": null }} ");
            let edit = Edit::parse(body.as_bytes()).expect(value);
            let mut kept = data(&[("old", "1"), ("other", "2")]);
            edit.apply(&mut kept);
            assert_eq!(kept, data(&[("key", value), ("other", "2")]), "{value}");
        }
    }

    #[test]
    fn a_malformed_edit_is_refused_with_its_reason() {
        let many = |keys: usize| {
            let members: Vec<_> = (0..keys).map(|n| format!("\"k{n}\":1")).collect();
            format!("{{{}}}", members.join(","))
        };
        let key = |bytes: usize| format!("{{\"{}\":1}}", "k".repeat(bytes));
        let deep =
            |levels: usize| format!("{{\"k\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
        #[rustfmt::skip]
        let cases = [
            (String::new(),                    Err(InvalidEdit::NoObject)),
            ("null".into(),                    Err(InvalidEdit::NoObject)),
            ("[]".into(),                      Err(InvalidEdit::NoObject)),
            ("\"{}\"".into(),                  Err(InvalidEdit::NoObject)),
            ("{\"a\":1".into(),                Err(InvalidEdit::NoObject)),
            ("{\"a\":1}{}".into(),             Err(InvalidEdit::NoObject)),
            ("{\"a\":01}".into(),              Err(InvalidEdit::NoObject)),
            ("{\"a\":NaN}".into(),             Err(InvalidEdit::NoObject)),
            ("{\"a\":1,\"a\":1}".into(),       Err(InvalidEdit::Twice)),
            ("{\"a\":1,\"\\u0061\":2}".into(), Err(InvalidEdit::Twice)),
            (many(100),                        Ok(())),
            (many(101),                        Err(InvalidEdit::TooManyKeys)),
            (key(0),                           Err(InvalidEdit::Key)),
            (key(255),                         Ok(())),
            (key(256),                         Err(InvalidEdit::Key)),
            (deep(64),                         Ok(())),
            (deep(65),                         Err(InvalidEdit::TooDeep)),
            (deep(30_000),                     Err(InvalidEdit::TooDeep)),
        ];
        for (body, expected) in cases {
            let found = Edit::parse(body.as_bytes()).map(|_| ());
            assert_eq!(
                found,
                expected,
                "{}",
                body.chars().take(40).collect::<String>()
            );
        }
        assert_eq!(Edit::parse(b"{\"a\":\"\xff\"}"), Err(InvalidEdit::NoObject));
    }

    #[test]
    fn brackets_in_a_text_nest_nothing() {
        #[rustfmt::skip]
        let cases = [
            ("1",                       0),
            ("[[],[]]",                 2),
            ("[[],{\"a\":[]}]",         3),
            (r#""[[""#,                 0),
            (r#"["[",[]]"#,             2),
            (r#"["]",[[]]]"#,           3),
            (r#"["a\"[[",[]]"#,         2),
            (r#"["a\\",[[]]]"#,         3),
            (r#"{"[":{"\\\"]":"{{"}}"#, 2),
        ];
        for (json, expected) in cases {
            assert_eq!(depth(json), expected, "{json}");
        }
    }

    #[test]
    fn only_what_changes_is_written() {
        let held = data(&[("a", "1"), ("b", "2")]);
        let edit = |body: &str| Edit::parse(body.as_bytes()).unwrap();
        assert_eq!(edit("{}").on(&held), None);
        assert_eq!(edit("{\"a\":1,\"c\":null}").on(&held), None);
        assert_eq!(
            edit("{\"a\":1,\"b\":3,\"c\":null}").on(&held),
            Some(edit("{\"b\":3}"))
        );
        assert_eq!(
            edit("{\"b\":null,\"c\":null}").on(&held),
            Some(edit("{\"b\":null}"))
        );
        assert_eq!(Edit::Clear.on(&held), Some(Edit::Clear));
        assert_eq!(Edit::Clear.on(&Data::new()), None);
    }

    proptest! {
        #[test]
        fn no_bytes_make_parse_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Edit::parse(&bytes);
        }

        #[test]
        fn what_parse_accepts_reads_back_as_json(text in "\\{(\"[a-c]{1,2}\":[0-9nultrefas\"\\[\\]{}:,.e-]{0,12},?){0,3}\\}") {
            if let Ok(edit) = Edit::parse(text.as_bytes()) {
                let mut held = Data::new();
                edit.apply(&mut held);
                prop_assert!(super::super::to_json(&held).is_ok());
            }
        }
    }
}
