//! Signed tokens. Ours name neither key nor version, so that there is nothing to change but the
//! number of parts; the tags are made here by the documented formula, and not by the code under test.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Sha256, Sha512};
use support::{TOKEN, store::Counting};

use super::{
    Expected::{self, Allow, DenyUnasked},
    Kind, check,
};

const ID: &[u8; 32] = b"events-test-session-not-a-secret";
const LABEL: &[u8] = b"session-token\0";
const KEY: [u8; 32] = [1; 32];
const PREVIOUS: [u8; 32] = [2; 32];
const RETIRED: [u8; 32] = [3; 32];

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// `HMAC-SHA256(key, label || id)`.
fn tag(key: &[u8], label: &[u8], id: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(label);
    mac.update(id);
    mac.finalize().into_bytes().to_vec()
}

fn keys(keys: &[[u8; 32]]) -> String {
    keys.iter()
        .map(|key| encode(key))
        .collect::<Vec<_>>()
        .join(",")
}

async fn every_kind(name: &str, token: &str, keys: &str, expected: Expected) {
    let variables = [("SESSION_SIGNING_KEYS", keys)];
    for kind in Kind::ALL {
        let event = kind
            .with(&[("Cookie", &format!("__Host-id={token}"))])
            .unwrap();
        check(
            name,
            kind,
            &event,
            Counting::seeded().await,
            &variables,
            expected,
        )
        .await;
    }
}

#[tokio::test]
async fn signatures() {
    let good = tag(&KEY, LABEL, ID);
    let with = |tag: &[u8]| format!("{TOKEN}.{}", encode(tag));
    let token = with(&good);
    let text = encode(&good);
    let other_id = encode(&tag(&KEY, LABEL, &[7; 32]));
    let mut sha512 = Hmac::<Sha512>::new_from_slice(&KEY).unwrap();
    sha512.update(LABEL);
    sha512.update(ID);
    let sha512 = sha512.finalize().into_bytes();
    let jwt = |header: &str, tag: &str| {
        format!(
            "{}.{}.{tag}",
            encode(header.as_bytes()),
            encode(b"{\"sub\":\"ada\"}")
        )
    };
    #[rustfmt::skip]
    let cases: Vec<(&str, String, Expected)> = vec![
        ("the token",                     token.clone(),                                     Allow),
        ("unsigned",                      TOKEN.into(),                                      DenyUnasked),
        ("tag of 31 bytes",               with(&good[..31]),                                 DenyUnasked),
        ("tag of 16 bytes",               with(&good[..16]),                                 DenyUnasked),
        ("tag of 1 byte",                 with(&good[..1]),                                  DenyUnasked),
        ("empty tag",                     format!("{TOKEN}."),                               DenyUnasked),
        ("tag of 33 bytes",               with(&[&good[..], &[0]].concat()),                 DenyUnasked),
        ("tag twice",                     with(&[&good[..], &good].concat()),                DenyUnasked),
        ("another id's tag",              format!("{TOKEN}.{other_id}"),                     DenyUnasked),
        ("with a key's name",             format!("k1.{token}"),                             DenyUnasked),
        ("with a version",                format!("v1.k1.{token}"),                          DenyUnasked),
        ("JWT, none",                     jwt("{\"alg\":\"none\"}", ""),                     DenyUnasked),
        ("JWT, HS256",                    jwt("{\"alg\":\"HS256\"}", &text),                 DenyUnasked),
        ("JWT, RS256",                    jwt("{\"alg\":\"RS256\"}", &text),                 DenyUnasked),
        ("three parts",                   format!("{token}.{text}"),                         DenyUnasked),
        ("five parts",                    format!("{token}.{token}.a"),                      DenyUnasked),
        ("dots",                          "..".into(),                                       DenyUnasked),
        ("leading dot",                   format!(".{token}"),                               DenyUnasked),
        ("trailing dot",                  format!("{token}."),                               DenyUnasked),
        ("two dots",                      token.replace('.', ".."),                          DenyUnasked),
        ("encoded dot",                   token.replace('.', "%2E"),                         DenyUnasked),
        ("padded",                        format!("{token}="),                               DenyUnasked),
        ("padding encoded",               format!("{token}%3D"),                             DenyUnasked),
        ("tag in hex",                    format!("{TOKEN}.{}", "0".repeat(64)),             DenyUnasked),
        ("the previous key's tag",        with(&tag(&PREVIOUS, LABEL, ID)),                  Allow),
        ("a retired key's tag",           with(&tag(&RETIRED, LABEL, ID)),                   DenyUnasked),
        ("no label",                      with(&tag(&KEY, b"", ID)),                         DenyUnasked),
        ("another label",                 with(&tag(&KEY, b"csrf\0", ID)),                   DenyUnasked),
        ("label without its end",         with(&tag(&KEY, b"session-token", ID)),            DenyUnasked),
        ("tag of the spelling",           with(&tag(&KEY, LABEL, TOKEN.as_bytes())),         DenyUnasked),
        ("SHA-512",                       with(&sha512),                                     DenyUnasked),
        ("SHA-512 cut",                   with(&sha512[..32]),                               DenyUnasked),
        ("cut to SHA-1's length",         with(&good[..20]),                                 DenyUnasked),
        ("Express's form",                format!("s:{token}"),                              DenyUnasked),
        ("Rails' form",                   format!("{TOKEN}--{text}"),                        DenyUnasked),
        ("Flask's form",                  format!("{TOKEN}.aBcDeF.{text}"),                  DenyUnasked),
        ("an empty key's tag",            with(&tag(b"", LABEL, ID)),                        DenyUnasked),
    ];
    let keys = keys(&[PREVIOUS, KEY]);
    for (name, token, expected) in cases {
        every_kind(name, &token, &keys, expected).await;
    }
}

/// Any bit of the id or of the tag.
#[tokio::test]
async fn one_flipped_bit_is_enough() {
    let keys = keys(&[KEY]);
    let good = [&ID[..], &tag(&KEY, LABEL, ID)].concat();
    for bit in 0..good.len() * 8 {
        let mut bad = good.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        let (id, tag) = bad.split_at(32);
        let cookie = format!("__Host-id={}.{}", encode(id), encode(tag));
        let event = Kind::Http2.with(&[("Cookie", &cookie)]).unwrap();
        let variables = [("SESSION_SIGNING_KEYS", keys.as_str())];
        let (outcome, calls) =
            super::ask(&event, Counting::seeded().await, &variables, super::NOW).await;
        assert_eq!(outcome, Kind::Http2.outcome(DenyUnasked, &[]), "bit {bit}");
        assert_eq!(calls, [] as [&str; 0], "bit {bit}");
    }
}

/// Without keys a signature is not dropped, and the token it is on not accepted.
#[tokio::test]
async fn a_deployment_without_keys_takes_no_signed_token() {
    let token = format!("{TOKEN}.{}", encode(&tag(&KEY, LABEL, ID)));
    for kind in Kind::ALL {
        let event = kind
            .with(&[("Cookie", &format!("__Host-id={token}"))])
            .unwrap();
        check(
            "signed",
            kind,
            &event,
            Counting::seeded().await,
            &[],
            DenyUnasked,
        )
        .await;
    }
}
