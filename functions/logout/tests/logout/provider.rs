//! Sessions of users whom a provider vouches for.

use dynamodb_session::{
    provider::{Identity, Subject},
    session::{Origin, Session},
    store::SessionStore,
    time::UnixSeconds,
};
use logout::Logout;
use serde_json::{Value, json};
use support::{TOKEN, event, session, store::Counting};

use super::{BOBS, CLEARED, answer, ended, events, function, left};

const PROVIDER: [(&str, &str); 3] = [
    ("SESSION_OIDC_ISSUER", "https://idp.example"),
    ("SESSION_OIDC_CLIENT_ID", "client"),
    ("SESSION_OIDC_LOGOUT_URL", "https://idp.example/logout"),
];

/// The session of the events, as one that `issuer` vouches for.
fn of(issuer: &str) -> Session {
    let identity = Identity {
        issuer: issuer.to_owned(),
        subject: Subject::parse("1").unwrap(),
        sid: None,
        claims: None,
    };
    Session {
        origin: Origin {
            identity: Some(Box::new(identity)),
            ..Origin::default()
        },
        ..session()
    }
}

/// Puts `session` in the place of the events' session.
async fn take_place(logout: &Logout<Counting>, session: Session) {
    logout.sessions.inner.commit(&ended(TOKEN)).await.unwrap();
    logout.sessions.put(TOKEN, session).await;
}

/// The answer says where the browser goes on, and the session is over all the same.
#[tokio::test]
async fn a_logout_goes_on_at_the_provider_that_vouched_for_the_user() {
    let going = |path: &str| (200, json!({"end_session_url": path}));
    let done = (204, Value::Null);
    let (idp, other) = ("https://idp.example", "https://idp.example/");
    #[rustfmt::skip]
    let cases = [
        ("of the provider",       Some(idp),   &PROVIDER[..],  true),
        ("of another provider",   Some(other), &PROVIDER[..],  false),
        ("of a password",         None,        &PROVIDER[..],  false),
        ("no logout is set",      Some(idp),   &PROVIDER[..2], false),
        ("there is no provider",  Some(idp),   &PROVIDER[..0], false),
    ];
    for (name, issuer, variables, goes) in cases {
        for (file, path) in [
            ("logout-ok", "/logout/oidc"),
            ("logout-rest", "/prod/logout/oidc"),
            ("logout-everywhere", "/logout/oidc"),
        ] {
            let logout = function(variables).await;
            if let Some(issuer) = issuer {
                take_place(&logout, of(issuer)).await;
            }
            let expected = if goes { going(path) } else { done.clone() };
            let reply = answer(&logout, event(file)).await;
            reply.assert_is_proper(name);
            let body = serde_json::from_str(&reply.body).unwrap_or_default();
            assert_eq!((reply.status, body), expected, "{name}, {file}");
            assert_eq!(reply.cookies, [CLEARED], "{name}, {file}");
            let [first, ..] = left(&logout).await;
            assert!(!first, "{name}, {file}");
            // The same again has nothing to end at the provider either.
            let again = answer(&logout, event(file)).await.status;
            assert_eq!(
                again,
                if file == "logout-everywhere" {
                    401
                } else {
                    204
                }
            );
        }
    }
}

/// One of several sessions is enough, alive or not; and the provider costs no request to the table.
#[tokio::test]
async fn each_session_that_is_presented_counts_and_none_is_read_once_more() {
    let several = format!("__Host-id={BOBS}; __Host-id={TOKEN}");
    for event in events(&several, "") {
        let logout = function(&PROVIDER).await;
        take_place(&logout, of("https://idp.example")).await;
        let reply = answer(&logout, event.clone()).await;
        assert_eq!(reply.status, 200);
        let calls = logout.sessions.calls();

        let without = function(&[]).await;
        assert_eq!(answer(&without, event).await.status, 204);
        assert_eq!(calls, without.sessions.calls());
    }
    let logout = function(&PROVIDER).await;
    let old = Session {
        created: UnixSeconds(0),
        ..of("https://idp.example")
    };
    take_place(&logout, old).await;
    assert_eq!(answer(&logout, event("logout-ok")).await.status, 200);
}

/// A fault names no place to go on to.
#[tokio::test]
async fn a_fault_of_the_store_stays_one() {
    let logout = function(&PROVIDER).await;
    take_place(&logout, of("https://idp.example")).await;
    logout.sessions.fail();
    let reply = answer(&logout, event("logout-ok")).await;
    assert_eq!(reply.status, 503);
    assert!(!reply.body.contains("oidc"), "{}", reply.body);
}
