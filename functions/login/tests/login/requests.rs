//! What is wrong with a request before its body is read: its media type, query and method.

use serde_json::{Value, json};

use super::{PASSWORD, answer, forget, function, refused};

/// Both formats of a login, with one more header.
fn with_header(name: &str, value: &str) -> [Value; 2] {
    let mut http = support::event("login-ok");
    http["headers"][name] = json!(value);
    let mut rest = support::event("login-rest");
    rest["headers"][name] = json!(value);
    rest["multiValueHeaders"][name] = json!([value]);
    [http, rest]
}

#[tokio::test]
async fn media_types() {
    let login = function(&[("SESSION_LOGIN_ADDRESS_PER_MINUTE", "0")]).await;
    #[rustfmt::skip]
    let good = [
        "application/json", "Application/JSON", "application/json;charset=utf-8", "application/json; charset=UTF-8",
        "application/json ; charset=\"utf-8\"", "application/json;", "application/json;;charset=utf-8 ;", "application/json; a=b",
        "application/json; charset=utf8", "application/json; charset=US-ASCII", "application/json; Charset=\"utf\\-8\"",
        "application/json; a=\"b;charset=utf-16\"; charset=utf-8", "application/json;\tversion=1; profile=\"a, b\"",
    ];
    for media_type in good {
        for event in super::events(media_type, &login_body()) {
            assert_eq!(answer(&login, event).await.status, 200, "{media_type}");
        }
    }
    forget(&login);
    #[rustfmt::skip]
    let bad = [
        "", "text/plain", "text/plain; application/json", "application/json; charset=utf-16",
        "application/json; a", "application/json; a=", "application/json; =b", "application/json; a=\"b", "application/json; a=b c",
        "application/json; charset=\"utf-8\"x", "application/json; charset=utf-8; charset=utf-8", "application/json charset=utf-8",
        "application/json; a=b, text/plain", "application/json; charset=utf-8, application/json",
        "multipart/form-data; boundary=a", "application/x-www-form-urlencoded", "application/problem+json", "*/*",
        "application/json, text/plain", "application/json,application/json", "application/jsonp", "\u{ff41}pplication/json",
    ];
    for media_type in bad {
        refused(
            media_type,
            &login,
            super::events(media_type, &login_body()),
            415,
            &[PASSWORD],
        )
        .await;
    }
    let mut http = support::event("login-ok");
    http["headers"]
        .as_object_mut()
        .unwrap()
        .remove("content-type");
    let mut rest = support::event("login-rest");
    rest["headers"]
        .as_object_mut()
        .unwrap()
        .remove("Content-Type");
    rest["multiValueHeaders"]
        .as_object_mut()
        .unwrap()
        .remove("Content-Type");
    refused("missing", &login, [http, rest], 415, &[]).await;
    for types in [
        ["application/json", "text/plain"],
        ["text/plain", "application/json"],
    ] {
        let mut rest = support::event("login-rest");
        rest["headers"]["Content-Type"] = json!(types[1]);
        rest["multiValueHeaders"]["Content-Type"] = json!(types);
        refused("two values", &login, [rest], 415, &[]).await;
    }
}

/// Text in another charset would be read wrongly, and a password of it never match: who sends it is told which it was.
#[tokio::test]
async fn a_charset_that_is_another_s_is_named() {
    let login = function(&[]).await;
    #[rustfmt::skip]
    let cases = [
        ("utf-16",             "UTF-16"),
        ("iso-8859-1",         "\"ISO-8859-1\""),
        ("windows-1252",       "windows-1252"),
        ("ebcdic-cp-us",       "ebcdic-cp-us"),
        // A text that can't be a charset's name is not repeated.
        ("another",            "\"<script>\""),
        ("another",            &"x".repeat(41)),
    ];
    for (name, charset) in cases {
        let media_type = format!("application/json; charset={charset}");
        for event in super::events(&media_type, &login_body()) {
            let reply = answer(&login, event).await;
            reply.assert_is_proper(charset);
            assert_eq!(reply.status, 415, "{charset}");
            let detail = reply.json()["detail"].as_str().unwrap().to_owned();
            let expected = format!("The charset of the body is {name}: send it in UTF-8.");
            assert_eq!(detail, expected, "{charset}");
        }
    }
}

fn login_body() -> String {
    json!({"username": "ada", "password": PASSWORD}).to_string()
}

#[tokio::test]
async fn a_compressed_body_is_not_unpacked() {
    let login = function(&[]).await;
    for encoding in ["gzip", "br", "deflate", "identity", "gzip, gzip", ""] {
        refused(
            encoding,
            &login,
            with_header("content-encoding", encoding),
            415,
            &[],
        )
        .await;
    }
}

#[tokio::test]
async fn credentials_in_a_query_are_refused() {
    let login = function(&[]).await;
    for query in [
        "username=ada&password=sample",
        "username",
        "password=%73ample",
        "%70assword=sample",
        "utm_source=x&remember=true&sample",
        "remember=",
    ] {
        let mut http = support::event("login-ok");
        http["rawQueryString"] = json!(query);
        let mut rest = support::event("login-rest");
        rest["queryStringParameters"] = json!({"password": "sample"});
        let mut several = support::event("login-rest");
        several["multiValueQueryStringParameters"] =
            json!({"password": ["sample"], "username": ["ada"]});
        refused(query, &login, [http, rest, several], 400, &["sample"]).await;
    }
}

/// Parameters that campaigns and proxies add to an address are ignored.
#[tokio::test]
async fn unknown_query_parameters_are_ignored() {
    let login = function(&[("SESSION_LOGIN_ADDRESS_PER_MINUTE", "0")]).await;
    for query in [
        "utm_source=x",
        "a",
        "&&=",
        "x=<sample>",
        "everywhere=true",
        "usernames=ada",
        "Username=ada",
        "x=username=ada",
    ] {
        let mut http = support::event("login-ok");
        http["rawQueryString"] = json!(query);
        let mut rest = support::event("login-rest");
        rest["queryStringParameters"] = json!({"utm_source": query, "a": null});
        rest["multiValueQueryStringParameters"] = json!({"utm_source": ["x", query]});
        for event in [http, rest] {
            let reply = answer(&login, event).await;
            assert_eq!(reply.status, 200, "{query}: {}", reply.body);
        }
    }
}

#[tokio::test]
async fn only_post_logs_in() {
    let login = function(&[]).await;
    for method in [
        "GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "post", "SAMPLE",
    ] {
        for mut event in with_header("x-http-method-override", "POST") {
            if event["version"] == "2.0" {
                event["requestContext"]["http"]["method"] = json!(method);
                event["rawQueryString"] = json!("_method=POST");
            } else {
                event["httpMethod"] = json!(method);
            }
            assert_eq!(
                answer(&login, event.clone()).await.header("allow"),
                Some("POST"),
                "{method}"
            );
            refused(method, &login, [event], 405, &["SAMPLE"]).await;
        }
    }
}
