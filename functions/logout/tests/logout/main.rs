//! What a logout answers, and which sessions it ends.

#![cfg(test)]

mod cross_site;
mod everywhere;
mod provider;
mod several;

use dynamodb_session::{
    entropy::{Entropy, EntropyError},
    id::{SessionId, SessionRef},
    session::Session,
    signing_keys::SigningKeys,
    store::{Change, Delete, SessionStore},
    time::UnixSeconds,
    token,
    user::UserName,
};
use lambda::http;
use logout::Logout;
use proptest::prelude::*;
use serde_json::{Value, json};
use support::{
    NOW, TOKEN, arbitrary::changed, config, event, key_of, reply::Reply, session, store::Counting,
};
use tokio::runtime::Builder;

/// What removes the cookie, whatever the reason.
const CLEARED: &str = "__Host-id=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure; HttpOnly; SameSite=Strict";

/// Another token of `ada`, and one of `bob`.
const SECOND: &str = "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE";
const BOBS: &str = "QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI";

/// Two keys.
const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const OTHER_KEY: &str = "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA";

/// Variables of the environment.
type Variables<'a> = &'a [(&'a str, &'a str)];

/// Draws the id of the events.
struct Sample;

impl Entropy for Sample {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        bytes.copy_from_slice(b"events-test-session-not-a-secret");
        Ok(())
    }
}

async fn function(variables: Variables<'_>) -> Logout<Counting> {
    let logout = Logout {
        sessions: Counting::seeded().await,
        config: config(variables),
    };
    for (token, user, reference) in [
        (SECOND, "ada", "AAAAAAAAAAAAAAAAAAAAAA"),
        (BOBS, "bob", "BBBBBBBBBBBBBBBBBBBBBA"),
    ] {
        let session = Session {
            user: Some(UserName::parse(user).unwrap()),
            reference: SessionRef::parse(reference).unwrap(),
            ..session()
        };
        logout.sessions.put(token, session).await;
    }
    logout
}

async fn answer(logout: &Logout<Counting>, event: Value) -> Reply {
    Reply::of(&http::answer(event, |request| logout.handle(request, NOW)).await)
}

/// Which of the three sessions there still are: the events', the second, and bob's.
async fn left(logout: &Logout<Counting>) -> [bool; 3] {
    let mut left = [false; 3];
    for (left, token) in left.iter_mut().zip([TOKEN, SECOND, BOBS]) {
        *left = logout.sessions.session_of(token).await.is_some();
    }
    left
}

/// The samples of a logout that present `cookie` and have `query`, in both formats.
fn events(cookie: &str, query: &str) -> [Value; 2] {
    let mut http = event("logout-ok");
    http["cookies"] = json!([cookie]);
    http["rawQueryString"] = json!(query);
    let mut rest = event("logout-rest");
    rest["headers"]["Cookie"] = json!(cookie);
    rest["multiValueHeaders"]["Cookie"] = json!([cookie]);
    let mut parameters = serde_json::Map::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let values = parameters.entry(name).or_insert(json!([]));
        values.as_array_mut().unwrap().push(json!(value));
    }
    rest["multiValueQueryStringParameters"] = Value::from(parameters);
    [http, rest]
}

#[tokio::test]
async fn each_sample_is_answered() {
    #[rustfmt::skip]
    let cases = [
        ("logout-ok",             [false, true, true]),
        ("logout-rest",           [false, true, true]),
        ("logout-everywhere",     [false, false, true]),
        ("logout-without-cookie", [true, true, true]),
    ];
    for (file, expected) in cases {
        let logout = function(&[]).await;
        for _ in 0..2 {
            let reply = answer(&logout, event(file)).await;
            // The second time there is no session any more to end all others with.
            if reply.status == 401 {
                assert_eq!(file, "logout-everywhere");
            } else {
                reply.assert_is_proper(file);
                assert_eq!(
                    (reply.status, reply.cookies.as_slice()),
                    (204, &[CLEARED.to_owned()][..]),
                    "{file}"
                );
                assert_eq!(reply.body, "", "{file}");
            }
            assert_eq!(left(&logout).await, expected, "{file}");
        }
    }
}

/// What a token may be to the process that is asked to end its session: signed by nobody, by a key that the process has
/// or has not, of another length of ids.
const PROCESSES: [Variables<'_>; 4] = [
    &[],
    &[("SESSION_SIGNING_KEYS", KEY)],
    &[("SESSION_SIGNING_KEYS", OTHER_KEY)],
    &[("SESSION_ID_BYTES", "16")],
];

/// Always a 204, the same one, and never anybody else's session. Whatever the process makes of the signature,
/// the session that the id names has ended.
#[tokio::test]
async fn whatever_id_is_presented_its_session_has_ended() {
    let one = format!("__Host-id={TOKEN}");
    let id = SessionId::generate(32, &Sample).unwrap();
    let signed = token::issue(&id, &SigningKeys::parse(KEY).unwrap());
    let signed = signed.expose();
    assert!(signed.starts_with(TOKEN));
    let unknown = "_".repeat(42) + "8";
    let (ends, ends_nothing) = ([false, true, true], [true, true, true]);
    #[rustfmt::skip]
    let cases = [
        ("unsigned",         one.clone(),                                   ends),
        ("signed",           format!("__Host-id={signed}"),                 ends),
        ("forged",           format!("{one}.{}", "A".repeat(43)),           ends),
        ("cut",              format!("{one}."),                             ends),
        ("among others",     format!("a=1; {one}; ref=AAAAAAAAAAAAAAAAAAAAAA"), ends),
        ("unknown",          format!("__Host-id={unknown}"),                ends_nothing),
        ("empty",            "__Host-id=".to_owned(),                       ends_nothing),
        ("public name",      "__Host-id=AAAAAAAAAAAAAAAAAAAAAA".to_owned(), ends_nothing),
        ("another name",     format!("__host-id={TOKEN}"),                  ends_nothing),
    ];
    let expected = answer(&function(&[]).await, event("logout-without-cookie")).await;
    for (name, cookie, expected_left) in cases {
        for variables in PROCESSES {
            for event in events(&cookie, "") {
                let logout = function(variables).await;
                let name = format!("{name} at {variables:?}");
                assert_eq!(answer(&logout, event).await, expected, "{name}");
                assert_eq!(left(&logout).await, expected_left, "{name}");
            }
        }
    }
}

/// A 204 would say that a session has ended. The cookie is of no use, and goes.
#[tokio::test]
async fn what_names_no_session_is_told_that_nothing_ended() {
    let hash = key_of(TOKEN);
    #[rustfmt::skip]
    let cases = [
        ("garbage",          "x".to_owned()),
        ("not UTF-8",        "\u{fffd}".to_owned()),
        ("quoted",           format!("\"{TOKEN}\"")),
        ("a dot before",     format!(".{TOKEN}")),
        ("trailing bits",    format!("{}R", &TOKEN[..42])),
        ("the table's key",  hash.as_str().to_owned()),
        ("15 bytes",         "A".repeat(20)),
        ("129 bytes",        "A".repeat(172)),
    ];
    for (name, text) in cases {
        for variables in PROCESSES {
            for event in events(&format!("__Host-id={text}"), "") {
                let logout = function(variables).await;
                let mut reply = answer(&logout, event).await;
                assert_eq!(reply.status, 400, "{name}");
                let told = reply.json()["detail"].as_str().unwrap().to_owned();
                assert!(told.contains("Nothing was ended"), "{name}: {told}");
                assert!(!told.contains(&text) || text == "x", "{name}: {told}");
                assert_eq!(std::mem::take(&mut reply.cookies), [CLEARED], "{name}");
                reply.assert_is_proper(name);
                assert_eq!(logout.sessions.calls(), [] as [&str; 0], "{name}");
            }
        }
    }
}

#[tokio::test]
async fn a_session_past_its_deadline_or_damaged_ends_as_well() {
    let logout = function(&[]).await;
    let late = UnixSeconds(NOW.0 + 100_000);
    let response = http::answer(event("logout-ok"), |request| logout.handle(request, late)).await;
    assert_eq!(Reply::of(&response).status, 204);
    assert_eq!(left(&logout).await, [false, true, true]);
    let logout = function(&[]).await;
    logout.sessions.damage();
    assert_eq!(answer(&logout, event("logout-ok")).await.status, 204);
    assert_eq!(left(&logout).await, [false, true, true]);
}

#[tokio::test]
async fn a_hundred_at_once_are_one() {
    let logout = function(&[]).await;
    std::thread::scope(|scope| {
        for _ in 0..100 {
            scope.spawn(|| {
                let runtime = Builder::new_current_thread().build().unwrap();
                let reply = runtime.block_on(answer(&logout, event("logout-ok")));
                assert_eq!(reply.status, 204);
            });
        }
    });
    assert_eq!(left(&logout).await, [false, true, true]);
    // The user's item lists no more than what there is.
    let ada = UserName::parse("ada").unwrap();
    assert_eq!(
        logout
            .sessions
            .user(&ada)
            .await
            .unwrap()
            .unwrap()
            .sessions
            .len(),
        1
    );
}

/// GET ends nothing, whatever it claims to be.
#[tokio::test]
async fn only_post_logs_out() {
    for method in ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "post"] {
        for mut event in events(
            &format!("__Host-id={TOKEN}"),
            "_method=POST&everywhere=true",
        ) {
            event["headers"]["x-http-method-override"] = json!("POST");
            let method = json!(method);
            if event["version"] == "2.0" {
                event["requestContext"]["http"]["method"] = method.clone();
            } else {
                event["httpMethod"] = method.clone();
            }
            let logout = function(&[]).await;
            let reply = answer(&logout, event).await;
            reply.assert_is_proper("method");
            assert_eq!(
                (reply.status, reply.header("allow")),
                (405, Some("POST")),
                "{method}"
            );
            assert_eq!(logout.sessions.calls(), [] as [&str; 0], "{method}");
        }
    }
}

/// I3: an outage logs nobody out, and clears no cookie.
#[tokio::test]
async fn a_fault_of_the_store_is_a_503() {
    for file in ["logout-ok", "logout-everywhere", "logout-rest"] {
        let logout = function(&[]).await;
        logout.sessions.fail();
        let reply = answer(&logout, event(file)).await;
        reply.assert_is_proper(file);
        assert_eq!(reply.status, 503, "{file}");
        assert!(!reply.body.contains("Secret"), "{file}");
    }
    // What names no session asks for nothing.
    let logout = function(&[]).await;
    logout.sessions.fail();
    assert_eq!(
        answer(&logout, event("logout-without-cookie")).await.status,
        204
    );
}

#[tokio::test]
async fn each_mode_reads_and_clears_its_own_carriers() {
    let header = |mut event: Value| {
        event["headers"]["X-Id"] = json!(TOKEN);
        if event.get("multiValueHeaders").is_some() {
            event["multiValueHeaders"]["X-Id"] = json!([TOKEN]);
        }
        event
    };
    let cleared = vec![CLEARED.to_owned()];
    for (mode, by_cookie, by_header, cookies) in [
        ("cookie", true, false, cleared.clone()),
        ("header", false, true, Vec::new()),
        ("both", true, true, cleared),
    ] {
        for (event, ends) in [
            (event("logout-ok"), by_cookie),
            (event("logout-rest"), by_cookie),
            (header(event("logout-without-cookie")), by_header),
            (header(event("logout-ok")), true),
            (header(event("logout-rest")), true),
        ] {
            let logout = function(&[("SESSION_TRANSPORT", mode)]).await;
            let reply = answer(&logout, event).await;
            assert_eq!((reply.status, &reply.cookies), (204, &cookies), "{mode}");
            assert_eq!(left(&logout).await[0], !ends, "{mode}");
        }
    }
}

/// Other software of the same domain has cookies of its own: Chrome keeps 180 of a site. What counts is their bytes, far
/// above the 10,240 that API Gateway takes of all headers, and who has more is told that.
#[tokio::test]
async fn any_number_of_other_cookies_is_searched_and_too_many_bytes_are_named() {
    let many = |count: usize| format!("{}__Host-id={TOKEN}", "a=1; ".repeat(count));
    for (cookie, status) in [(many(101), 204), (many(5000), 204), (many(20_000), 400)] {
        let mut http = event("logout-ok");
        http["cookies"] = json!([cookie]);
        let mut rest = event("logout-rest");
        rest["headers"]["Cookie"] = json!(cookie);
        rest["multiValueHeaders"]["Cookie"] = json!([cookie]);
        for event in [http, rest] {
            let logout = function(&[]).await;
            let reply = answer(&logout, event).await;
            assert_eq!(reply.status, status, "{}", reply.body);
            assert_eq!(left(&logout).await[0], status == 400);
            if status == 400 {
                let detail = reply.json()["detail"].as_str().unwrap().to_owned();
                assert!(detail.contains("64 KiB of cookies"), "{detail}");
            }
        }
    }
}

#[tokio::test]
async fn the_cookie_is_cleared_with_the_attributes_that_it_was_set_with() {
    let logout = function(&[
        ("SESSION_COOKIE_NAME", "__Secure-sample"),
        ("SESSION_COOKIE_DOMAIN", "example.com"),
        ("SESSION_COOKIE_PATH", "/api"),
        ("SESSION_COOKIE_SAMESITE", "Lax"),
    ])
    .await;
    let reply = answer(&logout, event("logout-without-cookie")).await;
    let expected = "__Secure-sample=; Path=/api; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Domain=example.com; Secure; HttpOnly; \
                    SameSite=Lax";
    assert_eq!(reply.cookies, [expected]);
}

/// The end of the session that a token opens.
fn ended(token: &str) -> Change {
    Change {
        delete: vec![Delete::current(key_of(token))],
        ..Change::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_event_with_parts_replaced(event in changed(["logout-ok", "logout-everywhere", "logout-rest"].map(event).to_vec())) {
        Builder::new_current_thread().build().unwrap().block_on(async {
            let logout = function(&[("SESSION_TRANSPORT", "both")]).await;
            let status = answer(&logout, event).await.status;
            assert!([204, 400, 401, 405].contains(&status), "{status}");
            assert!(left(&logout).await[2], "bob is still there");
        });
    }
}
