//! The tag of a session's data: what `ETag` and `If-Match` carry.

use std::{fmt, str::FromStr};

use crate::id::SessionRef;

/// Which session the data is of, and its version there: the text of an entity tag (RFC 9110 section 8.8.3).
///
/// ```text
/// tag = ref "." version
/// ```
///
/// A rotation changes neither, so the tag stays the same. No other session has this tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    reference: SessionRef,
    version: u64,
}

impl Tag {
    /// The tag of this version of the data of the session with this name.
    #[must_use]
    pub fn new(reference: SessionRef, version: u64) -> Self {
        Self { reference, version }
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.reference, self.version)
    }
}

impl FromStr for Tag {
    type Err = InvalidTag;

    /// Takes what [`Tag`]'s `Display` writes, to the letter.
    fn from_str(text: &str) -> Result<Self, InvalidTag> {
        let (reference, version) = text.split_once('.').ok_or(InvalidTag)?;
        let tag = Self {
            reference: SessionRef::parse(reference).ok_or(InvalidTag)?,
            version: version.parse().map_err(|_| InvalidTag)?,
        };
        if tag.to_string() == text {
            Ok(tag)
        } else {
            Err(InvalidTag)
        }
    }
}

/// The text can't be the tag of any session, so it matches none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidTag;

impl fmt::Display for InvalidTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a tag is the public name of a session, a dot and a version")
    }
}

impl std::error::Error for InvalidTag {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{Session, tests::session};

    #[test]
    fn a_tag_is_read_as_it_is_written_and_in_no_other_spelling() {
        let session = Session {
            version: 7,
            ..session(0, 0)
        };
        let tag = session.tag();
        let name = session.reference.as_str();
        assert_eq!(tag.to_string(), format!("{name}.7"));
        assert_eq!(tag.to_string().parse(), Ok(tag));
        for text in [
            String::new(),
            "7".to_owned(),
            name.to_owned(),
            format!("{name}."),
            format!("{name}.07"),
            format!("{name}.+7"),
            format!("{name}.7.7"),
            format!("{name}.18446744073709551616"),
            format!("x{name}.7"),
            ".7".to_owned(),
        ] {
            assert_eq!(text.parse::<Tag>(), Err(InvalidTag), "{text}");
        }
    }

    #[test]
    fn sessions_of_one_version_have_different_tags() {
        assert_ne!(session(0, 0).tag(), session(0, 0).tag());
    }
}
