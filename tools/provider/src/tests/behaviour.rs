//! The provider as it is told to be: its errors, faults and keys, and answers that it holds.

use super::*;

#[tokio::test]
async fn it_errs_as_it_is_told() {
    let provider = provider().await;
    provider.err(|behaviour| {
        behaviour.metadata = json!({"issuer": "https://b.example", "userinfo_endpoint": null});
        behaviour.answer = json!({"iss": null, "state": "t"});
        behaviour.id_token = Forgery::of_claims(json!({"sub": null, "aud": "b"}));
        behaviour.id_token.header = json!({"kid": null});
        behaviour.claims_in_id_token = true;
    });
    let metadata = get(&provider, "/.well-known/openid-configuration")
        .await
        .json();
    assert_eq!(metadata["issuer"], "https://b.example");
    assert_eq!(metadata.get("userinfo_endpoint"), None);
    let back = provider
        .log_in("ada", &authorization(&provider, ""))
        .unwrap();
    assert_eq!(parameter(&back, "iss"), None);
    assert_eq!(parameter(&back, "state").unwrap(), "t");
    let code = parameter(&back, "code").unwrap();
    let tokens = exchange(&provider, &code, VERIFIER).await.json();
    let [header, claims] = parts(tokens["id_token"].as_str().unwrap());
    assert_eq!(header, json!({"alg": "ES256", "typ": "JWT"}));
    assert_eq!((claims.get("sub"), &claims["aud"]), (None, &json!("b")));
    assert_eq!(claims["email"], "ada@example.com");
    provider.err(|behaviour| behaviour.logout_token = Forgery::unsigned());
    let token = provider.logout_token(Some("a"), None);
    assert!(token.ends_with('.'));
    assert_eq!(
        parts(&token)[0],
        json!({"alg": "none", "typ": "logout+jwt"})
    );
}

#[tokio::test]
async fn an_endpoint_fails_as_it_is_told() {
    let provider = provider().await;
    let whole = get(&provider, "/keys").await.body;
    let fail = |fault| {
        provider.err(|behaviour| {
            behaviour.faults.insert(Endpoint::Keys, fault);
        });
    };
    fail(Fault::Flood);
    let flood = get(&provider, "/keys").await;
    assert_eq!(flood.body.len(), whole.len() + 1024 * 1024);
    assert!(!flood.headers.contains_key("content-length"));
    fail(Fault::Half);
    assert_eq!(get(&provider, "/keys").await.body, whole[..whole.len() / 2]);
    fail(Fault::Redirect("/elsewhere".to_owned()));
    assert_eq!(
        get(&provider, "/keys").await.header("location"),
        "/elsewhere"
    );
    fail(Fault::Status(500));
    assert_eq!(get(&provider, "/keys").await.status, 500);
    fail(Fault::Body("{}".to_owned()));
    assert_eq!(get(&provider, "/keys").await.body, "{}");
}

#[tokio::test]
async fn keys_sign_and_are_published() {
    let provider = provider().await;
    let kids = async || {
        let keys = get(&provider, "/keys").await.json();
        let keys = keys["keys"].as_array().unwrap().clone();
        keys.iter()
            .map(|key| key["kid"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    for (key, algorithm) in [
        (Key::rs256("k", Rsa::First), "RS256"),
        (Key::ps256("k", Rsa::Second), "PS256"),
        (Key::es256("k"), "ES256"),
        (Key::eddsa("k"), "EdDSA"),
    ] {
        provider.sign_with(key);
        assert_eq!(kids().await, ["k"]);
        let [header, _] = parts(&provider.logout_token(None, None));
        assert_eq!(header["alg"], algorithm);
    }
    provider.publish(Key::rs256("more", Rsa::Second));
    assert_eq!(kids().await, ["k", "more"]);
}

#[tokio::test]
async fn answers_are_held_until_they_are_let_go() {
    let provider = provider().await;
    let held = provider.hold(Endpoint::Keys);
    let url = format!("{}/keys", provider.issuer());
    let asked = tokio::spawn(async move { send("GET", &url, &[], "").await.status });
    held.arrived().await;
    assert!(!asked.is_finished());
    held.release();
    assert_eq!(asked.await.unwrap(), StatusCode::OK);
    assert_eq!(get(&provider, "/keys").await.status, StatusCode::OK);
}

#[tokio::test]
async fn debug_shows_no_credential() {
    let provider = provider().await;
    exchange(&provider, "canary", "canary").await;
    let shown = format!("{:?} {provider:?}", provider.requests(Endpoint::Token));
    assert!(!shown.contains("canary"), "{shown}");
}
