//! Users: their names, and the item that lists each one's sessions.

mod blank;
mod letters;
mod sigma;
mod typed;

use std::{collections::BTreeMap, fmt};

use unicode_normalization::UnicodeNormalization;

pub use self::typed::TypedName;
use crate::{
    id::{SessionKey, SessionRef},
    time::UnixSeconds,
};

/// The name of a user in its canonical form: 1 to 256 bytes of UTF-8.
///
/// Canonical: compatibility-normalised (Unicode NFKC), in lower case, with a final sigma where a word ends. Of a name that
/// [`UserName::chosen`] takes, that is the form of `UsernameCaseMapped` (RFC 8265 section 3.3), sigmas apart. So `Ada`, `ADA`
/// and full-width `Ａｄａ` are one account, as are `ΓΙΏΡΓΟΣ` and `γιώργος`, and a variant of a name passes no limit that
/// the name itself does not pass. Control, invisible and direction-changing characters are refused, as is white space at
/// either end: they make two names look alike.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserName(String);

impl UserName {
    /// The most bytes of a name, as given and in canonical form.
    pub const MOST_BYTES: usize = 256;

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
        if let Some(blank) = name.0.chars().find(|c| blank::is_blank(*c)) {
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

/// The text is no user name; see [`UserName`].
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

/// Why a text is no name for a new user; see [`UserName::chosen`].
#[derive(Debug, PartialEq, Eq)]
pub enum UnfitUserName {
    /// It is not a user name.
    Invalid(InvalidUserName),
    /// This character of it shows nothing.
    Blank(char),
    /// This character of it is outside those of which names are made.
    Foreign(char),
    /// It has two spaces in a row.
    Spaces,
}

impl fmt::Display for UnfitUserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(error) => error.fmt(f),
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

/// The user item: which sessions a user has, and when they last ended all at once.
///
/// It is written in the transaction of every login, logout and revocation, so that a user's sessions are counted,
/// capped and ended exactly, with strong consistency and no index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserSessions {
    /// The sessions entered and neither ended nor evicted since; some may have expired.
    pub sessions: BTreeMap<SessionRef, Entry>,
    /// Moves when all sessions end at once, so that a login that overlaps this verifies again.
    pub epoch: u64,
    /// When the item may be swept: not before the last of its sessions has expired.
    pub expires: UnixSeconds,
}

/// One session in the user item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key of the session's own item.
    pub key: SessionKey,
    /// When the session was created.
    pub created: UnixSeconds,
    /// The session's absolute deadline.
    pub expires: UnixSeconds,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_of_a_name_are_one_user() {
        for variant in ["Ada", "ADA", "ａｄａ", "Ａda"] {
            assert_eq!(UserName::parse(variant).unwrap().as_str(), "ada");
        }
        let composed = UserName::parse("Zoe\u{301}").unwrap();
        assert_eq!(composed, UserName::parse("zo\u{e9}").unwrap());
    }

    #[test]
    fn a_name_is_lowered_as_a_whole() {
        #[rustfmt::skip]
        let cases = [
            ("ΓΙΏΡΓΟΣ",                "γιώργος"),
            ("Γιώργος",                "γιώργος"),
            ("γιώργος",                "γιώργος"),
            ("γιώργοσ",                "γιώργος"),
            ("ΓΙΩ\u{301}ΡΓΟΣ",         "γιώργος"),
            ("ΓΙΏΡΓΟΣ ΠΑΠΑΔΌΠΟΥΛΟΣ",   "γιώργος παπαδόπουλος"),
            ("ΣΊΣΥΦΟΣ",                "σίσυφος"),
            ("Σ",                      "σ"),
            ("ς",                      "σ"),
            ("WEISS",                  "weiss"),
            ("weiß",                   "weiß"),
        ];
        for (text, expected) in cases {
            assert_eq!(UserName::parse(text).unwrap().as_str(), expected, "{text}");
        }
    }

    /// A word ends at whatever is not a letter, so Caps Lock changes nothing.
    #[test]
    fn a_name_in_capitals_is_the_same_name() {
        #[rustfmt::skip]
        let names = [
            "αντώνης.παπάς", "αντώνης'παπάς", "αντώνης’παπάς", "αντώνης·παπάς", "αντώνης:παπάς", "αντώνης-παπάς", "αντώνης_παπάς",
            "αντώνης@παπάς", "αντώνης2", "δ.σ.", "σ", "σίσυφος σας", "άς\u{323}", "ας中",
        ];
        for name in names {
            let parsed = UserName::parse(name).unwrap();
            assert_eq!(
                UserName::parse(&name.to_uppercase()),
                Ok(parsed.clone()),
                "{name}"
            );
            assert_eq!(parsed.as_str(), name);
        }
    }

    /// RFC 8265 section 3.3.2: width mapping, Unicode's toLowerCase of the whole, NFC. One letter's form depends on its place.
    #[test]
    fn a_name_that_may_be_added_has_the_form_of_the_rfc() {
        let wide = |c: char| matches!(c, '\u{3000}' | '\u{ff01}'..='\u{ffee}');
        let mut compared = 0;
        // No plane beyond the second has letters with a case.
        for c in (0..0x2_0000).filter_map(char::from_u32) {
            for text in [
                format!("{c}"),
                format!("α{c}"),
                format!("α{c}β"),
                format!("{c}Σ"),
            ] {
                let Ok(name) = UserName::chosen(&text) else {
                    continue;
                };
                let narrow: String = if wide(c) { text.nfkc().collect() } else { text };
                let form: String = narrow.to_lowercase().nfc().collect();
                assert_eq!(sigma::alike(&name.0), sigma::alike(&form), "{narrow:?}");
                compared += 1;
            }
        }
        assert!(compared > 200_000, "{compared}");
    }

    /// The examples are those of RFC 8265 section 3.5.
    #[test]
    fn what_the_rfc_refuses_is_refused_in_a_new_name_alone() {
        use UnfitUserName::{Foreign, Spaces};
        #[rustfmt::skip]
        let cases = [
            ("henry\u{2163}", Foreign('\u{2163}')), ("\u{265a}", Foreign('\u{265a}')), ("ﬁona", Foreign('ﬁ')),
            ("ada²", Foreign('²')), ("ada\u{1f600}", Foreign('\u{1f600}')), ("a\u{a0}b", Foreign('\u{a0}')),
            ("ada  lovelace", Spaces), ("ada \u{3000}lovelace", Spaces),
        ];
        for (text, unfit) in cases {
            assert!(UserName::parse(text).is_ok(), "{text}");
            assert_eq!(UserName::chosen(text), Err(unfit), "{text}");
        }
        #[rustfmt::skip]
        let taken = [
            "juliet@example.com", "fussball", "fu\u{df}ball", "\u{3c0}", "\u{3a3}", "\u{3c3}", "\u{3c2}",
            "Ａｄａ", "ｶﾞ", "İstanbul", "o'brien+x@example.com", "l·l", "a\u{3000}b", "한글", "\u{1112}\u{1161}\u{11ab}", "ก็", "हिन्",
            "\u{5d0}1", "\u{1e900}", "\u{31350}",
        ];
        for text in taken {
            assert_eq!(
                UserName::chosen(text).ok(),
                UserName::parse(text).ok(),
                "{text}"
            );
            assert!(UserName::chosen(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn canonical_form_is_stable() {
        for text in [
            "İstanbul",
            "ẞ",
            "Ǆ",
            "ﬁ",
            "ｶﾞ",
            "Ω",
            "ΓΙΏΡΓΟΣ",
            "ςσ",
            "ada@example.com",
        ] {
            let once = UserName::parse(text).unwrap();
            assert_eq!(UserName::parse(once.as_str()).unwrap(), once, "{text}");
        }
    }

    /// So upper case is free for what must not be taken for a user: the authorizer's other principals.
    #[test]
    fn no_name_has_a_capital_letter_of_ascii() {
        // No plane beyond the second has letters with a case.
        for c in (0..0x2_0000).filter_map(char::from_u32) {
            let Ok(name) = UserName::parse(&c.to_string()) else {
                continue;
            };
            assert!(
                !name.as_str().contains(|c: char| c.is_ascii_uppercase()),
                "{c:?}"
            );
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        #[rustfmt::skip]
        let cases = [
            ("empty", String::new()),
            ("257 bytes", "a".repeat(257)),
            ("a megabyte", "a".repeat(1_000_000)),
            ("grows beyond 256 bytes", "\u{fdfa}".repeat(85)),
            ("NUL", "a\0b".into()),
            ("line break", "a\r\nb".into()),
            ("leading space", " a".into()),
            ("trailing no-break space", "a\u{a0}".into()),
            ("zero-width joiner", "a\u{200d}b".into()),
            ("right-to-left override", "a\u{202e}b".into()),
            ("byte order mark", "\u{feff}a".into()),
            ("replacement character", "a\u{fffd}".into()),
            ("line separator", "a\u{2028}b".into()),
            ("soft hyphen", "a\u{ad}b".into()),
        ];
        for (name, text) in cases {
            assert_eq!(UserName::parse(&text), Err(InvalidUserName), "{name}");
        }
        assert!(UserName::parse(&"a".repeat(256)).is_ok());
    }

    /// Whoever has such a name already can still log in, and be disabled and removed.
    #[test]
    fn a_character_that_shows_nothing_is_refused_in_a_new_name_alone() {
        for blank in [
            '\u{2800}',
            '\u{600}',
            '\u{605}',
            '\u{6dd}',
            '\u{110bd}',
            '\u{13430}',
            '\u{13438}',
            '\u{1bca0}',
            '\u{1bca3}',
            '\u{1d159}',
            '\u{1d173}',
            '\u{1d17a}',
        ] {
            for name in [
                format!("a{blank}da"),
                format!("ada{blank}"),
                format!("{blank}"),
            ] {
                assert!(UserName::parse(&name).is_ok(), "{name:?}");
                assert_eq!(
                    UserName::chosen(&name),
                    Err(UnfitUserName::Blank(blank)),
                    "{name:?}"
                );
            }
        }
        let invalid = Err(UnfitUserName::Invalid(InvalidUserName));
        assert_eq!(UserName::chosen("a\u{200d}da"), invalid);
        for name in [
            "Ada",
            "zo\u{e9}",
            "ada lovelace",
            "\u{5d0}\u{5d3}\u{5d4}",
            "\u{939}\u{93f}\u{928}\u{94d}",
        ] {
            assert_eq!(
                UserName::chosen(name).ok(),
                UserName::parse(name).ok(),
                "{name}"
            );
            assert!(UserName::chosen(name).is_ok(), "{name}");
        }
    }
}
