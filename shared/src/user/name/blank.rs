//! Characters that show nothing of their own, by the properties of Unicode.

/// Those of the property `Default_Ignorable_Code_Point` or of the general category `Format`, which has the prepended
/// concatenation marks (Unicode 16.0, `DerivedCoreProperties.txt` and `DerivedGeneralCategory.txt`); and after them
/// the characters that are defined as blank: the null notehead, the Khitan filler and the Braille pattern without a dot.
#[rustfmt::skip]
const BLANK: [(char, char); 28] = [
    ('\u{ad}', '\u{ad}'), ('\u{34f}', '\u{34f}'), ('\u{600}', '\u{605}'), ('\u{61c}', '\u{61c}'),
    ('\u{6dd}', '\u{6dd}'), ('\u{70f}', '\u{70f}'), ('\u{890}', '\u{891}'), ('\u{8e2}', '\u{8e2}'),
    ('\u{115f}', '\u{1160}'), ('\u{17b4}', '\u{17b5}'), ('\u{180b}', '\u{180f}'), ('\u{200b}', '\u{200f}'),
    ('\u{202a}', '\u{202e}'), ('\u{2060}', '\u{206f}'), ('\u{3164}', '\u{3164}'), ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'), ('\u{ffa0}', '\u{ffa0}'), ('\u{fff0}', '\u{fffb}'), ('\u{110bd}', '\u{110bd}'),
    ('\u{110cd}', '\u{110cd}'), ('\u{13430}', '\u{1343f}'), ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'), ('\u{e0000}', '\u{e0fff}'),
    ('\u{1d159}', '\u{1d159}'), ('\u{16fe4}', '\u{16fe4}'), ('\u{2800}', '\u{2800}'),
];

/// Whether `c` shows nothing of its own.
pub(super) fn is_blank(c: char) -> bool {
    BLANK
        .iter()
        .any(|(first, last)| (*first..=*last).contains(&c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unicode::characters;

    #[test]
    fn the_table_has_what_unicode_says() {
        let class = r"[\p{Default_Ignorable_Code_Point}\p{General_Category=Format}\u{1d159}\u{16fe4}\u{2800}]";
        let blank = characters(class);
        for c in '\0'..=char::MAX {
            assert_eq!(is_blank(c), blank.contains(&c), "U+{:04X}", u32::from(c));
        }
    }

    #[test]
    fn prepended_concatenation_marks_are_in_it() {
        for mark in characters(r"\p{Prepended_Concatenation_Mark}") {
            assert!(is_blank(mark), "U+{:04X}", u32::from(mark));
        }
    }
}
