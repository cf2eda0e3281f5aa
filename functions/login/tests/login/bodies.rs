//! Bodies that are refused: of another form, too large, ambiguous, or encoded otherwise than they say.

use base64::{Engine, engine::general_purpose::STANDARD};
use proptest::{collection::vec, prelude::*};
use serde_json::json;
use tokio::runtime::Builder;

use super::{FORMS, PASSWORD, answer, events, forget, function, refused};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn json_of_any_other_form_is_a_400() {
    let login = function(&[]).await;
    let deep = format!("{{\"username\":{}", "[".repeat(4000));
    let keys = (0..100_000)
        .map(|n| format!("\"k{n}\":1"))
        .collect::<Vec<_>>()
        .join(",");
    #[rustfmt::skip]
    let cases: Vec<(&str, String, u64)> = vec![
        ("empty",                    String::new(),                                                         400),
        ("null",                     "null".into(),                                                         400),
        ("empty string",             "\"\"".into(),                                                         400),
        ("empty array",              "[]".into(),                                                           400),
        ("array of the fields",      format!("[\"ada\", \"{PASSWORD}\"]"),                                  400),
        ("object in an array",       format!("[{{\"username\":\"ada\",\"password\":\"{PASSWORD}\"}}]"),     400),
        ("string",                   "\"str\"".into(),                                                      400),
        ("a number",                 "1".into(),                                                            400),
        ("empty object",             "{}".into(),                                                           400),
        ("cut off",                  "{\"username\": \"ada\", \"password\": ".into(),                       400),
        ("two objects",              format!("{{\"username\":\"ada\",\"password\":\"{PASSWORD}\"}}{{}}"),   400),
        ("a comment",                format!("{{\"username\":\"ada\",\"password\":\"{PASSWORD}\"/**/}}"),   400),
        ("no password",              "{\"username\": \"ada\"}".into(),                                      400),
        ("no username",              format!("{{\"password\": \"{PASSWORD}\"}}"),                           400),
        ("deep nesting",             deep,                                                                  400),
        ("deeper nesting",           "[".repeat(100_000),                                                   413),
        ("100,000 keys",             format!("{{{keys}}}"),                                                 413),
        ("a string of 1 MB",         format!("\"{}\"", "a".repeat(1_000_000)),                              413),
        ("a huge number",            "{\"username\": 1e999999, \"password\": \"a\"}".into(),                400),
        ("8 KiB of spaces",          " ".repeat(8192),                                                      400),
        ("8 KiB and 1 byte",         " ".repeat(8193),                                                      413),
        ("a password of 1 MB",       format!("{{\"username\":\"ada\",\"password\":\"{}\"}}", "p".repeat(1_000_000)), 413),
        ("two passwords",            format!("{{\"username\":\"ada\",\"password\":\"x\",\"password\":\"{PASSWORD}\"}}"), 400),
        ("two names",                format!("{{\"username\":\"ada\",\"username\":\"bob\",\"password\":\"{PASSWORD}\"}}"), 400),
        ("a role",                   format!("{{\"username\":\"ada\",\"password\":\"{PASSWORD}\",\"role\":\"admin\"}}"), 400),
        ("a user id",                format!("{{\"username\":\"ada\",\"password\":\"{PASSWORD}\",\"user_id\":\"bob\"}}"), 400),
        ("an expiry",                format!("{{\"username\":\"ada\",\"password\":\"{PASSWORD}\",\"expires_at\":9e9}}"), 400),
        ("a name in another case",   format!("{{\"Username\":\"ada\",\"password\":\"{PASSWORD}\"}}"),       400),
        ("password: number",         "{\"username\": \"ada\", \"password\": 7}".into(),                     400),
        ("password: bool",           "{\"username\": \"ada\", \"password\": true}".into(),                  400),
        ("password: null",           "{\"username\": \"ada\", \"password\": null}".into(),                  400),
        ("password: array",          format!("{{\"username\": \"ada\", \"password\": [\"{PASSWORD}\"]}}"),  400),
        ("fields: objects",          "{\"username\": {\"$ne\": \"\"}, \"password\": {\"$ne\": \"\"}}".into(), 400),
        ("lone surrogate",           "{\"username\": \"ada\", \"password\": \"\\ud800\"}".into(),           400),
        ("two byte order marks",     format!("\u{feff}\u{feff}{{\"username\":\"ada\",\"password\":\"{PASSWORD}\"}}"), 400),
        ("a mark after a space",     format!(" \u{feff}{{\"username\":\"ada\",\"password\":\"{PASSWORD}\"}}"), 400),
        ("a mark and an array",      format!("\u{feff}[\"ada\", \"{PASSWORD}\"]"),                          400),
        ("nothing but a mark",       "\u{feff}".into(),                                                     400),
        ("a form",                   "username=ada&password=correct+horse+battery+staple".into(),           400),
    ];
    for (name, body, status) in &cases {
        refused(
            name,
            &login,
            events(JSON, body),
            *status,
            &[PASSWORD, "correct+horse", "admin"],
        )
        .await;
    }
}

/// RFC 8259 section 8.1 lets a parser ignore it.
#[tokio::test]
async fn a_byte_order_mark_before_the_json_is_ignored() {
    let login = function(&[]).await;
    let body = format!("\u{feff} {{\"username\":\"ada\",\"password\":\"{PASSWORD}\"}}");
    for event in events(JSON, &body) {
        assert_eq!(answer(&login, event).await.status, 200);
    }
    for mut event in events(JSON, &STANDARD.encode(&body)) {
        event["isBase64Encoded"] = json!(true);
        assert_eq!(answer(&login, event).await.status, 200);
    }
}

#[tokio::test]
async fn bodies_in_base64() {
    let login = function(&[]).await;
    let good = format!("{{\"username\":\"ada\",\"password\":\"{PASSWORD}\"}}");
    let once = STANDARD.encode(&good);
    let utf16: Vec<u8> = good.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let latin1 = b"{\"username\":\"ada\",\"password\":\"\xe9\"}";
    #[rustfmt::skip]
    let cases = [
        ("encoded, said to be so",     once.clone(),                      true,  200),
        ("plain, said to be so",       good.clone(),                      true,  400),
        ("encoded, said not to be",    once.clone(),                      false, 400),
        ("not base64",                 "!!!!".to_owned(),                 true,  400),
        ("base64 cut off",             once[..once.len() - 1].to_owned(), true,  400),
        ("encoded twice",              STANDARD.encode(&once),            true,  400),
        ("UTF-16",                     STANDARD.encode(&utf16),           true,  400),
        ("not UTF-8",                  STANDARD.encode(latin1),           true,  400),
        ("bytes",                      STANDARD.encode([0xff, 0xfe, 0]),  true,  400),
        ("too long once decoded",      STANDARD.encode([b' '; 8193]),     true,  413),
    ];
    for (name, body, encoded, status) in cases {
        for mut event in events(JSON, &body) {
            event["isBase64Encoded"] = json!(encoded);
            if status == 200 {
                assert_eq!(answer(&login, event).await.status, 200, "{name}");
                forget(&login);
            } else {
                refused(name, &login, [event], status, &[PASSWORD, &good]).await;
            }
        }
    }
}

#[tokio::test]
async fn forms() {
    let login = function(FORMS).await;
    let good = "username=ada&password=correct+horse+battery+staple";
    #[rustfmt::skip]
    let cases: Vec<(&str, String, u64)> = vec![
        ("plus for a space",         good.into(),                                           200),
        ("percent for a space",      good.replace('+', "%20"),                              200),
        ("the name in percent",      good.replace("ada", "%61%64%61"),                      200),
        ("a key in percent",         good.replace("password", "%70assword"),                200),
        ("two passwords",            format!("{good}&password=a"),                          400),
        ("two names",                format!("username=bob&{good}"),                        400),
        ("another field",            format!("{good}&role=admin&submit=Log+in"),            200),
        ("brackets",                 good.replace("password=", "password[]="),              400),
        ("NUL in the name",          good.replace("ada", "ada%00"),                         400),
        ("not UTF-8",                good.replace("ada", "%ff"),                            400),
        ("not UTF-8, a field",       format!("{good}&%ff=a"),                               200),
        ("no password",              "username=ada".into(),                                 400),
        ("empty password",           "username=ada&password=".into(),                       400),
        ("empty form",               String::new(),                                         400),
        ("semicolons",               good.replace('&', ";"),                                400),
        ("100,000 pairs",            "a=1&".repeat(100_000),                                413),
        ("2,000 pairs",              "a=1&".repeat(2000),                                   400),
        ("JSON",                     format!("{{\"username\":\"ada\",\"password\":\"{PASSWORD}\"}}"), 400),
    ];
    for (name, body, status) in &cases {
        for event in events(FORM, body) {
            if *status == 200 {
                assert_eq!(answer(&login, event).await.status, 200, "{name}");
                forget(&login);
            } else {
                refused(name, &login, [event], *status, &[PASSWORD, "correct+horse"]).await;
            }
        }
    }
    // Where forms are off, as they are by default, none is read.
    let login = function(&[]).await;
    for (name, body, status) in &cases {
        let status = if *status == 413 { 413 } else { 415 };
        refused(name, &login, events(FORM, body), status, &[PASSWORD]).await;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_for_a_body(bytes in vec(any::<u8>(), 0..10_000), text in any::<String>()) {
        Builder::new_current_thread().build().unwrap().block_on(async {
            let login = function(FORMS).await;
            for media_type in [JSON, FORM] {
                for mut event in events(media_type, &STANDARD.encode(&bytes)) {
                    event["isBase64Encoded"] = json!(true);
                    let status = answer(&login, event).await.status;
                    assert!([400, 413].contains(&status), "{status}");
                }
                for event in events(media_type, &text) {
                    assert_eq!(answer(&login, event).await.status, 400);
                }
            }
        });
    }
}
