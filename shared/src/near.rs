//! Which of some names a misspelt one is close to.

/// The one of `names` that `text` was probably meant to be: a third of its letters at most are wrong, missing, too many or
/// in another place, whatever their case.
pub(crate) fn nearest<'a>(text: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let text = text.to_ascii_lowercase();
    let measured = names.into_iter().filter_map(|name| {
        let distance = distance(&text, &name.to_ascii_lowercase());
        (distance <= name.len() / 3).then_some((distance, name))
    });
    measured
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// How many letters have to be changed, added, taken away, or swapped with the next one, to make one text of the other
/// (optimal string alignment).
pub(crate) fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    // The distances of the beginnings of `one` that are two letters shorter, one letter shorter, and of this one.
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (row, letter) in one.iter().enumerate() {
        let mut this = vec![row + 1];
        for (column, expected) in other.iter().enumerate() {
            let at =
                |line: &[usize], column: usize| line.get(column).copied().unwrap_or(usize::MAX / 2);
            let change = at(&last, column) + usize::from(letter != expected);
            let mut cost = change
                .min(at(&last, column + 1) + 1)
                .min(at(&this, column) + 1);
            if let (Some(row), Some(column)) = (row.checked_sub(1), column.checked_sub(1))
                && one.get(row) == Some(expected)
                && other.get(column) == Some(letter)
            {
                cost = cost.min(at(&before, column) + 1);
            }
            this.push(cost);
        }
        before = std::mem::replace(&mut last, this);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        #[rustfmt::skip]
        let cases = [
            ("", "", 0), ("", "abc", 3), ("abc", "", 3), ("abc", "abc", 0), ("abc", "abd", 1), ("abc", "ab", 1), ("abc", "xabc", 1),
            ("abc", "acb", 1), ("ab", "ba", 1), ("abcd", "badc", 2), ("kitten", "sitting", 3), ("timout", "timeout", 1),
        ];
        for (one, other, expected) in cases {
            assert_eq!(distance(one, other), expected, "{one} {other}");
            assert_eq!(distance(other, one), expected, "{other} {one}");
        }
    }

    #[test]
    fn the_nearest_is_named_and_a_stranger_is_not() {
        let names = ["Strict", "Lax", "None", "SESSION_IDLE_TIMEOUT_SECONDS"];
        #[rustfmt::skip]
        let cases = [
            ("none", Some("None")), ("NONE", Some("None")), ("lax", Some("Lax")), ("strikt", Some("Strict")), ("Non", Some("None")),
            ("SESSION_IDLE_TIMOUT_SECONDS", Some("SESSION_IDLE_TIMEOUT_SECONDS")), ("SESSION_IDLE_TIMEOUT", Some("SESSION_IDLE_TIMEOUT_SECONDS")),
            ("SESSION_MANAGER", None), ("", None), ("no", None), ("default", None),
        ];
        for (text, expected) in cases {
            assert_eq!(nearest(text, names), expected, "{text}");
        }
    }
}
