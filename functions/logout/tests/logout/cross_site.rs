//! Pages of other sites, and CSRF tokens.

use dynamodb_session::store::{Change, Commit, Retire, SessionStore};
use serde_json::Value;
use support::{
    NOW, TOKEN, event, key_of,
    pages::{self, ALLOWED, CSRF, Page, pages},
};

use super::{PROCESSES, answer, ended, events, function, left};

/// A page of another site logs nobody out: it has no cookie sent (`SameSite`), but would have this one removed.
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

/// Where there is no session there is nothing to show one for.
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
