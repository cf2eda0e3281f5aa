//! Changes of JSON: RFC 7396 (JSON Merge Patch).

use serde_json::{Map, Value};

/// Changes `value`: members of the patch replace, `null` removes, objects are gone into.
pub(crate) fn apply(value: &mut Value, patch: &Value) {
    let Value::Object(changes) = patch else {
        patch.clone_into(value);
        return;
    };
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    if let Value::Object(members) = value {
        for (name, change) in changes {
            if change.is_null() {
                members.remove(name);
            } else {
                apply(members.entry(name).or_insert(Value::Null), change);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// RFC 7396, appendix A.
    #[test]
    fn a_patch_replaces_removes_and_goes_into_objects() {
        #[rustfmt::skip]
        let cases = [
            (json!({"a": "b"}),              json!({"a": "c"}),              json!({"a": "c"})),
            (json!({"a": "b"}),              json!({"b": "c"}),              json!({"a": "b", "b": "c"})),
            (json!({"a": "b"}),              json!({"a": null}),             json!({})),
            (json!({"a": ["b"]}),            json!({"a": "c"}),              json!({"a": "c"})),
            (json!({"a": {"b": "c"}}),       json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
            (json!({"a": "foo"}),            json!(["c"]),                   json!(["c"])),
            (json!([1, 2]),                  json!({"a": "b", "c": null}),   json!({"a": "b"})),
            (json!({}),                      json!({"a": {"b": {"c": null}}}), json!({"a": {"b": {}}})),
        ];
        for (mut value, patch, expected) in cases {
            apply(&mut value, &patch);
            assert_eq!(value, expected, "{patch}");
        }
    }
}
