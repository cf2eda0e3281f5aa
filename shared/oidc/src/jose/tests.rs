use serde_json::json;

use super::*;
use crate::testing::{self, TestKey, encode, jwks};

fn verify(token: &str, keys: &Jwks) -> Result<(), Rejected> {
    Unverified::parse(token)?.verify(keys)
}

fn token(key: &TestKey, alg: &str) -> String {
    key.sign(&json!({"alg": alg, "kid": "a"}), &json!({"sub": "1"}))
}

#[test]
fn each_algorithm_verifies_by_a_key_of_its_own_kind_alone() {
    let (rsa, p256, ed25519) = (testing::rsa(), testing::p256(), testing::ed25519());
    #[rustfmt::skip]
    let cases = [
        ("RS256",   &rsa,     Ok(())),
        ("PS256",   &rsa,     Ok(())),
        ("ES256",   &p256,    Ok(())),
        ("EdDSA",   &ed25519, Ok(())),
        ("Ed25519", &ed25519, Ok(())),
        ("ES256",   &rsa,     Err(Rejected::UnknownKey)),
        ("EdDSA",   &rsa,     Err(Rejected::UnknownKey)),
        ("RS256",   &p256,    Err(Rejected::UnknownKey)),
        ("EdDSA",   &p256,    Err(Rejected::UnknownKey)),
        ("ES256",   &ed25519, Err(Rejected::UnknownKey)),
        ("none",    &rsa,     Err(Rejected::Algorithm)),
        ("None",    &rsa,     Err(Rejected::Algorithm)),
        ("HS256",   &rsa,     Err(Rejected::Algorithm)),
        ("RS1",     &rsa,     Err(Rejected::Algorithm)),
        ("RS384",   &rsa,     Err(Rejected::Algorithm)),
        ("rs256",   &rsa,     Err(Rejected::Algorithm)),
    ];
    for (alg, key, expected) in cases {
        assert_eq!(verify(&token(key, alg), &key.jwks()), expected, "{alg}");
    }
}

/// A key that is bound to one algorithm of its kind takes no other (RFC 8725 section 3.1).
#[test]
fn a_key_for_one_algorithm_verifies_no_other() {
    let rsa = testing::rsa();
    let mut jwk = rsa.jwk("a");
    jwk["alg"] = json!("PS256");
    let keys = jwks(&[jwk]);
    assert_eq!(verify(&token(&rsa, "PS256"), &keys), Ok(()));
    assert_eq!(
        verify(&token(&rsa, "RS256"), &keys),
        Err(Rejected::UnknownKey)
    );
}

#[test]
fn what_was_changed_is_rejected() {
    for (key, alg) in [
        (testing::rsa(), "RS256"),
        (testing::rsa(), "PS256"),
        (testing::p256(), "ES256"),
        (testing::ed25519(), "EdDSA"),
    ] {
        let good = token(&key, alg);
        let (signed, signature) = good.rsplit_once('.').unwrap();
        let (header, _) = signed.split_once('.').unwrap();
        let other = encode(br#"{"sub":"2"}"#);
        let mut flipped = decode(signature).unwrap();
        flipped[0] ^= 1;
        let zeros = encode(&vec![0; flipped.len()]);
        for (name, token) in [
            ("claims", format!("{header}.{other}.{signature}")),
            ("signature", format!("{signed}.{}", encode(&flipped))),
            ("zeros", format!("{signed}.{zeros}")),
            ("empty", format!("{signed}.")),
            (
                "half",
                format!("{signed}.{}", encode(&flipped[..flipped.len() / 2])),
            ),
        ] {
            assert_eq!(
                verify(&token, &key.jwks()),
                Err(Rejected::Signature),
                "{alg} {name}"
            );
        }
    }
}

#[test]
fn another_key_of_the_same_name_is_not_enough() {
    let (own, other) = (testing::p256(), testing::p256());
    let token = token(&own, "ES256");
    assert_eq!(verify(&token, &other.jwks()), Err(Rejected::Signature));
    let both = jwks(&[other.jwk("a"), own.jwk("a")]);
    assert_eq!(verify(&token, &both), Ok(()));
}

#[test]
fn a_token_without_a_key_s_name_takes_the_only_one_that_fits() {
    let (own, other, rsa) = (testing::p256(), testing::p256(), testing::rsa());
    let unnamed = own.sign(&json!({"alg": "ES256"}), &json!({}));
    let named = own.sign(&json!({"alg": "ES256", "kid": "b"}), &json!({}));
    #[rustfmt::skip]
    let cases = [
        ("one",                    &unnamed, vec![own.jwk("a")],                  Ok(())),
        ("one of its kind",        &unnamed, vec![own.jwk("a"), rsa.jwk("b")],    Ok(())),
        ("several",                &unnamed, vec![own.jwk("a"), other.jwk("b")],  Err(Rejected::SeveralKeys)),
        ("none of its kind",       &unnamed, vec![rsa.jwk("b")],                  Err(Rejected::UnknownKey)),
        ("named",                  &named,   vec![own.jwk("b"), other.jwk("a")],  Ok(())),
        ("named, and not there",   &named,   vec![own.jwk("a")],                  Err(Rejected::UnknownKey)),
        ("named, of another kind", &named,   vec![rsa.jwk("b")],                  Err(Rejected::UnknownKey)),
    ];
    for (name, token, keys, expected) in cases {
        assert_eq!(verify(token, &jwks(&keys)), expected, "{name}");
    }
}

#[test]
fn a_token_has_one_form() {
    let key = testing::ed25519();
    let good = token(&key, "EdDSA");
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let (header, claims) = signed.split_once('.').unwrap();
    let with = |header: &str| key.sign_text(header, "{}");
    let large = key.sign(
        &json!({"alg": "EdDSA"}),
        &json!({"a": "x".repeat(16 * 1024)}),
    );
    #[rustfmt::skip]
    let cases = [
        ("nothing",              String::new(),                             Rejected::Form),
        ("one part",             header.to_owned(),                         Rejected::Form),
        ("two parts",            signed.to_owned(),                         Rejected::Form),
        ("four parts",           format!("{good}.{signature}"),             Rejected::Form),
        ("padding",              format!("{header}.{claims}.{signature}="), Rejected::Form),
        ("white space",          format!("{good} "),                        Rejected::Form),
        ("no base64url",         format!("{header}.{claims}+.{signature}"), Rejected::Form),
        ("an encrypted one",     format!("{header}....{signature}"),        Rejected::Form),
        ("no object",            with("1"),                                 Rejected::Form),
        ("no algorithm",         with("{}"),                                Rejected::Algorithm),
        ("twice an algorithm",   with(r#"{"alg":"none","alg":"EdDSA"}"#),   Rejected::Form),
        ("a number",             with(r#"{"alg":1}"#),                      Rejected::Form),
        ("a key's number",       with(r#"{"alg":"EdDSA","kid":1}"#),        Rejected::Form),
        ("extensions",           with(r#"{"alg":"EdDSA","crit":["b64"],"b64":false}"#), Rejected::Critical),
        ("claims twice",         key.sign_text(r#"{"alg":"EdDSA"}"#, r#"{"sub":"1","sub":"2"}"#), Rejected::Form),
        ("large",                large,                                     Rejected::TooLarge),
    ];
    for (name, token, expected) in cases {
        assert_eq!(verify(&token, &key.jwks()), Err(expected), "{name}");
    }
}
