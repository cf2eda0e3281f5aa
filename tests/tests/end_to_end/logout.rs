//! Logout: it ends sessions at once and for good, and can be repeated.

use super::{
    client::{Answer, Headers},
    stack::{Session, User, send},
};

fn assert_logged_out(answer: &Answer) {
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (204, ""),
        "{answer:?}"
    );
    let cookie = answer.header("set-cookie").unwrap();
    let mut parts: Vec<_> = cookie.split("; ").collect();
    assert_eq!(parts.remove(0), "__Host-id=", "the cookie is cleared");
    parts.sort_unstable();
    assert_eq!(
        parts,
        [
            "Expires=Thu, 01 Jan 1970 00:00:00 GMT",
            "HttpOnly",
            "Max-Age=0",
            "Path=/",
            "SameSite=Strict",
            "Secure"
        ]
    );
}

#[tokio::test]
async fn a_logout_can_be_repeated() {
    let session = User::new().await.log_in(None).await;
    for _ in 0..2 {
        assert_logged_out(&session.send("POST", "/logout").await);
        assert!(session.is_over().await);
    }
}

#[tokio::test]
async fn a_logout_needs_no_session() {
    let forged = format!("__Host-id={}", "A".repeat(43));
    #[rustfmt::skip]
    let cases: [Headers<'_>; 4] = [
        &[],
        &[("cookie", &forged)],
        &[("cookie", "__Host-id=")],
        &[("cookie", "other=1")],
    ];
    for headers in cases {
        assert_logged_out(&send("POST", "/logout", headers, "").await);
    }
}

#[tokio::test]
async fn what_names_no_session_ends_nothing_and_is_told_so() {
    let answer = send("POST", "/logout", &[("cookie", "__Host-id=nonsense")], "").await;
    assert_eq!(answer.status, 400, "{answer:?}");
    let detail = answer.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("Nothing was ended"), "{detail}");
    let cookie = answer.header("set-cookie").unwrap();
    assert!(cookie.contains("Max-Age=0"), "{cookie}");
}

#[tokio::test]
async fn everywhere_ends_all_sessions_of_the_user() {
    let user = User::new().await;
    let sessions = [
        user.log_in(None).await,
        user.log_in(None).await,
        user.log_in(None).await,
    ];
    assert_logged_out(&sessions[1].send("POST", "/logout?everywhere=true").await);
    for session in &sessions {
        assert!(session.is_over().await);
    }
    let later = user.log_in(None).await;
    assert!(!later.is_over().await, "the user may come back");
}

#[tokio::test]
async fn everywhere_ends_nobody_else_s_sessions() {
    if super::stack::is_deployed() {
        eprintln!("SKIPPED: a deployed stack has one user for these tests");
        return;
    }
    let (ada, bob) = (User::new().await, User::new().await);
    let (one, other) = (ada.log_in(None).await, bob.log_in(None).await);
    assert_logged_out(&one.send("POST", "/logout?everywhere=true").await);
    assert!(one.is_over().await);
    assert!(!other.is_over().await);
}

#[tokio::test]
async fn everywhere_takes_a_living_session() {
    let session = User::new().await.log_in(None).await;
    session.send("POST", "/logout").await;
    let answers = [
        session.send("POST", "/logout?everywhere=true").await,
        send("POST", "/logout?everywhere=true", &[], "").await,
    ];
    for answer in answers {
        assert_eq!(answer.status, 401, "{answer:?}");
        assert_eq!(
            answer.header("content-type"),
            Some("application/problem+json")
        );
    }
}

#[tokio::test]
async fn everywhere_is_true_or_false() {
    let session = User::new().await.log_in(None).await;
    let answer = session.send("POST", "/logout?everywhere=maybe").await;
    assert_eq!(answer.status, 400, "{answer:?}");
    assert_eq!(
        answer.header("content-type"),
        Some("application/problem+json")
    );
    assert!(!session.is_over().await);
    assert_logged_out(&session.send("POST", "/logout?everywhere=false").await);
    assert!(session.is_over().await);
}

#[tokio::test]
async fn a_logout_overtakes_no_call_that_begins_later() {
    let session: Session = User::new().await.log_in(None).await;
    let (early, logout) = tokio::join!(session.profile(), session.send("POST", "/logout"));
    assert!([200, 403].contains(&early), "{early}");
    assert_logged_out(&logout);
    assert!(session.is_over().await, "no late touch brings it back");
}
