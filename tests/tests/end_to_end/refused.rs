//! What is refused at the protected route and at the one that validates by itself.

use super::stack::{User, send};

#[tokio::test]
async fn without_a_cookie_there_is_no_way_in() {
    for headers in [&[][..], &[("x-id", "A")], &[("authorization", "Bearer A")]] {
        let gateway = send("GET", "/profile", headers, "").await;
        assert_eq!(gateway.status, 401, "{gateway:?}");
        assert_eq!(gateway.json()["message"], "Unauthorized");
        let function = send("GET", "/session", headers, "").await;
        assert_eq!(function.status, 401, "{function:?}");
        assert_eq!(
            function.header("content-type"),
            Some("application/problem+json")
        );
    }
}

#[tokio::test]
async fn every_cookie_but_a_session_s_is_refused_alike() {
    let user = User::new().await;
    let session = user.log_in(None).await;
    let token = session.token();
    let (first, rest) = token.split_at(1);
    let other = if first == "A" { "B" } else { "A" };
    #[rustfmt::skip]
    let cases = [
        ("another cookie",         "other=1".to_owned()),
        ("empty",                  "__Host-id=".to_owned()),
        ("garbage",                "__Host-id=nonsense".to_owned()),
        ("well formed, unknown",   format!("__Host-id={other}{rest}")),
        ("cut",                    format!("__Host-id={rest}")),
        ("longer",                 format!("__Host-id={token}A")),
        ("padded",                 format!("__Host-id={token}=")),
        ("quoted",                 format!("__Host-id=\"{token}\"")),
        ("with a space",           format!("__Host-id= {token}")),
        ("another name",           format!("__host-id={token}")),
        ("without the prefix",     format!("id={token}")),
        ("the table's key",        format!("__Host-id=s#{token}")),
        ("twice",                  format!("__Host-id={token}; __Host-id={token}")),
        ("twice, apart",           format!("__Host-id={token}; a=1; __Host-id={token}")),
        ("a second one, unknown",  format!("__Host-id={token}; __Host-id={other}{rest}")),
        ("a first one, unknown",   format!("__Host-id={other}{rest}; __Host-id={token}")),
    ];
    let mut bodies = Vec::new();
    for (name, cookie) in &cases {
        let headers = [("cookie", cookie.as_str())];
        let gateway = send("GET", "/profile", &headers, "").await;
        assert_eq!(gateway.status, 403, "{name}: {gateway:?}");
        assert_eq!(gateway.json()["message"], "Forbidden", "{name}");
        let function = send("GET", "/session", &headers, "").await;
        assert_eq!(function.status, 401, "{name}: {function:?}");
        assert_eq!(
            function.header("set-cookie"),
            None,
            "{name}: a refusal clears nothing"
        );
        assert!(!function.body.contains(rest), "{name}");
        bodies.push(function.body);
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "one answer to all of them: {bodies:?}");
    assert!(
        !session.is_over().await,
        "and none of it harmed the session"
    );
}

#[tokio::test]
async fn two_cookie_headers_are_as_one() {
    let user = User::new().await;
    let session = user.log_in(None).await;
    let own = ("cookie", session.cookie.as_str());
    let twice = send("GET", "/profile", &[own, own], "").await;
    assert_eq!(twice.status, 403, "{twice:?}");
}

#[tokio::test]
async fn among_other_cookies_the_session_is_found() {
    let user = User::new().await;
    let session = user.log_in(None).await;
    let cookie = format!("_ga=GA1.2.3; {}; theme=\"dark\"; empty=", session.cookie);
    assert_eq!(
        send("GET", "/profile", &[("cookie", &cookie)], "")
            .await
            .status,
        200
    );
    assert_eq!(
        send("GET", "/session", &[("cookie", &cookie)], "")
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn no_header_makes_a_client_somebody_else() {
    let user = User::new().await;
    let session = user.log_in(None).await;
    let spoofed = [
        ("x-user-id", "admin"),
        ("x-user", "admin"),
        ("x-forwarded-user", "admin"),
        ("remote-user", "admin"),
        ("x-amzn-oidc-identity", "admin"),
        ("x-id", "admin"),
        ("user", "admin"),
    ];
    for (name, value) in spoofed {
        let alone = send("GET", "/profile", &[(name, value)], "").await;
        assert_eq!(alone.status, 401, "{name}: {alone:?}");
        let headers = [("cookie", session.cookie.as_str()), (name, value)];
        let known = send("GET", "/profile?user=admin", &headers, "").await;
        assert_eq!(known.status, 200, "{name}: {known:?}");
        assert_eq!(known.json()["user"], user.name, "{name}");
        assert!(!known.body.contains("admin"), "{name}");
    }
    let header = [("x-id", session.token())];
    assert_eq!(
        send("GET", "/session", &header, "").await.status,
        401,
        "cookie mode ignores the header"
    );
}

#[tokio::test]
async fn other_methods_and_paths_are_not_there() {
    let user = User::new().await;
    let session = user.log_in(None).await;
    for (method, target) in [
        ("GET", "/login"),
        ("GET", "/logout"),
        ("PUT", "/logout"),
        ("POST", "/profile"),
        ("DELETE", "/session"),
        ("POST", "/"),
        ("GET", "/nowhere"),
    ] {
        let answer = session.send(method, target).await;
        assert_eq!(answer.status, 404, "{method} {target}: {answer:?}");
    }
    assert!(!session.is_over().await);
}
