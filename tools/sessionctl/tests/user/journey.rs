//! A user from the first password to the removal.

use dynamodb_session::{
    throttle::{Limits, Turn, at_account},
    time::UnixSeconds,
};

use super::super::engine::{Engine, NEW, OLD, name, run, said};

#[tokio::test(flavor = "multi_thread")]
async fn a_user_comes_changes_and_goes() {
    let engine = Engine::start().await;
    let users = format!("table app_user ({})", engine.endpoint);
    let sessions = format!("table app_session ({})", engine.endpoint);
    let user = |command: &str, input: &str| {
        let output = run(engine.command(&["user", command, "Ada"]), input);
        let (code, text) = said(&output);
        assert_eq!(code, 0, "{text}");
        text
    };

    assert_eq!(
        user("add", &format!("{OLD}\n")),
        format!("added ada to {users}")
    );
    assert!(!engine.logs_in("ada", NEW).await);
    assert!(engine.logs_in("ada", OLD).await && engine.logs_in("ada", OLD).await);

    let text = user("passwd", &format!("{NEW}\r\nanother line\n"));
    let expected =
        format!("changed the password of ada in {users}; ended 2 sessions in {sessions}");
    assert_eq!(text, expected);
    assert_eq!(engine.session_count("ada").await, 0);
    assert!(!engine.logs_in("ada", OLD).await && !engine.logs_in("ada", NEW.trim()).await);
    assert!(engine.logs_in("ada", NEW).await);

    let text = user("disable", "");
    assert_eq!(
        text,
        format!("disabled ada in {users}; ended 1 session in {sessions}")
    );
    assert_eq!(engine.session_count("ada").await, 0);
    assert!(!engine.logs_in("ada", NEW).await);
    let text = user("disable", "");
    assert_eq!(
        text,
        format!("disabled ada in {users}; ended 0 sessions in {sessions}")
    );

    assert_eq!(user("enable", ""), format!("enabled ada in {users}"));
    assert!(engine.logs_in("ada", NEW).await);

    let text = user("remove", "");
    assert_eq!(
        text,
        format!("removed ada from {users}; ended 1 session in {sessions}")
    );
    assert_eq!(engine.record("ada").await, None);
    assert_eq!(engine.session_count("ada").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unlocked_user_need_not_wait() {
    let engine = Engine::start().await;
    let (store, now) = (engine.sessions(), UnixSeconds::from_system_clock());
    let limits = Limits {
        free_failures: 1,
        address_per_minute: 0,
    };
    for user in ["ada", "nobody"] {
        for expected in [Turn::Granted, Turn::Wait(1)] {
            let turn = at_account(&store, limits, &name(user), now).await;
            assert_eq!(turn.unwrap(), expected);
        }
        let (code, text) = said(&run(engine.command(&["user", "unlock", user]), ""));
        assert_eq!(code, 0, "{text}");
        assert!(text.starts_with(&format!("unlocked {user}: ")), "{text}");
        let turn = at_account(&store, limits, &name(user), now).await;
        assert_eq!(turn.unwrap(), Turn::Granted);
    }
    let broken = engine.command(&["user", "unlock", "ada", "--session-table", "missing"]);
    let (code, text) = said(&run(broken, ""));
    assert_eq!(code, 1);
    assert!(text.contains("ada may have to wait as before"), "{text}");
    assert!(text.contains("see --user-table, --session-table"), "{text}");
}
