//! The one letter whose small form depends on its place in the word.

use unicode_normalization::char::is_combining_mark;

const SIGMA: char = 'σ';
const FINAL_SIGMA: char = 'ς';

/// `name`, which is in lower case, with `ς` where a word ends and `σ` elsewhere, however they were typed.
///
/// Like Unicode's condition `Final_Sigma` (section 3.13), except that a word ends at every character that is neither a
/// letter with a case nor a mark: also at a dot and an apostrophe, where people write `ς`.
pub(super) fn by_place(name: &str) -> String {
    let mut placed = String::with_capacity(name.len());
    for (at, c) in name.char_indices() {
        placed.push(if is_sigma(c) {
            let (before, after) = name.split_at(at);
            let ends = adjoins(before.chars().rev()) && !adjoins(after.chars().skip(1));
            if ends { FINAL_SIGMA } else { SIGMA }
        } else {
            c
        });
    }
    placed
}

/// `name` with `σ` everywhere: what it is in capitals, lowered one by one.
pub(super) fn alike(name: &str) -> String {
    name.replace(FINAL_SIGMA, "σ")
}

fn is_sigma(c: char) -> bool {
    matches!(c, SIGMA | FINAL_SIGMA)
}

/// Whether the first of `neighbours`, marks apart, is a letter with a case.
fn adjoins(mut neighbours: impl Iterator<Item = char>) -> bool {
    let nearest = neighbours.find(|c| !is_combining_mark(*c));
    nearest.is_some_and(|c| c.is_lowercase() || c.is_uppercase())
}
