//! The session's data: kept from one request to the next, whoever writes beside it and whatever its id is.

use serde_json::json;

use super::{
    client::Headers,
    stack::{Session, User, send},
};

#[tokio::test]
async fn data_outlives_requests_and_is_merged() {
    let session = User::new().await.log_in(None).await;
    let first = session
        .patch(r#"{"theme":"dark","cart":[9007199254740993]}"#)
        .await;
    assert_eq!(first.status, 200, "{first:?}");
    assert_eq!(first.header("set-cookie"), None);
    let second = session.patch(r#"{"theme":null,"name":"zoë 😀"}"#).await;
    let whole = r#""data":{"cart":[9007199254740993],"name":"zoë 😀"}}"#;
    assert!(second.body.ends_with(whole), "{}", second.body);
    let shown = session.send("GET", "/session").await;
    assert!(shown.body.ends_with(whole), "{}", shown.body);
    assert_eq!(shown.header("etag"), second.header("etag"));
    assert_ne!(shown.header("etag"), first.header("etag"));

    let cleared = session.send("DELETE", "/session/data").await;
    assert_eq!((cleared.status, &*cleared.body), (204, ""), "{cleared:?}");
    let shown = session.send("GET", "/session").await.json();
    assert_eq!(shown["data"], json!({}));
    assert!(!session.is_over().await);
}

/// I5: two that change different keys never lose each other's write.
#[tokio::test]
async fn parallel_changes_of_different_keys_all_survive() {
    let session = User::new().await.log_in(None).await;
    let (one, other) = (
        async || {
            for nth in 0..5 {
                let answer = session.patch(&format!("{{\"one{nth}\":{nth}}}")).await;
                assert_eq!(answer.status, 200, "{answer:?}");
            }
        },
        async || {
            for nth in 0..5 {
                let answer = session.patch(&format!("{{\"other{nth}\":{nth}}}")).await;
                assert_eq!(answer.status, 200, "{answer:?}");
            }
        },
    );
    tokio::join!(one(), other());
    let data = session.send("GET", "/session").await.json()["data"].clone();
    for nth in 0..5 {
        assert_eq!(data[format!("one{nth}")], nth, "{data}");
        assert_eq!(data[format!("other{nth}")], nth, "{data}");
    }
}

/// Of two that mean the same version, one is told that it came second.
#[tokio::test]
async fn of_two_changes_of_one_version_one_is_made() {
    let session = User::new().await.log_in(None).await;
    let tag = session.patch("{\"n\":0}").await;
    let tag = tag.header("etag").unwrap();
    let change = async |body: &str| {
        let headers = [("if-match", tag)];
        session.change(&headers, body).await.status
    };
    let mut statuses: [u16; 2] = tokio::join!(change("{\"n\":1}"), change("{\"n\":2}")).into();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
    assert_eq!(change("{\"n\":3}").await, 412);
}

#[tokio::test]
async fn data_and_name_outlive_a_rotation() {
    let user = User::new().await;
    let old = user.log_in(None).await;
    old.patch("{\"n\":1}").await;
    let before = old.send("GET", "/session").await.json();
    let rotated = old.send("POST", "/session/rotate").await;
    assert_eq!((rotated.status, &*rotated.body), (204, ""), "{rotated:?}");
    let new = Session::of(rotated);
    assert_ne!(new.token(), old.token());
    let after = new.send("GET", "/session").await.json();
    for field in [
        "user",
        "session",
        "created_at",
        "authenticated_at",
        "expires_at",
        "data",
    ] {
        assert_eq!(after[field], before[field], "{field}");
    }
    assert_eq!(new.profile().await, 200);
    // A second rotation so soon hands out nothing: each has the token that there is.
    let again = new.send("POST", "/session/rotate").await;
    assert_eq!(again.status, 204);
    assert_eq!(again.header("set-cookie"), None);
    assert!(!new.is_over().await);
    // A logout with either id ends the session under both.
    assert_eq!(new.send("POST", "/logout").await.status, 204);
    assert!(new.is_over().await);
    assert!(old.is_over().await);
}

#[tokio::test]
async fn a_malformed_change_is_told() {
    let session = User::new().await.log_in(None).await;
    let own = ("cookie", session.cookie.as_str());
    let json = ("content-type", "application/json");
    let large = format!("{{\"canary\":\"{}\"}}", "x".repeat(70_000));
    #[rustfmt::skip]
    let cases: [(&str, Headers<'_>, &str, u16); 7] = [
        ("no session",      &[json],                            "{\"canary\":1}",                401),
        ("no object",       &[own, json],                       "[\"canary\"]",                  400),
        ("twice",           &[own, json],                       "{\"canary\":1,\"canary\":2}",   400),
        ("no media type",   &[own],                             "{\"canary\":1}",                415),
        ("a form",          &[own, ("content-type", "application/x-www-form-urlencoded")], "canary=1", 415),
        ("large",           &[own, json],                       &large,                          413),
        ("no version",      &[own, json, ("if-match", "1")],    "{\"canary\":1}",                400),
    ];
    for (name, headers, body, status) in cases {
        let answer = send("PATCH", "/session", headers, body).await;
        assert_eq!(answer.status, status, "{name}: {answer:?}");
        let media_type = answer.header("content-type");
        assert_eq!(media_type, Some("application/problem+json"), "{name}");
        assert!(!answer.body.contains("canary"), "{name}: {answer:?}");
        assert_eq!(answer.header("set-cookie"), None, "{name}");
    }
    let shown = session.send("GET", "/session").await.json();
    assert_eq!(shown["data"], json!({}));
}
