//! The events of `events/`, and those that no API sends.

use authorizer::Fault;
use serde_json::{Value, json};
use support::{NOW, TOKEN, session, store::Counting};

use super::{Expected, Kind, Variables, ask, check};

#[tokio::test]
async fn each_sample_is_answered_in_its_own_format() {
    for kind in Kind::ALL {
        let event = support::event(kind.file());
        check(
            "alive",
            kind,
            &event,
            Counting::seeded().await,
            &[],
            Expected::Allow,
        )
        .await;
        check(
            "unknown",
            kind,
            &event,
            Counting::default(),
            &[],
            Expected::Deny,
        )
        .await;
    }
    #[rustfmt::skip]
    let cases: [(&str, Variables, Expected); 4] = [
        ("authorizer-http-api-without-cookie", &[],                              Expected::DenyUnasked),
        ("authorizer-http-api-forged",         &[],                              Expected::DenyUnasked),
        ("authorizer-http-api-header",         &[],                              Expected::DenyUnasked),
        ("authorizer-http-api-header",         &[("SESSION_TRANSPORT", "header")], Expected::Allow),
    ];
    for (file, variables, expected) in cases {
        let event = support::event(file);
        check(
            file,
            Kind::Http2,
            &event,
            Counting::seeded().await,
            variables,
            expected,
        )
        .await;
    }
}

#[tokio::test]
async fn a_fault_of_the_store_is_neither_an_allow_nor_a_denial() {
    for kind in Kind::ALL {
        let event = support::event(kind.file());
        for variables in super::ANSWERS {
            let store = Counting::seeded().await;
            store.fail();
            let (outcome, calls) = ask(&event, store, variables, NOW).await;
            let (error_type, message) = outcome.unwrap_err();
            assert_eq!(error_type, "StoreFault", "{kind:?}");
            assert_eq!(message, "the session store is unavailable", "{kind:?}");
            assert_eq!(calls, ["touch"], "{kind:?}");
        }
    }
}

#[tokio::test]
async fn the_context_of_an_anonymous_or_damaged_session_is_never_seen() {
    for kind in Kind::ALL {
        let event = support::event(kind.file());
        let store = Counting::default();
        let anonymous = dynamodb_session::session::Session {
            user: None,
            authenticated: None,
            ..session()
        };
        store.put(TOKEN, anonymous).await;
        check("anonymous", kind, &event, store, &[], Expected::Deny).await;
        let store = Counting::seeded().await;
        store.damage();
        check("damaged", kind, &event, store, &[], Expected::Deny).await;
    }
}

/// Never an allow, never a look into the store, and an error that tells what is wrong.
#[tokio::test]
async fn an_event_of_any_other_kind_is_an_error() {
    let http2 = support::event("authorizer-http-api");
    let rest = support::event("authorizer-rest-request");
    let without = |event: &Value, field: &str| {
        let mut event = event.clone();
        event.as_object_mut().unwrap().remove(field);
        event
    };
    let with = |event: &Value, field: &str, value: Value| {
        let mut event = event.clone();
        event[field] = value;
        event
    };
    let mut events = support::arbitrary::not_objects();
    events.extend([
        json!({}),
        json!({"version": "2.0"}),
        json!({"type": "REQUEST"}),
        json!({"type": "TOKEN", "authorizationToken": TOKEN}),
        json!({"authorizationToken": TOKEN, "requestContext": {"apiId": "a", "queryString": "query"}}),
        json!({"requestContext": {"elb": {"targetGroupArn": "arn"}}, "httpMethod": "GET", "path": "/", "headers": {}}),
        support::event("profile-http-api"),
        support::event("profile-rest"),
        with(&rest, "version", json!("2.0")),
        with(&http2, "version", json!("1.0")),
        with(&without(&http2, "type"), "version", json!(2)),
        with(&http2, "version", json!(3)),
        without(&http2, "version"),
        without(&http2, "routeArn"),
        without(&rest, "type"),
        without(&rest, "methodArn"),
        with(&rest, "type", json!("request")),
    ]);
    for event in events {
        let (outcome, calls) = ask(&event, Counting::seeded().await, &[], NOW).await;
        let (error_type, message) = outcome.expect_err(&event.to_string());
        assert_eq!(error_type, "UnknownEvent", "{event}");
        assert!(
            message.starts_with("not an authorizer event: "),
            "{message}"
        );
        assert!(!message.contains(TOKEN));
        assert_eq!(calls, [] as [&str; 0], "{event}");
    }
}

/// A policy never covers more than the stage of the API that asked.
#[tokio::test]
async fn a_resource_that_could_widen_a_policy_is_refused() {
    let prefix = "arn:aws:execute-api:us-east-1:123456789012";
    let long = format!("{prefix}:{}/prod/GET/x", "a".repeat(1601));
    #[rustfmt::skip]
    let arns = [
        json!(null), json!(7), json!([]), json!(""), json!("*"), json!("arn:*"), json!(long),
        json!(format!("{prefix}:*/prod/GET/x")), json!(format!("{prefix}:a/*/GET/x")), json!(format!("{prefix}:a/pro?/GET/x")),
        json!(format!("{prefix}:a/${{aws:username}}/GET/x")), json!(format!("{prefix}:\u{e9}/prod/GET/x")),
        json!(format!("{prefix}:a/prod\n/GET/x")), json!(format!("{prefix}:a")), json!(format!("{prefix}:a/prod")),
        json!("arn:aws:lambda:us-east-1:123456789012:function:authorizer"),
    ];
    for kind in Kind::ALL {
        let field = if kind == Kind::Http2 {
            "routeArn"
        } else {
            "methodArn"
        };
        for arn in &arns {
            let mut event = support::event(kind.file());
            event[field] = arn.clone();
            for variables in super::ANSWERS {
                let (outcome, calls) = ask(&event, Counting::seeded().await, variables, NOW).await;
                assert_eq!(outcome.unwrap_err().0, "UnknownEvent", "{kind:?} {arn}");
                assert_eq!(calls, [] as [&str; 0], "{kind:?} {arn}");
            }
        }
        // A path is a client's to choose: it decides nothing.
        let mut event = support::event(kind.file());
        let real = event[field].as_str().unwrap().to_owned();
        for path in [
            "*",
            "../*",
            "a:b:c",
            "%2f*",
            "\u{e9}\n",
            "x/y?z",
            &"p".repeat(1600),
        ] {
            event[field] = json!(format!("{real}/{path}"));
            check(
                path,
                kind,
                &event,
                Counting::seeded().await,
                &[],
                Expected::Allow,
            )
            .await;
        }
    }
}

/// An ARN that is refused says which part of it is to blame: an emulator writes it in quotes, for one.
#[tokio::test]
async fn the_part_of_an_arn_that_is_refused_is_named() {
    let good = "arn:aws:execute-api:us-east-1:123456789012:abc/prod/GET/orders";
    #[rustfmt::skip]
    let cases = [
        (json!(format!("\"{good}\"")),                       "it does not begin with arn:"),
        (json!(format!("'{good}'")),                         "it does not begin with arn:"),
        (json!(good.replace("execute-api", "lambda")),       "its service is not execute-api"),
        (json!(good.replace("aws", "a*")),                   "its partition"),
        (json!(good.replace("us-east-1", "")),               "its region"),
        (json!(good.replace("123456789012", "*")),           "its account"),
        (json!(good.replace("abc", "*")),                    "its API"),
        (json!(good.replace("prod", "*")),                   "its stage"),
        (json!(good.replace("prod", "v1.?")),                "its stage"),
        (json!(good.replace("/GET/orders", "")),             "its route is missing"),
        (json!(good.replace("abc", &"a".repeat(500))),       "it is longer than 512 bytes"),
        (json!(""),                                          "it does not begin with arn:"),
        (json!(null),                                        "it is missing"),
        (json!([good]),                                      "it is missing"),
    ];
    for kind in Kind::ALL {
        let field = if kind == Kind::Http2 {
            "routeArn"
        } else {
            "methodArn"
        };
        for (arn, expected) in &cases {
            let mut event = support::event(kind.file());
            event[field] = arn.clone();
            let (outcome, _) = ask(&event, Counting::seeded().await, &[], NOW).await;
            let (_, message) = outcome.unwrap_err();
            let begin = format!(
                "not an authorizer event: its {field} is not the ARN of a route: {expected}"
            );
            assert!(message.starts_with(&begin), "{kind:?} {arn}: {message}");
        }
    }
}

/// Only this very text makes a 401 of an error.
#[test]
fn unauthorized_is_spelled_as_api_gateway_expects() {
    assert_eq!(Fault::Unauthorized.to_string(), "Unauthorized");
}
