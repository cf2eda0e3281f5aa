//! Logins and logouts in a handler: durable when they return, and their cookie goes out with any answer.

use dynamodb_session_backend::{
    dynamodb_session::{
        create::{Credential, Vouched},
        fault::StoreError,
        time::UnixSeconds,
        user::UserName,
    },
    error::Error,
    session::Session,
    testing::Sessions,
};
use http::{Response, StatusCode};
use serde_json::json;
use support::gate::Gate;

use super::serve::{Reply, answer, cookie_of, cookies, counted, post, request, serve};

fn name(text: &str) -> UserName {
    UserName::parse(text).unwrap()
}

async fn log_in(session: Session) -> Result<(), Error> {
    session.log_in(name("ada"), Vouched::just_now()).await
}

/// The user of the session whose cookie an answer set, and what it holds.
async fn whose(sessions: &Sessions, reply: &Reply) -> (Option<String>, Option<u64>) {
    let mut asked = request("GET", None);
    let cookie = cookie_of(reply).parse().unwrap();
    asked.headers_mut().insert("cookie", cookie);
    let (send, mut told) = tokio::sync::mpsc::channel(1);
    serve(&sessions.by_itself(), asked, move |it| {
        let send = send.clone();
        async move {
            let user = it.user().map(|user| user.to_string());
            send.send((user, it.get("n").await?)).await.unwrap();
            Ok(())
        }
    })
    .await;
    told.recv().await.unwrap()
}

#[tokio::test]
async fn a_login_is_usable_whatever_the_answer_is() {
    for status in [200, 303, 500] {
        let sessions = Sessions::new(&[]);
        let reply = answer(
            &sessions.by_itself(),
            request("POST", None),
            move |it| async move {
                log_in(it.clone()).await.unwrap();
                assert_eq!(it.user(), Some(name("ada")));
                let built = Response::builder()
                    .status(status)
                    .header("cache-control", "public");
                built.body("body".to_owned()).unwrap()
            },
        )
        .await;
        assert_eq!((reply.status().as_u16(), &**reply.body()), (status, "body"));
        assert_eq!(cookies(&reply).len(), 1);
        assert_eq!(reply.headers()["cache-control"], "no-store");
        assert_eq!(
            whose(&sessions, &reply).await,
            (Some("ada".to_owned()), None)
        );
    }
}

#[tokio::test]
async fn a_panic_after_a_login_is_a_500_with_its_cookie() {
    let sessions = Sessions::new(&[]);
    let reply = answer(
        &sessions.by_itself(),
        request("POST", None),
        |it| async move {
            log_in(it.clone()).await.unwrap();
            it.set("n", &7).unwrap();
            panic!("a handler's mistake")
        },
    )
    .await;
    assert_eq!(reply.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(
        whose(&sessions, &reply).await,
        (Some("ada".to_owned()), None)
    );
}

#[tokio::test]
async fn a_panic_after_a_logout_is_a_500_that_removes_the_cookie() {
    let sessions = Sessions::new(&[]);
    let ada = sessions.seed("ada", &json!({})).await;
    let reply = answer(&sessions.by_itself(), post(&ada), |it| async move {
        it.log_out().await.unwrap();
        panic!("a handler's mistake")
    })
    .await;
    assert_eq!(reply.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert!(cookies(&reply).last().unwrap().contains("Max-Age=0"));
    assert_eq!(sessions.find(&ada).await, None);
}

#[tokio::test]
async fn a_login_keeps_the_time_of_its_proof_and_what_is_recent_goes_by_that() {
    let sessions = Sessions::new(&[]);
    let now = sessions.now();
    let layer = sessions.by_itself();
    let reply = serve(&layer, request("POST", None), move |it| async move {
        let earlier = UnixSeconds(now.0 - 600);
        it.log_in(name("ada"), Vouched::at(earlier)).await?;
        assert_eq!(it.authenticated_at(), Some(earlier));
        it.require_recent(601)?;
        it.require_recent(600)
    })
    .await;
    assert_eq!(reply.status(), StatusCode::FORBIDDEN);
    let reply = serve(&layer, request("POST", None), |it| async move {
        it.require_recent(600)
    });
    assert_eq!(reply.await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_login_takes_another_id_and_the_data_of_its_own_user_alone() {
    for (former, kept) in [("ada", Some(7)), ("bob", None)] {
        let sessions = Sessions::new(&[]);
        let seeded = sessions.seed(former, &json!({"n": 7})).await;
        let reply = serve(&sessions.by_itself(), post(&seeded), log_in).await;
        assert_eq!(
            whose(&sessions, &reply).await,
            (Some("ada".to_owned()), kept)
        );
        assert_ne!(cookie_of(&reply), seeded.cookie());
        assert_eq!(sessions.find(&seeded).await, None);
    }
}

/// What the handler changes before its login and after it is saved once, in the new session.
#[tokio::test]
async fn changes_around_a_login_are_in_the_new_session() {
    let sessions = counted(&[]);
    let layer = sessions.by_itself();
    let ada = sessions.seed("ada", &json!({"n": 7})).await;
    sessions.store.calls();
    let reply = serve(&layer, post(&ada), |it| async move {
        it.update("n", |old: Option<u64>| old.unwrap_or_default() + 1)
            .await?;
        log_in(it.clone()).await?;
        assert_eq!(it.get::<u64>("n").await?, Some(8));
        it.set("m", &1)
    });
    assert_eq!(reply.await.status(), StatusCode::OK);
    let calls = sessions.store.calls();
    assert_eq!(calls, ["touch", "user", "session", "commit", "write"]);
}

/// A credential that is checked here.
struct Code(&'static str);

impl Credential for Code {
    type Proof = ();

    async fn verify(&self, _: &UserName) -> Result<Option<()>, StoreError> {
        Ok((self.0 == "right").then_some(()))
    }

    async fn still_holds(&self, _: &UserName, (): &()) -> Result<bool, StoreError> {
        Ok(true)
    }
}

#[tokio::test]
async fn a_wrong_credential_changes_nothing_and_a_right_one_may_be_remembered() {
    let sessions = Sessions::new(&[("SESSION_REMEMBER_SECONDS", "1000000")]);
    let bob = sessions.seed("bob", &json!({})).await;
    let layer = sessions.by_itself();
    let wrong = serve(&layer, post(&bob), |it| async move {
        assert!(!it.log_in_with(name("ada"), Code("wrong"), true).await?);
        assert_eq!(it.user(), Some(name("bob")));
        Ok(())
    });
    assert!(cookies(&wrong.await).is_empty());
    let right = serve(&layer, post(&bob), |it| async move {
        assert!(it.log_in_with(name("ada"), Code("right"), true).await?);
        Ok(())
    });
    assert!(
        cookies(&right.await)
            .last()
            .unwrap()
            .contains("Max-Age=1000000;")
    );
}

/// Five wrong guesses at an account are free. A login is not held up by what was proved elsewhere.
#[tokio::test]
async fn who_guesses_waits_and_a_right_guess_forgets_the_wrong_ones() {
    let guess = |code: &'static str| {
        move |it: Session| async move {
            let right = it.log_in_with(name("ada"), Code(code), false).await?;
            if right {
                Ok(())
            } else {
                Err(Error::NotLoggedIn)
            }
        }
    };
    let statuses = async |guesses: &[&'static str]| {
        let sessions = Sessions::new(&[]);
        let mut statuses = Vec::new();
        for code in guesses {
            let reply = serve(&sessions.by_itself(), request("POST", None), guess(code)).await;
            statuses.push(reply.status().as_u16());
        }
        let vouched = serve(&sessions.by_itself(), request("POST", None), log_in).await;
        assert_eq!(vouched.status(), StatusCode::OK);
        statuses
    };
    let wrong = "wrong";
    let held = statuses(&[wrong, wrong, wrong, wrong, wrong, "right"]).await;
    assert_eq!(held, [401, 401, 401, 401, 401, 429]);
    let forgotten = statuses(&[wrong, wrong, wrong, "right", wrong, wrong, wrong]).await;
    assert_eq!(forgotten, [401, 401, 401, 200, 401, 401, 401]);
}

#[tokio::test]
async fn a_logout_is_durable_takes_the_cookie_back_and_nothing_is_set_after_it() {
    for status in [200, 500] {
        let sessions = Sessions::new(&[]);
        let ada = sessions.seed("ada", &json!({"n": 1})).await;
        let reply = answer(&sessions.by_itself(), post(&ada), move |it| async move {
            it.set("n", &2).unwrap();
            it.log_out().await.unwrap();
            assert!(matches!(it.set("n", &3), Err(Error::Ended)));
            assert!(matches!(it.rotate(), Err(Error::Ended)));
            assert_eq!((it.user(), it.reference()), (None, None));
            // Doing it again changes nothing.
            it.log_out().await.unwrap();
            Response::builder()
                .status(status)
                .body(String::new())
                .unwrap()
        })
        .await;
        assert_eq!(reply.status().as_u16(), status);
        assert!(cookies(&reply).last().unwrap().contains("Max-Age=0"));
        assert_eq!(sessions.find(&ada).await, None);
    }
}

#[tokio::test]
async fn a_login_after_a_logout_is_a_login() {
    let sessions = Sessions::new(&[]);
    let bob = sessions.seed("bob", &json!({})).await;
    let reply = serve(&sessions.by_itself(), post(&bob), |it| async move {
        it.log_out().await?;
        log_in(it.clone()).await?;
        it.set("n", &7)
    })
    .await;
    assert_eq!(
        whose(&sessions, &reply).await,
        (Some("ada".to_owned()), Some(7))
    );
}

#[tokio::test]
async fn everywhere_ends_all_of_the_users_and_an_anonymous_session_has_no_user() {
    let sessions = Sessions::new(&[("SESSION_ANONYMOUS", "on")]);
    let (here, there) = (
        sessions.seed("ada", &json!({})).await,
        sessions.seed("ada", &json!({})).await,
    );
    let layer = sessions.by_itself();
    let reply = serve(&layer, post(&here), |it| async move {
        it.log_out_everywhere().await
    });
    assert!(cookies(&reply.await).last().unwrap().contains("Max-Age=0"));
    assert_eq!(sessions.find(&here).await, None);
    assert_eq!(sessions.find(&there).await, None);
    let anonymous = sessions.seed_anonymous(&json!({"n": 1})).await;
    let reply = serve(&layer, post(&anonymous), |it| async move {
        it.log_out_everywhere().await
    });
    assert_eq!(reply.await.status(), StatusCode::UNAUTHORIZED);
    assert!(sessions.find(&anonymous).await.is_some());
}

/// Whoever presents several sessions may end each of them, and says by none of them who they are.
#[tokio::test]
async fn of_two_sessions_none_is_used_and_a_logout_ends_both() {
    let sessions = Sessions::new(&[]);
    let (ada, bob) = (
        sessions.seed("ada", &json!({})).await,
        sessions.seed("bob", &json!({})).await,
    );
    let mut asked = post(&ada);
    let other = bob.cookie().parse().unwrap();
    asked.headers_mut().append("cookie", other);
    let reply = serve(&sessions.by_itself(), asked, |it| async move {
        assert_eq!(it.user(), None);
        assert!(matches!(it.set("n", &1), Err(Error::NotLoggedIn)));
        it.log_out().await
    });
    assert_eq!(reply.await.status(), StatusCode::OK);
    assert_eq!(sessions.find(&ada).await, None);
    assert_eq!(sessions.find(&bob).await, None);
}

#[tokio::test]
async fn more_sessions_than_are_ended_at_once_end_not_one() {
    let sessions = Sessions::new(&[]);
    let mut asked = request("POST", None);
    let ada = sessions.seed("ada", &json!({})).await;
    let several: Vec<_> = (0..10).map(|n| format!("__Host-id={n}")).collect();
    let cookie = format!("{}; {}", ada.cookie(), several.join("; "));
    asked
        .headers_mut()
        .insert("cookie", cookie.parse().unwrap());
    let reply = serve(&sessions.by_itself(), asked, |it| async move {
        it.log_out().await
    });
    assert_eq!(reply.await.status(), StatusCode::BAD_REQUEST);
    assert!(sessions.find(&ada).await.is_some());
}

#[tokio::test]
async fn an_anonymous_session_begins_with_what_is_kept_and_goes_into_the_login() {
    let sessions = Sessions::new(&[("SESSION_ANONYMOUS", "on")]);
    let layer = sessions.by_itself();
    let nothing = serve(&layer, request("POST", None), |_| async { Ok(()) }).await;
    assert!(cookies(&nothing).is_empty() && sessions.store.is_empty());
    let begun = serve(&layer, request("POST", None), |it| async move {
        it.update("n", |old: Option<u64>| old.unwrap_or_default() + 7)
            .await
            .map(drop)
    })
    .await;
    assert_eq!(whose(&sessions, &begun).await, (None, Some(7)));
    let mut asked = request("POST", None);
    let cookie = cookie_of(&begun).parse().unwrap();
    asked.headers_mut().insert("cookie", cookie);
    let reply = serve(&layer, asked, log_in).await;
    assert_eq!(
        whose(&sessions, &reply).await,
        (Some("ada".to_owned()), Some(7))
    );
    assert_eq!(sessions.store.len(), 1);
}

/// A session that is gone may have ended this very moment, by a login of the same browser: a new one would replace its cookie.
#[tokio::test]
async fn no_anonymous_session_begins_in_the_place_of_one_that_is_gone() {
    let sessions = Sessions::new(&[("SESSION_ANONYMOUS", "on")]);
    let ada = sessions.seed("ada", &json!({})).await;
    let layer = sessions.by_itself();
    serve(&layer, post(&ada), |it| async move { it.log_out().await }).await;
    let late = serve(&layer, post(&ada), |it| async move { it.set("n", &1) }).await;
    assert_eq!(late.status(), StatusCode::UNAUTHORIZED);
    assert!(cookies(&late).is_empty() && sessions.store.is_empty());
}

#[tokio::test]
async fn without_anonymous_sessions_nothing_is_kept_without_a_login() {
    let sessions = counted(&[]);
    let layer = sessions.by_itself();
    let reply = serve(&layer, request("POST", None), |it| async move {
        assert_eq!(it.get::<u64>("n").await?, None);
        it.set("n", &1)
    });
    assert_eq!(reply.await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(sessions.store.calls(), [""; 0]);
}

/// While `SESSION_NOT_BEFORE` is ahead no session can begin.
#[tokio::test]
async fn a_login_that_can_t_be_is_told() {
    let sessions = Sessions::new(&[("SESSION_NOT_BEFORE", "1800000060")]);
    let layer = sessions.by_itself();
    let reply = serve(&layer, request("POST", None), log_in).await;
    assert_eq!(reply.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(reply.headers()["retry-after"], "60");
    assert!(cookies(&reply).is_empty());
}

/// Events of one process are served at once: everything may be sent to another thread.
#[test]
fn a_session_and_its_layer_may_go_anywhere() {
    fn anywhere<T: Clone + Send + Sync + 'static>() {}
    anywhere::<Session>();
    anywhere::<dynamodb_session_backend::layer::SessionLayer>();
    anywhere::<dynamodb_session_backend::layer::SessionService<Gate>>();
    anywhere::<dynamodb_session_backend::context::Context>();
}
