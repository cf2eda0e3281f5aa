//! What the sample backend answers: it greets whom the authorizer's context names, and nobody else.

#![cfg(test)]

use std::fs;

use lambda::http;
use serde_json::{Value, json};
use support::reply::Reply;

fn event(name: &str) -> Value {
    let path = format!("{}/../../events/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

async fn answer(event: Value) -> Reply {
    let response = http::answer(event, |request| async move { profile::handle(&request) }).await;
    let reply = Reply::of(&response);
    reply.assert_is_proper("profile");
    reply
}

#[tokio::test]
async fn each_sample_is_answered() {
    let greeting =
        json!({"message": "Hello, ada!", "user": "ada", "session": "c2FtcGxlIHJlZmVyZW5jZQ"});
    for file in ["profile-http-api", "profile-rest"] {
        let reply = answer(event(file)).await;
        assert_eq!(
            (reply.status, reply.json()),
            (200, greeting.clone()),
            "{file}"
        );
    }
    assert_eq!(
        answer(event("profile-without-authorizer")).await.status,
        500
    );
}

/// An integration with payload 1.0 may have the context under `lambda` as well.
#[tokio::test]
async fn a_nested_context_is_read_in_either_format() {
    let mut event = event("profile-rest");
    let context = event["requestContext"]["authorizer"].clone();
    event["requestContext"]["authorizer"] = json!({"lambda": context});
    assert_eq!(answer(event).await.status, 200);
}

/// What a client sends has no say in who it is.
#[tokio::test]
async fn only_the_context_names_a_user() {
    let claims = json!({"user": "eve", "X-User": "eve", "X-Amzn-Authorizer-User": "eve", "authorizer": "eve"});
    for file in ["profile-http-api", "profile-rest"] {
        let mut event = event(file);
        for field in [
            "headers",
            "queryStringParameters",
            "pathParameters",
            "stageVariables",
        ] {
            event[field] = claims.clone();
        }
        event["body"] = json!(claims.to_string());
        event["user"] = json!("eve");
        assert_eq!(answer(event.clone()).await.json()["user"], "ada", "{file}");
        event["requestContext"]
            .as_object_mut()
            .unwrap()
            .remove("authorizer");
        let reply = answer(event).await;
        assert_eq!(reply.status, 500, "{file}");
        assert!(!reply.body.contains("eve"), "{file}");
    }
}

/// Nobody is greeted by name by half a context, or by one of another form; and without a session nobody at all.
#[tokio::test]
async fn an_incomplete_context_names_nobody() {
    let contexts = [
        (json!({}), 500),
        (json!({"user": "ada"}), 500),
        (json!({"user": "ada", "session": 7}), 500),
        (json!({"session": "a"}), 200),
        (json!({"user": 7, "session": "a"}), 200),
    ];
    for (context, status) in contexts {
        for file in ["profile-http-api", "profile-rest"] {
            let mut event = event(file);
            let nested = json!({"lambda": context});
            event["requestContext"]["authorizer"] = if file == "profile-rest" {
                context.clone()
            } else {
                nested
            };
            let reply = answer(event).await;
            assert_eq!(reply.status, status, "{file} {context}");
            if status == 200 {
                let greeting = json!({"message": "Hello, visitor!", "user": null, "session": "a"});
                assert_eq!(reply.json(), greeting, "{file} {context}");
            }
        }
    }
}

#[tokio::test]
async fn only_get_is_answered() {
    for method in ["POST", "HEAD", "OPTIONS", "DELETE"] {
        let mut event = event("profile-http-api");
        event["requestContext"]["http"]["method"] = json!(method);
        let reply = answer(event).await;
        assert_eq!(
            (reply.status, reply.header("allow")),
            (405, Some("GET")),
            "{method}"
        );
    }
}
