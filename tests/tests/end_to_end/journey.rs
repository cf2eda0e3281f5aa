//! The main job: log in, be known, log out, be refused.

use super::stack::User;

#[tokio::test]
async fn a_session_from_login_to_logout() {
    let user = User::new().await;
    let session = user.log_in(None).await;
    let login = session.answer.json();
    assert_eq!(login["user"], user.name);

    let profile = session.send("GET", "/profile").await;
    assert_eq!(profile.status, 200, "{profile:?}");
    assert_eq!(profile.json()["user"], user.name);
    assert_eq!(profile.json()["session"], login["session"]);

    let shown = session.send("GET", "/session").await;
    assert_eq!(shown.status, 200, "{shown:?}");
    let json = shown.json();
    assert_eq!(json["user"], user.name);
    assert_eq!(json["session"], login["session"]);
    assert_eq!(json["expires_at"], login["expires_at"]);
    assert!(
        json["idle_expires_at"].as_u64() >= login["idle_expires_at"].as_u64(),
        "{json}"
    );
    assert!(shown.header("etag").is_some());

    let logout = session.send("POST", "/logout").await;
    assert_eq!(
        (logout.status, logout.body.as_str()),
        (204, ""),
        "{logout:?}"
    );
    assert!(session.is_over().await);
}

#[tokio::test]
async fn sessions_of_one_user_are_apart() {
    let user = User::new().await;
    let (one, other) = (user.log_in(None).await, user.log_in(None).await);
    assert_ne!(one.cookie, other.cookie);
    assert_ne!(one.answer.json()["session"], other.answer.json()["session"]);
    assert_eq!(one.send("POST", "/logout").await.status, 204);
    assert!(one.is_over().await);
    assert!(!other.is_over().await);
}

#[tokio::test]
async fn parallel_calls_of_one_session_are_all_allowed() {
    let user = User::new().await;
    let session = user.log_in(None).await;
    let calls = (
        session.profile(),
        session.profile(),
        session.profile(),
        session.profile(),
    );
    assert_eq!(
        tokio::join!(calls.0, calls.1, calls.2, calls.3),
        (200, 200, 200, 200)
    );
}
