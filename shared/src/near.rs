//! Which of some names a misspelt one is close to.

/// The one of `names` that `text` was probably meant to be: a third of its letters at most are wrong, missing, too many or
/// in another place, whatever their case.
pub(crate) fn nearest<'a>(text: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let text = text.to_ascii_lowercase();
    let measured = names.into_iter().filter_map(|name| {
        let distance = strsim::osa_distance(&text, &name.to_ascii_lowercase());
        (distance <= name.len() / 3).then_some((distance, name))
    });
    measured
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

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
