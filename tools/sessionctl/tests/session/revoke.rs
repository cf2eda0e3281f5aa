//! Ending sessions.

use dynamodb_session::store::{Found, SessionStore};

use super::{ask, log_in, names, objects, visit};
use crate::engine::Engine;

#[tokio::test(flavor = "multi_thread")]
async fn what_list_selects_is_ended_with_its_entry() {
    let engine = Engine::start().await;
    let (old, _) = log_in(&engine, "ada", 3600, false).await;
    let (new, _) = log_in(&engine, "ada", 60, false).await;
    let (code, text, error) = ask(
        &engine,
        &["session", "revoke", "--idle", "30m", "--dry-run"],
    );
    assert_eq!(code, 0, "{error}");
    assert!(
        text.contains("  ada  created")
            && error.contains("would end 1 session; nothing was changed"),
        "{text}{error}"
    );
    assert_eq!(engine.session_count("ada").await, 2);

    let (code, text, error) = ask(&engine, &["session", "revoke", "--idle", "30m"]);
    assert_eq!(code, 0, "{error}");
    assert_eq!(
        text,
        format!("ended 1 session of table app_session ({})", engine.endpoint)
    );
    assert_eq!(engine.session_count("ada").await, 1);
    assert_eq!(
        engine.sessions().session(&old).await.unwrap(),
        Found::Nothing
    );
    assert!(matches!(
        engine.sessions().session(&new).await.unwrap(),
        Found::Session(_)
    ));

    let (code, text, _) = ask(&engine, &["session", "revoke", "--user", "ADA", "--json"]);
    assert_eq!((code, &objects(&text)[0]["ended"]), (0, &1.into()));
    assert_eq!(engine.session_count("ada").await, 0);
    let (code, text, _) = ask(&engine, &["session", "revoke", "--user", "ada"]);
    assert_eq!(code, 0);
    assert!(text.starts_with("ended 0 sessions"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_one_session_takes_a_yes() {
    let engine = Engine::start().await;
    for ago in [60, 70] {
        log_in(&engine, "ada", ago, false).await;
    }
    visit(&engine).await;
    for options in [&["--user", "ada"][..], &["--all"], &["--ip", "192.0.2.1"]] {
        let (code, text, error) = ask(&engine, &[&["session", "revoke"], options].concat());
        assert_eq!((code, &*text), (2, ""), "{error}");
        assert!(
            error.contains("say --yes to end them; nothing was changed"),
            "{error}"
        );
    }
    for wrong in [&[][..], &["--yes"], &["--all", "--remembered", "--yes"]] {
        let (code, _, error) = ask(&engine, &[&["session", "revoke"], wrong].concat());
        assert_eq!(code, 2, "{wrong:?}");
        assert!(error.ends_with("nothing was changed"), "{error}");
    }
    assert_eq!(engine.session_count("ada").await, 2);
    let (code, text, error) = ask(&engine, &["session", "revoke", "--all", "--yes"]);
    assert_eq!(code, 0, "{error}");
    assert!(text.starts_with("ended 3 sessions"), "{text}");
    let (_, text, _) = ask(&engine, &["session", "list", "--json"]);
    assert!(names(&text).is_empty(), "{text}");
    assert_eq!(engine.session_count("ada").await, 0);
}
