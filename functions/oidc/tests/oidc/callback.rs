//! Callbacks that begin no session.

use std::time::Duration;

use dynamodb_session::time::UnixSeconds;
use provider::behaviour::{Endpoint, Fault};
use serde_json::json;
use support::NOW;
use tokio::time::Instant;

use super::{Returned, World, assert_failed, callback, flow_cookie, session_cookie};

const EXPIRED: &str = "too old";
const REJECTED: &str = "be accepted";
const PROVIDER: &str = "provider does not answer";

#[tokio::test]
async fn a_callback_is_of_the_browser_that_began_and_of_a_login_under_way() {
    let world = World::new(&[]).await;
    let mine = world.returned("", "ada").await;
    let other = world.returned("", "ben").await;
    let (state, _) = mine
        .query
        .split_once("state=")
        .map(|(_, rest)| rest.split_once('&').unwrap_or((rest, "")))
        .unwrap();
    let unknown = mine.query.replace(state, &"A".repeat(43));
    #[rustfmt::skip]
    let cases = [
        ("no cookie",          mine.query.as_str(),  None),
        ("another browser's",  mine.query.as_str(),  Some(other.cookie.as_str())),
        ("a malformed cookie", mine.query.as_str(),  Some("x")),
        ("an unknown state",   unknown.as_str(),     Some(mine.cookie.as_str())),
        ("no state",           "code=x",             Some(mine.cookie.as_str())),
        ("another's state",    other.query.as_str(), Some(mine.cookie.as_str())),
        ("a malformed state",  "code=x&state=y",     Some(mine.cookie.as_str())),
    ];
    for (name, query, cookie) in cases {
        assert_failed(
            name,
            &world.send(callback(query, cookie)).await,
            400,
            EXPIRED,
        );
    }
    // Nothing of it led to a request, or used the login up.
    assert_eq!(world.provider.requests(Endpoint::Token).len(), 0);
    assert_eq!(world.callback(&mine).await.status, 200);
}

#[tokio::test]
async fn a_login_has_ten_minutes() {
    for (seconds, status) in [(599, 200), (600, 400)] {
        let world = World::new(&[]).await;
        let started = world.start("", None).await;
        let now = UnixSeconds(NOW.0 + seconds);
        world.provider.clock().set(now);
        let returned = world.back(&started, "ada");
        assert_eq!(
            world.callback_at(&returned, now).await.status,
            status,
            "{seconds}"
        );
    }
}

#[tokio::test]
async fn a_callback_counts_once() {
    let world = World::new(&[]).await;
    let returned = world.returned("", "ada").await;
    assert_eq!(world.callback(&returned).await.status, 200);
    assert_failed("again", &world.callback(&returned).await, 400, EXPIRED);
    assert_eq!(world.provider.requests(Endpoint::Token).len(), 1);

    // Also where the first one came to nothing.
    let returned = world.returned("", "ada").await;
    world
        .provider
        .err(|it| drop(it.faults.insert(Endpoint::Token, Fault::Status(500))));
    assert_failed("fault", &world.callback(&returned).await, 503, PROVIDER);
    world.provider.err(|it| it.faults.clear());
    assert_failed("again", &world.callback(&returned).await, 400, EXPIRED);
    assert_eq!(world.provider.requests(Endpoint::Token).len(), 2);
}

/// A code of one login, in the callback of another: the verifier is another one.
#[tokio::test]
async fn a_code_that_was_used_or_stolen_creates_nothing() {
    let world = World::new(&[]).await;
    let first = world.returned("", "ada").await;
    assert_eq!(world.callback(&first).await.status, 200);
    let second = world.returned("", "ben").await;
    let third = world.returned("", "ben").await;
    for (name, from, into) in [
        ("used", &first, &second),
        ("stolen", &world.returned("", "ada").await, &third),
    ] {
        let code = |query: &str| {
            query
                .split('&')
                .find(|it| it.starts_with("code="))
                .unwrap()
                .to_owned()
        };
        let query = into.query.replace(&code(&into.query), &code(&from.query));
        let forged = Returned {
            query,
            cookie: into.cookie.clone(),
        };
        assert_failed(name, &world.callback(&forged).await, 403, REJECTED);
    }
}

/// All have found the login before the first one takes it: each waits for the provider's metadata.
#[tokio::test]
async fn of_fifty_callbacks_at_once_one_goes_on() {
    let world = World::new(&[]).await;
    let returned = world.returned("", "ada").await;
    let world = world.restarted();
    let all = (0..50).map(|_| world.callback(&returned));
    let replies = futures_util::future::join_all(all).await;
    let sessions = replies.iter().filter_map(session_cookie).count();
    assert_eq!(sessions, 1);
    let expired = replies.iter().filter(|it| it.status == 400).count();
    assert_eq!(expired, 49);
    assert_eq!(world.provider.requests(Endpoint::Token).len(), 1);
}

#[tokio::test]
async fn what_the_provider_says_becomes_a_word_of_ours() {
    #[rustfmt::skip]
    let cases = [
        ("access_denied",             403, "cancelled or refused",  "denied"),
        ("login_required",            403, "log in at the provider", "login_required"),
        ("interaction_required",      403, "log in at the provider", "login_required"),
        ("temporarily_unavailable",   503, PROVIDER,                 "provider"),
        ("server_error",              503, PROVIDER,                 "provider"),
        ("invalid_request",           403, REJECTED,                 "rejected"),
        ("canary%3Cscript%3E",        403, REJECTED,                 "rejected"),
    ];
    for (error, status, sentence, word) in cases {
        for page in ["off", "on"] {
            let world = World::new(&[("SESSION_PAGE", page)]).await;
            let Returned { query, cookie } = world.returned("", "ada").await;
            let others = query.split('&').filter(|it| !it.starts_with("code="));
            let query = others
                .chain([&*format!("error={error}&error_description=canary")])
                .collect::<Vec<_>>()
                .join("&");
            let reply = world.send(callback(&query, Some(&cookie))).await;
            if page == "on" {
                let place = format!("/?error={word}");
                assert_eq!(
                    (reply.status, reply.header("location")),
                    (303, Some(place.as_str())),
                    "{error}"
                );
            } else {
                assert_failed(error, &reply, status, sentence);
            }
            assert!(!format!("{reply:?}").contains("canary"), "{reply:?}");
        }
    }
}

#[tokio::test]
async fn an_answer_that_is_not_one_is_rejected() {
    let world = World::new(&[]).await;
    let Returned { query, cookie } = world.returned("", "ada").await;
    for bad in [
        "&code=x",
        "&state=x",
        "&error=access_denied",
        "&iss=x",
        "&code=%ff",
    ] {
        let reply = world
            .send(callback(&format!("{query}{bad}"), Some(&cookie)))
            .await;
        assert_failed(bad, &reply, 403, REJECTED);
    }
    world
        .provider
        .err(|it| it.answer = json!({"iss": "https://other.example"}));
    let returned = world.returned("", "ada").await;
    assert_failed("iss", &world.callback(&returned).await, 403, REJECTED);
}

#[tokio::test]
async fn a_fault_of_the_store_logs_nobody_in_and_out() {
    for call in ["flow", "take_flow", "user", "commit"] {
        let world = World::new(&[]).await;
        let returned = world.returned("", "ada").await;
        world.function.store.hook.fail_at(call);
        let reply = world.callback(&returned).await;
        assert_failed(call, &reply, 503, "not available");
        assert_eq!(reply.cookies, [] as [&str; 0], "{call}");
    }
}

/// Every answer of the provider late, too long, broken off, redirected or not there: nothing is created.
#[tokio::test]
async fn a_provider_that_fails_logs_nobody_in() {
    use Endpoint::{Keys, Metadata, Token, Userinfo};
    #[rustfmt::skip]
    let faults = [
        ("flood",    Fault::Flood),
        ("half",     Fault::Half),
        ("redirect", Fault::Redirect("https://evil.example/".to_owned())),
        ("500",      Fault::Status(500)),
        ("404",      Fault::Status(404)),
        ("empty",    Fault::Body(String::new())),
        ("other",    Fault::Body("{\"a\":1}".to_owned())),
    ];
    let claims = [
        ("SESSION_OIDC_CLAIMS", "name"),
        ("SESSION_OIDC_SCOPES", "openid,profile"),
    ];
    for (name, fault) in faults {
        for endpoint in [Metadata, Keys, Token, Userinfo] {
            let world = World::new(&claims).await;
            if endpoint == Metadata {
                world
                    .provider
                    .err(|it| drop(it.faults.insert(endpoint, fault.clone())));
                let reply = world.start("", None).await;
                assert_failed(name, &reply, 503, PROVIDER);
                assert_eq!(flow_cookie(&reply), None);
                continue;
            }
            let returned = world.returned("", "ada").await;
            world
                .provider
                .err(|it| drop(it.faults.insert(endpoint, fault.clone())));
            let reply = world.callback(&returned).await;
            assert!(
                [403, 503].contains(&reply.status),
                "{name} {endpoint:?}: {reply:?}"
            );
            assert_eq!(session_cookie(&reply), None, "{name} {endpoint:?}");
            assert!(
                world.provider.requests(Token).len() <= 1,
                "{name} {endpoint:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_provider_that_answers_late_logs_nobody_in_and_is_asked_once() {
    let claims = [
        ("SESSION_OIDC_CLAIMS", "name"),
        ("SESSION_OIDC_SCOPES", "openid,profile"),
    ];
    for path in ["/token", "/keys", "/userinfo"] {
        let world = World::new(&claims).await;
        let returned = world.returned("", "ada").await;
        *world.late.lock().unwrap() = Some(path);
        assert_failed(path, &world.callback(&returned).await, 503, PROVIDER);
        assert_eq!(world.provider.requests(Endpoint::Token).len(), 1, "{path}");
        // The login is over: the code counts once.
        *world.late.lock().unwrap() = None;
        assert_failed(path, &world.callback(&returned).await, 400, EXPIRED);
    }
}

/// 4 s for each of metadata, token and keys are within the limit of a request, and together at that of all.
#[tokio::test]
async fn a_provider_that_is_slow_at_each_step_has_twelve_seconds_in_all() {
    let claims = [
        ("SESSION_OIDC_CLAIMS", "name"),
        ("SESSION_OIDC_SCOPES", "openid,profile"),
    ];
    let world = World::new(&claims).await;
    let returned = world.returned("", "ada").await;
    let world = world.restarted();
    *world.takes.lock().unwrap() = Duration::from_secs(4);
    tokio::time::pause();
    let began = Instant::now();
    assert_failed("slow", &world.callback(&returned).await, 503, PROVIDER);
    let took = began.elapsed();
    assert!(took <= Duration::from_millis(12_500), "{took:?}");
}
