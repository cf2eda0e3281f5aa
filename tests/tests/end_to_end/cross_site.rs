//! A page of another site can have a browser send requests, and none of them changes anything.

use super::{
    client::Headers,
    stack::{User, credentials, send},
};

const JSON: (&str, &str) = ("content-type", "application/json");

/// What a browser says of a page of another site: a new one, an old one, one in a sandbox.
const FOREIGN: [Headers<'_>; 4] = [
    &[
        ("sec-fetch-site", "cross-site"),
        ("origin", "https://evil.example"),
    ],
    &[
        ("sec-fetch-site", "same-site"),
        ("origin", "https://blog.example"),
    ],
    &[("origin", "https://evil.example")],
    &[("origin", "null")],
];

#[tokio::test]
async fn no_page_of_another_site_logs_a_user_in_or_out() {
    let user = User::new().await;
    let session = user.log_in(None).await;
    let own = ("cookie", session.cookie.as_str());
    let body = credentials(&user.name, &user.password);
    for page in FOREIGN {
        for (target, body) in [
            ("/login", &*body),
            ("/logout", ""),
            ("/logout?everywhere=true", ""),
        ] {
            let headers = [page, &[JSON, own]].concat();
            let answer = send("POST", target, &headers, body).await;
            assert_eq!(answer.status, 403, "{target} {page:?}: {answer:?}");
            assert_eq!(answer.json()["status"], 403, "{target}");
            assert_eq!(answer.header("set-cookie"), None, "{target}");
            assert!(!answer.body.contains("example"), "{target}");
        }
        // Its browser reads no answer to these, which change nothing.
        for target in ["/profile", "/session"] {
            let headers = [page, &[own]].concat();
            let answer = send("GET", target, &headers, "").await;
            assert_eq!(answer.status, 200, "{target} {page:?}");
            assert_eq!(answer.header("access-control-allow-origin"), None);
        }
    }
    assert!(!session.is_over().await);
}

#[tokio::test]
async fn a_page_of_this_site_and_a_program_do() {
    let user = User::new().await;
    let pages: [Headers<'_>; 3] = [
        &[("sec-fetch-site", "same-origin"), ("origin", "null")],
        &[("sec-fetch-site", "none")],
        &[],
    ];
    for page in pages {
        let body = credentials(&user.name, &user.password);
        let headers = [page, &[JSON]].concat();
        let answer = send("POST", "/login", &headers, &body).await;
        assert_eq!(answer.status, 200, "{page:?}: {answer:?}");
        let cookie = answer.header("set-cookie").unwrap();
        let cookie = cookie.split(';').next().unwrap();
        let headers = [page, &[("cookie", cookie)]].concat();
        let answer = send("POST", "/logout", &headers, "").await;
        assert_eq!(answer.status, 204, "{page:?}: {answer:?}");
        let after = send("GET", "/session", &headers, "").await;
        assert_eq!(after.status, 401, "{page:?}");
    }
}
