//! How long a session that the old key signed may live, by the tags of the secret or by the operator's word.

use std::collections::BTreeMap;

use dynamodb_session::config::{self, Lifetimes};

/// The tag that records it, in seconds: the longest lifetime that was known at any step so far.
pub(crate) const TAG: &str = "dynamodb-session:longest-session-seconds";

/// The variables that decide it. The template keeps them as tags of the secret that it makes, by the same names.
const VARIABLES: [&str; 4] = [
    "SESSION_TIMEOUT_PRESET",
    "SESSION_IDLE_TIMEOUT_SECONDS",
    "SESSION_ABSOLUTE_TIMEOUT_SECONDS",
    "SESSION_REMEMBER_SECONDS",
];

/// What a refusal says if the lifetime is unknown.
pub(crate) const UNKNOWN: &str = "it is not known how long the sessions of the old key live: tell --longest-session SECONDS, \
    the largest of SESSION_ABSOLUTE_TIMEOUT_SECONDS (or SESSION_TIMEOUT_PRESET's) and SESSION_REMEMBER_SECONDS that was \
    in force while that key signed";

/// The longest lifetime in seconds, if it is known: the longer of what was recorded, or `asked` in its place, and what
/// is deployed now.
pub(crate) fn longest(
    tags: &BTreeMap<String, String>,
    asked: Option<u64>,
) -> Result<Option<u64>, String> {
    let earlier = match asked {
        Some(asked) => Some(asked),
        None => recorded(tags)?,
    };
    Ok(earlier.max(deployed(tags)?))
}

fn recorded(tags: &BTreeMap<String, String>) -> Result<Option<u64>, String> {
    let Some(text) = tags.get(TAG) else {
        return Ok(None);
    };
    let seconds = text.parse();
    seconds.map(Some).map_err(|_| {
        format!("its tag {TAG} is {text:?}, not a number of seconds: tell --longest-session SECONDS instead")
    })
}

/// The longest lifetime that is deployed, by the functions' own rules; `None`: the tags don't tell.
fn deployed(tags: &BTreeMap<String, String>) -> Result<Option<u64>, String> {
    if !VARIABLES.iter().any(|name| tags.contains_key(*name)) {
        return Ok(None);
    }
    let lookup = |name: &str| {
        tags.get(name)
            .filter(|_| VARIABLES.contains(&name))
            .cloned()
    };
    match config::read(&lookup, Lifetimes::from_variables) {
        Ok(lifetimes) => Ok(Some(lifetimes.longest())),
        Err(error) => Err(format!("its tags hold an {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tags, what is asked, and the longest lifetime.
    type Case = (
        &'static [(&'static str, &'static str)],
        Option<u64>,
        Result<Option<u64>, &'static str>,
    );

    #[test]
    fn the_longest_is_what_was_recorded_or_asked_for_or_is_deployed_and_never_assumed() {
        const PRESET: (&str, &str) = ("SESSION_TIMEOUT_PRESET", "nist-aal2");
        const REMEMBER: (&str, &str) = ("SESSION_REMEMBER_SECONDS", "2592000");
        #[rustfmt::skip]
        let cases: [Case; 13] = [
            (&[],                                      None,       Ok(None)),
            (&[("SESSION_TABLE", "x"), ("team", "a")], None,       Ok(None)),
            (&[],                                      Some(60),   Ok(Some(60))),
            (&[(TAG, "70")],                           None,       Ok(Some(70))),
            (&[(TAG, "70")],                           Some(60),   Ok(Some(60))),
            (&[("SESSION_TIMEOUT_PRESET", "")],        None,       Ok(Some(43_200))),
            (&[PRESET],                                None,       Ok(Some(86_400))),
            (&[PRESET, REMEMBER],                      None,       Ok(Some(2_592_000))),
            (&[PRESET, REMEMBER, (TAG, "70")],         None,       Ok(Some(2_592_000))),
            (&[PRESET, (TAG, "2592000")],              None,       Ok(Some(2_592_000))),
            (&[PRESET],                                Some(60),   Ok(Some(86_400))),
            (&[(TAG, "30d")],                          None,       Err("is \"30d\", not a number of seconds")),
            (&[("SESSION_TIMEOUT_PRESET", "x")],       Some(60),   Err("SESSION_TIMEOUT_PRESET")),
        ];
        for (tags, asked, expected) in cases {
            let named = tags
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            match (longest(&named.collect(), asked), expected) {
                (Ok(longest), Ok(expected)) => assert_eq!(longest, expected, "{tags:?} {asked:?}"),
                (Err(told), Err(expected)) => assert!(told.contains(expected), "{told}"),
                (found, _) => panic!("{tags:?} {asked:?}: {found:?}"),
            }
        }
    }
}
