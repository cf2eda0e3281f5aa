//! One text for all the ways in which a keyboard may send the same password.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

/// How a text is prepared before it is hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// Not at all: for hashes from before there was another rule.
    AsReceived,
    /// The mapping of the profile `OpaqueString` (RFC 8265 section 4.2.2): each space of another kind is a space, and the
    /// text is composed (Unicode NFC), as verifiers should (NIST SP 800-63B-4 section 3.1.1.2). Its refusals are left out:
    /// a password may hold what a new version of Unicode defines, or the joiners of an emoji.
    Opaque,
}

impl Rule {
    /// The text that is hashed.
    pub(super) fn apply(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::AsReceived => text.into(),
            Self::Opaque if text.is_ascii() => text.into(),
            Self::Opaque => {
                let spaced = text.chars().map(|c| if is_space(c) { ' ' } else { c });
                spaced.nfc().collect::<String>().into()
            }
        }
    }
}

/// The general category `Zs` (Unicode 16.0).
fn is_space(c: char) -> bool {
    matches!(
        c,
        ' ' | '\u{a0}' | '\u{1680}' | '\u{2000}'
            ..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unicode::characters;

    #[test]
    fn one_password_has_one_text_and_another_one_another() {
        #[rustfmt::skip]
        let cases = [
            ("",                                  ""),
            ("Correct Horse\t!",                  "Correct Horse\t!"),
            ("U\u{308}bergr\u{f6}\u{df}e",        "\u{dc}bergr\u{f6}\u{df}e"),
            ("\u{dc}bergro\u{308}\u{df}e",        "\u{dc}bergr\u{f6}\u{df}e"),
            ("a\u{a0}b\u{3000}c\u{2003}d",        "a b c d"),
            ("\u{212b}",                          "\u{c5}"),
            // Neither case nor width nor compatibility is folded, and nothing is trimmed.
            (" Ada ",                             " Ada "),
            ("\u{ff21}\u{fb01}\u{b2}",            "\u{ff21}\u{fb01}\u{b2}"),
            // RFC 8265's refusals do not apply: joiners of emoji, symbols, unassigned characters, controls.
            ("\u{1f469}\u{200d}\u{1f4bb}",        "\u{1f469}\u{200d}\u{1f4bb}"),
            ("\u{378}\u{7}\u{feff}",              "\u{378}\u{7}\u{feff}"),
        ];
        for (text, expected) in cases {
            assert_eq!(Rule::Opaque.apply(text), expected, "{text:?}");
            assert_eq!(Rule::Opaque.apply(expected), expected, "{text:?}, again");
            assert_eq!(Rule::AsReceived.apply(text), text, "{text:?}");
        }
    }

    #[test]
    fn spaces_are_those_of_unicode() {
        let spaces = characters(r"\p{General_Category=Space_Separator}");
        for c in '\0'..=char::MAX {
            assert_eq!(is_space(c), spaces.contains(&c), "{c:?}");
        }
    }
}
