//! Cookies and headers: one token at one place, or none at all.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::{TOKEN, store::Counting};

use super::{
    Expected::{self, Allow, DenyUnasked},
    Kind, Variables, check,
};

/// Another token, which opens nothing.
const OTHER: &str = "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE";

/// `text` with the two tokens where it names them.
fn fill(text: &str) -> String {
    text.replace("OTHER", OTHER).replace("TOKEN", TOKEN)
}

async fn every_kind(
    name: &str,
    headers: &[(&str, &str)],
    variables: Variables<'_>,
    expected: Expected,
) {
    let headers: Vec<_> = headers
        .iter()
        .map(|(name, value)| (*name, fill(value)))
        .collect();
    let headers: Vec<_> = headers
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    for kind in Kind::ALL {
        if let Some(event) = kind.with(&headers) {
            check(
                name,
                kind,
                &event,
                Counting::seeded().await,
                variables,
                expected,
            )
            .await;
        }
    }
}

#[tokio::test]
async fn cookies() {
    #[rustfmt::skip]
    let cases: &[(&str, &[&str], Expected)] = &[
        ("clean",                        &["__Host-id=TOKEN"],                              Allow),
        ("no cookie",                    &["a=1"],                                      DenyUnasked),
        ("one value twice",              &["__Host-id=TOKEN; __Host-id=TOKEN"],                 DenyUnasked),
        ("one value, two headers",       &["__Host-id=TOKEN", "__Host-id=TOKEN"],               DenyUnasked),
        ("two values",                   &["__Host-id=TOKEN; __Host-id=OTHER"],                 DenyUnasked),
        ("two values reversed",          &["__Host-id=OTHER; __Host-id=TOKEN"],                 DenyUnasked),
        ("two values, two headers",      &["__Host-id=OTHER", "__Host-id=TOKEN"],               DenyUnasked),
        ("crumbs",                       &["a=1", "__Host-id=TOKEN", "b=2; c=3"],           Allow),
        ("name in lower case",           &["__host-id=TOKEN"],                              DenyUnasked),
        ("name in upper case",           &["__HOST-ID=TOKEN"],                              DenyUnasked),
        ("name in another case",         &["__Host-Id=TOKEN"],                              DenyUnasked),
        ("name: encoded prefix",         &["%5F%5FHost-id=TOKEN"],                          DenyUnasked),
        ("name: encoded letter",         &["__%48ost-id=TOKEN"],                            DenyUnasked),
        ("en quad before",               &["a=1; \u{2000}__Host-id=TOKEN"],                 DenyUnasked),
        ("no-break space before",        &["a=1; \u{a0}__Host-id=TOKEN"],                   DenyUnasked),
        ("byte order mark before",       &["\u{feff}__Host-id=TOKEN"],                      DenyUnasked),
        ("next line before",             &["a=1; \u{85}__Host-id=TOKEN"],                   DenyUnasked),
        ("unit separator before",        &["a=1; \u{1f}__Host-id=TOKEN"],                   DenyUnasked),
        ("tab before",                   &["a=1;\t__Host-id=TOKEN"],                        DenyUnasked),
        ("two spaces before",            &["a=1;  __Host-id=TOKEN"],                        DenyUnasked),
        ("name: full width",             &["\u{ff3f}\u{ff3f}Host-id=TOKEN"],                DenyUnasked),
        ("name: long s",                 &["__Ho\u{17f}t-id=TOKEN"],                        DenyUnasked),
        ("name: combining mark",         &["__Host-id\u{301}=TOKEN"],                       DenyUnasked),
        ("RFC 2109",                     &["$Version=1; __Host-id=\"TOKEN\"; $Path=\"/\""], DenyUnasked),
        ("quoted value",                 &["__Host-id=\"TOKEN\""],                          DenyUnasked),
        ("spaces around the sign",       &["__Host-id = TOKEN"],                            DenyUnasked),
        ("trailing space",               &["__Host-id=TOKEN "],                             DenyUnasked),
        ("leading space in value",       &["__Host-id= TOKEN"],                             DenyUnasked),
        ("name alone",                   &["__Host-id"],                                DenyUnasked),
        ("no value",                     &["__Host-id="],                               DenyUnasked),
        ("nameless",                     &["=__Host-id=TOKEN"],                             DenyUnasked),
        ("value alone",                  &["=TOKEN"],                                       DenyUnasked),
        ("bare token",                   &["TOKEN"],                                        DenyUnasked),
        ("semicolons",                   &[";;;"],                                      DenyUnasked),
        ("equals signs",                 &["a=b=c"],                                    DenyUnasked),
        ("empty header",                 &[""],                                         DenyUnasked),
        ("a name that ends in it",       &["x__Host-id=TOKEN"],                             DenyUnasked),
        ("names that begin with it",     &["__Host-idx=TOKEN; __Host-id2=TOKEN"],               DenyUnasked),
        ("not UTF-8, made good",         &["__Host-id=\u{fffd}\u{fffd}TOKEN"],              DenyUnasked),
        ("NUL after",                    &["__Host-id=TOKEN\0"],                            DenyUnasked),
        ("NUL before",                   &["__Host-id=\0TOKEN"],                            DenyUnasked),
        ("NUL in the name",              &["__Host-id\0=TOKEN"],                            DenyUnasked),
        ("NUL escaped",                  &["__Host-id=TOKEN\\u0000"],                       DenyUnasked),
        ("line break",                   &["__Host-id=TOKEN\r\nX-Id: TOKEN"],                   DenyUnasked),
        ("line break encoded",           &["__Host-id=TOKEN%0d%0a"],                        DenyUnasked),
        ("line break before",            &["a=1\r\nCookie: __Host-id=TOKEN"],               DenyUnasked),
    ];
    for (name, cookies, expected) in cases {
        let headers: Vec<_> = cookies.iter().map(|cookie| ("Cookie", *cookie)).collect();
        every_kind(name, &headers, &[], *expected).await;
    }
}

#[tokio::test]
async fn headers() {
    let header: Variables = &[("SESSION_TRANSPORT", "header")];
    let both: Variables = &[("SESSION_TRANSPORT", "both")];
    let cookie: Variables = &[];
    #[rustfmt::skip]
    let cases: &[(&str, Variables, Variables, Expected)] = &[
        ("name in upper case",         &[("X-ID", "TOKEN")],                                   header, Allow),
        ("name in lower case",         &[("x-id", "TOKEN")],                                   header, Allow),
        ("name in another case",       &[("X-Id", "TOKEN")],                                   header, Allow),
        ("header twice",               &[("X-Id", "TOKEN"), ("X-Id", "TOKEN")],                    header, DenyUnasked),
        ("header: two values",         &[("X-Id", "TOKEN"), ("X-Id", "OTHER")],                    header, DenyUnasked),
        ("two values joined",          &[("X-Id", "TOKEN,OTHER")],                                 header, DenyUnasked),
        ("one value joined",           &[("X-Id", "TOKEN, TOKEN")],                                header, DenyUnasked),
        ("cookie and header",          &[("Cookie", "__Host-id=TOKEN"), ("X-Id", "OTHER")],        both,   DenyUnasked),
        ("header and cookie",          &[("Cookie", "__Host-id=OTHER"), ("X-Id", "TOKEN")],        both,   DenyUnasked),
        ("both the same",              &[("Cookie", "__Host-id=TOKEN"), ("X-Id", "TOKEN")],        both,   Allow),
        ("malformed header",           &[("Cookie", "__Host-id=TOKEN"), ("X-Id", "?")],        both,   DenyUnasked),
        ("empty header",               &[("Cookie", "__Host-id=TOKEN"), ("X-Id", "")],         both,   DenyUnasked),
        ("malformed cookie",           &[("Cookie", "__Host-id="), ("X-Id", "TOKEN")],         both,   DenyUnasked),
        ("both: the cookie alone",     &[("Cookie", "__Host-id=TOKEN")],                       both,   Allow),
        ("both: the header alone",     &[("X-Id", "TOKEN")],                                   both,   Allow),
        ("header: not the cookie"    , &[("Cookie", "__Host-id=TOKEN"), ("a", "b")],           header, DenyUnasked),
        ("header: cookies don't count",&[("Cookie", "__Host-id=OTHER"), ("X-Id", "TOKEN")],        header, Allow),
        ("cookie: not the header"    , &[("X-Id", "TOKEN"), ("a", "b")],                       cookie, DenyUnasked),
        ("cookie: headers don't count",&[("X-Id", "OTHER"), ("Cookie", "__Host-id=TOKEN")],        cookie, Allow),
        ("bearer",                     &[("Authorization", "Bearer TOKEN")],                   cookie, DenyUnasked),
        ("bearer in header mode",      &[("Authorization", "Bearer TOKEN")],                   header, DenyUnasked),
        ("bearer in both",             &[("Authorization", "Bearer TOKEN")],                   both,   DenyUnasked),
        ("basic",                      &[("Authorization", "Basic TOKEN")],                    cookie, DenyUnasked),
        ("made-up identity",           &[("X-User-Id", "ada"), ("X-Role", "admin")],       cookie, DenyUnasked),
    ];
    for (name, headers, variables, expected) in cases {
        every_kind(name, headers, variables, *expected).await;
    }
}

/// An event describes its headers twice: what one description says and the other does not is refused.
#[tokio::test]
async fn descriptions_that_disagree() {
    use Kind::{Http1, Http2, RestRequest, WebSocket};
    let one = fill("__Host-id=TOKEN");
    let other = fill("__Host-id=OTHER");
    #[rustfmt::skip]
    let cases: &[(&str, &[Kind], Value, Expected)] = &[
        ("no headers",            &[Http2, Http1, RestRequest, WebSocket], json!({}),                                   DenyUnasked),
        ("null for headers",      &[Http2, Http1, RestRequest, WebSocket],
            json!({"headers": null, "multiValueHeaders": null, "cookies": null}),                                       DenyUnasked),
        ("other types",           &[Http2, Http1, RestRequest, WebSocket],
            json!({"headers": 7, "multiValueHeaders": [], "cookies": "x"}),                                             DenyUnasked),
        ("null as a value",       &[Http2, Http1, RestRequest, WebSocket],
            json!({"headers": {"cookie": null, "x": 1}, "multiValueHeaders": {"cookie": [null, 2]}}),                   DenyUnasked),
        ("cookie header alone",   &[Http2, Http1, RestRequest, WebSocket], json!({"headers": {"cookie": one}}),         Allow),
        ("upper-case name",       &[Http2, Http1, RestRequest, WebSocket], json!({"headers": {"COOKIE": one}}),         Allow),
        ("multi-value alone",     &[Http1, RestRequest, WebSocket], json!({"multiValueHeaders": {"Cookie": [one]}}),    Allow),
        ("cookies alone",         &[Http2], json!({"cookies": [one]}),                                                  Allow),
        ("both alike",            &[Http2], json!({"cookies": [one], "headers": {"cookie": one}}),                      Allow),
        ("header differs",        &[Http2], json!({"cookies": [one], "headers": {"cookie": other}}),                    DenyUnasked),
        ("header differs, back",  &[Http2], json!({"cookies": [other], "headers": {"cookie": one}}),                    DenyUnasked),
        ("the last one agrees",   &[Http1, RestRequest, WebSocket],
            json!({"headers": {"Cookie": one}, "multiValueHeaders": {"Cookie": [other, one]}}),                         DenyUnasked),
        ("multi-value differs",   &[Http1, RestRequest, WebSocket],
            json!({"headers": {"Cookie": one}, "multiValueHeaders": {"Cookie": [other]}}),                              DenyUnasked),
        ("two letter cases",      &[Http1, RestRequest, WebSocket], json!({"headers": {"Cookie": one, "cookie": one}}), DenyUnasked),
        ("two cases merged",      &[Http1, RestRequest, WebSocket], json!({"headers": {"Cookie": one, "cookie": "a=1"}}), Allow),
        ("token in the query",    &[Http2, Http1, RestRequest, WebSocket],
            json!({"rawQueryString": one, "queryStringParameters": {"__Host-id": TOKEN, "x-id": TOKEN}}),               DenyUnasked),
        ("token in the path",     &[Http2, Http1, RestRequest],
            json!({"rawPath": format!("/;{one}"), "path": format!("/;{one}"), "pathParameters": {"id": TOKEN}}),        DenyUnasked),
        ("token in the body",     &[Http2, Http1, RestRequest, WebSocket], json!({"body": one}),                        DenyUnasked),
        ("identity source",       &[Http2], json!({"identitySource": [one]}),                                           DenyUnasked),
        ("authorization token",   &[Http1], json!({"authorizationToken": one, "identitySource": one}),                  DenyUnasked),
        ("string identity source",&[Http2], json!({"cookies": [one], "identitySource": "x", "headers": {"a b": "\0"}}), Allow),
    ];
    for (name, kinds, change, expected) in cases {
        for kind in *kinds {
            let mut event = support::event(kind.file());
            for field in [
                "headers",
                "multiValueHeaders",
                "cookies",
                "identitySource",
                "authorizationToken",
            ] {
                event.as_object_mut().unwrap().remove(field);
            }
            for (field, value) in change.as_object().unwrap() {
                event[field] = value.clone();
            }
            check(
                name,
                *kind,
                &event,
                Counting::seeded().await,
                &[],
                *expected,
            )
            .await;
        }
    }
}

/// A TOKEN event has one text, and it may be missing.
#[tokio::test]
async fn a_token_event_without_a_text() {
    for text in [
        json!(null),
        json!(7),
        json!([TOKEN]),
        json!({"__Host-id": TOKEN}),
    ] {
        let mut event = support::event("authorizer-rest-token");
        event["authorizationToken"] = text.clone();
        let store = Counting::seeded().await;
        check(
            &text.to_string(),
            Kind::RestToken,
            &event,
            store,
            &[],
            DenyUnasked,
        )
        .await;
    }
}

/// Many cookies, long ones, and a 6 MB event: what is too much is not searched, and costs no time.
#[tokio::test]
async fn too_much_is_refused_quickly() {
    let many = |count: usize| "a=1; ".repeat(count);
    let long = |bytes: usize| format!("a={}; ", "b".repeat(bytes));
    #[rustfmt::skip]
    let cases = [
        ("99 others before",        format!("{}__Host-id=TOKEN", many(99)),               Allow),
        ("100 others before",       format!("{}__Host-id=TOKEN", many(100)),              Allow),
        ("5000 others before",      format!("{}__Host-id=TOKEN", many(5000)),             Allow),
        ("5000 others after",       format!("__Host-id=TOKEN; {}", many(5000)),           Allow),
        ("100,000 others",          format!("{}__Host-id=TOKEN", many(100_000)),          DenyUnasked),
        ("5000, and another's",     format!("__Host-id=X; {}__Host-id=TOKEN", many(5000)), DenyUnasked),
        ("4 KB before",             format!("{}__Host-id=TOKEN", long(4096)),             Allow),
        ("10 KB before",            format!("{}__Host-id=TOKEN", long(10_240)),           Allow),
        ("60 KB before",            format!("{}__Host-id=TOKEN", long(60_000)),           Allow),
        ("64 KiB before",           format!("{}__Host-id=TOKEN", long(65_536)),           DenyUnasked),
        ("1 MB before",             format!("{}__Host-id=TOKEN", long(1_000_000)),        DenyUnasked),
        ("1 MB after",              format!("__Host-id=TOKEN; {}", long(1_000_000)),      DenyUnasked),
        ("a token of 10 KB",        format!("__Host-id={}", "A".repeat(10_240)),      DenyUnasked),
        ("a token of 1 MB",         format!("__Host-id={}", "A".repeat(1_000_000)),   DenyUnasked),
        ("1 MB of semicolons",      ";".repeat(1_000_000),                            DenyUnasked),
    ];
    for (name, cookie, expected) in cases {
        let cookie = fill(&cookie);
        for kind in Kind::ALL {
            let event = kind.with(&[("Cookie", &cookie)]).unwrap();
            quickly(name, kind, &event, expected).await;
        }
    }
    let many: serde_json::Map<_, _> = (0..6000)
        .map(|n| (format!("x-{n}"), json!("0".repeat(1000))))
        .collect();
    let mut event = support::event("authorizer-http-api");
    event["headers"] = Value::from(many);
    quickly("6 MB of headers", Kind::Http2, &event, Allow).await;
}

/// Checks the answer, and that it does not take the square of what is sent: that would be minutes.
async fn quickly(name: &str, kind: Kind, event: &Value, expected: Expected) {
    let started = Instant::now();
    check(name, kind, event, Counting::seeded().await, &[], expected).await;
    let took = started.elapsed();
    assert!(took < Duration::from_mins(1), "{name}, {kind:?}: {took:?}");
}
