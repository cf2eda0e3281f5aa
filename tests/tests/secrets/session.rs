//! What a session goes through besides calls: changes of its data, new ids, a look at the user's devices.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::Value;
use tests::functions::event;

use crate::{
    flow::{Callee, call, log_in},
    vault::Vault,
};

/// A key of data, and a value.
const KEY: &str = "wL3-key-Rt8_Vn5q";
const VALUE: &str = "mG7-value-Kp4.Zx9";

/// Lives it, and takes down all answers.
pub(crate) async fn live_on(vault: &mut Vault, callee: &impl Callee) {
    vault.keep_data("a key of data", KEY);
    vault.keep_data("a value of data", VALUE);
    visit(vault, callee).await;
    let old = log_in(vault, callee, None).await;
    change_all(vault, callee, &old).await;
    let mine = log_in(vault, callee, None).await;
    patch(vault, callee, Some(&mine), &good()).await;
    call(vault, callee, &mine).await;
    let rotated = send(vault, callee, ("POST", "/session/rotate"), Some(&mine), "").await;
    let mine = (mine, rotated.token.expect("a token"));
    call(vault, callee, &mine.1).await;
    // Devices: one ends by its name, and the others with the rest.
    log_in(vault, callee, None).await;
    let listed = send(vault, callee, ("GET", "/sessions"), Some(&mine.1), "").await;
    let sessions = listed.body["sessions"].as_array().expect("a list");
    let other = sessions.iter().find(|session| session["current"] == false);
    let name = other.and_then(|other| other["session"].as_str());
    let path = format!("/sessions/{}", name.expect("another session"));
    for path in [
        &*path,
        &path,
        "/sessions/x",
        &format!("/sessions/{}", mine.1),
        "/sessions",
    ] {
        send(vault, callee, ("DELETE", path), Some(&mine.1), "").await;
    }
    // The id that was rotated away: in its grace, or after it.
    send(
        vault,
        callee,
        ("POST", "/session/rotate"),
        Some(&mine.0),
        "",
    )
    .await;
    call(vault, callee, &mine.0).await;
    call(vault, callee, &mine.1).await;

    let last = log_in(vault, callee, None).await;
    patch(vault, callee, Some(&last), &good()).await;
    corrupt(vault).await;
    call(vault, callee, &last).await;
    change_all(vault, callee, &last).await;
}

/// Somebody who writes before they log in, where that makes a session.
async fn visit(vault: &mut Vault, callee: &impl Callee) {
    let visit = patch(vault, callee, None, &good()).await;
    if let Some(token) = visit.token {
        call(vault, callee, &token).await;
        send(vault, callee, ("POST", "/session/rotate"), Some(&token), "").await;
        log_in(vault, callee, Some(&token)).await;
    }
}

/// Asks for every change there is, in good ways and bad ones.
async fn change_all(vault: &mut Vault, callee: &impl Callee, token: &str) {
    let bodies = [
        good(),
        format!("{{\"{KEY}\":\"{VALUE}\",\"{KEY}\":\"{VALUE}\"}}"),
        format!("{{\"{KEY}\":\"{VALUE}"),
        format!("{{\"{KEY}\":{VALUE}}}"),
        format!("[\"{VALUE}\"]"),
        VALUE.to_owned(),
        format!("{{\"{}\":1}}", KEY.repeat(20)),
        format!("{{\"{KEY}\":\"{}\"}}", VALUE.repeat(3850)),
        format!("{{\"{KEY}\":\"{}\"}}", VALUE.repeat(5000)),
    ];
    for body in bodies {
        patch(vault, callee, Some(token), &body).await;
    }
    for (header, value) in [
        ("if-match", VALUE),
        ("if-match", "\"mG7-value-Kp4.Zx9\""),
        ("content-type", VALUE),
        ("content-encoding", VALUE),
    ] {
        let mut request = request(vault, ("PATCH", "/session"), Some(token), &good());
        request["headers"][header] = value.into();
        let answer = callee.send(request).await;
        assert!(
            answer["statusCode"].as_u64() >= Some(400),
            "{header}: {answer}"
        );
        vault.answered("patch", answer);
    }
    for ask in [
        ("GET", "/sessions"),
        ("DELETE", "/sessions/x"),
        ("DELETE", "/session/data"),
        ("DELETE", "/sessions"),
    ] {
        send(vault, callee, ask, Some(token), "").await;
    }
    change(vault, callee, token).await;
}

/// Asks for a change of data, and for a new id.
pub(crate) async fn change(vault: &mut Vault, callee: &impl Callee, token: &str) {
    patch(vault, callee, Some(token), &good()).await;
    let rotate = ("POST", "/session/rotate");
    send(vault, callee, rotate, Some(token), "").await;
}

fn good() -> String {
    format!("{{\"{KEY}\":\"{VALUE}\",\"gone\":null}}")
}

async fn patch(vault: &mut Vault, callee: &impl Callee, token: Option<&str>, body: &str) -> Answer {
    send(vault, callee, ("PATCH", "/session"), token, body).await
}

/// What came of a request: the token that was handed out, and the body.
struct Answer {
    token: Option<String>,
    body: Value,
}

async fn send(
    vault: &mut Vault,
    callee: &impl Callee,
    (method, path): (&str, &str),
    token: Option<&str>,
    body: &str,
) -> Answer {
    let answer = callee
        .send(request(vault, (method, path), token, body))
        .await;
    let body = answer["body"].as_str().unwrap_or_default();
    Answer {
        body: serde_json::from_str(body).unwrap_or_default(),
        token: vault.answered(&format!("{method} {path}"), answer),
    }
}

/// A request of the user's own page.
fn request(vault: &Vault, (method, path): (&str, &str), token: Option<&str>, body: &str) -> Value {
    let mut request = event(vault.transport(), (method, path, ""), token, body);
    if vault.config.guard.csrf_token {
        let csrf_token = token.and_then(|token| vault.csrf_token(token));
        request["headers"]["x-csrf-token"] = csrf_token.unwrap_or_default().into();
    }
    request
}

/// Has all data be no JSON.
async fn corrupt(vault: &Vault) {
    for mut item in vault.tables.items().await {
        let Some(AttributeValue::M(data)) = item.get_mut("data") else {
            continue;
        };
        for text in data.values_mut() {
            *text = AttributeValue::S(format!("[\"{VALUE}\" {VALUE}"));
        }
        vault.tables.put(item).await;
    }
}
