//! Several tokens in one request, and several scopes of the cookie.

use support::{
    TOKEN,
    pages::{self, CSRF},
};

use super::{BOBS, CLEARED, SECOND, answer, events, function, left};

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
