//! The gateway: speaks HTTP to clients and API Gateway's events to the functions, as an HTTP API does.

pub mod backend;
mod call;
pub mod cors;
mod event;
mod message;
mod policy;
mod reply;
pub mod route;
mod stamp;
mod verdict;
mod watch;

use std::{
    future::Future,
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::{self, Body},
    extract::{ConnectInfo, State},
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::Response,
};
use dynamodb_session::{config::Config, time::UnixSeconds, transport::Mode};
use lambda::{
    api::{Api, HttpApiResponse},
    routes::Function,
};
use serde_json::Value;
use tokio::{
    net::TcpListener,
    sync::watch::channel as watch_channel,
    task::{JoinError, JoinSet},
    time::timeout,
};

use backend::Backend;
use call::Call;
use cors::Cors;
use route::Matched;
use verdict::Verdict;
use watch::{Rule, Watch};

/// The most bytes of a body, as an HTTP API takes them.
const MOST_BODY_BYTES: usize = 10 * 1024 * 1024;

/// The most bytes of a request line and its headers, as an HTTP API takes them.
const MOST_HEAD_BYTES: usize = 10_240;

/// How long an HTTP API waits for an authorizer, and for the function behind a route.
const AUTHORIZER_LIMIT: Duration = Duration::from_secs(10);
const FUNCTION_LIMIT: Duration = Duration::from_secs(30);

/// What the gateway invokes.
pub trait Functions: Send + Sync + 'static {
    /// The authorizer: its answer, or the `errorMessage` that Lambda reports.
    fn authorize(&self, event: Value) -> impl Future<Output = Result<Value, String>> + Send;

    /// One of the functions behind the routes.
    fn invoke(&self, function: Function, event: Value) -> impl Future<Output = Value> + Send;
}

/// The gateway's own settings, as the template would make them from the same configuration.
#[derive(Clone, Debug)]
pub struct Settings {
    identity: Identity,
    format: HttpApiResponse,
    cors: Option<Cors>,
    cookie: Rule,
    backends: Vec<Backend>,
    /// Whether there is a provider: without one, there are no routes of it.
    provider: bool,
    clock: fn() -> UnixSeconds,
}

/// The authorizer's identity sources, as template.yaml has them: if one is missing, the gateway answers 401 by itself.
#[derive(Clone, Debug)]
enum Identity {
    /// All cookies, and the route.
    Cookie,
    /// A header, and the route.
    Header(String),
    /// The request's id. All sources are required, so neither of two carriers can be a source.
    Request,
}

impl Settings {
    /// The settings that go with `config`; pages of allowed origins may send the headers `more` besides ours.
    #[must_use]
    pub fn new(config: &Config, api: Api, more: &[String], clock: fn() -> UnixSeconds) -> Self {
        Self {
            identity: match config.transport.mode {
                Mode::Cookie => Identity::Cookie,
                Mode::Header => Identity::Header(config.transport.header.clone()),
                Mode::Both => Identity::Request,
            },
            format: api.http_response,
            cors: Cors::new(config, more),
            cookie: Rule::of(config),
            backends: Vec::new(),
            provider: config.provider.is_some(),
            clock,
        }
    }

    /// The same, with these servers behind the authorizer, for paths that no function has.
    #[must_use]
    pub fn with_backends(self, backends: Vec<Backend>) -> Self {
        Self { backends, ..self }
    }
}

impl Settings {
    /// A line for the log about a preflight request of a page that may not call, because a browser tells the page
    /// nothing.
    fn refused_page(&self, parts: &Parts) -> Option<String> {
        let origin = cors::asking(parts)?;
        let cors = self.cors.as_ref();
        let allowed = cors.is_some_and(|cors| cors.allows(origin));
        (!allowed).then(|| {
            format!("a page of {origin:?} asks whether it may call, and may not: start with --allow-origin and its origin")
        })
    }

    /// A line for the log about a 401 or 403 of the gateway's own to a page of another origin that may call. AWS
    /// documents CORS headers only for the answers of integrations, so the page can't tell this answer from a broken
    /// line.
    fn unreadable(&self, parts: &Parts, response: &Response) -> Option<String> {
        let origin = parts.headers.get(header::ORIGIN)?;
        let allowed = self.cors.as_ref().is_some_and(|cors| cors.allows(origin));
        let refused =
            [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&response.status());
        let shared = response
            .headers()
            .contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN);
        (allowed && refused && !shared).then(|| {
            format!(
                "a page of {origin:?} can't read the {} of {}: to learn whether it is logged out, it asks GET /session",
                response.status().as_u16(),
                parts.uri.path()
            )
        })
    }
}

/// Serves on all listeners, which have the same port, until `shutdown` resolves and the calls under way are answered.
pub async fn serve<F: Functions>(
    listeners: Vec<TcpListener>,
    functions: F,
    settings: Settings,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let first = listeners.first().map(TcpListener::local_addr).transpose()?;
    let gateway = Arc::new(Gateway {
        functions: Arc::new(functions),
        watch: Watch::new(settings.cookie.clone()),
        settings,
        address: first.unwrap_or((Ipv4Addr::LOCALHOST, 0).into()),
        calls: AtomicU64::new(0),
    });
    let app = Router::new()
        .fallback(handle::<F>)
        .with_state(gateway)
        .into_make_service_with_connect_info::<SocketAddr>();
    let (stop, stopped) = watch_channel(());
    let mut servers = JoinSet::new();
    for listener in listeners {
        let (app, mut stopped) = (app.clone(), stopped.clone());
        servers.spawn(async move {
            let stopped = async move {
                // An error says that the sender was dropped: that is the signal.
                let _: Result<(), _> = stopped.changed().await;
            };
            axum::serve(listener, app)
                .with_graceful_shutdown(stopped)
                .await
        });
    }
    shutdown.await;
    drop(stop);
    while let Some(served) = servers.join_next().await {
        served.map_err(io::Error::other)??;
    }
    Ok(())
}

async fn handle<F: Functions>(
    State(gateway): State<Arc<Gateway<F>>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: axum::extract::Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let (method, path) = (parts.method.clone(), parts.uri.path().to_owned());
    let id = format!(
        "local-{}",
        gateway.calls.fetch_add(1, Ordering::Relaxed) + 1
    );
    let value = HeaderValue::try_from(&id);
    let mut remarks: Vec<_> = gateway.watch.asked(&parts).into_iter().collect();
    remarks.extend(gateway.settings.refused_page(&parts));
    let head = parts.clone();
    let mut response = gateway.answer(parts, body, peer, id).await;
    remarks.extend(gateway.watch.answered(&head, &response));
    remarks.extend(gateway.settings.unreadable(&head, &response));
    if let Ok(value) = value {
        response.headers_mut().insert("apigw-requestid", value);
    }
    tracing::info!("{method} {path} {}", response.status().as_u16());
    for remark in remarks {
        tracing::warn!("{remark}");
    }
    response
}

struct Gateway<F> {
    watch: Watch,
    functions: Arc<F>,
    settings: Settings,
    address: SocketAddr,
    /// How many there were so far: their ids.
    calls: AtomicU64,
}

impl<F: Functions> Gateway<F> {
    async fn answer(&self, parts: Parts, body: Body, peer: SocketAddr, id: String) -> Response {
        if call::head_bytes(&parts) > MOST_HEAD_BYTES {
            return message::response(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
        }
        let cors = self.settings.cors.as_ref();
        if let Some(answer) = cors.and_then(|cors| cors.preflight(&parts)) {
            return answer;
        }
        let path = parts.uri.path();
        let backend = Backend::find(&self.settings.backends, path);
        let function = route::find(&parts.method, path);
        // A server that was named for `/` has pages of its own.
        let function = function.filter(|it| match it.function {
            Function::Page => backend.is_none(),
            Function::Oidc => self.settings.provider,
            _ => true,
        });
        let (matched, protected) = match (function, backend) {
            (Some(route), _) => (Matched::of(route, path), route.protected),
            (None, Some(backend)) => (backend.matched(path), true),
            (None, None) => return message::response(StatusCode::NOT_FOUND),
        };
        // A body that broke off ends here as well; nobody is left to read that answer.
        let Ok(body) = body::to_bytes(body, MOST_BODY_BYTES).await else {
            return message::response(StatusCode::PAYLOAD_TOO_LARGE);
        };
        let now = (self.settings.clock)();
        let call = Call::new(&parts, body, peer.ip(), self.address.port(), id, now);
        let context = if protected {
            match self.authorize(&call, &matched).await {
                Ok(context) => Some(context),
                Err(status) => return message::response(status),
            }
        } else {
            None
        };
        let answered = match (function, backend) {
            (None, Some(backend)) => self.forward(backend, call, context).await,
            (None, None) => Err(StatusCode::NOT_FOUND),
            (Some(route), _) => {
                let event = event::proxy(&call, &matched, context);
                let answer = self.invoke(route.function, event).await;
                answer.and_then(|answer| {
                    reply::response(&answer).ok_or(StatusCode::INTERNAL_SERVER_ERROR)
                })
            }
        };
        match answered {
            Ok(mut response) => {
                if let Some(cors) = cors {
                    cors.complete(&parts.headers, &mut response);
                }
                response
            }
            Err(status) => message::response(status),
        }
    }

    /// Asks a server. As with a function, the call runs on when the client leaves.
    async fn forward(
        &self,
        backend: &Backend,
        call: Call,
        context: Option<Value>,
    ) -> Result<Response, StatusCode> {
        let (backend, gateway) = (backend.clone(), self.address);
        let asked = tokio::spawn(async move {
            let context = context.unwrap_or_default();
            backend.answer(&call, gateway, &context).await
        });
        let answered = asked.await;
        let answered = answered.map_err(|_: JoinError| StatusCode::INTERNAL_SERVER_ERROR)?;
        answered.map_err(|(status, why)| {
            tracing::warn!("{why}");
            status
        })
    }

    /// Asks the authorizer: its context, or the status that the gateway answers itself.
    async fn authorize(&self, call: &Call, route: &Matched<'_>) -> Result<Value, StatusCode> {
        let identity = match &self.settings.identity {
            Identity::Cookie => vec![call.cookie_header(), route.key.clone()],
            Identity::Header(name) => {
                let value = call.header(name).unwrap_or_default();
                vec![value.to_owned(), route.key.clone()]
            }
            Identity::Request => vec![call.id.clone()],
        };
        if identity.iter().any(String::is_empty) {
            return Err(StatusCode::UNAUTHORIZED);
        }
        let event = event::authorizer(call, route, &identity);
        let functions = Arc::clone(&self.functions);
        let asked = tokio::spawn(async move { functions.authorize(event).await });
        let answer = match timeout(AUTHORIZER_LIMIT, asked).await {
            Ok(Ok(Ok(answer))) => answer,
            Ok(Ok(Err(error))) if error == "Unauthorized" => return Err(StatusCode::UNAUTHORIZED),
            Ok(Ok(Err(_)) | Err(_)) | Err(_) => return Err(StatusCode::INTERNAL_SERVER_ERROR),
        };
        match verdict::read(answer, self.settings.format, &event::route_arn(route)) {
            Some(Verdict::Allowed(context)) => Ok(context),
            Some(Verdict::Denied) => Err(StatusCode::FORBIDDEN),
            None => Err(StatusCode::INTERNAL_SERVER_ERROR),
        }
    }

    /// Invokes a function. It runs on when the client leaves, as on Lambda, and a panic ends nothing but the call.
    async fn invoke(&self, function: Function, event: Value) -> Result<Value, StatusCode> {
        let functions = Arc::clone(&self.functions);
        let invoked = tokio::spawn(async move { functions.invoke(function, event).await });
        match timeout(FUNCTION_LIMIT, invoked).await {
            Ok(answer) => answer.map_err(|_: JoinError| StatusCode::INTERNAL_SERVER_ERROR),
            Err(_) => Err(StatusCode::SERVICE_UNAVAILABLE),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Headers that AWS does not document are left out, and the log tells the page's developer what to ask instead.
    #[test]
    fn a_refusal_that_a_page_can_not_read_is_told() {
        let lookup = |name: &str| {
            (name == "SESSION_ALLOWED_ORIGINS").then(|| "http://localhost:5173".to_owned())
        };
        let config = Config::parse(lookup, UnixSeconds(0)).unwrap();
        let settings = Settings::new(&config, Api::default(), &[], || UnixSeconds(0));
        for (origin, status, shared, told) in [
            (Some("http://localhost:5173"), 401, false, true),
            (Some("http://localhost:5173"), 403, false, true),
            (Some("http://localhost:5173"), 401, true, false),
            (Some("http://localhost:5173"), 404, false, false),
            (Some("http://localhost:8080"), 401, false, false),
            (None, 401, false, false),
        ] {
            let mut request = axum::http::Request::builder().uri("/profile");
            if let Some(origin) = origin {
                request = request.header("origin", origin);
            }
            let parts = request.body(()).unwrap().into_parts().0;
            let mut response = message::response(StatusCode::from_u16(status).unwrap());
            if shared {
                let origin = HeaderValue::from_static("http://localhost:5173");
                let headers = response.headers_mut();
                headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            }
            let said = settings.unreadable(&parts, &response);
            assert_eq!(said.is_some(), told, "{origin:?} {status} {said:?}");
            assert!(said.is_none_or(|said| said.contains("GET /session")));
        }
    }

    /// A browser tells neither page nor developer what is missing.
    #[test]
    fn a_page_that_may_not_call_is_named_with_the_option_that_lets_it() {
        let asking = |origin: Option<&str>, method: &str| {
            let mut request = axum::http::Request::builder().method(method).uri("/login");
            request = request.header("access-control-request-method", "POST");
            if let Some(origin) = origin {
                request = request.header("origin", origin);
            }
            request.body(()).unwrap().into_parts().0
        };
        let settings = |allowed: &'static str| {
            let lookup =
                |name: &str| (name == "SESSION_ALLOWED_ORIGINS").then(|| allowed.to_owned());
            let config = Config::parse(lookup, UnixSeconds(0)).unwrap();
            Settings::new(&config, Api::default(), &[], || UnixSeconds(0))
        };
        let page = Some("http://localhost:5173");
        for (allowed, request, told) in [
            ("", asking(page, "OPTIONS"), true),
            ("http://localhost:8080", asking(page, "OPTIONS"), true),
            ("http://localhost:5173", asking(page, "OPTIONS"), false),
            ("", asking(None, "OPTIONS"), false),
            ("", asking(page, "POST"), false),
        ] {
            let said = settings(allowed).refused_page(&request);
            assert_eq!(said.is_some(), told, "{allowed} {said:?}");
            let named = |said: &String| said.contains("5173") && said.contains("--allow-origin");
            assert!(said.as_ref().is_none_or(named), "{said:?}");
        }
    }
}
