//! A life of sessions, with everything that can go wrong: what a client, an operator or an attacker sends, the store's
//! faults and damaged items.

use aws_sdk_dynamodb::types::AttributeValue;
use dynamodb_session::transport::Mode;
use serde_json::{Value, json};
use tests::{
    functions::{event, http_authorizer, rest_authorizer},
    proxy::{Fault, Rule},
};

use crate::{
    session::{change, live_on},
    vault::Vault,
};

pub(crate) const PASSWORD: &str = "kX9\"vQ2.mZ7\\wR4 tB8~\u{e9}Jq3";
const WRONG: &str = "hN5&cY1+fL6=gD0?sA9;\u{fc}Uo7";

/// The well-formed token of no session, in both formats.
const STRANGER: &str = "Qm7Zr2Lx9Vt4Wc8Ys1Kd6Jf3Hg5Bn0Pq7Ua2Xe9Ti4w";
const STRANGERS_TAG: &str = "Vb3Ng8Mk1Lp6Oi9Uy4Tr7Ew2Qa5Sd0Fg3Hj6Kl9Zx8c";

/// Functions, however they run.
pub(crate) trait Callee {
    /// The authorizer's answer, or the error that it ends with.
    async fn authorize(&self, event: Value) -> Value;

    /// The answer of the function behind the event's route.
    async fn send(&self, event: Value) -> Value;
}

/// Lives it, and takes down all answers.
pub(crate) async fn live(vault: &mut Vault, callee: &impl Callee) {
    vault.add_user("ada", PASSWORD).await;
    vault.keep_secret("a wrong password", WRONG);
    vault.keep_secret("a stranger's token", STRANGER);
    vault.keep_secret("a stranger's tag", STRANGERS_TAG);
    live_on(vault, callee).await;
    let first = log_in(vault, callee, None).await;
    for (nth, request) in bad_logins(vault, &first).into_iter().enumerate() {
        let answer = callee.send(request).await;
        assert!(
            answer["statusCode"].as_u64().unwrap() < 500,
            "login {nth}: {answer}"
        );
        vault.answered(&format!("login {nth}"), answer);
    }
    throttle(vault, callee).await;
    let strangers = format!("{STRANGER}.{STRANGERS_TAG}");
    let flipped = if first.ends_with('A') { "E" } else { "A" };
    let forged = format!("{}{flipped}", &first[..first.len() - 1]);
    let texts = [
        &*first,
        &forged,
        STRANGER,
        &strangers,
        &first[1..],
        &format!("{first}{first}"),
        &format!("{first}="),
    ];
    for text in texts {
        call(vault, callee, text).await;
    }
    for fault in [
        Fault::error(400, "ThrottlingException"),
        Fault::error(400, "ValidationException"),
        Fault::error(500, "InternalServerError"),
        Fault::Page(200),
        Fault::Garbage,
        Fault::Half,
        Fault::HeadUnframed,
        Fault::ResetAfter,
        Fault::Answer(
            400,
            json!({
                "__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
                "Item": {"id": {"S": "s#x"}, "agent": {"S": "x"}},
            })
            .to_string(),
        ),
    ] {
        vault.proxy.inject(Rule {
            target: None,
            skip: 0,
            times: usize::MAX,
            fault,
        });
        let old = log_in_or_fail(vault, callee, Some(&first)).await;
        assert_eq!(old, None);
        call(vault, callee, &first).await;
        change(vault, callee, &first).await;
        end(vault, callee, &first, "").await;
        vault.proxy.let_pass();
    }
    let second = log_in(vault, callee, Some(&first)).await;
    call(vault, callee, &first).await;
    call(vault, callee, &second).await;
    damage(vault).await;
    call(vault, callee, &second).await;
    end(vault, callee, &second, "").await;
    end(vault, callee, &second, "").await;
    let third = log_in(vault, callee, None).await;
    // One remains, for the search of the tables.
    log_in(vault, callee, None).await;
    end(vault, callee, &third, "everywhere=perhaps").await;
    end(vault, callee, &third, "").await;
    let fourth = log_in(vault, callee, None).await;
    end(vault, callee, &fourth, "everywhere=true").await;
    log_in(vault, callee, None).await;
}

pub(crate) async fn log_in(
    vault: &mut Vault,
    callee: &impl Callee,
    presented: Option<&str>,
) -> String {
    let token = log_in_or_fail(vault, callee, presented).await;
    token.expect("a token")
}

async fn log_in_or_fail(
    vault: &mut Vault,
    callee: &impl Callee,
    presented: Option<&str>,
) -> Option<String> {
    let body = json!({"username": "ada", "password": PASSWORD}).to_string();
    let request = event(vault.transport(), ("POST", "/login", ""), presented, &body);
    let answer = callee.send(request).await;
    vault.answered("login", answer)
}

/// Malformed logins, each with a password in some wrong place.
fn bad_logins(vault: &Vault, token: &str) -> Vec<Value> {
    let login = |body: &str| event(vault.transport(), ("POST", "/login", ""), Some(token), body);
    let form = |body: &str| {
        let mut event = login(body);
        event["headers"]["content-type"] = "application/x-www-form-urlencoded".into();
        event
    };
    let mut requests: Vec<_> = [
        json!({"username": "ada", "password": WRONG}),
        json!({"username": "nobody", "password": WRONG}),
        json!({"username": "ada", "password": [PASSWORD]}),
        json!({"username": "ada", "password": {"value": PASSWORD}}),
        json!({"username": "ada", "password": PASSWORD, "extra": WRONG}),
        json!({"username": "ada", PASSWORD: PASSWORD}),
        json!({"username": {"ada": 1}, "password": PASSWORD}),
        json!({"username": "ada", "password": PASSWORD.repeat(100)}),
        json!({"username": "ada", "password": PASSWORD.repeat(1000)}),
        json!([PASSWORD]),
        json!(PASSWORD),
    ]
    .iter()
    .map(|body| login(&body.to_string()))
    .collect();
    requests.extend([
        login(PASSWORD),
        login(&format!(r#"{{"username":"ada","password":"{WRONG}"#)),
        login(&format!(
            r#"{{"username":"ada","password":"{WRONG}","password":"{WRONG}"}}"#
        )),
        form("username=ada&password=hN5%26cY1%2BfL6%3DgD0%3FsA9%3B%C3%BCUo7"),
        form(&format!("username=ada&password={WRONG}&password={WRONG}")),
        form(WRONG),
        event(
            vault.transport(),
            ("POST", "/login", "password=hN5%26cY1%2BfL6%3DgD0"),
            None,
            "",
        ),
        event(
            vault.transport(),
            ("GET", "/login", "password=hN5%26cY1%2BfL6%3DgD0"),
            None,
            "",
        ),
    ]);
    let mut odd = login(WRONG);
    odd["isBase64Encoded"] = true.into();
    requests.push(odd);
    let mut odd = login(&json!({"username": "ada", "password": WRONG}).to_string());
    odd["headers"]["authorization"] = format!("Basic {WRONG}").into();
    odd["headers"]["x-password"] = "hN5&cY1+fL6=gD0?sA9;\r\nx: y".into();
    requests.push(odd.clone());
    odd["headers"]["content-type"] = format!("text/{WRONG}").into();
    requests.push(odd);
    requests
}

/// Guesses until the answer is to wait. Each time a second goes by, one guess more is let in.
async fn throttle(vault: &mut Vault, callee: &impl Callee) {
    let body = json!({"username": "eve", "password": WRONG}).to_string();
    let request = event(vault.transport(), ("POST", "/login", ""), None, &body);
    let mut statuses = Vec::new();
    while statuses.len() < 40 && statuses.last() != Some(&429) {
        let answer = callee.send(request.clone()).await;
        statuses.extend(answer["statusCode"].as_u64());
        vault.answered("a guess", answer);
    }
    assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
}

/// Presents `text` as a token wherever one is looked for, and where none is.
pub(crate) async fn call(vault: &mut Vault, callee: &impl Callee, text: &str) {
    let http = http_authorizer(vault.transport(), Some(text));
    let rest = rest_authorizer(vault.transport(), Some(text));
    let mut twice = http.clone();
    twice["headers"]["cookie"] = format!("__Host-id={text}; __Host-id={STRANGER}").into();
    let mut elsewhere = http_authorizer(vault.transport(), None);
    elsewhere["headers"]["authorization"] = format!("Bearer {text}").into();
    elsewhere["headers"]["cookie"] = format!("id={text}").into();
    elsewhere["rawPath"] = format!("/profile/{text}").into();
    elsewhere["rawQueryString"] = format!("token={text}").into();
    elsewhere["identitySource"] = json!([text]);
    let mut lost = rest.clone();
    lost["methodArn"] = format!("arn:aws:{text}").into();
    let mut bare = rest.clone();
    bare["type"] = "TOKEN".into();
    bare["authorizationToken"] = text.into();
    // As of a page of another site, and of one that shows the wrong token.
    let mut foreign = http.clone();
    foreign["requestContext"]["http"]["method"] = "POST".into();
    let mut wrong = foreign.clone();
    wrong["headers"]["x-csrf-token"] = text.into();
    foreign["headers"]["origin"] = format!("https://{text}").into();
    for event in [
        http,
        rest,
        foreign,
        wrong,
        twice,
        elsewhere,
        lost,
        bare,
        json!({"type": text}),
        json!(text),
    ] {
        let answer = callee.authorize(event).await;
        if answer["context"].is_object() {
            profile(vault, callee, text, &answer["context"]).await;
        }
        vault.answered("authorizer", answer);
    }
    let get = ("GET", "/session", "");
    let own = event(vault.transport(), get, Some(text), "");
    let mut elsewhere = event(vault.transport(), get, None, text);
    elsewhere["headers"]["authorization"] = format!("Bearer {text}").into();
    elsewhere["rawQueryString"] = format!("token={text}").into();
    for request in [own, elsewhere] {
        let answer = callee.send(request).await;
        vault.answered("session", answer);
    }
}

/// The call that the authorizer let through: the backend is given what the client sent, and the context.
async fn profile(vault: &mut Vault, callee: &impl Callee, token: &str, context: &Value) {
    let mut request = event(vault.transport(), ("GET", "/profile", ""), Some(token), "");
    request["requestContext"]["authorizer"] = json!({"lambda": context});
    let answer = callee.send(request).await;
    assert_eq!(answer["statusCode"], 200, "{answer}");
    vault.answered("profile", answer);
}

async fn end(vault: &mut Vault, callee: &impl Callee, token: &str, query: &str) {
    let mut request = event(
        vault.transport(),
        ("POST", "/logout", query),
        Some(token),
        "",
    );
    let mut foreign = request.clone();
    foreign["headers"]["origin"] = format!("https://{token}").into();
    if vault.config.guard.csrf_token {
        let mut wrong = request.clone();
        wrong["headers"]["x-csrf-token"] = token.into();
        let answer = callee.send(wrong).await;
        // Refused, or there was nothing to protect, or nobody could tell.
        assert_ne!(answer["statusCode"], 200, "{answer}");
        vault.answered("logout", answer);
        request["headers"]["x-csrf-token"] = vault.csrf_token(token).into();
    }
    if vault.transport().mode == Mode::Cookie {
        let answer = callee.send(foreign).await;
        assert_eq!(answer["statusCode"], 403, "{answer}");
        vault.answered("logout", answer);
    }
    let answer = callee.send(request).await;
    assert_ne!(answer["statusCode"], 403, "{answer}");
    vault.answered("logout", answer);
}

/// Damages all sessions.
async fn damage(vault: &Vault) {
    for mut item in vault.tables.items().await {
        if item.remove("ref").is_some() {
            item.insert("ref".to_owned(), AttributeValue::Bool(true));
            vault.tables.put(item).await;
        }
    }
}
