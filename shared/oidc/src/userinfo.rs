//! The answer of a provider's userinfo endpoint (`OpenID` Connect Core 1.0, section 5.3).

use dynamodb_session::provider::Subject;
use serde_json::{Map, Value};

use crate::{MOST_BYTES, members::Members};

/// The claims that belong together.
const EMAIL: [&str; 2] = ["email", "email_verified"];

/// The answer is not a JSON object, or is about somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unusable;

/// The claims of an answer, which has to be about the very user of the id token (section 5.3.2). A signed answer is not taken.
pub fn parse(bytes: &[u8], subject: &Subject) -> Result<Map<String, Value>, Unusable> {
    if bytes.len() > MOST_BYTES {
        return Err(Unusable);
    }
    let Members(claims) = serde_json::from_slice(bytes).map_err(|_| Unusable)?;
    if claims.get("sub").and_then(Value::as_str) == Some(subject.as_str()) {
        Ok(claims)
    } else {
        Err(Unusable)
    }
}

/// Adds to an id token's claims what it does not say itself: what is signed wins. An e-mail address and whether it is verified
/// come from one of the two together, so that neither vouches for the other's address.
pub fn add(claims: &mut Map<String, Value>, mut more: Map<String, Value>) {
    let has_both = |claims: &Map<_, _>| EMAIL.iter().all(|name| claims.contains_key(*name));
    let (kept, other) = if has_both(claims) || !has_both(&more) {
        (&*claims, &mut more)
    } else {
        (&more, &mut *claims)
    };
    if EMAIL.iter().any(|name| kept.contains_key(*name)) {
        other.retain(|name, _| !EMAIL.contains(&name.as_str()));
    }
    for (name, value) in more {
        claims.entry(name).or_insert(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_about_the_same_user() {
        let subject = Subject::parse("Ab").unwrap();
        for (text, taken) in [
            (r#"{"sub":"Ab","name":"Ada"}"#, true),
            (r#"{"sub":"ab","name":"Ada"}"#, false),
            (r#"{"name":"Ada"}"#, false),
            (r#"{"sub":"x","sub":"Ab"}"#, false),
            (r#"{"sub":["Ab"]}"#, false),
            ("eyJhbGciOiJub25lIn0.e30.", false),
            ("", false),
        ] {
            assert_eq!(parse(text.as_bytes(), &subject).is_ok(), taken, "{text}");
        }
    }

    #[test]
    fn what_is_signed_wins() {
        let map = |text| serde_json::from_str::<Map<_, _>>(text).unwrap();
        let mut claims = map(r#"{"sub":"1","name":"Ada"}"#);
        add(
            &mut claims,
            map(r#"{"name":"Eve","email":"ada@a.example"}"#),
        );
        assert_eq!(
            claims,
            map(r#"{"sub":"1","name":"Ada","email":"ada@a.example"}"#)
        );
    }

    #[test]
    fn an_address_and_its_verification_are_of_one_source() {
        let map = |text| serde_json::from_str::<Map<_, _>>(text).unwrap();
        #[rustfmt::skip]
        let cases = [
            // id token                                    userinfo                                     together
            (r#"{"email":"a","email_verified":false}"#, r#"{"email":"b","email_verified":true}"#,  r#"{"email":"a","email_verified":false}"#),
            (r#"{"email":"a"}"#,                        r#"{"email":"b","email_verified":true}"#,  r#"{"email":"b","email_verified":true}"#),
            (r#"{"email_verified":true}"#,              r#"{"email":"b","email_verified":false}"#, r#"{"email":"b","email_verified":false}"#),
            (r#"{"email":"a"}"#,                        r#"{"email_verified":true}"#,              r#"{"email":"a"}"#),
            (r#"{"email_verified":true}"#,              r#"{"email":"b"}"#,                        r#"{"email_verified":true}"#),
            (r#"{"email":"a"}"#,                        r#"{"email":"b"}"#,                        r#"{"email":"a"}"#),
            ("{}",                                      r#"{"email":"b","email_verified":true}"#,  r#"{"email":"b","email_verified":true}"#),
            ("{}",                                      r#"{"email":"b"}"#,                        r#"{"email":"b"}"#),
        ];
        for (signed, more, expected) in cases {
            let mut claims = map(signed);
            add(&mut claims, map(more));
            assert_eq!(claims, map(expected), "{signed} {more}");
        }
    }
}
