//! The provider over real sockets, as a client and a browser call it.

mod behaviour;

use axum::{
    body::Bytes,
    http::{HeaderMap, Request as HttpRequest, StatusCode},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use dynamodb_session::time::UnixSeconds;
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy, rt::TokioExecutor};
use serde_json::{Value, json};

use crate::{
    Provider, Settings,
    behaviour::{Endpoint, Fault},
    client::Client,
    clock::Clock,
    key::{Key, Rsa},
    token::Forgery,
    user::User,
};

const NOW: UnixSeconds = UnixSeconds(1_800_000_000);
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// RFC 7636, appendix B.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const BACK: &str = "http://localhost:1/callback";

async fn provider() -> Provider {
    let client = Client {
        id: "a client".to_owned(),
        secret: Some("s+c".to_owned()),
        redirect_uri: BACK.to_owned(),
        post_logout_redirect_uri: Some("http://localhost:1/".to_owned()),
        backchannel_logout_uri: None,
    };
    let settings = Settings {
        client,
        users: User::samples(),
        clock: Clock::at(NOW),
    };
    Provider::start(settings).await.unwrap()
}

fn authorization(provider: &Provider, more: &str) -> String {
    format!(
        "{}/authorize?response_type=code&client_id=a+client&redirect_uri=http%3A%2F%2Flocalhost%3A1%2Fcallback\
         &scope=openid+email&state=s&nonce=n&code_challenge_method=S256&code_challenge={CHALLENGE}{more}",
        provider.issuer()
    )
}

struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Reply {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }
}

async fn send(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Reply {
    let mut request = HttpRequest::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::<Bytes>::from(body.to_owned())).unwrap();
    let client = legacy::Client::builder(TokioExecutor::new()).build_http();
    let (parts, body) = client.request(request).await.unwrap().into_parts();
    Reply {
        status: parts.status,
        headers: parts.headers,
        body: body.collect().await.unwrap().to_bytes(),
    }
}

async fn get(provider: &Provider, path: &str) -> Reply {
    let url = format!("{}{path}", provider.issuer());
    send("GET", &url, &[], "").await
}

fn parameter(address: &str, name: &str) -> Option<String> {
    let (_, query) = address.split_once('?').unwrap();
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let (_, value) = pairs.find(|(known, _)| known == name)?;
    Some(value.into_owned())
}

async fn exchange(provider: &Provider, code: &str, verifier: &str) -> Reply {
    let basic = format!("Basic {}", STANDARD.encode("a+client:s%2Bc"));
    let body = format!(
        "grant_type=authorization_code&code={code}&redirect_uri=http%3A%2F%2Flocalhost%3A1%2Fcallback&code_verifier={verifier}"
    );
    let url = format!("{}/token", provider.issuer());
    send("POST", &url, &[("authorization", &basic)], &body).await
}

/// The header and the claims of a token.
fn parts(token: &str) -> [Value; 2] {
    let mut parts = token.split('.').map(|part| {
        let bytes = URL_SAFE_NO_PAD.decode(part).unwrap();
        serde_json::from_slice(&bytes).unwrap_or_default()
    });
    [parts.next().unwrap(), parts.next().unwrap()]
}

/// A code of ada's.
fn code(provider: &Provider) -> String {
    let back = provider.log_in("ada", &authorization(provider, ""));
    parameter(&back.unwrap(), "code").unwrap()
}

#[tokio::test]
async fn a_login_from_metadata_to_userinfo() {
    let provider = provider().await;
    let metadata = get(&provider, "/.well-known/openid-configuration").await;
    assert_eq!(metadata.json()["issuer"], provider.issuer());
    let keys = get(&provider, "/keys").await.json();
    assert_eq!(keys["keys"][0]["kid"], "es256");

    let back = provider
        .log_in("ada", &authorization(&provider, ""))
        .unwrap();
    assert!(back.starts_with(BACK), "{back}");
    assert_eq!(parameter(&back, "state").unwrap(), "s");
    assert_eq!(parameter(&back, "iss").unwrap(), provider.issuer());
    let code = parameter(&back, "code").unwrap();
    let tokens = exchange(&provider, &code, VERIFIER).await.json();
    let [header, claims] = parts(tokens["id_token"].as_str().unwrap());
    assert_eq!(
        header,
        json!({"alg": "ES256", "kid": "es256", "typ": "JWT"})
    );
    let expected = json!({
        "iss": provider.issuer(), "sub": "248289761001", "aud": "a client", "nonce": "n",
        "iat": NOW.0, "exp": NOW.0 + 300, "auth_time": NOW.0,
        "sid": claims["sid"], "at_hash": claims["at_hash"],
    });
    assert_eq!(claims, expected);

    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let url = format!("{}/userinfo", provider.issuer());
    let told = send("GET", &url, &[("authorization", &bearer)], "").await;
    let expected =
        json!({"sub": "248289761001", "email": "ada@example.com", "email_verified": true});
    assert_eq!(told.json(), expected);
    let stranger = send("GET", &url, &[("authorization", "Bearer a")], "").await;
    assert_eq!(stranger.status, StatusCode::UNAUTHORIZED);

    let asked = provider.requests(Endpoint::Token);
    assert_eq!(asked.len(), 1);
    assert!(
        asked[0]
            .authorization
            .as_ref()
            .unwrap()
            .starts_with("Basic ")
    );
    assert_eq!(asked[0].parameter("code"), Some(&*code));
}

#[tokio::test]
async fn a_code_is_exchanged_once_by_whoever_asked_for_it() {
    let provider = provider().await;
    let used = code(&provider);
    assert_eq!(
        exchange(&provider, &used, VERIFIER).await.status,
        StatusCode::OK
    );
    let other = code(&provider);
    let late = code(&provider);
    for (code, verifier, now) in [
        (used, VERIFIER, NOW),
        (other, "another", NOW),
        (late, VERIFIER, NOW.plus(60)),
        ("a".to_owned(), VERIFIER, NOW),
    ] {
        provider.clock().set(now);
        let answer = exchange(&provider, &code, verifier).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert_eq!(answer.json(), json!({"error": "invalid_grant"}));
    }
}

#[tokio::test]
async fn a_client_proves_who_it_is_in_one_way() {
    let provider = provider().await;
    let basic = |pair: &str| format!("Basic {}", STANDARD.encode(pair));
    let (right, wrong) = (basic("a+client:s%2Bc"), basic("a+client:s+c"));
    #[rustfmt::skip]
    let cases = [
        (Some(&*right), "",                                     "invalid_grant"),
        (None,          "&client_id=a+client&client_secret=s%2Bc", "invalid_grant"),
        (Some(&*wrong), "",                                     "invalid_client"),
        (None,          "&client_id=a+client&client_secret=s",  "invalid_client"),
        (None,          "&client_id=a+client",                  "invalid_client"),
        (None,          "",                                     "invalid_client"),
        (Some(&*right), "&client_secret=s%2Bc",                 "invalid_request"),
        (Some(&*right), "&code=b",                              "invalid_request"),
    ];
    for (header, more, expected) in cases {
        let url = format!("{}/token", provider.issuer());
        let body = format!("grant_type=authorization_code&code=a{more}");
        let headers: Vec<_> = header.map(|it| ("authorization", it)).into_iter().collect();
        let answer = send("POST", &url, &headers, &body).await;
        assert_eq!(
            answer.json(),
            json!({ "error": expected }),
            "{header:?} {more}"
        );
    }
}

#[tokio::test]
async fn a_request_is_answered_with_a_code_a_page_or_an_error() {
    let provider = provider().await;
    let url = authorization(&provider, "");
    let error = |back: Option<String>| back.and_then(|back| parameter(&back, "error"));
    let mut browser = provider.browser();
    assert_eq!(
        error(browser.go(&format!("{url}&prompt=none"))).unwrap(),
        "login_required"
    );
    assert_eq!(error(browser.deny(&url)).unwrap(), "access_denied");
    assert!(browser.go(&url).is_none() && browser.sid().is_none());
    assert!(browser.log_in("ada", &url).is_some() && browser.sid().is_some());
    provider.clock().set(NOW.plus(10));
    #[rustfmt::skip]
    let cases = [
        ("",                               Some(true)),
        ("&prompt=none",                   Some(true)),
        ("&max_age=10",                    Some(true)),
        ("&max_age=9",                     None),
        ("&max_age=0",                     None),
        ("&prompt=login",                  None),
        ("&prompt=none&max_age=9",         Some(false)),
        ("&prompt=none+login",             Some(false)),
        ("&max_age=a",                     Some(false)),
        ("&nonce=m",                       Some(false)),
    ];
    for (more, expected) in cases {
        let back = browser.go(&format!("{url}{more}"));
        let has_code = back.map(|back| parameter(&back, "code").is_some());
        assert_eq!(has_code, expected, "{more}");
    }
    #[rustfmt::skip]
    let cases = [
        ("response_type=code", "response_type=token",  Some("unsupported_response_type")),
        ("scope=openid+",      "scope=",               Some("invalid_scope")),
        ("S256",               "plain",                Some("invalid_request")),
        ("callback",           "elsewhere",            None),
        ("a+client",           "another",              None),
    ];
    for (part, other, expected) in cases {
        let back = browser.log_in("ada", &url.replace(part, other));
        assert_eq!(error(back).as_deref(), expected, "{other}");
    }
}

#[tokio::test]
async fn a_person_logs_in_on_a_page_and_stays_so_until_they_log_out() {
    let provider = provider().await;
    let url = authorization(&provider, "");
    let page = send("GET", &url, &[], "").await;
    assert!(page.text().contains("<button name=user value=\"ada\">"));
    assert!(
        page.header("content-security-policy")
            .starts_with("default-src 'none'")
    );
    let back = send("POST", &url, &[], "user=ada").await;
    assert_eq!(back.status, StatusCode::SEE_OTHER);
    assert!(parameter(back.header("location"), "code").is_some());
    let cookie = back
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let with_cookie = [("cookie", &*cookie)];
    let silent = send("GET", &url, &with_cookie, "").await;
    assert!(silent.header("location").starts_with(BACK));
    let home = send("GET", provider.issuer(), &with_cookie, "").await;
    assert!(home.text().contains("as ada"));

    let logout = format!("{}/logout", provider.issuer());
    let registered = "http%3A%2F%2Flocalhost%3A1%2F";
    for (query, address) in [
        (
            format!("?client_id=a+client&post_logout_redirect_uri={registered}&state=x"),
            Some("http://localhost:1/?state=x"),
        ),
        (
            format!("?client_id=a+client&post_logout_redirect_uri={registered}"),
            Some("http://localhost:1/"),
        ),
        (
            format!("?client_id=b&post_logout_redirect_uri={registered}"),
            None,
        ),
        (
            "?client_id=a+client&post_logout_redirect_uri=http%3A%2F%2Fb.example%2F".to_owned(),
            None,
        ),
        (String::new(), None),
    ] {
        let answer = send("GET", &format!("{logout}{query}"), &with_cookie, "").await;
        let location = answer
            .headers
            .get("location")
            .map(|it| it.to_str().unwrap());
        assert_eq!(location, address, "{query}");
    }
    assert_eq!(
        send("GET", &url, &with_cookie, "").await.status,
        StatusCode::OK
    );
}

/// The client is a second provider here: what matters is that it is called.
#[tokio::test]
async fn the_client_is_told_of_a_logout() {
    let (provider, listener) = (provider().await, provider().await);
    let client = Client {
        id: "a client".to_owned(),
        secret: None,
        redirect_uri: BACK.to_owned(),
        post_logout_redirect_uri: None,
        backchannel_logout_uri: Some(format!("{}/token", listener.issuer())),
    };
    provider.register(client);
    let back = send("POST", &authorization(&provider, ""), &[], "user=ada").await;
    let cookie = back
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let logout = format!("{}/logout", provider.issuer());
    send("POST", &logout, &[("cookie", &cookie)], "").await;
    let told = listener.requests(Endpoint::Token);
    let [header, claims] = parts(told[0].parameter("logout_token").unwrap());
    assert_eq!(header["typ"], "logout+jwt");
    assert_eq!(claims["sub"], "248289761001");
    assert!(claims["sid"].is_string());
    assert!(claims["events"]["http://schemas.openid.net/event/backchannel-logout"].is_object());
}
