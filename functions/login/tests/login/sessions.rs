//! What a login does to sessions: a new one, durable and usable, and the end of the one that was presented.

use dynamodb_session::{
    authorize::{Decision, authorize},
    claim::Claim,
    entropy::{Entropy, EntropyError, SystemEntropy},
    session::Session,
    store::SessionStore,
    transport::Presented,
    user::UserName,
};
use serde_json::{Value, json};
use support::{NOW, TOKEN, reply::Reply};

use super::{FORMS, Function, PASSWORD, answer, function};

/// The token in a `Set-Cookie` of the default form.
pub(crate) fn token(reply: &Reply) -> String {
    let [cookie] = reply.cookies.as_slice() else {
        panic!("{:?}", reply.cookies)
    };
    let token = cookie
        .strip_prefix("__Host-id=")
        .unwrap()
        .split(';')
        .next()
        .unwrap();
    let attributes = "; Path=/; Max-Age=43200; Expires=Fri, 15 Jan 2027 20:00:00 GMT; Secure; HttpOnly; SameSite=Strict";
    assert_eq!(cookie, &format!("__Host-id={token}{attributes}"));
    assert_eq!(token.len(), 43);
    token.to_owned()
}

pub(crate) async fn decision(login: &Function, token: &str) -> Option<Session> {
    let policy = &login.config.policy;
    let claim = Claim::verify(Presented::Token(token), &policy.format);
    match authorize(&login.sessions.inner, policy, &claim, NOW)
        .await
        .unwrap()
    {
        Decision::Allow(live) => Some(live.session),
        Decision::Deny { .. } => None,
    }
}

/// The names of the sessions in `user`'s item.
async fn listed(login: &Function, user: &str) -> Vec<String> {
    let user = UserName::parse(user).unwrap();
    let item = login.sessions.inner.user(&user).await.unwrap();
    item.into_iter()
        .flat_map(|item| item.sessions.into_keys())
        .map(|name| name.to_string())
        .collect()
}

/// `event` with a cookie, in either format.
pub(crate) fn presenting(mut event: Value, cookie: &str) -> Value {
    if event["version"] == "2.0" {
        event["cookies"] = json!([cookie]);
    } else {
        event["headers"]["Cookie"] = json!(cookie);
        event["multiValueHeaders"]["Cookie"] = json!([cookie]);
    }
    event
}

#[tokio::test]
async fn each_sample_is_answered() {
    #[rustfmt::skip]
    let cases = [
        ("login-ok", 200), ("login-form", 200), ("login-rest", 200), ("login-wrong-password", 401), ("login-bad-body", 400),
    ];
    for (file, status) in cases {
        let login = function(FORMS).await;
        let reply = answer(&login, support::event(file)).await;
        assert_eq!(reply.status, status, "{file}: {}", reply.body);
        reply.assert_is_proper(file);
    }
}

#[tokio::test]
async fn a_new_session_is_durable_usable_and_told_without_its_token() {
    for file in ["login-ok", "login-rest"] {
        let login = function(&[]).await;
        let reply = answer(&login, support::event(file)).await;
        let token = token(&reply);
        let session = decision(&login, &token).await.expect("usable at once");
        let told = json!({
            "user": "ada",
            "session": session.reference.as_str(),
            "expires_at": NOW.0 + 43200,
            "idle_expires_at": NOW.0 + 7200,
            "remembered": false,
        });
        assert_eq!(reply.json(), told, "{file}");
        assert!(
            !reply.body.contains(&token[..8])
                && !format!("{:?}", reply.headers).contains(&token[..8])
        );
        assert_eq!(session.user.unwrap().as_str(), "ada");
        assert_eq!((session.created, session.authenticated), (NOW, Some(NOW)));
        assert_eq!(session.origin.ip.as_deref(), Some("192.0.2.10"));
        assert_eq!(
            session.origin.agent.as_deref(),
            Some("Mozilla/5.0 (X11; Linux x86_64) sample")
        );
        // Nothing was presented, so all sessions go on.
        assert!(decision(&login, TOKEN).await.is_some());
        assert_eq!(listed(&login, "ada").await.len(), 2);
    }
}

/// I7: whatever was presented, the id is new; a live session that was presented ends, whoever's it is.
#[tokio::test]
async fn what_was_presented_ends_and_is_not_taken_over() {
    let unknown = "A".repeat(43);
    #[rustfmt::skip]
    let cases = [
        ("own session",           "ada", format!("__Host-id={TOKEN}"),                    false),
        ("another user's",        "bob", format!("__Host-id={TOKEN}"),                    false),
        ("unknown",               "ada", format!("__Host-id={unknown}"),                  true),
        ("signed by nobody",      "ada", format!("__Host-id={TOKEN}.{unknown}"),          false),
        ("another's, by nobody",  "bob", format!("__Host-id={TOKEN}.{unknown}"),          false),
        ("malformed",             "ada", "__Host-id=x".to_owned(),                        true),
        ("two: neither is meant", "ada", format!("__Host-id={TOKEN}; __Host-id={unknown}"), true),
        ("another name",          "ada", format!("__host-id={TOKEN}"),                    true),
    ];
    for (name, user, cookie, survives) in cases {
        for file in ["login-ok", "login-rest"] {
            let login = function(&[]).await;
            let mut event = presenting(support::event(file), &cookie);
            event["body"] = json!(json!({"username": user, "password": PASSWORD}).to_string());
            let token = token(&answer(&login, event).await);
            assert!(token != TOKEN && token != unknown, "{name}");
            assert_eq!(decision(&login, TOKEN).await.is_some(), survives, "{name}");
            assert!(
                login.sessions.session_of(&unknown).await.is_none(),
                "{name}"
            );
            let sessions = listed(&login, "ada").await.len() + listed(&login, "bob").await.len();
            assert_eq!(sessions, 1 + usize::from(survives), "{name}");
            assert_eq!(login.sessions.inner.len(), sessions, "{name}");
        }
    }
}

#[tokio::test]
async fn a_refused_login_ends_nothing() {
    let login = function(&[]).await;
    for file in ["login-wrong-password", "login-bad-body"] {
        answer(
            &login,
            presenting(support::event(file), &format!("__Host-id={TOKEN}")),
        )
        .await;
        assert!(decision(&login, TOKEN).await.is_some(), "{file}");
    }
}

/// The cap holds, and the one used longest ago goes.
#[tokio::test]
async fn the_session_used_longest_ago_makes_room() {
    let login = function(&[("SESSION_MAX_PER_USER", "2")]).await;
    let first = token(&answer(&login, support::event("login-ok")).await);
    assert!(decision(&login, TOKEN).await.is_some());
    let second = token(&answer(&login, support::event("login-ok")).await);
    assert!(decision(&login, TOKEN).await.is_none());
    assert!(decision(&login, &first).await.is_some() && decision(&login, &second).await.is_some());
}

#[tokio::test]
async fn the_token_travels_as_configured() {
    let name = [("SESSION_HEADER", "X-Sample")];
    #[rustfmt::skip]
    let cases = [
        ("cookie", true, false), ("header", false, true), ("both", true, true),
    ];
    for (mode, cookie, header) in cases {
        for file in ["login-ok", "login-rest"] {
            let login = function(&[name[0], ("SESSION_TRANSPORT", mode)]).await;
            let reply = answer(&login, support::event(file)).await;
            reply.assert_is_proper(mode);
            assert_eq!(reply.cookies.len(), usize::from(cookie), "{mode}");
            assert_eq!(reply.header("x-sample").is_some(), header, "{mode}");
            if let Some(token) = reply.header("x-sample") {
                assert!(decision(&login, token).await.is_some());
                assert!(!cookie || reply.cookies[0].contains(token));
            }
        }
    }
}

/// API Gateway renames `Authorization` in a response.
#[tokio::test]
async fn a_bearer_token_is_handed_out_in_another_header() {
    for file in ["login-ok", "login-rest"] {
        let login = function(&[
            ("SESSION_HEADER", "Authorization"),
            ("SESSION_TRANSPORT", "header"),
        ])
        .await;
        let reply = answer(&login, support::event(file)).await;
        assert_eq!(reply.header("authorization"), None, "{file}");
        let token = reply.header("x-id").unwrap();
        assert!(decision(&login, token).await.is_some(), "{file}");
    }
}

#[tokio::test]
async fn the_cookie_is_written_as_configured() {
    let login = function(&[
        ("SESSION_COOKIE_NAME", "__Secure-sample"),
        ("SESSION_COOKIE_DOMAIN", "example.com"),
        ("SESSION_COOKIE_PATH", "/api"),
        ("SESSION_COOKIE_SAMESITE", "Lax"),
        ("SESSION_ABSOLUTE_TIMEOUT_SECONDS", "7200"),
        ("SESSION_ID_BYTES", "16"),
    ])
    .await;
    let reply = answer(&login, support::event("login-ok")).await;
    let (pair, attributes) = reply.cookies[0].split_once("; ").unwrap();
    assert_eq!(pair.len(), "__Secure-sample=".len() + 22);
    assert_eq!(
        attributes,
        "Path=/api; Max-Age=7200; Expires=Fri, 15 Jan 2027 10:00:00 GMT; Domain=example.com; Secure; HttpOnly; SameSite=Lax"
    );
}

/// After a change of `Domain` or `Path` the old cookie is sent beside the new one, and two that differ are refused: whoever
/// presents one, or two, is left with the new one alone. It is set last.
#[tokio::test]
async fn a_login_leaves_one_cookie_whatever_scopes_there_were() {
    let variables = [
        ("SESSION_COOKIE_NAME", "id"),
        ("SESSION_COOKIE_DOMAIN", "example.com"),
        ("SESSION_COOKIE_FORMER_SCOPES", "/old"),
    ];
    for (cookie, others) in [
        (format!("id={TOKEN}"), 5),
        (format!("id={TOKEN}; id=x"), 5),
        ("id=\"quoted\"".to_owned(), 5),
        ("a=1".to_owned(), 0),
    ] {
        for file in ["login-ok", "login-rest"] {
            let login = function(&variables).await;
            let reply = answer(&login, presenting(support::event(file), &cookie)).await;
            assert_eq!(reply.status, 200, "{cookie}");
            let (last, cleared) = reply.cookies.split_last().unwrap();
            let cleared: Vec<_> = cleared
                .iter()
                .map(|cookie| {
                    assert!(
                        cookie.starts_with("id=; ") && cookie.contains("; Max-Age=0; "),
                        "{cookie}"
                    );
                    let part = |name| {
                        cookie
                            .split("; ")
                            .find_map(|part| part.strip_prefix(name))
                            .unwrap_or_default()
                    };
                    let end = if cookie.ends_with("; Partitioned") {
                        " partitioned"
                    } else {
                        ""
                    };
                    format!("{}{}{end}", part("Domain="), part("Path="))
                })
                .collect();
            let expected = [
                "/",
                "/ partitioned",
                "example.com/ partitioned",
                "/old",
                "/old partitioned",
            ];
            assert_eq!(cleared, expected[..others], "{cookie}");
            assert!(last.contains("; Domain=example.com; "), "{last}");
            let token = last.strip_prefix("id=").unwrap().split(';').next().unwrap();
            assert!(decision(&login, token).await.is_some(), "{cookie}");
        }
    }
    // The cookie of one scope alone is replaced, as ever.
    let login = function(&[]).await;
    let cookie = format!("__Host-id={TOKEN}");
    let reply = answer(&login, presenting(support::event("login-ok"), &cookie)).await;
    assert_eq!(reply.cookies.len(), 1);
}

/// A signed token is as good as an unsigned one; the events' unsigned one opens nothing any more.
#[tokio::test]
async fn a_signed_token_is_usable_at_once() {
    let login = function(&[("SESSION_SIGNING_KEYS", &"A".repeat(43))]).await;
    let reply = answer(
        &login,
        presenting(support::event("login-ok"), &format!("__Host-id={TOKEN}")),
    )
    .await;
    let token = reply.cookies[0]
        .strip_prefix("__Host-id=")
        .unwrap()
        .split(';')
        .next()
        .unwrap();
    assert_eq!(token.len(), 87);
    assert!(decision(&login, token).await.is_some());
    assert!(decision(&login, &token[..43]).await.is_none());
    // What it names has ended all the same.
    assert!(login.sessions.session_of(TOKEN).await.is_none());
}

/// No header says where a session was created, and a user agent of any kind is kept within bounds.
#[tokio::test]
async fn the_origin_is_not_the_clients_to_choose() {
    for (agent, kept) in [
        ("a".repeat(500), Some("a".repeat(256))),
        ("\u{e9}".to_owned(), None),
        (String::new(), Some(String::new())),
    ] {
        let login = function(&[]).await;
        let mut event = support::event("login-ok");
        event["headers"]["x-forwarded-for"] = json!("203.0.113.9");
        event["headers"]["user-agent"] = json!(agent);
        let token = token(&answer(&login, event).await);
        let origin = decision(&login, &token).await.unwrap().origin;
        assert_eq!(
            (origin.ip.as_deref(), origin.agent),
            (Some("192.0.2.10"), kept)
        );
    }
}

/// Behind a CDN the address that the API sees is the CDN's: the one that it tells counts, if it proves to be the one.
#[tokio::test]
async fn the_origin_is_what_a_trusted_front_tells() {
    const SECRET: &str = "a-secret-of-the-front-0123456789";
    let variables = [
        ("SESSION_FRONT_HEADER", "CloudFront-Viewer-Address"),
        ("SESSION_FRONT_SECRETS", SECRET),
    ];
    #[rustfmt::skip]
    let cases = [
        (Some(SECRET),  Some("203.0.113.9:46532"),   "203.0.113.9"),
        (Some(SECRET),  Some("2001:db8::9:46532"),   "2001:db8::9"),
        (Some(SECRET),  Some("unknown:1"),           "192.0.2.10"),
        (Some(SECRET),  Some("203.0.113.9:1,203.0.113.8:1"), "192.0.2.10"),
        (Some(SECRET),  None,                        "192.0.2.10"),
        (Some("wrong"), Some("203.0.113.9:46532"),   "192.0.2.10"),
        (None,          Some("203.0.113.9:46532"),   "192.0.2.10"),
    ];
    for (secret, address, expected) in cases {
        for file in ["login-ok", "login-rest"] {
            let login = function(&variables).await;
            let mut event = support::event(file);
            for (name, value) in [
                ("X-Front-Secret", secret),
                ("CloudFront-Viewer-Address", address),
            ] {
                if let Some(value) = value {
                    event["headers"][name] = json!(value);
                    if event.get("multiValueHeaders").is_some() {
                        event["multiValueHeaders"][name] = json!([value]);
                    }
                }
            }
            let token = token(&answer(&login, event).await);
            let origin = decision(&login, &token).await.unwrap().origin;
            assert_eq!(
                origin.ip.as_deref(),
                Some(expected),
                "{secret:?} {address:?}"
            );
        }
    }
}

/// Without random bytes there is no session.
#[tokio::test]
async fn no_entropy_is_a_503() {
    struct Dry;
    impl Entropy for Dry {
        fn fill(&self, _: &mut [u8]) -> Result<(), EntropyError> {
            Err(EntropyError)
        }
    }
    let Function {
        sessions,
        users,
        verifier,
        config,
        entropy: SystemEntropy,
    } = function(&[]).await;
    let login = login::Login {
        sessions,
        users,
        verifier,
        config,
        entropy: Dry,
    };
    let event = support::event("login-ok");
    let reply = Reply::of(&lambda::http::answer(event, |request| login.handle(request, NOW)).await);
    reply.assert_is_proper("no entropy");
    assert_eq!(reply.status, 503);
    assert_eq!(login.sessions.inner.len(), 1);
}
