//! Cases that are known to go wrong until what they are about is mended. One that goes well does not belong here.

use std::collections::BTreeSet;

use super::{case::Case, way::Way};

/// A deed, which of its writes is late, from 1, in which way, and after what it arrives.
type Known = (&'static str, usize, Way, &'static [&'static str]);

const NOT_YET: &[Known] = &[
    // A login that had to read again leaves the first try's transaction behind. Arriving late, after a logout made room, it
    // makes one more session, which nobody has a token of: docs/decisions/0013.
    ("login below the cap", 1, Way::Overtaken, &["logout"]),
];

/// What there is to tell about a case: that it goes wrong, or that it does no more.
pub(crate) fn judge(case: &Case<'_>, problems: &[String]) -> Option<String> {
    let (deed, nth, way) = (case.deed.name, case.write, case.way);
    let known = NOT_YET.iter().any(|known| {
        (known.0, known.1, known.2) == (deed, nth, way) && known.3.contains(&case.after)
    });
    match (known, problems.is_empty()) {
        (false, false) => Some(format!("{case}: {}", problems.join("; "))),
        (true, true) => Some(format!("{case}: goes well: take it out of NOT_YET")),
        _ => None,
    }
}

/// The known cases of a deed that were not among those that were played.
pub(crate) fn missing(deed: &str, played: &BTreeSet<(usize, Way, &str)>) -> Vec<String> {
    let rows = NOT_YET.iter().filter(|known| known.0 == deed);
    let cases =
        rows.flat_map(|(_, nth, way, after)| after.iter().map(|after| (*nth, *way, *after)));
    cases
        .filter(|case| !played.contains(case))
        .map(|case| format!("{deed}, {case:?}: was not played: take it out of NOT_YET"))
        .collect()
}
