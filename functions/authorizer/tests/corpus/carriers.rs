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
        ("A1 no cookie",                 &["a=1"],                                      DenyUnasked),
        ("A2 the same value twice",      &["__Host-id=TOKEN; __Host-id=TOKEN"],                 DenyUnasked),
        ("A2 in two headers",            &["__Host-id=TOKEN", "__Host-id=TOKEN"],               DenyUnasked),
        ("A3 two values",                &["__Host-id=TOKEN; __Host-id=OTHER"],                 DenyUnasked),
        ("A3 reversed",                  &["__Host-id=OTHER; __Host-id=TOKEN"],                 DenyUnasked),
        ("A3 in two headers",            &["__Host-id=OTHER", "__Host-id=TOKEN"],               DenyUnasked),
        ("A4 crumbs",                    &["a=1", "__Host-id=TOKEN", "b=2; c=3"],           Allow),
        ("A13 lower case",               &["__host-id=TOKEN"],                              DenyUnasked),
        ("A13 upper case",               &["__HOST-ID=TOKEN"],                              DenyUnasked),
        ("A13 another case",             &["__Host-Id=TOKEN"],                              DenyUnasked),
        ("A14 encoded prefix",           &["%5F%5FHost-id=TOKEN"],                          DenyUnasked),
        ("A14 encoded letter",           &["__%48ost-id=TOKEN"],                            DenyUnasked),
        ("A15 en quad",                  &["a=1; \u{2000}__Host-id=TOKEN"],                 DenyUnasked),
        ("A15 no-break space",           &["a=1; \u{a0}__Host-id=TOKEN"],                   DenyUnasked),
        ("A15 byte order mark",          &["\u{feff}__Host-id=TOKEN"],                      DenyUnasked),
        ("A15 next line",                &["a=1; \u{85}__Host-id=TOKEN"],                   DenyUnasked),
        ("A15 unit separator",           &["a=1; \u{1f}__Host-id=TOKEN"],                   DenyUnasked),
        ("A15 tab",                      &["a=1;\t__Host-id=TOKEN"],                        DenyUnasked),
        ("A15 two spaces",               &["a=1;  __Host-id=TOKEN"],                        DenyUnasked),
        ("A16 full width",               &["\u{ff3f}\u{ff3f}Host-id=TOKEN"],                DenyUnasked),
        ("A16 long s",                   &["__Ho\u{17f}t-id=TOKEN"],                        DenyUnasked),
        ("A16 combining mark",           &["__Host-id\u{301}=TOKEN"],                       DenyUnasked),
        ("A17 RFC 2109",                 &["$Version=1; __Host-id=\"TOKEN\"; $Path=\"/\""], DenyUnasked),
        ("A18 quoted",                   &["__Host-id=\"TOKEN\""],                          DenyUnasked),
        ("A19 spaces around the sign",   &["__Host-id = TOKEN"],                            DenyUnasked),
        ("A19 trailing space",           &["__Host-id=TOKEN "],                             DenyUnasked),
        ("A19 leading space in value",   &["__Host-id= TOKEN"],                             DenyUnasked),
        ("A20 name alone",               &["__Host-id"],                                DenyUnasked),
        ("A20 no value",                 &["__Host-id="],                               DenyUnasked),
        ("A20 nameless",                 &["=__Host-id=TOKEN"],                             DenyUnasked),
        ("A20 value alone",              &["=TOKEN"],                                       DenyUnasked),
        ("A20 bare token",               &["TOKEN"],                                        DenyUnasked),
        ("A20 semicolons",               &[";;;"],                                      DenyUnasked),
        ("A20 equals signs",             &["a=b=c"],                                    DenyUnasked),
        ("A20 empty",                    &[""],                                         DenyUnasked),
        ("A21 prefix",                   &["x__Host-id=TOKEN"],                             DenyUnasked),
        ("A21 suffix",                   &["__Host-idx=TOKEN; __Host-id2=TOKEN"],               DenyUnasked),
        ("A22 not UTF-8, made good",     &["__Host-id=\u{fffd}\u{fffd}TOKEN"],              DenyUnasked),
        ("A23 NUL after",                &["__Host-id=TOKEN\0"],                            DenyUnasked),
        ("A23 NUL before",               &["__Host-id=\0TOKEN"],                            DenyUnasked),
        ("A23 NUL in the name",          &["__Host-id\0=TOKEN"],                            DenyUnasked),
        ("A23 NUL escaped",              &["__Host-id=TOKEN\\u0000"],                       DenyUnasked),
        ("A24 line break",               &["__Host-id=TOKEN\r\nX-Id: TOKEN"],                   DenyUnasked),
        ("A24 line break encoded",       &["__Host-id=TOKEN%0d%0a"],                        DenyUnasked),
        ("A24 line break before",        &["a=1\r\nCookie: __Host-id=TOKEN"],               DenyUnasked),
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
        ("A8 upper case",              &[("X-ID", "TOKEN")],                                   header, Allow),
        ("A8 lower case",              &[("x-id", "TOKEN")],                                   header, Allow),
        ("A8 another case",            &[("X-Id", "TOKEN")],                                   header, Allow),
        ("A9 twice",                   &[("X-Id", "TOKEN"), ("X-Id", "TOKEN")],                    header, DenyUnasked),
        ("A9 two values",              &[("X-Id", "TOKEN"), ("X-Id", "OTHER")],                    header, DenyUnasked),
        ("A9 joined",                  &[("X-Id", "TOKEN,OTHER")],                                 header, DenyUnasked),
        ("A9 the same joined",         &[("X-Id", "TOKEN, TOKEN")],                                header, DenyUnasked),
        ("A10 cookie and header",      &[("Cookie", "__Host-id=TOKEN"), ("X-Id", "OTHER")],        both,   DenyUnasked),
        ("A10 reversed",               &[("Cookie", "__Host-id=OTHER"), ("X-Id", "TOKEN")],        both,   DenyUnasked),
        ("A11 both the same",          &[("Cookie", "__Host-id=TOKEN"), ("X-Id", "TOKEN")],        both,   Allow),
        ("A12 malformed header",       &[("Cookie", "__Host-id=TOKEN"), ("X-Id", "?")],        both,   DenyUnasked),
        ("A12 empty header",           &[("Cookie", "__Host-id=TOKEN"), ("X-Id", "")],         both,   DenyUnasked),
        ("A12 malformed cookie",       &[("Cookie", "__Host-id="), ("X-Id", "TOKEN")],         both,   DenyUnasked),
        ("both: the cookie alone",     &[("Cookie", "__Host-id=TOKEN")],                       both,   Allow),
        ("both: the header alone",     &[("X-Id", "TOKEN")],                                   both,   Allow),
        ("header: the cookie is none", &[("Cookie", "__Host-id=TOKEN"), ("a", "b")],           header, DenyUnasked),
        ("header: cookies don't count",&[("Cookie", "__Host-id=OTHER"), ("X-Id", "TOKEN")],        header, Allow),
        ("cookie: the header is none", &[("X-Id", "TOKEN"), ("a", "b")],                       cookie, DenyUnasked),
        ("cookie: headers don't count",&[("X-Id", "OTHER"), ("Cookie", "__Host-id=TOKEN")],        cookie, Allow),
        ("A27 bearer",                 &[("Authorization", "Bearer TOKEN")],                   cookie, DenyUnasked),
        ("A27 bearer in header mode",  &[("Authorization", "Bearer TOKEN")],                   header, DenyUnasked),
        ("A27 bearer in both",         &[("Authorization", "Bearer TOKEN")],                   both,   DenyUnasked),
        ("A27 basic",                  &[("Authorization", "Basic TOKEN")],                    cookie, DenyUnasked),
        ("row 4 made-up identity",     &[("X-User-Id", "ada"), ("X-Role", "admin")],       cookie, DenyUnasked),
    ];
    for (name, headers, variables, expected) in cases {
        every_kind(name, headers, variables, *expected).await;
    }
}

/// A1, A5, A6, A7, A28: what one description of the headers says and another does not.
#[tokio::test]
async fn descriptions_that_disagree() {
    use Kind::{Http1, Http2, RestRequest, WebSocket};
    let one = fill("__Host-id=TOKEN");
    let other = fill("__Host-id=OTHER");
    #[rustfmt::skip]
    let cases: &[(&str, &[Kind], Value, Expected)] = &[
        ("A1 nothing",            &[Http2, Http1, RestRequest, WebSocket], json!({}),                                   DenyUnasked),
        ("A1 nulls",              &[Http2, Http1, RestRequest, WebSocket],
            json!({"headers": null, "multiValueHeaders": null, "cookies": null}),                                       DenyUnasked),
        ("A1 other types",        &[Http2, Http1, RestRequest, WebSocket],
            json!({"headers": 7, "multiValueHeaders": [], "cookies": "x"}),                                             DenyUnasked),
        ("A1 null values",        &[Http2, Http1, RestRequest, WebSocket],
            json!({"headers": {"cookie": null, "x": 1}, "multiValueHeaders": {"cookie": [null, 2]}}),                   DenyUnasked),
        ("cookie header alone",   &[Http2, Http1, RestRequest, WebSocket], json!({"headers": {"cookie": one}}),         Allow),
        ("upper-case name",       &[Http2, Http1, RestRequest, WebSocket], json!({"headers": {"COOKIE": one}}),         Allow),
        ("multi-value alone",     &[Http1, RestRequest, WebSocket], json!({"multiValueHeaders": {"Cookie": [one]}}),    Allow),
        ("cookies alone",         &[Http2], json!({"cookies": [one]}),                                                  Allow),
        ("both alike",            &[Http2], json!({"cookies": [one], "headers": {"cookie": one}}),                      Allow),
        ("A5 they differ",        &[Http2], json!({"cookies": [one], "headers": {"cookie": other}}),                    DenyUnasked),
        ("A5 reversed",           &[Http2], json!({"cookies": [other], "headers": {"cookie": one}}),                    DenyUnasked),
        ("A6 the last of two",    &[Http1, RestRequest, WebSocket],
            json!({"headers": {"Cookie": one}, "multiValueHeaders": {"Cookie": [other, one]}}),                         DenyUnasked),
        ("A6 they differ",        &[Http1, RestRequest, WebSocket],
            json!({"headers": {"Cookie": one}, "multiValueHeaders": {"Cookie": [other]}}),                              DenyUnasked),
        ("A7 two letter cases",   &[Http1, RestRequest, WebSocket], json!({"headers": {"Cookie": one, "cookie": one}}), DenyUnasked),
        ("A7 merged",             &[Http1, RestRequest, WebSocket], json!({"headers": {"Cookie": one, "cookie": "a=1"}}), Allow),
        ("A28 query",             &[Http2, Http1, RestRequest, WebSocket],
            json!({"rawQueryString": one, "queryStringParameters": {"__Host-id": TOKEN, "x-id": TOKEN}}),               DenyUnasked),
        ("A28 path",              &[Http2, Http1, RestRequest],
            json!({"rawPath": format!("/;{one}"), "path": format!("/;{one}"), "pathParameters": {"id": TOKEN}}),        DenyUnasked),
        ("A28 body",              &[Http2, Http1, RestRequest, WebSocket], json!({"body": one}),                        DenyUnasked),
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

/// A25, A26 and a 6 MB event: what is too much is not searched, and costs no time.
#[tokio::test]
async fn too_much_is_refused_quickly() {
    let many = |count: usize| "a=1; ".repeat(count);
    let long = |bytes: usize| format!("a={}; ", "b".repeat(bytes));
    #[rustfmt::skip]
    let cases = [
        ("A26 99 others before",    format!("{}__Host-id=TOKEN", many(99)),               Allow),
        ("A26 100 others before",   format!("{}__Host-id=TOKEN", many(100)),              Allow),
        ("A26 5000 others before",  format!("{}__Host-id=TOKEN", many(5000)),             Allow),
        ("A26 5000 others after",   format!("__Host-id=TOKEN; {}", many(5000)),           Allow),
        ("A26 100,000 others",      format!("{}__Host-id=TOKEN", many(100_000)),          DenyUnasked),
        ("A26 5000, and another's", format!("__Host-id=X; {}__Host-id=TOKEN", many(5000)), DenyUnasked),
        ("A25 4 KB before",         format!("{}__Host-id=TOKEN", long(4096)),             Allow),
        ("A25 10 KB before",        format!("{}__Host-id=TOKEN", long(10_240)),           Allow),
        ("A25 60 KB before",        format!("{}__Host-id=TOKEN", long(60_000)),           Allow),
        ("A25 64 KiB before",       format!("{}__Host-id=TOKEN", long(65_536)),           DenyUnasked),
        ("A25 1 MB before",         format!("{}__Host-id=TOKEN", long(1_000_000)),        DenyUnasked),
        ("A25 1 MB after",          format!("__Host-id=TOKEN; {}", long(1_000_000)),      DenyUnasked),
        ("A25 a token of 10 KB",    format!("__Host-id={}", "A".repeat(10_240)),      DenyUnasked),
        ("A25 a token of 1 MB",     format!("__Host-id={}", "A".repeat(1_000_000)),   DenyUnasked),
        ("A25 1 MB of semicolons",  ";".repeat(1_000_000),                            DenyUnasked),
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
    quickly("A29 6 MB of headers", Kind::Http2, &event, Allow).await;
}

/// Checks the answer, and that it does not take the square of what is sent: that would be minutes.
async fn quickly(name: &str, kind: Kind, event: &Value, expected: Expected) {
    let started = Instant::now();
    check(name, kind, event, Counting::seeded().await, &[], expected).await;
    let took = started.elapsed();
    assert!(took < Duration::from_mins(1), "{name}, {kind:?}: {took:?}");
}
