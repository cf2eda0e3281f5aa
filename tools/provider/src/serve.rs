//! The endpoints over HTTP.

use std::sync::Arc;

use axum::{
    body::{self, Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    response::Response,
};
use futures_util::stream;
use serde_json::{Value, json};

use crate::{
    authorization::{Choice, Outcome},
    behaviour::{Endpoint, Fault},
    core::Core,
    page,
    parameters::{self, Pairs, one},
    patch, request,
};

/// The cookie of a browser's session. Another host of the same machine has another name, and another cookie.
const COOKIE: &str = "provider-session";

/// The most bytes of a form.
const MOST_BYTES: usize = 64 * 1024;

/// A megabyte of spaces comes in this many pieces.
const FLOOD_PIECES: usize = 1024;

const PATHS: [(&str, Endpoint); 6] = [
    ("/.well-known/openid-configuration", Endpoint::Metadata),
    ("/keys", Endpoint::Keys),
    ("/authorize", Endpoint::Authorization),
    ("/token", Endpoint::Token),
    ("/userinfo", Endpoint::Userinfo),
    ("/logout", Endpoint::EndSession),
];

/// Answers one request.
pub(crate) async fn handle(State(core): State<Arc<Core>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = body::to_bytes(body, MOST_BYTES).await else {
        return empty(StatusCode::PAYLOAD_TOO_LARGE);
    };
    let path = parts.uri.path();
    let Some((_, endpoint)) = PATHS.into_iter().find(|(known, _)| *known == path) else {
        return match path {
            "/" => home(&core, &parts),
            _ => empty(StatusCode::NOT_FOUND),
        };
    };
    let query = parameters::read(parts.uri.query().unwrap_or_default().as_bytes());
    let form = parameters::read(&body);
    let authorization = text(&parts.headers, header::AUTHORIZATION.as_str());
    core.note(request::Request {
        endpoint,
        authorization: authorization.map(str::to_owned),
        parameters: query.iter().chain(&form).cloned().collect(),
    });
    let fault = core.state().behaviour.faults.get(&endpoint).cloned();
    let answer = match fault {
        Some(Fault::Redirect(to)) => redirect(StatusCode::TEMPORARY_REDIRECT, &to),
        Some(Fault::Status(status)) => {
            empty(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR))
        }
        Some(Fault::Body(text)) => typed(StatusCode::OK, "application/json", text),
        Some(Fault::Flood) => flooded(answer(&core, endpoint, &parts, &query, &form).await),
        Some(Fault::Half) => halved(answer(&core, endpoint, &parts, &query, &form).await).await,
        None => answer(&core, endpoint, &parts, &query, &form).await,
    };
    let hold = core.state().holds.get(&endpoint).cloned();
    if let Some(hold) = hold {
        hold.wait().await;
    }
    answer
}

async fn answer(
    core: &Core,
    endpoint: Endpoint,
    parts: &Parts,
    query: &Pairs,
    form: &Pairs,
) -> Response {
    let is_post = parts.method == Method::POST;
    let authorization = text(&parts.headers, header::AUTHORIZATION.as_str());
    match endpoint {
        Endpoint::Metadata => json(StatusCode::OK, &metadata(core)),
        Endpoint::Keys => {
            let keys: Vec<_> = core.state().published.iter().map(|key| key.jwk()).collect();
            json(StatusCode::OK, &json!({ "keys": keys }))
        }
        Endpoint::Authorization => authorize(core, parts, query, form),
        Endpoint::Token if !is_post => empty(StatusCode::METHOD_NOT_ALLOWED),
        Endpoint::Token => match core.exchange(authorization, form) {
            Ok(tokens) => json(StatusCode::OK, &tokens),
            Err("invalid_client") => challenge("Basic", &json!({"error": "invalid_client"})),
            Err(error) => json(StatusCode::BAD_REQUEST, &json!({ "error": error })),
        },
        Endpoint::Userinfo => match core.userinfo(authorization) {
            Some(claims) => json(StatusCode::OK, &claims),
            None => challenge("Bearer", &json!({"error": "invalid_token"})),
        },
        Endpoint::EndSession => {
            core.end_session(cookie(&parts.headers)).await;
            match core.after_logout(if is_post { form } else { query }) {
                Some(address) => redirect(StatusCode::SEE_OTHER, &address),
                None => html(StatusCode::OK, page::logged_out()),
            }
        }
    }
}

/// What the provider tells of itself (`OpenID` Connect Discovery 1.0, section 3).
fn metadata(core: &Core) -> Value {
    let at = |path: &str| format!("{}{path}", core.issuer);
    let state = core.state();
    let mut metadata = json!({
        "issuer": core.issuer,
        "authorization_endpoint": at("/authorize"),
        "token_endpoint": at("/token"),
        "userinfo_endpoint": at("/userinfo"),
        "jwks_uri": at("/keys"),
        "end_session_endpoint": at("/logout"),
        "scopes_supported": ["openid", "profile", "email"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [state.key.algorithm()],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
    });
    patch::apply(&mut metadata, &state.behaviour.metadata);
    metadata
}

fn authorize(core: &Core, parts: &Parts, query: &Pairs, form: &Pairs) -> Response {
    let choice = match (one(form, "user"), one(form, "deny")) {
        (_, Some(_)) => Some(Choice::Deny),
        (Some(name), None) => Some(Choice::User(name.to_owned())),
        (None, None) => None,
    };
    match core.authorize(query, cookie(&parts.headers), choice.as_ref()) {
        Outcome::Back(address, session) => {
            let mut answer = redirect(StatusCode::SEE_OTHER, &address);
            let cookie = session.map(|it| format!("{COOKIE}={it}; Path=/; HttpOnly; SameSite=Lax"));
            if let Some(Ok(cookie)) = cookie.map(HeaderValue::try_from) {
                answer.headers_mut().insert(header::SET_COOKIE, cookie);
            }
            answer
        }
        Outcome::Ask => {
            let state = core.state();
            html(StatusCode::OK, page::login(&state.users, &state.client.id))
        }
        Outcome::Refused(why) => html(StatusCode::BAD_REQUEST, page::refused(why)),
    }
}

fn home(core: &Core, parts: &Parts) -> Response {
    let state = core.state();
    let session = cookie(&parts.headers).and_then(|cookie| state.sessions.get(cookie));
    html(StatusCode::OK, page::home(session.map(|it| &it.user)))
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let pairs = text(headers, header::COOKIE.as_str())?.split("; ");
    pairs
        .filter_map(|pair| pair.split_once('='))
        .find_map(|(name, value)| (name == COOKIE).then_some(value))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn json(status: StatusCode, value: &Value) -> Response {
    typed(status, "application/json", value.to_string())
}

fn html(status: StatusCode, text: String) -> Response {
    let mut answer = typed(status, "text/html; charset=utf-8", text);
    let policy =
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";
    let policy = HeaderValue::from_static(policy);
    answer
        .headers_mut()
        .insert(header::CONTENT_SECURITY_POLICY, policy);
    answer
}

fn challenge(scheme: &'static str, error: &Value) -> Response {
    let mut answer = json(StatusCode::UNAUTHORIZED, error);
    let scheme = HeaderValue::from_static(scheme);
    answer
        .headers_mut()
        .insert(header::WWW_AUTHENTICATE, scheme);
    answer
}

fn redirect(status: StatusCode, address: &str) -> Response {
    let mut answer = empty(status);
    if let Ok(address) = HeaderValue::from_str(address) {
        answer.headers_mut().insert(header::LOCATION, address);
    }
    answer
}

fn typed(status: StatusCode, mime: &'static str, text: String) -> Response {
    let mut answer = empty(status);
    *answer.body_mut() = Body::from(text);
    let mime = HeaderValue::from_static(mime);
    answer.headers_mut().insert(header::CONTENT_TYPE, mime);
    answer
}

fn empty(status: StatusCode) -> Response {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = status;
    let never = HeaderValue::from_static("no-store");
    answer.headers_mut().insert(header::CACHE_CONTROL, never);
    answer
}

/// The answer, and a megabyte of spaces.
fn flooded(answer: Response) -> Response {
    use futures_util::StreamExt;
    answer.map(|body| {
        let spaces = (0..FLOOD_PIECES).map(|_| Ok(Bytes::from_static(&[b' '; 1024])));
        Body::from_stream(body.into_data_stream().chain(stream::iter(spaces)))
    })
}

/// Half of the answer.
async fn halved(answer: Response) -> Response {
    let (parts, body) = answer.into_parts();
    let whole = body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let half = whole.slice(..whole.len() / 2);
    Response::from_parts(parts, Body::from(half))
}
