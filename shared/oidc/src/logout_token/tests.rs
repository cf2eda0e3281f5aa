use serde_json::json;

use super::*;
use crate::testing;

const NOW: u64 = 1_000_000;

fn claims() -> Value {
    json!({
        "iss": "https://a.example", "aud": "client", "sub": "Ab", "sid": "s", "jti": "j",
        "exp": NOW + 120, "iat": NOW - 5, "events": {EVENT: {}},
    })
}

fn check(header: &Value, claims: &Value) -> Result<LogoutToken, Rejected> {
    let key = testing::ed25519();
    let token = key.sign(header, claims);
    verify(
        &token,
        &key.jwks(),
        "https://a.example",
        "client",
        UnixSeconds(NOW),
    )
}

#[test]
fn a_token_tells_whose_sessions_end() {
    let token = check(&json!({"alg": "EdDSA", "typ": "logout+jwt"}), &claims()).unwrap();
    assert_eq!(
        token,
        LogoutToken {
            subject: Some(Subject::parse("Ab").unwrap()),
            sid: Some("s".to_owned()),
            jti: "j".to_owned(),
            issued: UnixSeconds(NOW - 5),
            expires: UnixSeconds(NOW + 176),
        }
    );
}

#[test]
fn each_claim_is_checked() {
    let long = "x".repeat(256);
    #[rustfmt::skip]
    let cases = [
        ("iss",    json!("https://b.example"),            Some(Rejected::Issuer)),
        ("aud",    json!("other"),                        Some(Rejected::Audience)),
        ("aud",    json!(["client"]),                     None),
        ("exp",    json!(NOW - 59),                       None),
        ("exp",    json!(NOW - 60),                       Some(Rejected::Expired)),
        ("exp",    Value::Null,                           Some(Rejected::Expired)),
        ("iat",    json!(NOW - 180),                      None),
        ("iat",    json!(NOW - 181),                      Some(Rejected::Issued)),
        ("iat",    json!(NOW + 60),                       None),
        ("iat",    json!(NOW + 61),                       Some(Rejected::Issued)),
        ("iat",    Value::Null,                           Some(Rejected::Issued)),
        ("events", Value::Null,                           Some(Rejected::Event)),
        ("events", json!({}),                             Some(Rejected::Event)),
        ("events", json!({"http://schemas.openid.net/event/other": {}}), Some(Rejected::Event)),
        ("events", json!({EVENT: 1}),                     Some(Rejected::Event)),
        ("events", json!(EVENT),                          Some(Rejected::Event)),
        ("events", json!({EVENT: {}, "urn:other": {}}),   None),
        ("nonce",  json!("n"),                            Some(Rejected::Nonce)),
        ("nonce",  json!(0),                              Some(Rejected::Nonce)),
        ("jti",    Value::Null,                           Some(Rejected::TokenId)),
        ("jti",    json!(""),                             Some(Rejected::TokenId)),
        ("jti",    json!(long),                           Some(Rejected::TokenId)),
        ("jti",    json!(1),                              Some(Rejected::Claim)),
        ("sub",    Value::Null,                           None),
        ("sub",    json!("\u{e9}"),                       Some(Rejected::Subject)),
        ("sid",    Value::Null,                           None),
        ("sid",    json!(""),                             Some(Rejected::Subject)),
        ("sid",    json!(1),                              Some(Rejected::Claim)),
    ];
    for (name, value, expected) in cases {
        let shown = format!("{name} {value}");
        let mut claims = claims();
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value;
        }
        assert_eq!(
            check(&json!({"alg": "EdDSA"}), &claims).err(),
            expected,
            "{shown}"
        );
    }
}

#[test]
fn a_token_names_a_user_or_a_session() {
    let mut claims = claims();
    let members = claims.as_object_mut().unwrap();
    members.remove("sub");
    members.remove("sid");
    assert_eq!(
        check(&json!({"alg": "EdDSA"}), &claims).err(),
        Some(Rejected::Subject)
    );
}

#[test]
fn a_token_is_signed_and_of_its_type() {
    #[rustfmt::skip]
    let cases = [
        (json!({"alg": "EdDSA"}),                          None),
        (json!({"alg": "EdDSA", "typ": "Logout+JWT"}),     None),
        (json!({"alg": "EdDSA", "typ": "JWT"}),            Some(Rejected::Type)),
        (json!({"alg": "none", "typ": "logout+jwt"}),      Some(Rejected::Algorithm)),
        (json!({"alg": "HS256", "typ": "logout+jwt"}),     Some(Rejected::Algorithm)),
        (json!({"alg": "EdDSA", "kid": "b"}),              Some(Rejected::UnknownKey)),
    ];
    for (header, expected) in cases {
        assert_eq!(check(&header, &claims()).err(), expected, "{header}");
    }
    let (key, other) = (testing::ed25519(), testing::ed25519());
    let token = key.sign(&json!({"alg": "EdDSA"}), &claims());
    let verified = verify(
        &token,
        &other.jwks(),
        "https://a.example",
        "client",
        UnixSeconds(NOW),
    );
    assert_eq!(verified, Err(Rejected::UnknownKey));
}
