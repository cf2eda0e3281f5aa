//! Which cookies go out with an answer, and when they are written again.

use dynamodb_session_backend::{error::Error, testing::Sessions};
use http::StatusCode;
use serde_json::json;

use super::serve::{cookies, counted, post, request, serve};

const IDLE: (&str, &str) = ("SESSION_COOKIE_LIFETIME", "idle");

/// Seven thousand two hundred seconds idle: a quarter is 1,800.
#[tokio::test]
async fn a_cookie_of_the_idle_time_is_written_again_once_a_quarter() {
    let sessions = Sessions::new(&[IDLE]);
    let ada = sessions.seed("ada", &json!({})).await;
    let layer = sessions.by_itself();
    for (seconds, written) in [(0, 1), (1, 0), (1798, 0), (1, 1), (1799, 0), (1, 1)] {
        sessions.clock.pass(seconds);
        let reply = serve(&layer, request("GET", Some(&ada)), |_| async { Ok(()) }).await;
        let cookies = cookies(&reply);
        assert_eq!(cookies.len(), written, "{:?}", sessions.now());
        assert!(
            cookies
                .iter()
                .all(|it| it.starts_with(ada.cookie()) && it.contains("Max-Age=7200;"))
        );
    }
}

/// Once a quarter it takes a read more, which a fault of the store does not make anybody pay for.
#[tokio::test]
async fn a_cookie_whose_session_can_t_be_read_again_is_due_with_the_next_answer() {
    let sessions = counted(&[IDLE]);
    let ada = sessions.seed("ada", &json!({})).await;
    let layer = sessions.by_itself();
    sessions.store.calls();
    for (fails, written) in [(true, 0), (false, 1), (false, 0)] {
        if fails {
            sessions.store.fail_at("session");
        } else {
            sessions.store.fail_at("");
        }
        let reply = serve(&layer, request("GET", Some(&ada)), |_| async { Ok(()) }).await;
        assert_eq!(reply.status(), StatusCode::OK);
        assert_eq!(cookies(&reply).len(), written, "{fails}");
    }
    let expected = ["touch", "session", "touch", "session", "touch"];
    assert_eq!(sessions.store.calls(), expected);
}

#[tokio::test]
async fn no_other_cookie_is_written_again() {
    for lifetime in ["absolute", "browser"] {
        let sessions = Sessions::new(&[("SESSION_COOKIE_LIFETIME", lifetime)]);
        let ada = sessions.seed("ada", &json!({})).await;
        let reply = serve(&sessions.by_itself(), post(&ada), |it| async move {
            it.set("n", &1)
        });
        assert!(cookies(&reply.await).is_empty(), "{lifetime}");
    }
}

#[tokio::test]
async fn an_answer_that_fails_or_refuses_writes_no_cookie_again() {
    let sessions = Sessions::new(&[IDLE, ("SESSION_DATA_MAX_BYTES", "4")]);
    let ada = sessions.seed("ada", &json!({})).await;
    let layer = sessions.by_itself();
    let failed = serve(&layer, post(&ada), |_| async { Err(Error::Closed) }).await;
    assert_eq!(failed.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert!(cookies(&failed).is_empty());
    let refused = serve(&layer, post(&ada), |it| async move { it.set("n", &1) }).await;
    assert_eq!(refused.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert!(cookies(&refused).is_empty());
}

#[tokio::test]
async fn a_rotation_hands_out_one_new_cookie_and_a_second_one_none() {
    let sessions = Sessions::new(&[]);
    let ada = sessions.seed("ada", &json!({"n": 1})).await;
    let layer = sessions.by_itself();
    let rotate = |it: dynamodb_session_backend::session::Session| async move { it.rotate() };
    let first = cookies(&serve(&layer, post(&ada), rotate).await);
    assert!(!first.last().unwrap().starts_with(ada.cookie()));
    // In the grace of the old id no further one is issued.
    let second = serve(&layer, post(&ada), rotate).await;
    assert_eq!(
        (second.status(), cookies(&second).len()),
        (StatusCode::OK, 0)
    );
}

#[tokio::test]
async fn a_token_in_a_header_is_handed_out_in_a_header() {
    use dynamodb_session_backend::dynamodb_session::{create::Vouched, user::UserName};
    let sessions = Sessions::new(&[("SESSION_TRANSPORT", "header")]);
    let layer = sessions.by_itself();
    let log_in = |it: dynamodb_session_backend::session::Session| async move {
        it.log_in(UserName::parse("ada").unwrap(), Vouched::just_now())
            .await
    };
    let reply = serve(&layer, request("POST", None), log_in).await;
    assert!(cookies(&reply).is_empty());
    let token = reply.headers()["x-id"].clone();
    let mut asked = request("POST", None);
    asked.headers_mut().insert("x-id", token);
    let reply = serve(&layer, asked, |it| async move {
        it.require_user()?;
        it.set("n", &1)
    });
    assert_eq!(reply.await.status(), StatusCode::OK);
    // The cookie is not looked at.
    let ada = sessions.seed("ada", &json!({})).await;
    let reply = serve(&layer, post(&ada), |it| async move {
        it.require_user().map(drop)
    });
    assert_eq!(reply.await.status(), StatusCode::UNAUTHORIZED);
}
