//! Which addresses may log in.

use serde_json::{Map, Value};

/// Whether the user's e-mail address is of one of the `domains`, in lower case, and the provider vouches for it: `email_verified`
/// is true, as Cognito writes it `"true"`. An address has one `@`: some software reads the domain after the first, some after
/// the last.
#[must_use]
pub fn is_of(claims: &Map<String, Value>, domains: &[String]) -> bool {
    let verified = claims
        .get("email_verified")
        .is_some_and(|it| *it == true || *it == "true");
    let Some(address) = claims.get("email").and_then(Value::as_str) else {
        return false;
    };
    let mut parts = address.split('@');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(local), Some(domain), None) => {
            let plain = address.bytes().all(|byte| byte.is_ascii_graphic());
            let known = domains.iter().any(|it| domain.eq_ignore_ascii_case(it));
            verified && plain && !local.is_empty() && known
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_address_is_verified_and_of_one_domain() {
        #[rustfmt::skip]
        let cases = [
            (json!({"email": "ada@a.example", "email_verified": true}),            true),
            (json!({"email": "ada@A.Example", "email_verified": "true"}),          true),
            (json!({"email": "ada@b.example", "email_verified": true}),            true),
            (json!({"email": "ada@a.example", "email_verified": false}),           false),
            (json!({"email": "ada@a.example", "email_verified": "false"}),         false),
            (json!({"email": "ada@a.example", "email_verified": 1}),               false),
            (json!({"email": "ada@a.example"}),                                    false),
            (json!({"email_verified": true}),                                      false),
            (json!({"email": 1, "email_verified": true}),                          false),
            (json!({"email": "ada@evil.example@a.example", "email_verified": true}), false),
            (json!({"email": "ada@a.example@evil.example", "email_verified": true}), false),
            (json!({"email": "@a.example", "email_verified": true}),               false),
            (json!({"email": "ada@sub.a.example", "email_verified": true}),        false),
            (json!({"email": "ada@evila.example", "email_verified": true}),        false),
            (json!({"email": "ada@a.example.", "email_verified": true}),           false),
            (json!({"email": "ada @a.example", "email_verified": true}),           false),
            (json!({"email": "ada@a.example\n", "email_verified": true}),          false),
            (json!({"email": "a.example", "email_verified": true}),                false),
        ];
        let domains = ["a.example".to_owned(), "b.example".to_owned()];
        for (claims, taken) in cases {
            assert_eq!(
                is_of(claims.as_object().unwrap(), &domains),
                taken,
                "{claims}"
            );
        }
        assert!(!is_of(
            json!({"email": "ada@a.example", "email_verified": true})
                .as_object()
                .unwrap(),
            &[]
        ));
    }
}
