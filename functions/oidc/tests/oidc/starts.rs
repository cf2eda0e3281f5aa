//! How a login begins, and how it does not.

use serde_json::json;
use support::NOW;

use super::{World, assert_failed, callback, flow_cookie, start};

/// The value of a parameter of the address at the provider.
fn parameter(location: &str, name: &str) -> Option<String> {
    let (_, query) = location.split_once('?').unwrap();
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.into_owned())
}

#[tokio::test]
async fn the_browser_is_sent_with_what_ties_the_answer_to_it() {
    let world = World::new(&[("SESSION_OIDC_SCOPES", "openid,email")]).await;
    let reply = world.start("", None).await;
    let location = reply.header("location").unwrap();
    let endpoint = format!("{}/authorize?", world.provider.issuer());
    assert!(location.starts_with(&endpoint), "{location}");
    #[rustfmt::skip]
    let expected = [
        ("response_type", Some("code")), ("client_id", Some("shop")), ("scope", Some("openid email")),
        ("redirect_uri", Some("https://api.example.com/login/oidc/callback")), ("code_challenge_method", Some("S256")),
        ("prompt", None), ("max_age", None), ("response_mode", None),
    ];
    for (name, value) in expected {
        assert_eq!(parameter(location, name).as_deref(), value, "{name}");
    }
    for name in ["state", "nonce", "code_challenge"] {
        assert_eq!(parameter(location, name).unwrap().len(), 43, "{name}");
    }
    let reply = world.start("recent=true", None).await;
    let location = reply.header("location").unwrap();
    assert_eq!(parameter(location, "prompt").as_deref(), Some("login"));
    assert_eq!(parameter(location, "max_age").as_deref(), Some("0"));
}

/// `Host` and its like are the client's word.
#[tokio::test]
async fn the_redirect_uri_is_the_gateway_s_or_the_setting_and_no_header_s() {
    let mut event = start("", None);
    for name in ["host", "x-forwarded-host", "forwarded", "origin"] {
        event["headers"][name] = json!("evil.example");
    }
    let world = World::new(&[]).await;
    let reply = world.send(event.clone()).await;
    let uri = parameter(reply.header("location").unwrap(), "redirect_uri");
    assert_eq!(
        uri.as_deref(),
        Some("https://api.example.com/login/oidc/callback")
    );
    event["requestContext"]["stage"] = json!("prod");
    event["requestContext"]["http"]["path"] = json!("/prod/login/oidc");
    let reply = world.send(event.clone()).await;
    let uri = parameter(reply.header("location").unwrap(), "redirect_uri");
    assert_eq!(
        uri.as_deref(),
        Some("https://api.example.com/prod/login/oidc/callback")
    );

    let own = "https://login.example/cb";
    let world = World::new(&[("SESSION_OIDC_REDIRECT_URI", own)]).await;
    let reply = world.send(event.clone()).await;
    let uri = parameter(reply.header("location").unwrap(), "redirect_uri");
    assert_eq!(uri.as_deref(), Some(own));

    let world = World::new(&[]).await;
    event["requestContext"]
        .as_object_mut()
        .unwrap()
        .remove("domainName");
    assert_failed(
        "no host",
        &world.send(event).await,
        503,
        "provider does not answer",
    );
}

#[tokio::test]
async fn what_opens_no_document_begins_and_ends_nothing() {
    #[rustfmt::skip]
    let cases = [
        ("sec-purpose", "prefetch"), ("sec-purpose", "prefetch;prerender"), ("purpose", "prefetch"), ("x-moz", "prefetch"),
        ("sec-fetch-dest", "image"), ("sec-fetch-dest", "iframe"), ("sec-fetch-dest", "empty"), ("sec-fetch-dest", "Document"),
    ];
    let world = World::new(&[]).await;
    let returned = world.returned("", "ada").await;
    world.function.store.hook.calls();
    for (name, value) in cases {
        for mut event in [
            start("", None),
            callback(&returned.query, Some(&returned.cookie)),
        ] {
            event["headers"][name] = json!(value);
            let reply = world.send(event).await;
            assert_eq!(reply.status, 400, "{name}: {value}");
            reply.assert_is_proper(name);
        }
    }
    for method in ["HEAD", "POST", "OPTIONS"] {
        for mut event in [
            start("", None),
            callback(&returned.query, Some(&returned.cookie)),
        ] {
            support::pages::set_method(&mut event, method);
            let reply = world.send(event).await;
            assert_eq!(
                (reply.status, reply.header("allow")),
                (405, Some("GET")),
                "{method}"
            );
        }
    }
    assert_eq!(world.function.store.hook.calls(), [] as [&str; 0]);
    // The login is still there to be ended by the document itself, and older browsers say nothing of what they open.
    let mut event = callback(&returned.query, Some(&returned.cookie));
    event["headers"]
        .as_object_mut()
        .unwrap()
        .remove("sec-fetch-dest");
    assert_eq!(world.send(event).await.status, 200);
}

#[tokio::test]
async fn a_parameter_is_given_once_and_right() {
    let world = World::new(&[]).await;
    #[rustfmt::skip]
    let bad = [
        "return_to=/a&return_to=/b", "remember=true&remember=true", "recent=true&recent=false", "remember=1", "recent=maybe",
        "return_to=%ff",
    ];
    for query in bad {
        let reply = world.start(query, None).await;
        assert_eq!(reply.status, 400, "{query}");
        reply.assert_is_proper(query);
    }
    assert_eq!(world.function.store.hook.calls(), [] as [&str; 0]);
    for query in [
        "",
        "return_to=",
        "utm_source=x&utm_source=y",
        "remember=false&recent=false",
    ] {
        assert_eq!(world.start(query, None).await.status, 302, "{query}");
    }
}

#[tokio::test]
async fn starts_are_counted_at_their_address() {
    let world = World::new(&[("SESSION_LOGIN_ADDRESS_PER_MINUTE", "2")]).await;
    for _ in 0..2 {
        assert_eq!(world.start("", None).await.status, 302);
    }
    let reply = world.start("", None).await;
    assert_failed("third", &reply, 429, "too many logins");
    let seconds = (60 - NOW.0 % 60).to_string();
    assert_eq!(reply.header("retry-after"), Some(seconds.as_str()));
}

#[tokio::test]
async fn a_cookie_that_is_not_of_ours_is_replaced() {
    let world = World::new(&[]).await;
    for cookie in ["", "x", "AAAA", &"!".repeat(43), &"A".repeat(44)] {
        let reply = world.start("", Some(cookie)).await;
        let new = flow_cookie(&reply).unwrap();
        assert!(new.len() == 43 && new != cookie, "{cookie}");
    }
}

#[tokio::test]
async fn a_fault_of_the_store_sends_nobody_anywhere() {
    for call in ["count", "put_flow"] {
        let world = World::new(&[]).await;
        world.function.store.hook.fail_at(call);
        assert_failed(call, &world.start("", None).await, 503, "not available");
    }
    let world = World::new(&[("SESSION_PAGE", "on")]).await;
    world.function.store.hook.fail();
    for (called, place) in [
        ("/login/oidc", "/?error=fault"),
        ("/prod/login/oidc", "/prod/?error=fault"),
    ] {
        let mut event = start("", None);
        event["requestContext"]["http"]["path"] = json!(called);
        let reply = world.send(event).await;
        assert_eq!((reply.status, reply.header("location")), (303, Some(place)));
    }
}
