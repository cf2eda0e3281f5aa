//! The page as a browser gets it: its files, its policy, its size, and that its scripts make no markup.

#![cfg(test)]

use std::fs;

use lambda::http;
use page::Page;
use serde_json::{Value, json};
use support::{config, reply::Reply};

const FILES: [&str; 3] = ["page.css", "page.js", "sentences.js"];

/// An event of each format for a path, of `route`.
fn events(method: &str, route: &str, path: &str) -> [Value; 2] {
    let file = path.rsplit('/').next();
    let parameters = json!({"file": file});
    [
        json!({
            "version": "2.0",
            "routeKey": format!("{method} {route}"),
            "rawPath": path,
            "rawQueryString": "",
            "headers": {},
            "pathParameters": parameters,
            "requestContext": {"http": {"method": method, "path": path, "sourceIp": "192.0.2.1"}, "stage": "$default"},
            "isBase64Encoded": false,
        }),
        json!({
            "resource": route,
            "path": path,
            "httpMethod": method,
            "headers": {},
            "multiValueHeaders": {},
            "pathParameters": parameters,
            "requestContext": {"httpMethod": method, "path": path, "resourcePath": route, "identity": {"sourceIp": "192.0.2.1"}, "stage": "prod"},
            "isBase64Encoded": false,
        }),
    ]
}

async fn answers(method: &str, route: &str, path: &str) -> Vec<Reply> {
    let mut replies = Vec::new();
    for event in events(method, route, path) {
        replies.push(answer(event, path).await);
    }
    replies
}

async fn answer(event: Value, name: &str) -> Reply {
    answer_of(&Page::new(None), event, name).await
}

async fn answer_of(page: &Page, event: Value, name: &str) -> Reply {
    let response = http::answer(event, async |request| page.handle(&request)).await;
    let reply = Reply::of(&response);
    if reply.status == 200 {
        reply.assert_is_kept_private(name);
    } else {
        reply.assert_is_proper(name);
    }
    reply
}

async fn text(file: &str) -> String {
    let path = format!("/page/{file}");
    answers("GET", "/page/{file}", &path).await.remove(0).body
}

#[tokio::test]
async fn each_sample_is_answered() {
    for (file, media_type) in [
        ("page-ok", "text/html; charset=utf-8"),
        ("page-file", "text/javascript; charset=utf-8"),
        ("page-rest", "text/html; charset=utf-8"),
    ] {
        let path = format!("{}/../../events/{file}.json", env!("CARGO_MANIFEST_DIR"));
        let event = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        let reply = answer(event, file).await;
        assert_eq!(reply.status, 200, "{file}");
        assert_eq!(reply.header("content-type"), Some(media_type), "{file}");
    }
}

#[tokio::test]
async fn the_page_and_its_files_are_served_in_every_format() {
    for path in ["/", "/auth/"] {
        for reply in answers("GET", path, path).await {
            assert_eq!(reply.status, 200);
            assert_eq!(
                reply.header("content-type"),
                Some("text/html; charset=utf-8")
            );
        }
    }
    for (file, media_type) in [
        ("page.css", "text/css"),
        ("page.js", "text/javascript"),
        ("sentences.js", "text/javascript"),
    ] {
        for reply in answers("GET", "/page/{file}", &format!("/page/{file}")).await {
            assert_eq!(reply.status, 200, "{file}");
            let expected = format!("{media_type}; charset=utf-8");
            assert_eq!(reply.header("content-type"), Some(expected.as_str()));
        }
    }
    for reply in answers("GET", "/page/{file}", "/page/secret.txt").await {
        assert_eq!(reply.status, 404);
    }
    for reply in answers("POST", "/", "/").await {
        assert_eq!(reply.status, 405);
    }
}

#[tokio::test]
async fn the_policy_lets_nothing_in_but_what_the_page_has() {
    let page = answers("GET", "/", "/").await.remove(0);
    let policy = page.header("content-security-policy").expect("a policy");
    for part in [
        "default-src 'none'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "require-trusted-types-for 'script'",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    // What the policy refuses would do nothing.
    for refused in [
        "<style",
        " style=",
        " onclick",
        "<script>",
        "javascript:",
        "http://",
        "https://",
    ] {
        assert!(!page.body.contains(refused), "{refused}");
    }
}

/// Each way to the provider is a link: `form-action` would keep a form from where it is redirected to (W3C, Content
/// Security Policy Level 3, section 6.4.1).
#[tokio::test]
async fn the_page_leads_to_the_provider_where_there_is_one() {
    let login = r#"<a id="provider" class="button" href="login/oidc">"#;
    let proof = r#"<a id="prove" class="button" href="login/oidc?recent=true">"#;
    let without = answers("GET", "/", "/").await.remove(0).body;
    assert!(!without.contains("provider"), "{without}");
    for (name, shown) in [
        ("", "idp.example"),
        ("Example & Sons", "Example &amp; Sons"),
        ("<script>x</script>", "&lt;script&gt;x&lt;/script&gt;"),
        ("&lt;", "&amp;lt;"),
        ("{provider}", "{provider}"),
    ] {
        let config = config(&[
            ("SESSION_OIDC_ISSUER", "https://idp.example"),
            ("SESSION_OIDC_CLIENT_ID", "client"),
            ("SESSION_OIDC_NAME", name),
        ]);
        let page = Page::new(config.provider.as_ref());
        for event in events("GET", "/", "/") {
            let html = answer_of(&page, event, name).await.body;
            let lines = [
                format!("<p>{login}Continue with {shown}</a></p>\n"),
                format!("<p id=\"prove-row\" hidden>{proof}Prove who you are at {shown}</a></p>\n"),
            ];
            assert!(lines.iter().all(|line| html.contains(line)), "{name}");
            let others = lines.iter().fold(html, |html, line| html.replace(line, ""));
            assert_eq!(others, without, "{name}");
        }
    }
}

/// The words of a login by form, and of one at the provider.
#[tokio::test]
async fn each_word_of_a_redirect_has_its_sentence() {
    let sentences = text("sentences.js").await;
    let (_, words) = sentences.split_once("const byWord = {").unwrap();
    let (words, _) = words.split_once("};").unwrap();
    let words = words
        .lines()
        .filter_map(|line| line.trim().split_once(": \""));
    let mut words: Vec<_> = words.map(|(word, _)| word).collect();
    words.sort_unstable();
    #[rustfmt::skip]
    let expected = [
        "again", "barred", "credentials", "denied", "email", "expired", "fault", "fields", "login_required", "provider", "rejected",
        "wait",
    ];
    assert_eq!(words, expected);
}

/// Where nothing is made into markup, no user agent and no name can be.
#[tokio::test]
async fn what_others_wrote_is_shown_as_text() {
    for file in ["page.js", "sentences.js"] {
        let script = text(file).await;
        for way in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "new Function",
            "srcdoc",
        ] {
            assert!(!script.contains(way), "{file}: {way}");
        }
    }
}

#[tokio::test]
async fn all_of_it_is_under_thirty_kilobytes() {
    // The page with the provider's lines, whose name has at most 64 characters.
    let mut bytes = include_str!("../files/index.html").len() + 2 * 64 * 5;
    for file in FILES {
        bytes += text(file).await.len();
    }
    assert!(bytes < 30_000, "{bytes} bytes");
}
