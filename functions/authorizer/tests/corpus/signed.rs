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
        ("S1 unsigned",                   TOKEN.into(),                                      DenyUnasked),
        ("S2 31 bytes",                   with(&good[..31]),                                 DenyUnasked),
        ("S2 16 bytes",                   with(&good[..16]),                                 DenyUnasked),
        ("S2 1 byte",                     with(&good[..1]),                                  DenyUnasked),
        ("S2 none",                       format!("{TOKEN}."),                               DenyUnasked),
        ("S2 33 bytes",                   with(&[&good[..], &[0]].concat()),                 DenyUnasked),
        ("S2 twice",                      with(&[&good[..], &good].concat()),                DenyUnasked),
        ("S4 another id's",               format!("{TOKEN}.{other_id}"),                     DenyUnasked),
        ("S5 with a key's name",          format!("k1.{token}"),                             DenyUnasked),
        ("S6 with a version",             format!("v1.k1.{token}"),                          DenyUnasked),
        ("S7 JWT, none",                  jwt("{\"alg\":\"none\"}", ""),                     DenyUnasked),
        ("S7 JWT, HS256",                 jwt("{\"alg\":\"HS256\"}", &text),                 DenyUnasked),
        ("S7 JWT, RS256",                 jwt("{\"alg\":\"RS256\"}", &text),                 DenyUnasked),
        ("S8 three parts",                format!("{token}.{text}"),                         DenyUnasked),
        ("S8 five parts",                 format!("{token}.{token}.a"),                      DenyUnasked),
        ("S8 dots",                       "..".into(),                                       DenyUnasked),
        ("S8 leading dot",                format!(".{token}"),                               DenyUnasked),
        ("S8 trailing dot",               format!("{token}."),                               DenyUnasked),
        ("S8 two dots",                   token.replace('.', ".."),                          DenyUnasked),
        ("S8 encoded dot",                token.replace('.', "%2E"),                         DenyUnasked),
        ("S9 padded",                     format!("{token}="),                               DenyUnasked),
        ("S9 padding encoded",            format!("{token}%3D"),                             DenyUnasked),
        ("S9 hex",                        format!("{TOKEN}.{}", "0".repeat(64)),             DenyUnasked),
        ("S10 the previous key's",        with(&tag(&PREVIOUS, LABEL, ID)),                  Allow),
        ("S11 a retired key's",           with(&tag(&RETIRED, LABEL, ID)),                   DenyUnasked),
        ("S12 no label",                  with(&tag(&KEY, b"", ID)),                         DenyUnasked),
        ("S12 another label",             with(&tag(&KEY, b"csrf\0", ID)),                   DenyUnasked),
        ("S12 label without its end",     with(&tag(&KEY, b"session-token", ID)),            DenyUnasked),
        ("S12 of the spelling",           with(&tag(&KEY, LABEL, TOKEN.as_bytes())),         DenyUnasked),
        ("S13 SHA-512",                   with(&sha512),                                     DenyUnasked),
        ("S13 SHA-512 cut",               with(&sha512[..32]),                               DenyUnasked),
        ("S13 as long as SHA-1",          with(&good[..20]),                                 DenyUnasked),
        ("S14 express",                   format!("s:{token}"),                              DenyUnasked),
        ("S14 Rails",                     format!("{TOKEN}--{text}"),                        DenyUnasked),
        ("S14 Flask",                     format!("{TOKEN}.aBcDeF.{text}"),                  DenyUnasked),
        ("T35 an empty key's",            with(&tag(b"", LABEL, ID)),                        DenyUnasked),
    ];
    let keys = keys(&[PREVIOUS, KEY]);
    for (name, token, expected) in cases {
        every_kind(name, &token, &keys, expected).await;
    }
}

/// S3: any bit of the id or of the tag.
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

/// T7: without keys a signature is not dropped, and the token it is on not accepted.
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
