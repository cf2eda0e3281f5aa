//! Variables that look like ours, and that no configuration reads.

use std::{cell::RefCell, collections::BTreeSet};

use super::{Variables, read};
use crate::{near, variables::Unknown};

/// The beginning of every variable of ours.
const PREFIX: &str = "SESSION_";

/// A sentence for each name that no configuration reads, with the name that was probably meant. `own`: the environment
/// is the functions' alone, so every unknown name that begins with `SESSION_` is told; elsewhere only near misses are,
/// as desktops have variables such as `SESSION_MANAGER`. `groups` reads all known variables.
pub fn unknown<'a>(
    names: impl IntoIterator<Item = &'a str>,
    own: bool,
    groups: impl FnOnce(&mut Variables<'_>),
) -> Vec<Unknown> {
    // The names that `groups` asks for are the known ones: there is no list to keep.
    let known = RefCell::new(BTreeSet::new());
    let asked = |name: &str| {
        known.borrow_mut().insert(name.to_owned());
        None
    };
    let _: Result<(), _> = read(&asked, groups);
    let known = known.into_inner();
    let told = names.into_iter().filter(|name| !known.contains(*name));
    let told = told.filter_map(|name| {
        let meant = meant(name, &known);
        let ours = own && name.starts_with(PREFIX);
        (ours || meant.is_some()).then(|| Unknown::new(name, meant.as_deref()))
    });
    told.collect()
}

/// The name of `known` that `name` is close to: after the prefix, or as a whole where that is misspelt itself.
fn meant(name: &str, known: &BTreeSet<String>) -> Option<String> {
    let Some(rest) = name.strip_prefix(PREFIX) else {
        let name = name.to_ascii_uppercase();
        // To compare every variable with each of ours would be most of a function's start.
        let beginning = name.split('_').next()?;
        if strsim::osa_distance(beginning, PREFIX.trim_end_matches('_')) > 2 {
            return None;
        }
        let mut known = known.iter();
        return known
            .find(|known| strsim::osa_distance(&name, known) <= 2)
            .cloned();
    };
    let rests = known.iter().filter_map(|known| known.strip_prefix(PREFIX));
    near::nearest(rest, rests).map(|rest| format!("{PREFIX}{rest}"))
}

#[cfg(test)]
mod tests {
    use crate::{config::Config, time::UnixSeconds};

    fn unknown<'a>(names: impl IntoIterator<Item = &'a str>, own: bool) -> Vec<String> {
        let told = super::unknown(names, own, |variables| {
            drop(Config::from_variables(variables, UnixSeconds(0)));
        });
        told.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_misspelt_variable_is_told_with_the_one_that_was_meant() {
        #[rustfmt::skip]
        let cases = [
            ("SESSION_IDLE_TIMOUT_SECONDS",  Some("SESSION_IDLE_TIMEOUT_SECONDS")),
            ("SESSION_IDLE_TIMEOUT_SECOND",  Some("SESSION_IDLE_TIMEOUT_SECONDS")),
            ("SESSION_COOKIE_SAME_SITE",     Some("SESSION_COOKIE_SAMESITE")),
            ("SESSION_SIGNING_KEY",          Some("SESSION_SIGNING_KEYS")),
            ("SESSION_TABEL",                Some("SESSION_TABLE")),
            ("SESSION_ALLOWED_ORIGIN",       Some("SESSION_ALLOWED_ORIGINS")),
            ("SESION_TABLE",                 Some("SESSION_TABLE")),
            ("session_table",                Some("SESSION_TABLE")),
            ("SESSIONS_TABLE",               Some("SESSION_TABLE")),
        ];
        for (name, meant) in cases {
            let meant = meant.map(|meant| format!(": did you mean {meant}?"));
            let expected = format!(
                "{name} is no variable of the functions, and is ignored{}",
                meant.unwrap_or_default()
            );
            for own in [true, false] {
                assert_eq!(unknown([name], own), [expected.as_str()], "{name}");
            }
        }
    }

    #[test]
    fn what_is_of_others_is_told_where_there_are_no_others() {
        let desktop = [
            "SESSION_MANAGER",
            "SESSION_ID",
            "SESSION_NAME",
            "SESSION_SECRET",
        ];
        assert_eq!(unknown(desktop, false), [] as [&str; 0]);
        assert_eq!(unknown(desktop, true).len(), desktop.len());
        let others = [
            "PATH",
            "SESSIONNAME",
            "XDG_SESSION_ID",
            "DESKTOP_SESSION",
            "AWS_REGION",
            "",
            "TABLE",
        ];
        assert_eq!(unknown(others, true), [] as [&str; 0]);
        let ours = [
            "SESSION_TABLE",
            "SESSION_USER_TABLE",
            "SESSION_SIGNING_KEYS_SECRET_ARN",
            "SESSION_NOT_BEFORE",
        ];
        assert_eq!(unknown(ours, true), [] as [&str; 0]);
    }
}
