//! The name of a user, in the one form that it is stored in.

mod blank;
mod letters;
mod sigma;
#[cfg(test)]
mod tests;
mod typed;

use std::fmt;

use unicode_normalization::UnicodeNormalization;

pub use self::typed::TypedName;

/// The name of a user in its canonical form: 1 to 256 bytes of UTF-8.
///
/// Canonical: compatibility-normalised (Unicode NFKC), in lower case, with a final sigma where a word ends. For a name
/// that [`UserName::chosen`] takes, this is the form of `UsernameCaseMapped` (RFC 8265 section 3.3), sigmas apart. So
/// `Ada`, `ADA` and full-width `Ａｄａ` are one account, as are `ΓΙΏΡΓΟΣ` and `γιώργος`, and a variant of a name gets past
/// no limit that stops the name itself. Control, invisible and direction-changing characters are refused, as is white
/// space at either end: they make two names look alike.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserName(String);

impl UserName {
    /// The most bytes of a name, as given and in canonical form.
    pub const MOST_BYTES: usize = 256;

    /// What the name of each user of a provider begins with ([`crate::provider::user_of`]), and no other new user's.
    pub const PROVIDED: &str = "oidc-";

    /// Brings `text` into canonical form, or tells that it is not a name.
    pub fn parse(text: &str) -> Result<Self, InvalidUserName> {
        let lowered = Self::lowered_one_by_one(text)?;
        Ok(Self(sigma::by_place(&lowered)))
    }

    /// Brings `text` into the form that names once had: each letter was lowered by itself.
    fn lowered_one_by_one(text: &str) -> Result<String, InvalidUserName> {
        // The length first: a megabyte of input is not normalised to be thrown away.
        if text.len() > Self::MOST_BYTES {
            return Err(InvalidUserName);
        }
        let name: String = text.nfkc().flat_map(char::to_lowercase).nfkc().collect();
        let fits = (1..=Self::MOST_BYTES).contains(&name.len());
        if fits && name == name.trim() && !text.chars().chain(name.chars()).any(is_deceptive) {
            Ok(name)
        } else {
            Err(InvalidUserName)
        }
    }

    /// Takes a name for a new user: words with one space between them, of the characters of which names are made
    /// (`letters.rs`), each of which shows something, so that few other names look like it. A user who has another name
    /// already keeps it: [`UserName::parse`] takes it.
    pub fn chosen(text: &str) -> Result<Self, UnfitUserName> {
        let name = Self::parse(text).map_err(UnfitUserName::Invalid)?;
        if name.is_provided() {
            Err(UnfitUserName::Provided)
        } else if let Some(blank) = name.0.chars().find(|c| blank::is_blank(*c)) {
            Err(UnfitUserName::Blank(blank))
        } else if let Some(foreign) = letters::foreign(text) {
            Err(UnfitUserName::Foreign(foreign))
        } else if name.0.contains("  ") {
            Err(UnfitUserName::Spaces)
        } else {
            Ok(name)
        }
    }

    /// Takes a name as the table holds it: it was brought into canonical form before it was stored.
    #[must_use]
    pub fn from_stored(name: String) -> Self {
        Self(name)
    }

    /// Whether it is the name of a provider's user.
    #[must_use]
    pub fn is_provided(&self) -> bool {
        self.0.starts_with(Self::PROVIDED)
    }

    /// The name in its canonical form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Characters that show nothing or reorder what is shown: controls, soft hyphen, zero-width and bidirectional marks,
/// line and paragraph separators, variation selectors, tags, non-characters of the last block.
fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{ffff}' | '\u{e0000}'..='\u{e0fff}')
}

/// The text is not a user name; see [`UserName`].
#[derive(Debug, PartialEq, Eq)]
pub struct InvalidUserName;

impl fmt::Display for InvalidUserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a user name has 1 to {} bytes, no space at either end and no control or invisible character",
            UserName::MOST_BYTES
        )
    }
}

impl std::error::Error for InvalidUserName {}

/// Why a text can't be the name of a new user; see [`UserName::chosen`].
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnfitUserName {
    /// It is not a user name.
    Invalid(InvalidUserName),
    /// It begins as the names of a provider's users do.
    Provided,
    /// This character of it shows nothing.
    Blank(char),
    /// This character of it can't be in a new name.
    Foreign(char),
    /// It has two spaces in a row.
    Spaces,
}

impl fmt::Display for UnfitUserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(error) => error.fmt(f),
            Self::Provided => write!(
                f,
                "names that begin with {} are those of a provider's users",
                UserName::PROVIDED
            ),
            Self::Blank(c) => write!(
                f,
                "the character U+{:04X} shows nothing, so the name looks like another: leave it out",
                u32::from(*c)
            ),
            Self::Foreign(c) => write!(
                f,
                "a new user name is made of letters, digits, single spaces and what ASCII shows: leave out the character U+{:04X}",
                u32::from(*c)
            ),
            Self::Spaces => f.write_str("two spaces in a row look like one: leave one out"),
        }
    }
}

impl std::error::Error for UnfitUserName {}
