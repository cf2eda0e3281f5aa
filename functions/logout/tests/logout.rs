//! What a logout answers, and which sessions it ends.

#![cfg(test)]

#[path = "../../gateway/tests/support/mod.rs"]
mod support;

use dynamodb_session::{
    entropy::{Entropy, EntropyError},
    id::{SessionId, SessionRef},
    session::Session,
    signing_keys::SigningKeys,
    store::{Change, Commit, Delete, Retire, SessionStore, UserEdit},
    time::UnixSeconds,
    token,
    user::UserName,
};
use gateway::http;
use logout::Logout;
use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::runtime::Builder;

use support::{
    NOW, TOKEN,
    arbitrary::changed,
    config, event, key_of,
    pages::{self, ALLOWED, CSRF, Page, pages},
    reply::Reply,
    session,
    store::Counting,
};

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

/// L26, T23: always a 204, the same one, and never anybody else's session. Whatever the process makes of the signature,
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

/// A process that can't verify a token knows the id's session, and not that it is the caller's: all of the user's end
/// only for whoever proves to be signed in.
#[tokio::test]
async fn everywhere_takes_a_token_that_is_verified() {
    for variables in &PROCESSES[1..] {
        for event in events(&format!("__Host-id={TOKEN}"), "everywhere=true") {
            let logout = function(variables).await;
            let reply = answer(&logout, event).await;
            reply.assert_is_proper("everywhere");
            assert_eq!(reply.status, 401, "{variables:?}");
            assert_eq!(left(&logout).await, [true; 3], "{variables:?}");
        }
    }
}

/// After a change of the cookie's scope a browser sends the old one and the new: each ends what it names, and nothing else.
#[tokio::test]
async fn each_of_several_sessions_ends() {
    let unknown = "_".repeat(42) + "8";
    let junk: Vec<_> = (0..8).map(|n| format!("; __Host-id=x{n}")).collect();
    let junk = junk.concat();
    #[rustfmt::skip]
    let cases = [
        ("two",              format!("__Host-id={TOKEN}; __Host-id={BOBS}"),           [false, true, false]),
        ("three",            format!("__Host-id={TOKEN}; __Host-id={BOBS}; __Host-id={SECOND}"), [false; 3]),
        ("the same",         format!("__Host-id={TOKEN}; __Host-id={TOKEN}"),          [false, true, true]),
        ("one unknown",      format!("__Host-id={unknown}; __Host-id={TOKEN}"),        [false, true, true]),
        ("one empty",        format!("__Host-id=; __Host-id={TOKEN}"),                 [false, true, true]),
        ("one quoted",       format!("__Host-id=\"{SECOND}\"; __Host-id={TOKEN}"),     [false, true, true]),
        ("ten, eight junk",  format!("__Host-id={TOKEN}; __Host-id={BOBS}{junk}"),     [false, true, false]),
    ];
    for (name, cookie, expected) in cases {
        for event in events(&cookie, "") {
            let logout = function(&[]).await;
            let reply = answer(&logout, event).await;
            reply.assert_is_proper(name);
            assert_eq!(
                (reply.status, reply.cookies.as_slice()),
                (204, &[CLEARED.to_owned()][..]),
                "{name}"
            );
            assert_eq!(left(&logout).await, expected, "{name}");
        }
    }
}

/// A 204 would tell whoever is meant that the sessions have ended.
#[tokio::test]
async fn several_sessions_end_nobody_elses_everywhere_and_too_many_end_none() {
    let two = format!("__Host-id={TOKEN}; __Host-id={BOBS}");
    let twice = format!("__Host-id={TOKEN}; __Host-id={TOKEN}");
    let eleven: Vec<_> = (0..10).map(|n| format!("__Host-id=x{n}")).collect();
    let eleven = format!("{}; __Host-id={TOKEN}", eleven.join("; "));
    let names_none = "__Host-id=x; __Host-id=y".to_owned();
    let joined = format!("__Host-id={TOKEN}, __Host-id={BOBS}");
    for (cookie, query, cleared) in [
        (&two, "everywhere=true", false),
        (&twice, "everywhere=true", false),
        (&eleven, "", false),
        (&names_none, "", true),
        (&joined, "", true),
    ] {
        for event in events(cookie, query) {
            let logout = function(&[]).await;
            let mut reply = answer(&logout, event).await;
            assert_eq!(
                std::mem::take(&mut reply.cookies).len(),
                usize::from(cleared),
                "{cookie}"
            );
            reply.assert_is_proper(cookie);
            assert_eq!(reply.status, 400, "{cookie}");
            assert_eq!(logout.sessions.calls(), [] as [&str; 0], "{cookie}");
        }
    }
}

/// A page has the CSRF token of one session at most, and may have all of them ended with it.
#[tokio::test]
async fn of_several_sessions_one_csrf_token_is_demanded() {
    let two = format!("__Host-id={BOBS}; __Host-id={TOKEN}");
    let with_junk = format!("__Host-id=x; __Host-id={TOKEN}");
    #[rustfmt::skip]
    let cases = [
        (&two,       Some(CSRF),        204),
        (&two,       None,              403),
        (&two,       Some(&CSRF[..42]), 403),
        (&with_junk, Some(CSRF),        204),
        (&with_junk, None,              403),
    ];
    for (cookie, shown, status) in cases {
        for mut event in events(cookie, "") {
            if let Some(shown) = shown {
                pages::add(&mut event, "X-CSRF-Token", shown);
            }
            let logout = function(&[("SESSION_CSRF_TOKEN", "required")]).await;
            let reply = answer(&logout, event).await;
            assert_eq!(reply.status, status, "{cookie} {shown:?}");
            assert_eq!(left(&logout).await[0], status == 403, "{cookie} {shown:?}");
        }
    }
}

/// What the request presents may lie in a scope of settings before: it is removed from each that can be named, and from its
/// own at the end. What a request without a cookie gets, is as it was.
#[tokio::test]
async fn the_cookie_is_cleared_in_every_scope_that_can_be_named() {
    let variables = [
        ("SESSION_COOKIE_NAME", "id"),
        ("SESSION_COOKIE_DOMAIN", "example.com"),
        ("SESSION_COOKIE_FORMER_SCOPES", "/old"),
    ];
    for (cookie, count) in [
        (format!("id={TOKEN}; id={BOBS}"), 6),
        (format!("id={TOKEN}"), 6),
        ("a=1".to_owned(), 1),
    ] {
        for event in events(&cookie, "") {
            let logout = function(&variables).await;
            let reply = answer(&logout, event).await;
            assert_eq!(
                (reply.status, reply.cookies.len()),
                (204, count),
                "{cookie}"
            );
            let last = reply.cookies.last().unwrap();
            assert!(
                last.contains("; Path=/; ")
                    && last.contains("; Domain=example.com; Secure; HttpOnly; SameSite=Strict"),
                "{last}"
            );
            assert!(
                reply
                    .cookies
                    .iter()
                    .all(|cookie| cookie.starts_with("id=; ")),
                "{cookie}"
            );
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

/// Only who is signed in ends all of a user's sessions, and is told if it was not done.
#[tokio::test]
async fn everywhere_takes_a_living_session() {
    let one = format!("__Host-id={TOKEN}");
    let none = [true, true, true];
    #[rustfmt::skip]
    let cases = [
        ("alive",       one.clone(),                              NOW.0,            204, [false, false, true]),
        ("bob's",       format!("__Host-id={BOBS}"),              NOW.0,            204, [true, true, false]),
        ("idle",        one.clone(),                              NOW.0 + 7170,     401, none),
        ("expired",     one.clone(),                              NOW.0 + 43140,    401, none),
        ("nothing",     "a=1".to_owned(),                         NOW.0,            401, none),
        ("unknown",     format!("__Host-id={}", "A".repeat(43)),  NOW.0,            401, none),
        ("malformed",   "__Host-id=x".to_owned(),                 NOW.0,            401, none),
        ("signed",      format!("{one}.{}", "A".repeat(43)),      NOW.0,            401, none),
    ];
    let mut refusals = Vec::new();
    for (name, cookie, now, status, expected) in cases {
        for event in events(&cookie, "everywhere=true") {
            let logout = function(&[]).await;
            let response =
                http::answer(event, |request| logout.handle(request, UnixSeconds(now))).await;
            let reply = Reply::of(&response);
            reply.assert_is_proper(name);
            assert_eq!(reply.status, status, "{name}");
            assert_eq!(left(&logout).await, expected, "{name}");
            if status == 401 {
                refusals.push(reply);
            }
        }
    }
    assert!(
        refusals.windows(2).all(|pair| pair[0] == pair[1]),
        "one 401 for all causes"
    );
}

/// I1: a session that its user's item does not list ends with the others.
#[tokio::test]
async fn everywhere_ends_the_callers_session_even_if_it_is_not_listed() {
    let logout = function(&[]).await;
    let ada = UserName::parse("ada").unwrap();
    let drop = vec![session().reference];
    let change = dynamodb_session::store::Change {
        users: vec![(ada, UserEdit::Leave { drop })],
        ..Default::default()
    };
    logout.sessions.inner.commit(&change).await.unwrap();
    assert_eq!(
        answer(&logout, event("logout-everywhere")).await.status,
        204
    );
    assert_eq!(left(&logout).await, [false, false, true]);
}

/// What asks for neither of two things is done neither way.
#[tokio::test]
async fn the_parameter_is_true_or_false_and_there_once() {
    let one = format!("__Host-id={TOKEN}");
    #[rustfmt::skip]
    let cases = [
        ("",                                  204, [false, true, true]),
        ("everywhere=false",                  204, [false, true, true]),
        ("other=true",                        204, [false, true, true]),
        ("a=<b>&everywhere=true",             204, [false, false, true]),
        ("everywhere",                        400, [true, true, true]),
        ("everywhere=",                       400, [true, true, true]),
        ("everywhere=TRUE",                   400, [true, true, true]),
        ("everywhere=1",                      400, [true, true, true]),
        ("everywhere=<sample>",               400, [true, true, true]),
        ("everywhere=false&everywhere=true",  400, [true, true, true]),
        ("everywhere=true&everywhere=true",   400, [true, true, true]),
        ("everywhere=true&everywhere=false",  400, [true, true, true]),
    ];
    for (query, status, expected) in cases {
        for event in events(&one, query) {
            let logout = function(&[]).await;
            let reply = answer(&logout, event).await;
            assert_eq!(reply.status, status, "{query}: {}", reply.body);
            reply.assert_is_proper(query);
            assert!(!reply.body.contains("sample"), "{query}");
            assert_eq!(left(&logout).await, expected, "{query}");
        }
    }
}

/// L21: GET ends nothing, whatever it claims to be.
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

/// Row 32. A page of another site logs nobody out: it has no cookie sent (`SameSite`), but would have this one removed.
#[tokio::test]
async fn each_site_and_origin() {
    for page in pages() {
        for file in [
            "logout-ok",
            "logout-rest",
            "logout-everywhere",
            "logout-without-cookie",
        ] {
            let logout = function(&[ALLOWED]).await;
            let reply = answer(&logout, page.sends(event(file))).await;
            reply.assert_is_proper(file);
            let name = format!("{file}, {page:?}");
            if page.passes {
                assert_eq!(reply.status, 204, "{name}");
            } else {
                assert_eq!(reply.status, 403, "{name}");
                assert_eq!(logout.sessions.calls(), [] as [&str; 0], "{name}");
                assert!(!reply.body.contains("evil"), "{name}");
            }
        }
    }
}

/// Only what a browser adds by itself can be abused.
#[tokio::test]
async fn what_carries_the_token_decides() {
    let header = |mut event: Value| {
        pages::add(&mut event, "X-Id", TOKEN);
        event
    };
    #[rustfmt::skip]
    let cases = [
        // event                                                    cookie header both
        ("cookie",  event("logout-ok"),                             [403,  204,   403]),
        ("header",  header(event("logout-without-cookie")),         [403,  204,   204]),
        ("both",    header(event("logout-rest")),                   [403,  204,   403]),
        ("neither", event("logout-without-cookie"),                 [403,  204,   403]),
    ];
    for (name, event, statuses) in cases {
        for (mode, status) in ["cookie", "header", "both"].into_iter().zip(statuses) {
            let logout = function(&[("SESSION_TRANSPORT", mode)]).await;
            let reply = answer(&logout, Page::FOREIGN.sends(event.clone())).await;
            assert_eq!(reply.status, status, "{name} in mode {mode}");
        }
    }
}

/// L20. Where there is no session there is nothing to show one for.
#[tokio::test]
async fn a_csrf_token_is_demanded_where_it_is_required() {
    let unsigned = format!("__Host-id={TOKEN}");
    let signed = format!("{unsigned}.{}", "A".repeat(43));
    #[rustfmt::skip]
    let cases = [
        ("shown",               unsigned.as_str(),       Some(CSRF),         204),
        ("missing",             &unsigned,               None,               403),
        ("signed, shown",       &signed,                 Some(CSRF),         204),
        ("signed, missing",     &signed,                 None,               403),
        ("empty",               &unsigned,               Some(""),           403),
        ("truncated",           &unsigned,               Some(&CSRF[..42]),  403),
        ("the session token",   &unsigned,               Some(TOKEN),        403),
        ("no session",          "a=1",                   None,               204),
        ("what names none",     "__Host-id=x",           None,               400),
    ];
    for (name, cookie, shown, status) in cases {
        // Whether it can verify the token or not, in the query it is not looked for.
        for (variables, mut event) in PROCESSES.into_iter().flat_map(|variables| {
            let events = events(cookie, &format!("csrf_token={CSRF}&x-csrf-token={CSRF}"));
            events.map(|event| (variables, event))
        }) {
            if let Some(shown) = shown {
                pages::add(&mut event, "X-CSRF-Token", shown);
            }
            let required = [variables, &[("SESSION_CSRF_TOKEN", "required")]].concat();
            let logout = function(&required).await;
            let reply = answer(&logout, event).await;
            assert_eq!(reply.status, status, "{name}: {}", reply.body);
            assert!(!reply.body.contains(CSRF), "{name}");
            if status == 403 {
                reply.assert_is_proper(name);
                // It looked whether there is anything to protect.
                assert_eq!(logout.sessions.calls(), ["session"], "{name}");
                assert_eq!(left(&logout).await, [true; 3], "{name}");
            }
        }
    }
}

/// Its page has no CSRF token any more, and no other way to be rid of the cookie.
#[tokio::test]
async fn the_cookie_of_a_dead_session_is_removed_without_a_csrf_token() {
    let required = [("SESSION_CSRF_TOKEN", "required")];
    for event in events(&format!("__Host-id={TOKEN}"), "") {
        let logout = function(&required).await;
        logout.sessions.inner.commit(&ended(TOKEN)).await.unwrap();
        let reply = answer(&logout, event.clone()).await;
        assert_eq!(reply.status, 204, "{}", reply.body);
        assert!(reply.cookies[0].contains("Max-Age=0"));

        let logout = function(&required).await;
        logout.sessions.fail();
        assert_eq!(answer(&logout, event).await.status, 503);
    }
}

/// A rotated id serves the session for the grace, and its page has a CSRF token.
#[tokio::test]
async fn a_rotated_id_takes_a_csrf_token_in_its_grace() {
    let required = [("SESSION_CSRF_TOKEN", "required")];
    for event in events(&format!("__Host-id={TOKEN}"), "") {
        let logout = function(&required).await;
        let successor = key_of("QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkM");
        let Some(session) = logout.sessions.session_of(TOKEN).await else {
            panic!("no session");
        };
        let rotation = Change {
            retire: Some(Retire {
                key: key_of(TOKEN),
                successor: successor.clone(),
                grace_expires: NOW.plus(30),
                version: session.version,
                now: NOW,
            }),
            put: Some((successor, session)),
            ..Change::default()
        };
        let done = logout.sessions.inner.commit(&rotation).await;
        assert_eq!(done.unwrap(), Commit::Done);
        assert_eq!(answer(&logout, event).await.status, 403);
    }
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
