//! The user's sessions on all devices: seen, and ended one by one, all others, or all.

use serde_json::Value;

use super::stack::{Session, User, is_deployed};

/// The names of the sessions that `session` sees, itself first.
async fn listed(session: &Session) -> Vec<String> {
    let answer = session.send("GET", "/sessions").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("set-cookie"), None);
    let body = answer.json();
    let mut sessions: Vec<_> = body["sessions"].as_array().unwrap().iter().collect();
    sessions.sort_by_key(|session| session["current"] == false);
    let current = sessions.iter().filter(|session| session["current"] == true);
    assert_eq!(current.count(), 1, "{body}");
    assert!(!answer.body.contains(session.token()), "{body}");
    sessions.iter().map(|session| name(session)).collect()
}

fn name(session: &Value) -> String {
    session["session"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_user_sees_and_ends_their_devices() {
    let user = User::new().await;
    let [phone, tablet, laptop] = [
        user.log_in(None).await,
        user.log_in(None).await,
        user.log_in(None).await,
    ];
    let names = [&phone, &tablet, &laptop].map(|session| name(&session.answer.json()));
    let seen = listed(&laptop).await;
    assert_eq!(seen[0], names[2]);
    assert!(names.iter().all(|name| seen.contains(name)), "{seen:?}");
    // A deployed stack's user may have had sessions before.
    assert!(is_deployed() || seen.len() == 3, "{seen:?}");

    let one = format!("/sessions/{}", names[0]);
    let ended = laptop.send("DELETE", &one).await;
    assert_eq!((ended.status, &*ended.body), (204, ""), "{ended:?}");
    assert_eq!(ended.header("set-cookie"), None);
    assert!(phone.is_over().await);
    assert!(!tablet.is_over().await && !laptop.is_over().await);
    assert_eq!(laptop.send("DELETE", &one).await.status, 404);
    assert!(!listed(&laptop).await.contains(&names[0]));

    let ended = laptop.send("DELETE", "/sessions").await;
    assert_eq!(ended.status, 204, "{ended:?}");
    assert!(tablet.is_over().await);
    assert_eq!(listed(&laptop).await, [names[2].clone()]);

    let own = format!("/sessions/{}", names[2]);
    let ended = laptop.send("DELETE", &own).await;
    assert_eq!(ended.status, 204, "{ended:?}");
    let cookie = ended.header("set-cookie").unwrap();
    assert!(cookie.starts_with("__Host-id=; "), "{cookie}");
    assert!(laptop.is_over().await);
}

/// A session keeps its place in the list when its id changes, and logout everywhere finds it there.
#[tokio::test]
async fn a_rotated_session_ends_with_all_others() {
    let user = User::new().await;
    let (old, other) = (user.log_in(None).await, user.log_in(None).await);
    let names = listed(&old).await;
    let new = Session::of(old.send("POST", "/session/rotate").await);
    assert_eq!(listed(&new).await.len(), names.len());
    assert_eq!(listed(&new).await[0], names[0]);
    let ended = other.send("POST", "/logout?everywhere=true").await;
    assert_eq!(ended.status, 204, "{ended:?}");
    for session in [&old, &new, &other] {
        assert!(session.is_over().await);
    }
}

#[tokio::test]
async fn nobody_else_s_session_can_be_named() {
    if is_deployed() {
        eprintln!("SKIPPED: a deployed stack has one user for these tests");
        return;
    }
    let (ada, bob) = (User::new().await, User::new().await);
    let (one, other) = (ada.log_in(None).await, bob.log_in(None).await);
    let bobs = format!("/sessions/{}", name(&other.answer.json()));
    let unknown = format!("/sessions/{}", "A".repeat(22));
    let [foreign, unknown] = [
        one.send("DELETE", &bobs).await,
        one.send("DELETE", &unknown).await,
    ];
    assert_eq!(foreign.status, 404, "{foreign:?}");
    assert_eq!(foreign.body, unknown.body);
    assert_eq!(one.send("DELETE", "/sessions").await.status, 204);
    assert!(!other.is_over().await && !one.is_over().await);
    let seen = listed(&one).await;
    assert_eq!(seen.len(), 1, "{seen:?}");
}
