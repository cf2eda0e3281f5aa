//! What of a user's claims a session keeps.

use serde_json::{Map, Value};

/// The most bytes of the chosen claims, as JSON: they travel with each call.
pub const MOST_BYTES: usize = 2048;

/// The claims of the `names` that are there, as the text of a JSON object: texts, numbers, true or false, and lists of texts,
/// and nothing else. `None`: they are longer than [`MOST_BYTES`].
#[must_use]
pub fn chosen(claims: &Map<String, Value>, names: &[String]) -> Option<String> {
    let chosen = names.iter().filter_map(|name| {
        Some((
            name.clone(),
            claims.get(name).filter(|it| is_plain(it))?.clone(),
        ))
    });
    let text = Value::Object(chosen.collect()).to_string();
    (text.len() <= MOST_BYTES).then_some(text)
}

/// Whether a claim of the `names` is missing, so that the provider has to be asked for more of them.
#[must_use]
pub fn is_missing<'a>(
    claims: &Map<String, Value>,
    names: impl IntoIterator<Item = &'a str>,
) -> bool {
    names
        .into_iter()
        .any(|name| claims.get(name).is_none_or(Value::is_null))
}

fn is_plain(value: &Value) -> bool {
    match value {
        Value::String(_) | Value::Number(_) | Value::Bool(_) => true,
        Value::Array(values) => values.iter().all(Value::is_string),
        Value::Object(_) | Value::Null => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn what_was_chosen_is_kept_and_nothing_else() {
        let claims = json!({"name": "Ada", "email": "ada@a.example", "groups": ["a", "b"], "sub": "1", "address": {"a": 1}, "mixed": ["a", 1], "phone": null});
        let claims = claims.as_object().unwrap();
        for (chosen_names, expected) in [
            (names(&[]), "{}"),
            (
                names(&["name", "phone", "address", "mixed", "other"]),
                r#"{"name":"Ada"}"#,
            ),
            (
                names(&["name", "groups"]),
                r#"{"groups":["a","b"],"name":"Ada"}"#,
            ),
        ] {
            let text = chosen(claims, &chosen_names).unwrap();
            let (text, expected): (Value, Value) = (
                serde_json::from_str(&text).unwrap(),
                serde_json::from_str(expected).unwrap(),
            );
            assert_eq!(text, expected);
        }
        assert!(
            is_missing(claims, ["name", "other"])
                && is_missing(claims, ["phone"])
                && !is_missing(claims, ["name"])
        );
    }

    #[test]
    fn too_many_claims_are_told() {
        let fits = |bytes: usize| {
            let claims = json!({"a": "x".repeat(bytes)});
            chosen(claims.as_object().unwrap(), &names(&["a"])).is_some()
        };
        let overhead = r#"{"a":""}"#.len();
        assert!(fits(MOST_BYTES - overhead) && !fits(MOST_BYTES - overhead + 1));
    }
}
