//! Login: a new id whatever is presented, and one answer to every wrong credential.

use std::collections::BTreeSet;

use dynamodb_session::time::UnixSeconds;
use http::HeaderMap;

use super::{
    client::Headers,
    stack::{User, credentials, is_deployed, pass, send},
};

const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test]
async fn the_cookie_is_as_safe_as_cookies_get() {
    let session = User::new().await.log_in(None).await;
    let cookie = session.answer.header("set-cookie").unwrap();
    let mut parts = cookie.split("; ");
    let (name, token) = parts.next().unwrap().split_once('=').unwrap();
    assert_eq!(name, "__Host-id");
    assert!(token.len() == 43 || token.len() == 87, "{token}");
    assert!(
        token
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    );
    let (age, rest): (Vec<_>, Vec<_>) =
        parts.partition(|part| part.starts_with("Max-Age=") || part.starts_with("Expires="));
    assert_eq!(age.len(), 2, "each of the two has the other: {cookie}");
    assert_eq!(
        rest.into_iter().collect::<BTreeSet<_>>(),
        ["HttpOnly", "Path=/", "SameSite=Strict", "Secure"].into()
    );
    let age: u64 = age
        .first()
        .unwrap()
        .split_once('=')
        .unwrap()
        .1
        .parse()
        .unwrap();
    assert!(age > 0);
}

#[tokio::test]
async fn a_login_ends_what_it_presents_and_gives_a_new_id() {
    let user = User::new().await;
    let first = user.log_in(None).await;
    let second = user.log_in(Some(&first.cookie)).await;
    assert_ne!(first.token(), second.token());
    assert!(first.is_over().await);
    assert!(!second.is_over().await);

    second.send("POST", "/logout").await;
    let third = user.log_in(Some(&second.cookie)).await;
    assert_ne!(second.token(), third.token());
    assert!(first.is_over().await);
    assert!(second.is_over().await);
    assert!(!third.is_over().await);
}

#[tokio::test]
async fn a_client_never_chooses_an_id() {
    let user = User::new().await;
    let chosen = "A".repeat(43);
    for presented in [
        format!("__Host-id={chosen}"),
        "__Host-id=".to_owned(),
        "__Host-id=nonsense".to_owned(),
        format!("__Host-id={chosen}; __Host-id={chosen}"),
        format!("id={chosen}"),
    ] {
        let session = user.log_in(Some(&presented)).await;
        assert!(!session.cookie.contains(&chosen), "{presented}");
        assert_eq!(session.profile().await, 200, "{presented}");
        let headers = [("cookie", presented.as_str())];
        assert_ne!(
            send("GET", "/profile", &headers, "").await.status,
            200,
            "{presented}"
        );
    }
}

#[tokio::test]
async fn wrong_and_unknown_get_the_same_answer() {
    let user = User::new().await;
    let comparable = |mut headers: HeaderMap| {
        for name in [
            "date",
            "apigw-requestid",
            "x-amzn-requestid",
            "x-amzn-trace-id",
            "x-amz-apigw-id",
        ] {
            headers.remove(name);
        }
        headers
    };
    // Of every run its own: a deployed stack remembers the guesses of earlier ones.
    let nobody = format!("nobody-{}", UnixSeconds::from_system_clock().0);
    let mut answers = Vec::new();
    for (name, password) in [
        (user.name.as_str(), "wrong horse battery staple"),
        (&nobody, "wrong horse battery staple"),
        (&nobody, user.password.as_str()),
        (user.name.as_str(), "x"),
    ] {
        let answer = send("POST", "/login", &[JSON], &credentials(name, password)).await;
        assert_eq!(answer.status, 401, "{answer:?}");
        assert_eq!(answer.header("set-cookie"), None);
        answers.push((comparable(answer.headers), answer.body));
    }
    for answer in &answers {
        assert_eq!(answer, &answers[0]);
    }
    // The presented session outlives a failed login.
    let session = user.log_in(None).await;
    let headers = [JSON, ("cookie", session.cookie.as_str())];
    assert_eq!(
        send(
            "POST",
            "/login",
            &headers,
            &credentials(&user.name, "wrong")
        )
        .await
        .status,
        401
    );
    assert!(!session.is_over().await);
}

#[tokio::test]
async fn a_malformed_login_is_told() {
    let good = credentials("ada", "correct horse battery staple");
    let long = credentials("ada", &"x".repeat(9000));
    #[rustfmt::skip]
    let cases: [(&str, &str, Headers<'_>, &str, u16); 8] = [
        ("no body",        "/login",              &[JSON],                                                        "",                       400),
        ("no JSON",        "/login",              &[JSON],                                                        "{",                      400),
        ("no object",      "/login",              &[JSON],                                                        "[]",                     400),
        ("no password",    "/login",              &[JSON],                                                        r#"{"username":"ada"}"#,  400),
        ("a query",        "/login?username=ada", &[JSON],                                                        &good,                    400),
        ("no media type",  "/login",              &[],                                                            &good,                    415),
        ("a form",         "/login",              &[("content-type", "application/x-www-form-urlencoded")],       "username=ada&password=x", 415),
        ("a long body",    "/login",              &[JSON],                                                        &long,                    413),
    ];
    for (name, target, headers, body, expected) in cases {
        let answer = send("POST", target, headers, body).await;
        assert_eq!(answer.status, expected, "{name}: {answer:?}");
        assert_eq!(
            answer.header("content-type"),
            Some("application/problem+json"),
            "{name}"
        );
        assert_eq!(answer.json()["status"], expected, "{name}");
        assert_eq!(answer.header("set-cookie"), None, "{name}");
        assert!(
            !answer.body.contains("ada"),
            "{name}: what was sent is not repeated"
        );
    }
}

#[tokio::test]
async fn one_session_makes_room_at_the_cap() {
    if is_deployed() {
        eprintln!("SKIPPED: the cap of a deployed stack is not known here");
        return;
    }
    let user = User::new().await;
    let mut sessions = Vec::new();
    for _ in 0..10 {
        sessions.push(user.log_in(None).await);
    }
    for session in &sessions {
        assert_eq!(session.profile().await, 200);
    }
    let newest = user.log_in(None).await;
    assert_eq!(newest.profile().await, 200);
    let mut over = 0;
    for session in &sessions {
        over += usize::from(session.is_over().await);
    }
    // Those of the same second are equally old.
    assert_eq!(over, 1, "exactly one is evicted");
}

#[tokio::test]
async fn too_many_guesses_wait_and_then_the_right_password_works() {
    if is_deployed() {
        eprintln!("SKIPPED: the limits of a deployed stack are not known here");
        return;
    }
    let user = User::new().await;
    let mut answers = Vec::new();
    for name in [user.name.clone(), format!("{}-is-not-there", user.name)] {
        let body = credentials(&name, "wrong");
        let mut refused = 0;
        let waits = loop {
            let answer = send("POST", "/login", &[JSON], &body).await;
            if answer.status != 401 {
                break answer;
            }
            refused += 1;
        };
        // One more wherever the clock has gone on meanwhile.
        assert!((5..10).contains(&refused), "{refused}");
        assert_eq!(waits.status, 429, "{waits:?}");
        let wait: u64 = waits.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=16).contains(&wait), "{wait}");
        pass(wait);
        answers.push(waits.body);
    }
    assert_eq!(answers[0], answers[1]);
    let session = user.log_in(None).await;
    assert_eq!(session.profile().await, 200);
}

/// OWASP ASVS 5.0, 6.3.2.
#[tokio::test]
async fn there_are_no_default_accounts() {
    if is_deployed() {
        eprintln!("SKIPPED: the users of a deployed stack are not known here");
        return;
    }
    for name in ["admin", "administrator", "demo", "root", "test", "user"] {
        for password in [name, "password", "changeme"] {
            let body = credentials(name, password);
            let answer = send("POST", "/login", &[JSON], &body).await;
            assert_eq!(answer.status, 401, "{name}: {answer:?}");
        }
    }
}
