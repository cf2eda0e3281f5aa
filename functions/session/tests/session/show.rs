//! GET /session: the session and its data.

use dynamodb_session::provider::{Identity, Subject};
use serde_json::{Value, json};
use support::{NOW, REFERENCE, TOKEN, event};

use super::{answer, ask::Ask, etag, function, holding, sample, seeded, with_data};

#[tokio::test]
async fn a_living_session_is_shown() {
    let shown = json!({
        "user": "ada",
        "session": REFERENCE,
        "created_at": NOW.0 - 60,
        "authenticated_at": NOW.0 - 60,
        "expires_at": NOW.0 - 60 + 43200,
        // It has just been touched.
        "idle_expires_at": NOW.0 + 7200,
        "data": {},
    });
    for file in ["session-ok", "session-rest"] {
        let function = seeded(&[]).await;
        let reply = answer(&function, event(file)).await;
        reply.assert_is_proper(file);
        assert_eq!(reply.status, 200, "{file}");
        assert_eq!(function.sessions.calls(), ["touch"], "{file}");
        assert_eq!(reply.json(), shown, "{file}");
        assert_eq!(reply.header("etag"), Some(&*etag(0)), "{file}");
        assert_eq!(reply.cookies, Vec::<String>::new(), "{file}");
        assert!(!reply.body.contains(TOKEN), "{file}");
    }
}

/// The chosen claims alone: by what name the provider knows the user is for backends.
#[tokio::test]
async fn the_claims_of_a_provider_are_shown() {
    for claims in [Some(r#"{"name":"Ada <Byron>","groups":["a"]}"#), None] {
        let mut held = sample();
        held.origin.identity = Some(Box::new(Identity {
            issuer: "https://idp.example".to_owned(),
            subject: Subject::parse("the-subject").unwrap(),
            sid: Some("the-sid".to_owned()),
            claims: claims.map(str::to_owned),
        }));
        let function = function(holding(held).await, &[]);
        let reply = answer(&function, event("session-ok")).await;
        let expected = claims.map(|claims| serde_json::from_str(claims).unwrap());
        assert_eq!(reply.json().get("claims"), expected.as_ref());
        for hidden in ["the-subject", "the-sid", "idp.example"] {
            assert!(!reply.body.contains(hidden), "{}", reply.body);
        }
    }
}

#[tokio::test]
async fn data_is_shown_as_the_json_it_is() {
    let texts = [
        ("cart", "[1,{\"a\":null}]"),
        ("count", "123456789012345678901234567890"),
        ("name", "\"\u{1f600}\""),
    ];
    let function = function(holding(with_data(&texts)).await, &[]);
    let reply = answer(&function, event("session-ok")).await;
    let whole =
        r#""data":{"cart":[1,{"a":null}],"count":123456789012345678901234567890,"name":"😀"}}"#;
    assert!(reply.body.ends_with(whole), "{}", reply.body);
    assert_eq!(reply.header("etag"), Some(&*etag(7)));
}

/// We write JSON alone, so anything else is damage: the answer is neither "no data" nor "no session".
#[tokio::test]
async fn damaged_data_is_a_503_that_shows_none_of_it() {
    let held = with_data(&[("broken", "[1,canary"), ("sound", "1")]);
    let function = function(holding(held.clone()).await, &[]);
    let reply = answer(&function, event("session-ok")).await;
    reply.assert_is_proper("broken");
    assert_eq!(reply.status, 503);
    assert!(!reply.body.contains("canary"));
    let stored = function.sessions.session_of(TOKEN).await.unwrap();
    assert_eq!(stored.data, held.data, "it stays as it is");
}

#[tokio::test]
async fn each_sample_is_answered() {
    let (user, none) = (json!("ada"), json!(null));
    let data = json!({"cart": [17, 9_007_199_254_740_993_u64], "theme": "dark"});
    #[rustfmt::skip]
    let cases = [
        ("session-ok",             200, "/user",               &user),
        ("session-rest",           200, "/user",               &user),
        ("session-without-cookie", 401, "/user",               &none),
        ("session-patch",          200, "/data",               &data),
        ("session-patch-rest",     200, "/data",               &data),
        ("session-data-clear",     204, "",                    &none),
        ("session-rotate",         204, "",                    &none),
        ("session-list",           200, "/sessions/0/session", &json!(REFERENCE)),
        ("session-end-others",     204, "",                    &none),
        ("session-end-one",        204, "",                    &none),
    ];
    for (file, status, pointer, expected) in cases {
        let reply = answer(&seeded(&[]).await, event(file)).await;
        reply.assert_is_proper(file);
        assert_eq!(reply.status, status, "{file}: {}", reply.body);
        let body: Value = serde_json::from_str(&reply.body).unwrap_or_default();
        let found = body.pointer(pointer).cloned().unwrap_or_default();
        assert_eq!(&found, expected, "{file}");
        let cookies = usize::from(["session-rotate", "session-end-one"].contains(&file));
        assert_eq!(reply.cookies.len(), cookies, "{file}");
    }
}

/// For a page that shows how much time is left: a read in place of the touch, which moves no deadline.
#[tokio::test]
async fn with_touch_false_a_request_marks_no_use() {
    for (value, status, calls) in [
        ("false", 200, &["session"][..]),
        ("true", 200, &["touch"]),
        ("no", 400, &[]),
        ("", 400, &[]),
    ] {
        let [mut http, mut rest] = Ask::new("GET", "/session").events();
        http["rawQueryString"] = json!(format!("touch={value}"));
        http["queryStringParameters"] = json!({"touch": value});
        rest["queryStringParameters"] = json!({"touch": value});
        rest["multiValueQueryStringParameters"] = json!({"touch": [value]});
        for event in [http, rest] {
            let function = seeded(&[]).await;
            let reply = answer(&function, event).await;
            reply.assert_is_proper(value);
            assert_eq!(reply.status, status, "{value}: {}", reply.body);
            assert_eq!(function.sessions.calls(), calls, "{value}");
            if status == 200 {
                let deadline = match value {
                    "false" => sample().idle_expires(),
                    _ => NOW.plus(7200),
                };
                assert_eq!(reply.json()["idle_expires_at"], deadline.0, "{value}");
            }
        }
    }
}
