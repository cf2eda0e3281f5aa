//! User names and passwords: which are refused, how they are compared, and what a refusal tells.

use dynamodb_session::{
    fault::FaultKind,
    password::{hash::PasswordHash, store::UserStore},
    user::UserName,
};
use proptest::prelude::*;
use serde_json::json;
use support::NOW;
use tokio::runtime::Builder;

use super::{PASSWORD, answer, function, hash, login_as, refused};

#[tokio::test]
async fn a_malformed_name_or_password_is_a_400() {
    let login = function(&[]).await;
    let (a, p) = ("a".repeat(257), "p".repeat(1025));
    #[rustfmt::skip]
    let cases = [
        ("empty name",               "",                     PASSWORD),
        ("name of 257 bytes",        a.as_str(),             PASSWORD),
        ("name: NUL",                "ada\0",                PASSWORD),
        ("name: line break",         "ada\r\nlevel: INFO",   PASSWORD),
        ("name: escape",             "ada\u{1b}[2J",         PASSWORD),
        ("name: right to left",      "a\u{202e}da",          PASSWORD),
        ("name: zero width",         "a\u{200b}da",          PASSWORD),
        ("name: line separator",     "a\u{2028}da",          PASSWORD),
        ("name: trailing space",     "ada ",                 PASSWORD),
        ("name: leading space",      " ada",                 PASSWORD),
        ("name: no-break space",     "ada\u{a0}",            PASSWORD),
        ("empty password",           "ada",                  ""),
        ("password: 1025 bytes",     "ada",                  p.as_str()),
    ];
    for (name, user, password) in cases {
        refused(
            name,
            &login,
            login_as(user, password),
            400,
            &[PASSWORD, "ada", "level"],
        )
        .await;
    }
}

#[tokio::test]
async fn a_name_is_one_user_in_every_spelling() {
    let login = function(&[]).await;
    for user in ["ada", "Ada", "ADA", "\u{ff41}da"] {
        for event in login_as(user, PASSWORD) {
            let reply = answer(&login, event).await;
            assert_eq!(
                (reply.status, &reply.json()["user"]),
                (200, &json!("ada")),
                "{user}"
            );
        }
    }
    for user in [
        "ada\u{301}",
        "\u{430}da",
        "a",
        &"a".repeat(256),
        "s#ada",
        "u#ada",
        "p#ada",
    ] {
        let [event, _] = login_as(user, PASSWORD);
        assert_eq!(answer(&login, event).await.status, 401, "{user}");
    }
}

/// A password is the bytes that were sent: neither cut, trimmed, folded nor normalised.
/// Set on one keyboard and typed on another: composed, decomposed, with a space that does not break.
#[tokio::test]
async fn a_password_typed_in_another_form_of_unicode_logs_in() {
    let login = function(&[("SESSION_LOGIN_ADDRESS_PER_MINUTE", "0")]).await;
    let ada = UserName::parse("ada").unwrap();
    let composed = "\u{dc}bergr\u{f6}\u{df}entr\u{e4}ger Stra\u{df}e";
    let others = [
        "U\u{308}bergro\u{308}\u{df}entra\u{308}ger Stra\u{df}e",
        "\u{dc}bergr\u{f6}\u{df}entr\u{e4}ger\u{a0}Stra\u{df}e",
    ];
    let marked = hash(composed);
    let text = marked.to_string();
    let unmarked = PasswordHash::parse(text.strip_prefix("nfc").unwrap()).unwrap();
    for (hash, status) in [(marked, 200), (unmarked, 401)] {
        let users = &login.users.inner;
        assert!(users.set_password(&ada, &hash, NOW).await.unwrap());
        let [event, _] = login_as("ada", composed);
        assert_eq!(answer(&login, event).await.status, 200);
        for other in others {
            let [event, _] = login_as("ada", other);
            assert_eq!(answer(&login, event).await.status, status, "{other:?}");
        }
    }
}

#[tokio::test]
async fn a_password_is_compared_whole() {
    let stem = "p".repeat(72);
    let (long, other) = (format!("{stem}a"), format!("{stem}b"));
    let most = "m".repeat(1024);
    #[rustfmt::skip]
    let cases = [
        ("NUL",                   "before\0after",    vec!["before", "before\0", "before\0other"]),
        ("72 bytes",              long.as_str(),      vec![stem.as_str(), other.as_str()]),
        ("one space",             " ",                vec!["  "]),
        ("1024 bytes",            most.as_str(),      vec![&most[..1023]]),
        ("spaces",                " a b ",            vec!["a b", " a b", "a b "]),
        ("case",                  "Password",         vec!["password"]),
        ("marks",                 "\u{e9}",           vec!["e", "e\u{300}"]),
        ("emoji",                 "\u{1f600}",        vec!["\u{1f601}"]),
    ];
    let login = function(&[("SESSION_LOGIN_ADDRESS_PER_MINUTE", "0")]).await;
    let ada = UserName::parse("ada").unwrap();
    for (name, password, others) in cases {
        assert!(
            login
                .users
                .inner
                .set_password(&ada, &hash(password), NOW)
                .await
                .unwrap()
        );
        let [event, _] = login_as("ada", password);
        assert_eq!(answer(&login, event).await.status, 200, "{name}");
        for other in others {
            let [event, _] = login_as("ada", other);
            assert_eq!(answer(&login, event).await.status, 401, "{name}: {other:?}");
        }
    }
}

/// Who may not log in learns nothing about why.
#[tokio::test]
async fn every_refusal_is_the_same() {
    let mut login = function(&[]).await;
    let disabled = UserName::parse("bob").unwrap();
    assert!(
        login
            .users
            .inner
            .set_disabled(&disabled, true, NOW)
            .await
            .unwrap()
    );
    let mut replies = Vec::new();
    for (user, password) in [
        ("ada", "wrong horse"),
        ("bob", PASSWORD),
        ("bob", "wrong"),
        ("nobody", PASSWORD),
    ] {
        for event in login_as(user, password) {
            replies.push(answer(&login, event).await);
            assert_eq!(login.users.finds(), 1, "{user}");
        }
    }
    login.users.hook.fault = Some(FaultKind::Damaged);
    for event in login_as("ada", PASSWORD) {
        replies.push(answer(&login, event).await);
    }
    replies[0].assert_is_proper("refusal");
    assert_eq!(replies[0].status, 401);
    assert_eq!(replies[0].header("www-authenticate"), Some("Session"));
    // Who is logging in is not sent to log in.
    assert_eq!(
        replies[0].json()["detail"],
        "The login failed: the user name or the password is wrong, or the user may not log in."
    );
    for reply in &replies {
        assert_eq!(reply, &replies[0]);
    }
    // The session of the events is all that there is, untouched.
    assert_eq!(login.sessions.inner.len(), 1);
    assert!(!login.sessions.calls().contains(&"commit"));
}

/// A record with such a hash is damaged, and refused as above; none of them is ever computed.
#[test]
fn a_hash_that_is_not_ours_is_not_checked() {
    let ours = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$c29tZWhhc2hzb21laGFzaHNvbWVoYXNoc29tZWhhc2g";
    assert!(PasswordHash::parse(ours).is_some());
    #[rustfmt::skip]
    let cases = [
        String::new(), "x".to_owned(), ours[..60].to_owned(), ours.repeat(10),
        "$2b$12$GhvMmNVjRW29ulnudl.LbuAnUtN/LRfe1JsBm1Xu6LE3059z5Tr8m".to_owned(),
        ours.replace("argon2id", "argon2i"), ours.replace("argon2id", "argon2d"), ours.replace("m=19456", "m=4194304"),
        ours.replace("t=2", "t=1000000"), ours.replace("p=1", "p=0"), ours.replace("p=1", "p=255"), ours.replace("v=19", "v=16"),
    ];
    for text in cases {
        assert!(PasswordHash::parse(&text).is_none(), "{text}");
    }
}

/// A fault of a store is a 503 that clears nothing and tells nothing (I3).
#[tokio::test]
async fn a_fault_of_a_store_is_no_refusal() {
    for kind in [FaultKind::Unavailable, FaultKind::Misconfigured] {
        let mut login = function(&[]).await;
        login.users.hook.fault = Some(kind);
        for event in login_as("ada", PASSWORD) {
            let reply = answer(&login, event).await;
            reply.assert_is_proper("users");
            assert_eq!(reply.status, 503);
            assert!(!reply.body.contains("Secret"));
        }
    }
    let login = function(&[]).await;
    login.sessions.fail();
    for event in login_as("ada", PASSWORD) {
        let reply = answer(&login, event).await;
        reply.assert_is_proper("sessions");
        assert_eq!(reply.status, 503);
        assert!(!reply.body.contains("Secret"));
    }
}

proptest! {
    // Each that is a login costs one argon2.
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_name_and_password(user in any::<String>(), password in any::<String>()) {
        Builder::new_current_thread().build().unwrap().block_on(async {
            let login = function(&[]).await;
            for event in login_as(&user, &password) {
                let status = answer(&login, event).await.status;
                assert!([400, 401].contains(&status), "{status}");
            }
        });
    }
}
