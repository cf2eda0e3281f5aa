//! GET /sessions, DELETE /sessions and DELETE /sessions/{ref}: the user's sessions on all devices.

use dynamodb_session::{
    id::SessionRef,
    session::{Origin, Session, Timeouts},
    time::UnixSeconds,
    user::UserName,
};
use serde_json::json;
use support::{NOW, REFERENCE, TOKEN, key_of, reply::Reply, store::Counting};

use super::{Function, Variables, answer, ask::Ask, function, sample};

/// The token of a session that is named by a letter.
fn token(letter: &str) -> String {
    format!("{}A", letter.repeat(42))
}

/// The public name of a session that is named by a letter.
fn reference(letter: &str) -> String {
    format!("{}A", letter.repeat(21))
}

/// A session that is named by a letter, of `user`, last used some seconds ago.
fn session(letter: &str, user: &str, ago: u64) -> Session {
    Session {
        reference: SessionRef::parse(&reference(letter)).unwrap(),
        user: Some(UserName::parse(user).unwrap()),
        created: UnixSeconds(NOW.0 - 1000),
        accessed: UnixSeconds(NOW.0 - ago),
        ..sample()
    }
}

/// The session of the samples, other ones of `ada`, one of `bob`, and one of `ada` that is long over.
async fn crowd(variables: Variables<'_>) -> Function {
    let store = Counting::seeded().await;
    let phone = Session {
        origin: Origin::new(Some("192.0.2.7"), Some("phone <1>")),
        ..session("p", "ada", 20)
    };
    store.put(&token("p"), phone).await;
    store.put(&token("t"), session("t", "ada", 500)).await;
    store.put(&token("u"), session("u", "ada", 20)).await;
    let over = Session {
        timeouts: Timeouts {
            idle: 10,
            absolute: 43200,
        },
        ..session("o", "ada", 10)
    };
    store.put(&token("o"), over).await;
    store.put(&token("b"), session("b", "bob", 1)).await;
    function(store, variables)
}

async fn ask(function: &Function, ask: Ask) -> [Reply; 2] {
    let [http, rest] = ask.events();
    [answer(function, http).await, answer(function, rest).await]
}

/// Which of the crowd are alive.
async fn alive(function: &Function) -> String {
    let mut alive = String::new();
    for (letter, token) in [
        ("a", TOKEN.to_owned()),
        ("p", token("p")),
        ("t", token("t")),
        ("u", token("u")),
        ("b", token("b")),
    ] {
        let [event, _] = Ask::new("GET", "/session").token(&token).events();
        if answer(function, event).await.status == 200 {
            alive.push_str(letter);
        }
    }
    alive
}

fn end(name: &str) -> Ask {
    Ask::new("DELETE", &format!("/sessions/{name}"))
}

#[tokio::test]
async fn the_list_has_the_user_s_living_sessions_the_last_used_first() {
    let function = crowd(&[]).await;
    let device = |letter: &str, used: u64| {
        json!({
            "session": reference(letter), "current": false, "created_at": NOW.0 - 1000, "last_used_at": NOW.0 - used,
            "authenticated_at": NOW.0 - 60, "expires_at": NOW.0 - 1000 + 43200, "idle_expires_at": NOW.0 - used + 7200,
            "ip": null, "agent": null,
        })
    };
    let own = json!({
        "session": REFERENCE, "current": true, "created_at": NOW.0 - 60, "last_used_at": NOW.0, "authenticated_at": NOW.0 - 60,
        "expires_at": NOW.0 - 60 + 43200, "idle_expires_at": NOW.0 + 7200, "ip": null, "agent": null,
    });
    let mut phone = device("p", 20);
    phone["ip"] = json!("192.0.2.7");
    phone["agent"] = json!("phone <1>");
    let expected = json!({"sessions": [own, device("u", 20), phone, device("t", 500)]});
    for reply in ask(&function, Ask::new("GET", "/sessions")).await {
        reply.assert_is_proper("list");
        assert_eq!(reply.status, 200);
        assert_eq!(reply.json(), expected);
        assert_eq!(reply.cookies, Vec::<String>::new());
    }
    // Seen from another device, another one is the current one, and the order is another.
    let [reply, _] = ask(&function, Ask::new("GET", "/sessions").token(&token("t"))).await;
    let body = reply.json();
    let listed = body["sessions"].as_array().unwrap();
    let current: Vec<_> = listed
        .iter()
        .filter(|session| session["current"] == true)
        .collect();
    assert_eq!(current.len(), 1);
    assert_eq!(current[0]["session"], reference("t"));
    assert_eq!(listed.len(), 4);
}

/// I8: neither a token nor a table's key, nor what is another user's.
#[tokio::test]
async fn nothing_in_the_list_opens_a_session() {
    let function = crowd(&[]).await;
    let [reply, _] = ask(&function, Ask::new("GET", "/sessions")).await;
    for token in ["p", "t", "u", "o", "b"]
        .map(token)
        .into_iter()
        .chain([TOKEN.to_owned()])
    {
        let key = key_of(&token);
        for secret in [&*token, key.as_str().trim_start_matches("s#")] {
            assert!(!reply.body.contains(secret), "{}", reply.body);
        }
    }
    assert!(!reply.body.contains("bob") && !reply.body.contains(&reference("b")));
    assert!(!reply.body.contains(&reference("o")));
    // And the names that it does have are no tokens.
    for listed in reply.json()["sessions"].as_array().unwrap() {
        let name = listed["session"].as_str().unwrap();
        let [event, _] = Ask::new("GET", "/session").token(name).events();
        assert_eq!(answer(&function, event).await.status, 401);
    }
}

#[tokio::test]
async fn older_sessions_than_the_moment_that_ended_them_are_not_listed() {
    let since = (NOW.0 - 60).to_string();
    let function = crowd(&[("SESSION_NOT_BEFORE", &since)]).await;
    let [reply, _] = ask(&function, Ask::new("GET", "/sessions")).await;
    assert_eq!(
        reply.json()["sessions"].as_array().map(Vec::len),
        Some(1),
        "{}",
        reply.body
    );
}

#[tokio::test]
async fn the_others_end_at_once_and_the_own_stays() {
    for event in Ask::new("DELETE", "/sessions").events() {
        let function = crowd(&[]).await;
        for _ in 0..2 {
            let reply = answer(&function, event.clone()).await;
            reply.assert_is_proper("others");
            assert_eq!((reply.status, reply.body.as_str()), (204, ""));
            assert_eq!(reply.cookies, Vec::<String>::new());
            assert_eq!(alive(&function).await, "ab");
        }
    }
}

#[tokio::test]
async fn one_of_them_ends_by_its_name() {
    for event in end(&reference("p")).events() {
        let function = crowd(&[]).await;
        let reply = answer(&function, event.clone()).await;
        reply.assert_is_proper("one");
        assert_eq!((reply.status, reply.body.as_str()), (204, ""));
        assert_eq!(reply.cookies, Vec::<String>::new());
        assert_eq!(alive(&function).await, "atub");
        let again = answer(&function, event).await;
        assert_eq!(again.status, 404, "it is not there any more");
    }
}

#[tokio::test]
async fn the_own_one_ends_and_takes_its_cookie_with_it() {
    for (mode, cookies) in [("cookie", 1), ("both", 1), ("header", 0)] {
        let ask = end(REFERENCE);
        let ask = if cookies == 0 { ask.in_header() } else { ask };
        for event in ask.events() {
            let function = crowd(&[("SESSION_TRANSPORT", mode)]).await;
            let reply = answer(&function, event.clone()).await;
            reply.assert_is_proper(mode);
            assert_eq!(reply.status, 204, "{mode}");
            assert_eq!(reply.cookies.len(), cookies, "{mode}");
            let cleared = "__Host-id=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; \
                           Secure; HttpOnly; SameSite=Strict";
            assert!(reply.cookies.iter().all(|cookie| cookie == cleared));
            assert_eq!(reply.header("x-id"), None, "{mode}");
            assert_eq!(answer(&function, event).await.status, 401, "{mode}");
            assert!(function.sessions.session_of(TOKEN).await.is_none());
        }
    }
}

/// A session that was rotated is ended under its new id.
#[tokio::test]
async fn a_rotated_session_ends_by_its_name() {
    let function = crowd(&[]).await;
    let [rotate, _] = Ask::new("POST", "/session/rotate")
        .token(&token("p"))
        .events();
    let new = super::cookie_token(&answer(&function, rotate).await);
    let [event, _] = end(&reference("p")).events();
    assert_eq!(answer(&function, event).await.status, 204);
    for token in [token("p"), new] {
        let [event, _] = Ask::new("GET", "/session").token(&token).events();
        assert_eq!(answer(&function, event).await.status, 401);
    }
}

#[tokio::test]
async fn every_name_but_those_of_the_user_s_sessions_is_the_same_404() {
    let function = crowd(&[]).await;
    let key = key_of(&token("b"));
    let (bobs, unknown, bobs_token) = (reference("b"), reference("z"), token("b"));
    let long = "A".repeat(4000);
    let [expected, _] = ask(&function, end(&unknown)).await;
    expected.assert_is_proper("404");
    assert_eq!(expected.status, 404);
    assert!(expected.body.contains("GET /sessions"), "what to do");
    for name in [
        &*unknown,
        &bobs,
        "x",
        "%00",
        "*",
        "sessions",
        "data",
        &bobs_token,
        key.as_str().trim_start_matches("s#"),
        &format!("{}=", reference("p")),
        &reference("p")[1..],
        &long,
    ] {
        for reply in ask(&function, end(name)).await {
            assert_eq!(reply, expected, "{name}");
        }
    }
    assert_eq!(alive(&function).await, "aptub");
}

/// OWASP ASVS 5.0, 7.5.2: the last second that is recent, and the first after it.
#[tokio::test]
async fn only_who_logged_in_lately_ends_sessions() {
    #[rustfmt::skip]
    let cases: [(Variables<'_>, u64, bool); 4] = [
        (&[],                                        899, true),
        (&[],                                        900, false),
        (&[("SESSION_RECENT_LOGIN_SECONDS", "60")],  59,  true),
        (&[("SESSION_RECENT_LOGIN_SECONDS", "60")],  60,  false),
    ];
    for (variables, ago, recent) in cases {
        for (what, left) in [
            (Ask::new("DELETE", "/sessions"), "b"),
            (end(&reference("p")), "atub"),
        ] {
            for event in what.token(&token("z")).events() {
                let function = crowd(variables).await;
                let own = Session {
                    authenticated: Some(UnixSeconds(NOW.0 - ago)),
                    ..session("z", "ada", 0)
                };
                function.sessions.put(&token("z"), own).await;
                let reply = answer(&function, event).await;
                reply.assert_is_proper("recent");
                let others = alive(&function).await;
                if recent {
                    assert_eq!((reply.status, &*others), (204, left));
                    continue;
                }
                assert_eq!(reply.status, 403, "{}", reply.body);
                let detail = reply.json()["detail"].as_str().unwrap().to_owned();
                let seconds = ago.to_string();
                assert!(
                    detail.contains(&seconds) && detail.contains("log in"),
                    "{detail}"
                );
                assert_eq!(others, "aptub", "nothing has ended");
            }
        }
    }
}

/// Only who may end sessions learns which names there are; every user may have the list.
#[tokio::test]
async fn an_old_login_learns_nothing_and_may_look() {
    let function = crowd(&[("SESSION_RECENT_LOGIN_SECONDS", "60")]).await;
    let [unknown, _] = ask(&function, end(&reference("z"))).await;
    let [known, _] = ask(&function, end(&reference("p"))).await;
    assert_eq!((known.status, &known), (403, &unknown));
    let [list, _] = ask(&function, Ask::new("GET", "/sessions")).await;
    assert_eq!(list.status, 200);
}

/// An anonymous session has no others.
#[tokio::test]
async fn an_anonymous_session_has_no_devices() {
    let anonymous = Session {
        user: None,
        authenticated: None,
        ..session("n", "ada", 0)
    };
    let function = crowd(&[("SESSION_ANONYMOUS", "on")]).await;
    function.sessions.put(&token("n"), anonymous).await;
    for what in [
        Ask::new("GET", "/sessions"),
        Ask::new("DELETE", "/sessions"),
        end(&reference("n")),
        end(&reference("p")),
    ] {
        for reply in ask(&function, what.token(&token("n"))).await {
            reply.assert_is_proper("anonymous");
            assert_eq!(reply.status, 401);
        }
    }
    assert_eq!(alive(&function).await, "aptub");
}
