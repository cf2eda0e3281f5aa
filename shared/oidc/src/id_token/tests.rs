use serde_json::json;

use super::*;
use crate::testing;

const NOW: u64 = 1_000_000;

fn claims() -> Value {
    json!({
        "iss": "https://a.example", "aud": "client", "sub": "Ab", "exp": NOW + 300, "iat": NOW - 5,
        "nonce": "n", "auth_time": NOW - 100, "sid": "s", "name": "Ada",
    })
}

fn expected(access_token: Option<&str>) -> Expected<'_> {
    Expected {
        issuer: "https://a.example",
        client_id: "client",
        nonce: "n",
        access_token,
        now: UnixSeconds(NOW),
    }
}

fn check(claims: &Value) -> Result<IdToken, Rejected> {
    let key = testing::ed25519();
    let token = key.sign(&json!({"alg": "EdDSA", "kid": "a"}), claims);
    verify(&token, &key.jwks(), &expected(None))
}

/// The claims with one in another way; `null`: without it.
fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    if value.is_null() {
        claims.as_object_mut().unwrap().remove(name);
    } else {
        claims[name] = value;
    }
    claims
}

#[test]
fn a_token_tells_who_logged_in_and_when() {
    let token = check(&claims()).unwrap();
    assert_eq!(token.subject.as_str(), "Ab");
    assert_eq!(token.sid.as_deref(), Some("s"));
    assert_eq!(token.auth_time, Some(UnixSeconds(NOW - 100)));
    assert_eq!(token.issued, UnixSeconds(NOW - 5));
    assert_eq!(token.claims["name"], "Ada");
}

#[test]
fn each_claim_is_checked() {
    let long = "x".repeat(256);
    #[rustfmt::skip]
    let cases = [
        ("iss",       json!("https://a.example/"),      Some(Rejected::Issuer)),
        ("iss",       json!("https://A.example"),       Some(Rejected::Issuer)),
        ("iss",       json!(["https://a.example"]),     Some(Rejected::Claim)),
        ("iss",       Value::Null,                      Some(Rejected::Issuer)),
        ("aud",       json!(["client"]),                None),
        ("aud",       json!("other"),                   Some(Rejected::Audience)),
        ("aud",       json!("Client"),                  Some(Rejected::Audience)),
        ("aud",       json!([]),                        Some(Rejected::Audience)),
        ("aud",       json!(["other"]),                 Some(Rejected::Audience)),
        ("aud",       json!(["client", "other"]),       Some(Rejected::Audience)),
        ("aud",       json!(["client", 1]),             Some(Rejected::Audience)),
        ("aud",       Value::Null,                      Some(Rejected::Audience)),
        ("azp",       json!("client"),                  None),
        ("azp",       json!("other"),                   Some(Rejected::Audience)),
        ("exp",       json!(NOW + 1),                   None),
        ("exp",       json!(NOW - 59),                  None),
        ("exp",       json!(NOW - 60),                  Some(Rejected::Expired)),
        ("exp",       json!("never"),                   Some(Rejected::Claim)),
        ("exp",       json!(-1),                        Some(Rejected::Claim)),
        ("exp",       Value::Null,                      Some(Rejected::Expired)),
        ("iat",       json!(NOW + 60),                  None),
        ("iat",       json!(NOW + 61),                  Some(Rejected::Issued)),
        ("iat",       json!(1.5),                       None),
        ("iat",       Value::Null,                      Some(Rejected::Issued)),
        ("nbf",       json!(NOW + 60),                  None),
        ("nbf",       json!(NOW + 61),                  Some(Rejected::Issued)),
        ("nonce",     json!("m"),                       Some(Rejected::Nonce)),
        ("nonce",     json!("N"),                       Some(Rejected::Nonce)),
        ("nonce",     json!(1),                         Some(Rejected::Claim)),
        ("nonce",     Value::Null,                      Some(Rejected::Nonce)),
        ("sub",       json!(""),                        Some(Rejected::Subject)),
        ("sub",       json!("\u{e9}"),                  Some(Rejected::Subject)),
        ("sub",       json!("a\0"),                     Some(Rejected::Subject)),
        ("sub",       json!(&long[..255]),              None),
        ("sub",       json!(long),                      Some(Rejected::Subject)),
        ("sub",       json!(1),                         Some(Rejected::Claim)),
        ("sub",       Value::Null,                      Some(Rejected::Subject)),
        ("sid",       Value::Null,                      None),
        ("sid",       json!(""),                        Some(Rejected::Subject)),
        ("sid",       json!(long),                      Some(Rejected::Subject)),
        ("sid",       json!(1),                         Some(Rejected::Claim)),
        ("auth_time", Value::Null,                      None),
        ("auth_time", json!(NOW + 60),                  None),
        ("auth_time", json!(NOW + 61),                  Some(Rejected::Issued)),
        ("auth_time", json!(NOW * 1000),                Some(Rejected::Issued)),
        ("auth_time", json!("now"),                     Some(Rejected::Claim)),
        ("at_hash",   json!("anything"),                None),
    ];
    for (name, value, expected) in cases {
        let shown = format!("{name} {value}");
        assert_eq!(check(&with(name, value)).err(), expected, "{shown}");
    }
    let mut several = with("aud", json!(["other", "client"]));
    several["azp"] = json!("client");
    assert!(check(&several).is_ok());
}

/// Other tokens of the same provider are not id tokens, whatever they say.
#[test]
fn a_token_of_another_type_is_rejected() {
    let key = testing::ed25519();
    for (typ, taken) in [
        ("JWT", true),
        ("jwt", true),
        ("at+jwt", false),
        ("logout+jwt", false),
    ] {
        let token = key.sign(&json!({"alg": "EdDSA", "typ": typ}), &claims());
        let verified = verify(&token, &key.jwks(), &expected(None));
        assert_eq!(verified.is_ok(), taken, "{typ}");
    }
}

/// `at_hash` is the left half of a hash that goes by the algorithm.
#[test]
fn an_access_token_that_came_with_it_belongs_to_it() {
    #[rustfmt::skip]
    let cases = [
        // as `openssl dgst -sha256 -binary | head -c 16`, and with -sha512 and 32 bytes, say of "access"
        (testing::rsa(),     "RS256", half(&Sha256::digest("access"))),
        (testing::rsa(),     "PS256", half(&Sha256::digest("access"))),
        (testing::p256(),    "ES256", half(&Sha256::digest("access"))),
        (testing::ed25519(), "EdDSA", half(&Sha512::digest("access"))),
    ];
    for (key, alg, hash) in cases {
        let token = key.sign(&json!({"alg": alg}), &with("at_hash", json!(hash)));
        for (access_token, error) in [
            (None, None),
            (Some("access"), None),
            (Some("Access"), Some(Rejected::AccessToken)),
        ] {
            let verified = verify(&token, &key.jwks(), &expected(access_token));
            assert_eq!(verified.err(), error, "{alg} {access_token:?}");
        }
    }
}

fn half(hash: &[u8]) -> String {
    testing::encode(&hash[..hash.len() / 2])
}

/// A caller that looks for new keys does so for a token that is right in everything else but what needs a key.
#[test]
fn an_unknown_key_is_told_only_of_a_token_for_us_and_now() {
    let (key, other) = (testing::ed25519(), testing::ed25519());
    let header = json!({"alg": "EdDSA", "kid": "b"});
    let keys = other.jwks();
    let seen = |header: &Value, claims: &Value| {
        verify(&key.sign(header, claims), &keys, &expected(None)).err()
    };
    assert_eq!(seen(&header, &claims()), Some(Rejected::UnknownKey));
    #[rustfmt::skip]
    let cases = [
        ("iss", json!("https://b.example"), Rejected::Issuer),
        ("aud", json!("other"),             Rejected::Audience),
        ("exp", json!(1),                   Rejected::Expired),
        ("iat", json!(NOW + 61),            Rejected::Issued),
    ];
    for (name, value, expected) in cases {
        assert_eq!(seen(&header, &with(name, value)), Some(expected), "{name}");
    }
    let typed = json!({"alg": "EdDSA", "kid": "b", "typ": "at+jwt"});
    assert_eq!(seen(&typed, &claims()), Some(Rejected::Type));
}
