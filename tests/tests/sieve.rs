//! What the suites search with for secrets.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE},
};
use tests::sieve::Sieve;

#[test]
fn a_secret_is_found_in_every_spelling_and_in_part() {
    let secret = "kX9\"vQ2.mZ7\\wR4 tB8~\u{e9}";
    let mut sieve = Sieve::default();
    sieve.add("canary", secret.as_bytes());
    #[rustfmt::skip]
    let hits = [
        secret.to_owned(),
        secret.chars().take(12).collect(),
        secret.to_lowercase(),
        format!("{secret:?}"),
        serde_json::json!({"a": secret}).to_string(),
        format!("{:?}", secret.as_bytes()),
        "kX9%22vQ2.mZ7%5CwR4%20tB8~%C3%A9".to_owned(),
        "6b5839227651322e6d5a375c".to_owned(),
        STANDARD.encode(secret),
        STANDARD.encode(format!("a{secret}b")),
        URL_SAFE.encode(format!("ab{secret}")),
    ];
    for text in hits {
        for before in 0..12 {
            let found = sieve.find(&format!("{}{text} after", "-".repeat(before)));
            assert_eq!(found.len(), 1, "{before} {text}");
        }
    }
    for text in [
        "",
        "kX9\"vQ2.mZ7",
        "something else altogether, of some length",
    ] {
        assert!(sieve.find(text).is_empty(), "{text}");
    }
}
