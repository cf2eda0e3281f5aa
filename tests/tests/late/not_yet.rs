//! Cases that are known to go wrong until what they are about is mended. One that goes well does not belong here.

use std::collections::BTreeSet;

use super::{case::Case, way::Way};

/// A deed, which of its writes is late, from 1, in which way, and after what it arrives.
type Known = (&'static str, usize, Way, &'static [&'static str]);

#[rustfmt::skip]
const NOT_YET: &[Known] = &[
    // A touch moves the time of the last use back.
    ("GET /session",                     1, Way::Held,             &["patch", "use"]),
    ("GET /session",                     1, Way::LostAndOvertaken, &["nothing"]),
    ("GET /session",                     1, Way::Overtaken,        &["nothing"]),
    ("GET /sessions",                    1, Way::Held,             &["patch", "use"]),
    ("GET /sessions",                    1, Way::LostAndOvertaken, &["nothing"]),
    ("GET /sessions",                    1, Way::Overtaken,        &["nothing"]),
    ("authorizer",                       1, Way::Held,             &["patch", "use"]),
    ("authorizer",                       1, Way::LostAndOvertaken, &["nothing"]),
    ("authorizer",                       1, Way::Overtaken,        &["nothing"]),
    ("authorizer at intervals",          1, Way::Held,             &["use"]),
    ("authorizer at intervals",          1, Way::LostAndOvertaken, &["nothing"]),
    ("authorizer at intervals",          1, Way::Overtaken,        &["nothing"]),
    ("clear",                            1, Way::Held,             &["clear", "patch", "use"]),
    ("end of one",                       1, Way::Held,             &["use"]),
    ("end of the others",                1, Way::Held,             &["use"]),
    ("patch",                            1, Way::Held,             &["clear", "patch", "patch of the tag", "use"]),
    ("patch",                            1, Way::LostAndOvertaken, &["nothing"]),
    ("patch",                            1, Way::Overtaken,        &["nothing"]),
    ("patch of an anonymous session",    1, Way::Held,             &["clear", "patch", "patch of the tag", "use"]),
    ("patch of an anonymous session",    1, Way::LostAndOvertaken, &["nothing"]),
    ("patch of an anonymous session",    1, Way::Overtaken,        &["nothing"]),
    ("patch of the tag",                 1, Way::Held,             &["clear", "patch", "patch of the tag", "use"]),
    ("patch of the tag",                 1, Way::LostAndOvertaken, &["nothing"]),
    ("patch of the tag",                 1, Way::Overtaken,        &["nothing"]),
    ("patch of the tag",                 2, Way::Overtaken,        &["nothing"]),
    ("rotation",                         1, Way::LostAndOvertaken, &["nothing"]),
    ("rotation",                         1, Way::Overtaken,        &["nothing"]),
    ("rotation",                         2, Way::Overtaken,        &["nothing"]),
    ("rotation of an anonymous session", 1, Way::LostAndOvertaken, &["nothing"]),
    ("rotation of an anonymous session", 1, Way::Overtaken,        &["nothing"]),
    ("rotation of an anonymous session", 2, Way::Overtaken,        &["nothing"]),
    // A touch revives a session that was refused as idle.
    ("GET /session",                     1, Way::Failed,           &["idle"]),
    ("GET /sessions",                    1, Way::Failed,           &["idle"]),
    ("authorizer",                       1, Way::Failed,           &["idle"]),
    ("clear",                            1, Way::Failed,           &["idle"]),
    ("patch",                            1, Way::Failed,           &["idle"]),
    ("patch of an anonymous session",    1, Way::Failed,           &["idle"]),
    ("patch of the tag",                 1, Way::Failed,           &["idle"]),
    ("rotation",                         1, Way::Failed,           &["idle"]),
    ("rotation of an anonymous session", 1, Way::Failed,           &["idle"]),
    // A write of data demands no version, and knows its own by nothing but the version.
    ("clear",                            2, Way::Held,             &["patch"]),
    ("patch",                            2, Way::Held,             &["clear", "patch", "patch of the tag"]),
    ("patch of the tag",                 2, Way::LostAndOvertaken, &["nothing"]),
    ("patch of an anonymous session",    2, Way::Held,             &["clear", "patch", "patch of the tag"]),
    ("patch of a tag for two",           2, Way::Overtaken,        &["logout", "nothing"]),
    // A change that was cancelled because of another goes on under a token of its own.
    ("first patch",                      1, Way::Cancelled,        &["logout"]),
    ("login below the cap",              1, Way::Cancelled,        &["logout"]),
    ("second login",                     1, Way::Cancelled,        &["logout"]),
    // A login that goes on with another id leaves the first one's transaction behind.
    ("login below the cap",              1, Way::Overtaken,        &["logout"]),
    // A counter is deleted whatever it is by then.
    ("login",                            4, Way::Held,             &["guess"]),
    ("login after a wait",               5, Way::Held,             &["guess"]),
    ("login of a known device",          5, Way::Held,             &["guess"]),
    ("user unlock",                      1, Way::Held,             &["guess"]),
    // A change of a user demands no version.
    ("user add",                         1, Way::Held,             &["remove"]),
    ("user disable",                     1, Way::Held,             &["enable", "remove and add"]),
    ("user enable",                      1, Way::Held,             &["disable"]),
    ("user passwd",                      1, Way::Held,             &["passwd", "remove and add"]),
    ("user remove",                      1, Way::Held,             &["add"]),
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
