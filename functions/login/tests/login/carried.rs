//! What a login takes over of the session that the request presents: data, if it is anonymous or the user's own, and
//! never an id.

use dynamodb_session::{
    data::Data,
    session::{Rotation, Session, Timeouts},
    store::{Found, SessionStore},
    time::UnixSeconds,
    user::UserName,
};
use serde_json::{Value, json};
use support::{NOW, TOKEN, config, key_of};

use super::{Function, PASSWORD, answer, function, sessions::token};

/// Another token than that of the events.
fn other() -> String {
    format!("{}A", "B".repeat(42))
}

/// Which session lies under the presented token.
fn held(user: Option<&str>) -> Session {
    Session {
        user: user.map(|user| UserName::parse(user).unwrap()),
        authenticated: user.map(|_| NOW),
        data: Data::from([("cart".to_owned(), "[17, 9007199254740993]".to_owned())]),
        version: 4,
        ..support::session()
    }
}

/// A function whose store holds `session` alone.
async fn holding(session: Session, variables: &[(&str, &str)]) -> Function {
    let mut login = function(variables).await;
    login.sessions = support::store::Counting::default();
    login.sessions.put(TOKEN, session).await;
    login
}

/// A login of `user` in both formats that presents the token of the events.
fn logins(user: &str) -> [Value; 2] {
    let body = json!({"username": user, "password": PASSWORD}).to_string();
    ["login-ok", "login-rest"].map(|file| {
        let mut event = support::event(file);
        let cookie = format!("__Host-id={TOKEN}");
        if event["version"] == "2.0" {
            event["cookies"] = json!([cookie]);
        } else {
            event["multiValueHeaders"]["Cookie"] = json!([cookie]);
        }
        event["body"] = json!(body);
        event
    })
}

#[tokio::test]
async fn data_is_carried_over_unless_it_is_another_user_s() {
    for anonymous in ["on", "off"] {
        for (owner, user, carried) in [
            (None, "ada", true),
            (Some("ada"), "ada", true),
            (Some("bob"), "ada", false),
            (Some("ada"), "bob", false),
        ] {
            for event in logins(user) {
                let name = format!("{owner:?} to {user}");
                let variables = [("SESSION_ANONYMOUS", anonymous)];
                let login = holding(held(owner), &variables).await;
                let new = token(&answer(&login, event).await);
                assert_ne!(new, TOKEN, "{name}");
                let session = login.sessions.session_of(&new).await.unwrap();
                let expected = if carried {
                    held(None).data
                } else {
                    Data::new()
                };
                assert_eq!(session.data, expected, "{name}");
                assert_ne!(session.reference, held(None).reference, "{name}");
                assert_eq!((session.created, session.authenticated), (NOW, Some(NOW)));
                // The id from before the login opens nothing any more.
                assert!(login.sessions.session_of(TOKEN).await.is_none(), "{name}");
                assert_eq!(login.sessions.inner.len(), 1, "{name}");
            }
        }
    }
}

/// An `ETag` from before the login names no other data after it.
#[tokio::test]
async fn data_keeps_its_version() {
    for event in logins("ada") {
        let login = holding(held(None), &[]).await;
        let new = token(&answer(&login, event).await);
        assert_eq!(login.sessions.session_of(&new).await.unwrap().version, 4);
    }
}

#[tokio::test]
async fn what_is_over_is_not_carried_over() {
    let brief = Timeouts {
        idle: 10,
        absolute: 60,
    };
    let idle = Session {
        accessed: UnixSeconds(NOW.0 - 10),
        timeouts: brief,
        created: UnixSeconds(NOW.0 - 20),
        ..held(None)
    };
    let expired = Session {
        timeouts: brief,
        accessed: NOW,
        ..held(None)
    };
    let alive = Session {
        created: UnixSeconds(NOW.0 - 59),
        accessed: UnixSeconds(NOW.0 - 9),
        timeouts: brief,
        ..held(None)
    };
    for (name, session, carried) in [
        ("idle", idle, false),
        ("expired", expired, false),
        ("alive", alive, true),
    ] {
        for event in logins("ada") {
            let login = holding(session.clone(), &[("SESSION_ANONYMOUS", "on")]).await;
            let new = token(&answer(&login, event).await);
            let session = login.sessions.session_of(&new).await.unwrap();
            assert_eq!(session.data.is_empty(), !carried, "{name}");
            assert!(login.sessions.session_of(TOKEN).await.is_none(), "{name}");
        }
    }
}

/// Whoever logs in with an id that was rotated away, and serves no longer, has a copy of it: the session ends, and its
/// data goes to nobody.
#[tokio::test]
async fn an_id_that_serves_no_longer_carries_nothing_over() {
    for event in logins("ada") {
        let rotation = |successor| {
            Some(Box::new(Rotation {
                successor,
                grace_expires: NOW,
            }))
        };
        let old = Session {
            rotation: rotation(Some(key_of(&other()))),
            data: Data::new(),
            ..held(None)
        };
        let login = holding(old, &[("SESSION_ANONYMOUS", "on")]).await;
        let renewed = Session {
            rotation: rotation(None),
            ..held(None)
        };
        login.sessions.put(&other(), renewed).await;
        let new = token(&answer(&login, event).await);
        let session = login.sessions.session_of(&new).await.unwrap();
        assert!(session.data.is_empty());
        assert!(login.sessions.session_of(&other()).await.is_none());
    }
}

#[tokio::test]
async fn what_the_limit_of_age_ended_is_not_carried_over() {
    let since = (held(None).created.0 + 1).to_string();
    for event in logins("ada") {
        let variables = [
            ("SESSION_ANONYMOUS", "on"),
            ("SESSION_NOT_BEFORE", since.as_str()),
        ];
        let login = holding(held(None), &variables).await;
        let new = token(&answer(&login, event).await);
        assert!(
            login
                .sessions
                .session_of(&new)
                .await
                .unwrap()
                .data
                .is_empty()
        );
        assert!(login.sessions.session_of(TOKEN).await.is_none());
    }
}

/// The session that was rotated ends under its new id, and its data comes from there.
#[tokio::test]
async fn a_rotated_session_is_found_under_its_new_id() {
    for event in logins("ada") {
        let grace_expires = NOW.plus(10);
        let rotation = |successor| {
            Some(Box::new(Rotation {
                successor,
                grace_expires,
            }))
        };
        let old = Session {
            rotation: rotation(Some(key_of(&other()))),
            user: None,
            data: Data::new(),
            ..held(None)
        };
        let login = holding(old, &[("SESSION_ANONYMOUS", "on")]).await;
        let renewed = Session {
            rotation: rotation(None),
            ..held(None)
        };
        login.sessions.put(&other(), renewed).await;
        let new = token(&answer(&login, event).await);
        let session = login.sessions.session_of(&new).await.unwrap();
        assert_eq!(session.data, held(None).data);
        assert!(session.rotation.is_none(), "a login grants no grace");
        assert!(login.sessions.session_of(&other()).await.is_none());
    }
}

/// Who holds an id may end its session. What is in it is for whoever has a token of it that is verified.
#[tokio::test]
async fn what_is_not_verified_is_not_carried_over() {
    let key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    #[rustfmt::skip]
    let processes: [&[(&str, &str)]; 2] = [
        &[("SESSION_SIGNING_KEYS", key)],
        &[("SESSION_ID_BYTES", "16")],
    ];
    for owner in [None, Some("ada")] {
        for variables in processes {
            for event in logins("ada") {
                let variables = [variables, &[("SESSION_ANONYMOUS", "on")]].concat();
                let login = holding(held(owner), &variables).await;
                let reply = answer(&login, event).await;
                assert_eq!(reply.status, 200, "{owner:?}, {variables:?}");
                assert!(login.sessions.session_of(TOKEN).await.is_none());
                let ada = UserName::parse("ada").unwrap();
                let listed = login.sessions.inner.user(&ada).await.unwrap().unwrap();
                let [entry] = &listed.sessions.into_values().collect::<Vec<_>>()[..] else {
                    panic!("the ended session is listed");
                };
                let found = login.sessions.inner.session(&entry.key).await.unwrap();
                let Found::Session(session) = found else {
                    panic!("{found:?}")
                };
                assert!(session.data.is_empty(), "{owner:?}, {variables:?}");
            }
        }
    }
}

/// A login that is refused takes nothing away from the anonymous session.
#[tokio::test]
async fn a_refused_login_leaves_the_visit_alone() {
    let mut login = holding(held(None), &[]).await;
    login.config = config(&[("SESSION_ANONYMOUS", "on")]);
    for mut event in logins("ada") {
        event["body"] = json!(json!({"username": "ada", "password": "wrong"}).to_string());
        assert_eq!(answer(&login, event).await.status, 401);
        let kept = login.sessions.session_of(TOKEN).await.unwrap();
        assert_eq!(kept, held(None));
    }
}
