//! The end of a request: what is saved then, and what is not.

use dynamodb_session_backend::{
    dynamodb_session::data::DataError, error::Error, session::Session, testing::Sessions,
};
use http::{Response, StatusCode};
use serde_json::json;

use super::serve::{answer, cookies, counted, post, request, serve};

#[tokio::test]
async fn a_failed_answer_saves_nothing_and_gives_no_new_id() {
    for (status, saved) in [
        (200, true),
        (302, true),
        (404, true),
        (500, false),
        (503, false),
    ] {
        let sessions = Sessions::new(&[]);
        let ada = sessions.seed("ada", &json!({})).await;
        let reply = answer(&sessions.by_itself(), post(&ada), move |it| async move {
            it.set("n", &1).unwrap();
            it.rotate().unwrap();
            Response::builder()
                .status(status)
                .body(String::new())
                .unwrap()
        });
        let reply = reply.await;
        assert_eq!(reply.status().as_u16(), status);
        assert_eq!(cookies(&reply).len(), usize::from(saved), "{status}");
        let old = sessions.find(&ada).await.unwrap();
        assert_eq!(old.successor().is_some(), saved, "{status}");
        assert_eq!(old.version, u64::from(saved), "{status}");
    }
}

/// A body that is streamed, and a task that was spawned, run on after the answer's head has left.
#[tokio::test]
async fn what_changes_after_the_end_is_told() {
    let sessions = Sessions::new(&[]);
    let ada = sessions.seed("ada", &json!({"n": 7})).await;
    let (send, mut kept) = tokio::sync::mpsc::channel(1);
    serve(&sessions.by_itself(), post(&ada), move |it| {
        let send = send.clone();
        async move {
            it.set("before", &1)?;
            send.send(it).await.unwrap();
            Ok(())
        }
    })
    .await;
    let it: Session = kept.recv().await.unwrap();
    let closed = |done: Result<(), Error>| assert!(matches!(done, Err(Error::Closed)), "{done:?}");
    closed(it.set("after", &1));
    closed(it.remove("n"));
    closed(it.update("n", |_: Option<u64>| 8).await.map(drop));
    closed(it.rotate());
    closed(it.if_match(Vec::new()));
    closed(it.save().await);
    closed(it.log_out().await);
    closed(it.log_out_everywhere().await);
    assert_eq!(it.get::<u64>("n").await.unwrap(), Some(7));
    let data = sessions.find(&ada).await.unwrap().data;
    assert_eq!(data.keys().collect::<Vec<_>>(), ["before", "n"]);
}

#[tokio::test]
async fn an_early_save_tells_its_error_and_leaves_the_rest_for_the_end() {
    let sessions = Sessions::new(&[("SESSION_DATA_MAX_BYTES", "20")]);
    let ada = sessions.seed("ada", &json!({})).await;
    let reply = serve(&sessions.by_itself(), post(&ada), |it| async move {
        it.update("n", |old: Option<u64>| old.unwrap_or_default() + 1)
            .await?;
        it.save().await?;
        it.set("text", "much too long for it")?;
        let refused = it.save().await.unwrap_err();
        assert!(
            matches!(
                refused,
                Error::TooLarge {
                    bytes: 33,
                    limit: 20
                }
            ),
            "{refused:?}"
        );
        it.remove("text")?;
        it.set("m", &2)
    });
    assert_eq!(reply.await.status(), StatusCode::OK);
    let session = sessions.find(&ada).await.unwrap();
    assert_eq!(session.data.keys().collect::<Vec<_>>(), ["m", "n"]);
    assert_eq!(session.data["n"], "1");
    assert_eq!(session.version, 2);
}

#[tokio::test]
async fn what_can_t_be_saved_takes_the_answers_place() {
    let sessions = Sessions::new(&[("SESSION_DATA_MAX_BYTES", "20")]);
    let ada = sessions.seed("ada", &json!({})).await;
    let large = serve(&sessions.by_itself(), post(&ada), |it| async move {
        it.set("text", "much too long for it")
    });
    assert_eq!(large.await.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(sessions.find(&ada).await.unwrap().version, 0);
}

#[tokio::test]
async fn a_fault_of_the_store_is_a_503_and_logs_nobody_out() {
    let sessions = counted(&[]);
    let ada = sessions.seed("ada", &json!({})).await;
    let layer = sessions.by_itself();
    sessions.store.fail_at("write");
    let reply = serve(&layer, post(&ada), |it| async move { it.set("n", &1) }).await;
    assert_eq!(reply.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(cookies(&reply).is_empty());
    sessions.store.fail_at("touch");
    let reply = serve(&layer, request("GET", Some(&ada)), |_| async { Ok(()) }).await;
    assert_eq!(reply.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(cookies(&reply).is_empty());
}

/// An answer that was lost on the way is no reason to save twice.
#[tokio::test]
async fn a_save_whose_answer_is_lost_is_a_503_and_may_be_made() {
    let sessions = counted(&[]);
    let ada = sessions.seed("ada", &json!({})).await;
    sessions.store.lose("write", 1);
    let reply = serve(&sessions.by_itself(), post(&ada), |it| async move {
        it.set("n", &1)
    });
    assert_eq!(reply.await.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(sessions.find(&ada).await.unwrap().version, 1);
}

/// The save comes first, and a rotation that fails after it takes the answer's place: what was saved stays. No new id is handed out,
/// and the old one serves on; if the answer of the table was lost, the session has an id that nobody knows, and the old one serves
/// for the grace.
#[tokio::test]
async fn a_rotation_that_fails_after_the_save_is_a_503_and_what_was_saved_stays() {
    for lost in [false, true] {
        let sessions = counted(&[]);
        let ada = sessions.seed("ada", &json!({})).await;
        let layer = sessions.by_itself();
        if lost {
            sessions.store.lose("commit", 1);
        } else {
            sessions.store.fail_at("commit");
        }
        sessions.store.calls();
        let reply = serve(&layer, post(&ada), |it| async move {
            it.set("n", &1)?;
            it.rotate()
        });
        let reply = reply.await;
        assert_eq!(reply.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(cookies(&reply).is_empty());
        // The call's own touch, the save, and a rotation.
        let calls = sessions.store.calls();
        assert_eq!(calls, ["touch", "write", "touch", "commit"], "{lost}");
        let old = sessions.find(&ada).await.unwrap();
        assert_eq!(old.successor().is_some(), lost);
        let again = || {
            serve(&layer, request("GET", Some(&ada)), |it| async move {
                it.require_user()?;
                assert_eq!(it.get::<u64>("n").await?, Some(1));
                Ok(())
            })
        };
        assert_eq!(again().await.status(), StatusCode::OK, "{lost}");
        sessions.clock.pass(sessions.config.lifetimes.rotate_grace);
        let after = again().await.status();
        let expected = if lost {
            StatusCode::UNAUTHORIZED
        } else {
            StatusCode::OK
        };
        assert_eq!(after, expected);
    }
}

#[tokio::test]
async fn data_of_another_type_is_told_and_stays() {
    let sessions = Sessions::new(&[]);
    let ada = sessions.seed("ada", &json!({"n": "many"})).await;
    let reply = serve(&sessions.by_itself(), post(&ada), |it| async move {
        let told = |error: Error| assert!(matches!(error, Error::Data(DataError { .. })));
        told(it.get::<u64>("n").await.unwrap_err());
        told(
            it.update("n", |old: Option<u64>| old.unwrap_or_default())
                .await
                .unwrap_err(),
        );
        Ok(())
    });
    assert_eq!(reply.await.status(), StatusCode::OK);
    // That of its seed.
    assert_eq!(sessions.find(&ada).await.unwrap().version, 1);
}

#[tokio::test]
async fn keys_and_values_are_held_to_the_rules_of_a_patch() {
    let sessions = Sessions::new(&[]);
    let ada = sessions.seed("ada", &json!({})).await;
    let reply = serve(&sessions.by_itself(), post(&ada), |it| async move {
        let deep = (0..65).fold(json!(1), |value, _| json!([value]));
        for refused in [
            it.set("", &1),
            it.set(&"k".repeat(256), &1),
            it.set("deep", &deep),
        ] {
            assert!(matches!(refused, Err(Error::Unfit(_))), "{refused:?}");
        }
        for number in 0..100 {
            it.set(&format!("k{number}"), &number)?;
        }
        assert!(matches!(it.set("one more", &1), Err(Error::Unfit(_))));
        it.set("k7", &8)
    });
    assert_eq!(reply.await.status(), StatusCode::OK);
    let session = sessions.find(&ada).await.unwrap();
    assert_eq!((session.data.len(), session.version), (100, 1));
}

/// Whoever logs a session, its layer or its request's extensions shows no token and no data.
#[tokio::test]
async fn debug_shows_no_token_and_no_data() {
    let sessions = Sessions::new(&[]);
    let ada = sessions.seed("ada", &json!({"card": "canary"})).await;
    let layer = sessions.by_itself();
    let (send, mut shown) = tokio::sync::mpsc::channel(1);
    serve(&layer, post(&ada), move |it| {
        let send = send.clone();
        async move {
            it.set("card", "canary")?;
            send.send(format!("{it:?}")).await.unwrap();
            Ok(())
        }
    })
    .await;
    let session = shown.recv().await.unwrap();
    assert_eq!(session, format!("Session(Some({:?}))", ada.reference));
    for shown in [session, format!("{layer:?} {ada:?}")] {
        assert!(
            !shown.contains("canary") && !shown.contains(ada.token()),
            "{shown}"
        );
    }
}

/// The caller's own type: what it does not know stays, and only what differs is written.
#[tokio::test]
async fn a_type_of_ones_own_writes_what_differs() {
    #[derive(Clone, serde::Serialize, serde::Deserialize)]
    struct Basket {
        items: Vec<u64>,
        coupon: Option<String>,
    }
    let sessions = Sessions::new(&[]);
    let ada = sessions
        .seed(
            "ada",
            &json!({"items": [1], "coupon": "x", "theme": "dark"}),
        )
        .await;
    let reply = serve(&sessions.by_itself(), post(&ada), |it| async move {
        let old: Basket = it.read().await?;
        let mut new = old.clone();
        new.items.push(2);
        new.coupon = None;
        it.write(&old, &new)
    });
    assert_eq!(reply.await.status(), StatusCode::OK);
    let data = sessions.find(&ada).await.unwrap().data;
    assert_eq!(data["items"], "[1,2]");
    assert_eq!(data.keys().collect::<Vec<_>>(), ["items", "theme"]);
}
