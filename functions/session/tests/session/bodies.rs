//! Malformed bodies of a change: each is refused before the store is asked, and nothing of it is repeated.

use base64::{Engine, engine::general_purpose::STANDARD};
use proptest::{collection::vec, prelude::*};
use support::TOKEN;
use tokio::runtime::Builder;

use super::{Function, answer, ask::Ask, seeded};

const MERGE_PATCH: &str = "application/merge-patch+json";

/// Fails unless `ask` is refused with `status`, in both formats, without a call of the store or an echo of a `canary`.
async fn refused(name: &str, function: &Function, ask: Ask, status: u64, says: &str) {
    for event in ask.events() {
        let reply = answer(function, event).await;
        reply.assert_is_proper(name);
        assert_eq!(reply.status, status, "{name}: {}", reply.body);
        assert!(reply.body.contains(says), "{name}: {}", reply.body);
        assert!(!reply.body.contains("canary"), "{name}: {}", reply.body);
        assert_eq!(function.sessions.calls(), [] as [&str; 0], "{name}");
    }
}

#[tokio::test]
async fn a_malformed_merge_patch_is_told_what_is_wrong() {
    let function = seeded(&[]).await;
    let many: Vec<_> = (0..101).map(|n| format!("\"canary{n}\":1")).collect();
    let object = "not one JSON object";
    #[rustfmt::skip]
    let cases = [
        ("empty",                 String::new(),                                   object),
        ("null",                  "null".into(),                                   object),
        ("array",                 "[{\"canary\":1}]".into(),                       object),
        ("text",                  "\"canary\"".into(),                             object),
        ("number",                "1".into(),                                      object),
        ("no JSON",               "canary=1".into(),                               object),
        ("cut off",               "{\"canary\":".into(),                           object),
        ("two objects",           "{\"canary\":1}{}".into(),                       object),
        ("a comment",             "{\"canary\":1/**/}".into(),                     object),
        ("a trailing comma",      "{\"canary\":1,}".into(),                        object),
        ("not a number",          "{\"canary\":NaN}".into(),                       object),
        ("two byte order marks",  "\u{feff}\u{feff}{\"canary\":1}".into(),         object),
        ("a mark after a space",  " \u{feff}{\"canary\":1}".into(),                object),
        ("a key twice",           "{\"canary\":1,\"canary\":1}".into(),            "twice"),
        ("a key twice, spelled",  "{\"canary\":1,\"\\u0063anary\":2}".into(),      "twice"),
        ("set and removed",       "{\"canary\":1,\"canary\":null}".into(),         "twice"),
        ("an empty key",          "{\"\":\"canary\"}".into(),                      "255"),
        ("a long key",            format!("{{\"canary{}\":1}}", "k".repeat(250)),  "255"),
        ("101 keys",              format!("{{{}}}", many.join(",")),               "100"),
        ("deep",                  format!("{{\"canary\":{}{}}}", "[".repeat(65), "]".repeat(65)), "64"),
        ("deep beyond recursion", format!("{{\"canary\":{}", "[".repeat(60_000)),  "JSON"),
    ];
    for (name, body, says) in cases {
        refused(name, &function, Ask::patch(&body), 400, says).await;
    }
    // 100 keys and 64 levels are allowed.
    let most = many[1..].join(",");
    let deepest = format!("{{\"k\":{}{}}}", "[".repeat(64), "]".repeat(64));
    for body in [format!("{{{most}}}"), deepest] {
        for event in Ask::patch(&body).events() {
            assert_eq!(answer(&function, event).await.status, 200);
        }
    }
}

#[tokio::test]
async fn a_body_is_64_kib_at_most() {
    let function = seeded(&[("SESSION_DATA_MAX_BYTES", "390000")]).await;
    let body = |bytes: usize| format!("{{\"k\":\"{}\"}}", "a".repeat(bytes - 8));
    for bytes in [65_537, 1_000_000] {
        refused(
            "too long",
            &function,
            Ask::patch(&body(bytes)),
            413,
            "64 KiB",
        )
        .await;
        // What counts is what comes out of base64.
        let encoded = Ask::patch(&STANDARD.encode(body(bytes))).encoded();
        refused("too long, encoded", &function, encoded, 413, "64 KiB").await;
    }
    for ask in [
        Ask::patch(&body(65_536)),
        Ask::patch(&STANDARD.encode(body(65_536))).encoded(),
    ] {
        for event in ask.events() {
            let reply = answer(&function, event).await;
            assert_eq!(reply.status, 200, "{}", &reply.body[..200]);
        }
    }
}

#[tokio::test]
async fn a_body_says_what_it_is() {
    let function = seeded(&[]).await;
    let good = "{\"canary\":1}";
    for media_type in [
        "",
        "text/plain",
        "text/json",
        "application/x-www-form-urlencoded",
        "application/json-patch+json",
        "application/merge-patch+jsonx",
        "application/json, application/json",
        "application/json; charset",
        "application/json; charset=utf-8, application/json",
        "*/*",
        "application/*",
    ] {
        let ask = Ask::new("PATCH", "/session").body(media_type, good);
        refused(media_type, &function, ask, 415, MERGE_PATCH).await;
    }
    for charset in ["utf-16", "iso-8859-1"] {
        let media_type = format!("{MERGE_PATCH}; charset={charset}");
        let ask = Ask::new("PATCH", "/session").body(&media_type, good);
        refused(&media_type, &function, ask, 415, charset).await;
    }
    for encoding in ["gzip", "br", "deflate", "identity", "gzip, gzip", ""] {
        let ask = Ask::patch(good).header("content-encoding", encoding);
        refused(encoding, &function, ask, 415, "Content-Encoding").await;
    }
    // None at all, and two.
    let [mut http, mut rest] = Ask::patch(good).events();
    http["headers"]
        .as_object_mut()
        .unwrap()
        .remove("content-type");
    rest["multiValueHeaders"]["Content-Type"] =
        serde_json::json!(["application/json", "application/json"]);
    for event in [http, rest] {
        let reply = answer(&function, event).await;
        reply.assert_is_proper("media type");
        assert_eq!(reply.status, 415);
        assert_eq!(function.sessions.calls(), [] as [&str; 0]);
    }
    for media_type in [
        "application/json",
        "application/merge-patch+json",
        "Application/JSON; charset=UTF-8",
        "application/merge-patch+json;charset=\"utf-8\"",
        "application/json; charset=utf8",
        "application/merge-patch+json; profile=\"x\"; charset=us-ascii",
    ] {
        let ask = Ask::new("PATCH", "/session").body(media_type, good);
        for event in ask.events() {
            assert_eq!(answer(&function, event).await.status, 200, "{media_type}");
        }
    }
}

/// RFC 8259 section 8.1 lets a parser ignore it.
#[tokio::test]
async fn a_byte_order_mark_before_the_json_is_ignored() {
    let function = seeded(&[]).await;
    for event in Ask::patch("\u{feff}{\"k\":1}").events() {
        let reply = answer(&function, event).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        assert_eq!(reply.json()["data"], serde_json::json!({"k": 1}));
    }
}

#[tokio::test]
async fn bodies_in_base64() {
    let good = "{\"k\":\"canary \u{1f600}\"}";
    let once = STANDARD.encode(good);
    let utf16: Vec<u8> = good.encode_utf16().flat_map(u16::to_le_bytes).collect();
    #[rustfmt::skip]
    let cases = [
        ("plain, said to be encoded",     good.to_owned(),                          true,  400),
        ("encoded, said to be plain",     once.clone(),                             false, 400),
        ("no base64",                     "!!!!".to_owned(),                        true,  400),
        ("cut off",                       once[..once.len() - 1].to_owned(),        true,  400),
        ("twice",                         STANDARD.encode(&once),                   true,  400),
        ("UTF-16",                        STANDARD.encode(utf16),                   true,  400),
        ("not UTF-8",                     STANDARD.encode(b"{\"canary\":\"\xff\"}"), true, 400),
        ("a key that is not UTF-8",       STANDARD.encode(b"{\"canary\xff\":1}"),   true,  400),
    ];
    let function = seeded(&[]).await;
    for (name, body, encoded, status) in cases {
        let ask = Ask::patch(&body);
        let ask = if encoded { ask.encoded() } else { ask };
        refused(name, &function, ask, status, "JSON").await;
    }
    for event in Ask::patch(&once).encoded().events() {
        let reply = answer(&function, event).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        let stored = function.sessions.session_of(TOKEN).await.unwrap();
        assert_eq!(stored.data["k"], "\"canary \u{1f600}\"");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_for_a_body(bytes in vec(any::<u8>(), 0..10_000), text in any::<String>()) {
        Builder::new_current_thread().build().unwrap().block_on(async {
            let function = seeded(&[]).await;
            let encoded = Ask::patch(&STANDARD.encode(&bytes)).encoded();
            for event in encoded.events().into_iter().chain(Ask::patch(&text).events()) {
                let status = answer(&function, event).await.status;
                assert_eq!(status, 400);
            }
        });
    }
}
