//! The characters of which new names are made.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Symbols and punctuation that count as letters: RFC 5892 sections 2.6 and A.3 to A.7.
const EXCEPTIONS: [char; 8] = [
    '\u{b7}', '\u{375}', '\u{5f3}', '\u{5f4}', '\u{6fd}', '\u{6fe}', '\u{f0b}', '\u{30fb}',
];

/// The first character of `text`, as it was typed, that is outside the class of names (RFC 8264 section 4.2,
/// `IdentifierClass`, and the space): letters, digits, marks and what ASCII shows, in any width. Symbols, emoji, other
/// spaces, and other looks of such a character (`ﬁ`, `²`) are outside.
pub(super) fn foreign(text: &str) -> Option<char> {
    text.chars().find(|c| !belongs(*c))
}

fn belongs(c: char) -> bool {
    let plain: String = c.nfkc().collect();
    let is_space = matches!(c, ' ' | '\u{3000}');
    let is_width = matches!(c, '\u{ff01}'..='\u{ffee}');
    is_space || (is_width || plain.chars().eq(c.nfc())) && plain.chars().all(is_letter)
}

fn is_letter(c: char) -> bool {
    c.is_ascii_graphic() || c.is_alphanumeric() || is_combining_mark(c) || EXCEPTIONS.contains(&c)
}

#[cfg(test)]
mod tests {
    use super::{super::UserName, *};
    use crate::unicode::characters;

    /// The letters of RFC 8264 section 8, by today's Unicode. The Khitan filler is one of them, and blank.
    #[test]
    fn a_new_name_may_have_every_letter_that_the_rfc_takes() {
        let letters = characters(r"[\p{Ll}\p{Lu}\p{Lo}\p{Nd}\p{Lm}\p{Mn}\p{Mc}\x21-\x7e]");
        let ignored = characters(r"[\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]");
        let exceptions =
            "\u{df}\u{3c2}\u{6fd}\u{6fe}\u{f0b}\u{3007}\u{b7}\u{375}\u{5f3}\u{5f4}\u{30fb}";
        let mut taken = 0;
        for c in letters
            .difference(&ignored)
            .copied()
            .chain(exceptions.chars())
        {
            if c.nfkc().eq([c]) && c != '\u{16fe4}' {
                let name = format!("a{c}");
                assert!(UserName::chosen(&name).is_ok(), "U+{:04X}", u32::from(c));
                taken += 1;
            }
        }
        assert!(taken > 100_000, "{taken}");
    }

    #[test]
    fn the_class_has_no_symbol_and_no_other_look_of_a_letter() {
        let outside = characters(
            r"[[\p{Symbol}\p{Punctuation}\p{Separator}\p{Control}]--[\x20-\x7e\p{Alphabetic}\u{3000}]]",
        );
        for c in outside {
            let is_exception = EXCEPTIONS.iter().any(|letter| c.nfkc().eq([*letter]));
            let of_ascii = c.nfkc().all(|c| c.is_ascii_graphic());
            assert!(
                !belongs(c) || is_exception || of_ascii,
                "U+{:04X}",
                u32::from(c)
            );
        }
        for c in [
            '\u{fb01}',
            '\u{b2}',
            '\u{2163}',
            '\u{1d400}',
            '\u{2460}',
            '\u{a0}',
            '\u{1f600}',
            '\u{265a}',
        ] {
            assert!(!belongs(c), "U+{:04X}", u32::from(c));
        }
    }
}
