//! How secrets are compared: by what takes the same time wherever they differ, and not by `==`.

use std::{fs, path::Path};

/// Where a tag is made: the only functions that may hold its bytes.
const MAKERS: [&str; 2] = ["issue", "sign"];

/// What has a secret in it.
const SECRETS: [(&str, &str); 7] = [
    ("claim.rs", "Claim"),
    ("csrf.rs", "CsrfToken"),
    ("front.rs", "FrontSecrets"),
    ("id.rs", "SessionId"),
    ("password.rs", "Password"),
    ("signing_keys.rs", "SigningKeys"),
    ("token.rs", "Token"),
];

#[test]
fn a_mac_is_compared_in_constant_time() {
    let mut verifiers = 0;
    for file in ["csrf.rs", "front.rs", "signing_keys.rs"] {
        for (name, body) in functions(&source(file)) {
            let makes = body.contains("finalize(");
            assert!(
                !makes || MAKERS.contains(&name.as_str()),
                "{file}: `{name}` takes a tag's bytes out of its MAC: compare with verify_slice"
            );
            if name == "verify" {
                verifiers += 1;
                assert!(body.contains(".verify_slice("), "{file}: no verify_slice");
                let made_again = MAKERS
                    .iter()
                    .any(|maker| body.contains(&format!("{maker}(")));
                assert!(!made_again, "{file}: `verify` makes the tag to compare it");
            }
        }
    }
    assert_eq!(verifiers, 3);
    let elsewhere = ["token.rs", "id.rs", "cross_site.rs", "authorize.rs"];
    for file in elsewhere {
        assert!(!source(file).contains("Hmac"), "{file}: a MAC of its own");
    }
}

#[test]
fn no_secret_has_an_equality() {
    for (file, secret) in SECRETS {
        let source = source(file);
        let (before, _) = source
            .split_once(&format!("pub struct {secret}"))
            .unwrap_or_else(|| panic!("{file}: no {secret}"));
        let attributes = before.rsplit("\n\n").next().unwrap();
        // A clone of the signing keys is the same keys under one lock: it copies none, and has those that replace them.
        let is_handle = source.contains(&format!("pub struct {secret}(Arc<RwLock<"));
        for forbidden in ["PartialEq", "Clone", "Serialize"] {
            if is_handle && forbidden == "Clone" {
                continue;
            }
            let derives = attributes
                .lines()
                .any(|line| line.starts_with("#[derive(") && line.contains(forbidden));
            let has = derives
                || [" ", "<"]
                    .iter()
                    .any(|end| source.contains(&format!("{forbidden} for {secret}{end}")));
            assert!(!has, "{file}: {secret} has {forbidden}");
        }
    }
}

/// A file of the crate, without its tests.
fn source(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/src")
        .join(file);
    let text = fs::read_to_string(path).unwrap();
    text.split("#[cfg(test)]\nmod tests")
        .next()
        .unwrap()
        .to_owned()
}

/// The functions of a source: name, and all up to the next one.
fn functions(source: &str) -> Vec<(String, String)> {
    let parts = source.split("fn ").skip(1);
    parts
        .filter_map(|part| {
            let (name, body) = part.split_once('(')?;
            Some((name.split('<').next()?.to_owned(), body.to_owned()))
        })
        .collect()
}
