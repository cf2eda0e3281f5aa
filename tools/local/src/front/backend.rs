//! A server on another port, behind the authorizer: called as an HTTP API calls it by an HTTP integration that
//! overwrites the headers of docs/attach.md with what the authorizer said.

use std::{error::Error, fmt, net::SocketAddr, str::FromStr, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::{
        HeaderName, HeaderValue, Request, StatusCode, Uri, header,
        uri::{Authority, PathAndQuery},
    },
    response::Response,
};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::Value;
use tokio::time::timeout;

use super::{
    call::{self, Call},
    route::Matched,
};

/// How long an HTTP API waits for an integration.
const LIMIT: Duration = Duration::from_secs(30);

/// The most bytes of an answer's body, as an HTTP API takes them.
const MOST_BODY_BYTES: usize = 10 * 1024 * 1024;

/// The header that carries each value of the authorizer's context, in place of the client's of that name. None carries
/// the data: where a session has none, AWS does not say what becomes of a client's own header.
pub const HEADERS: [(&str, HeaderName); 4] = [
    ("user", HeaderName::from_static("x-user")),
    ("session", HeaderName::from_static("x-session")),
    (
        "authenticated_at",
        HeaderName::from_static("x-authenticated-at"),
    ),
    ("expires_at", HeaderName::from_static("x-expires-at")),
];

/// A path, and the server that answers it and what is below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backend {
    /// Without a slash at its end, so that `/` is empty.
    prefix: String,
    server: Authority,
}

impl Backend {
    /// Its path, as it was given.
    #[must_use]
    pub fn path(&self) -> &str {
        if self.prefix.is_empty() {
            "/"
        } else {
            &self.prefix
        }
    }

    /// The one of `all` that `path` is of: that of the longest path.
    pub(crate) fn find<'a>(all: &'a [Self], path: &str) -> Option<&'a Self> {
        let fitting = all.iter().filter(|one| one.rest(path).is_some());
        fitting.max_by_key(|one| one.prefix.len())
    }

    /// The route of a request for `path`: `ANY /api` or `ANY /api/{proxy+}`.
    pub(super) fn matched<'a>(&self, path: &'a str) -> Matched<'a> {
        match self.rest(path) {
            None | Some("") => Matched {
                key: format!("ANY {}", self.path()),
                parameters: Vec::new(),
            },
            Some(rest) => Matched {
                key: format!("ANY {}/{{proxy+}}", self.prefix),
                parameters: vec![("proxy", rest)],
            },
        }
    }

    /// What `path` has below this one's, without the slash between; `None`: it is of another.
    fn rest<'a>(&self, path: &'a str) -> Option<&'a str> {
        let rest = path.strip_prefix(&self.prefix)?;
        if rest.is_empty() {
            Some(rest)
        } else {
            rest.strip_prefix('/')
        }
    }

    /// The server's answer to `call`; or the status that the gateway answers itself, and why.
    pub(super) async fn answer(
        &self,
        call: &Call,
        gateway: SocketAddr,
        context: &Value,
    ) -> Result<Response, (StatusCode, String)> {
        let failed = |status, why: &dyn fmt::Display| {
            let at = format!("the server of {}, http://{}", self.path(), self.server);
            (status, format!("{at}, {why}"))
        };
        let request = self.request(call, gateway, context).ok_or_else(|| {
            let why = "is not asked: the request has what no header can carry";
            failed(StatusCode::INTERNAL_SERVER_ERROR, &why)
        })?;
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        // A server that is started anew while it is worked on leaves no connection that could be used again.
        let client = Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(0)
            .build(connector);
        let answered = timeout(LIMIT, async {
            let response = client.request(request).await.map_err(|error| {
                let why = format!("does not answer: {}", cause(&error));
                failed(StatusCode::SERVICE_UNAVAILABLE, &why)
            })?;
            let (parts, body) = response.into_parts();
            let body = Limited::new(body, MOST_BODY_BYTES).collect().await;
            let body = body.map_err(|error| {
                let why = format!("breaks off, or says too much: {}", cause(error.as_ref()));
                failed(StatusCode::INTERNAL_SERVER_ERROR, &why)
            })?;
            Ok((parts, body.to_bytes()))
        });
        let (parts, body) = answered.await.unwrap_or_else(|_| {
            let why = "has not answered in 30 seconds";
            Err(failed(StatusCode::SERVICE_UNAVAILABLE, &why))
        })?;
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = parts.status;
        for (name, value) in &parts.headers {
            if !call::is_hop_by_hop(&parts.headers, name) {
                response.headers_mut().append(name, value.clone());
            }
        }
        Ok(response)
    }

    /// The request to the server; `None`: it has what no header can carry.
    fn request(
        &self,
        call: &Call,
        gateway: SocketAddr,
        context: &Value,
    ) -> Option<Request<Full<Bytes>>> {
        let target = match &call.query {
            Some(query) => format!("{}?{query}", call.path),
            None => call.path.clone(),
        };
        let uri = Uri::builder()
            .scheme("http")
            .authority(self.server.clone())
            .path_and_query(PathAndQuery::try_from(target).ok()?)
            .build()
            .ok()?;
        let mut request = Request::new(Full::new(call.body.clone()));
        *request.method_mut() = call.method.parse().ok()?;
        *request.uri_mut() = uri;
        let headers = request.headers_mut();
        for (name, value) in &call.headers {
            let value = HeaderValue::from_bytes(value.as_bytes()).ok()?;
            headers.insert(HeaderName::try_from(name).ok()?, value);
        }
        if !call.cookies.is_empty() {
            let cookies = call.cookie_header();
            headers.insert(
                header::COOKIE,
                HeaderValue::from_bytes(cookies.as_bytes()).ok()?,
            );
        }
        let host = call.header("host").unwrap_or_default();
        // In quotes, as its port needs them, and nothing in it then ends it.
        let host = host.parse::<Authority>();
        let host = host.map_or_else(|_| String::new(), |host| format!("host=\"{host}\";"));
        let forwarded = format!(
            "by={};for={};{host}proto=http",
            node(gateway.ip()),
            node(call.source_ip)
        );
        headers.insert(header::FORWARDED, forwarded.parse().ok()?);
        let via = HeaderValue::from_static("HTTP/1.1 AmazonAPIGateway");
        headers.insert(header::VIA, via);
        headers.insert(header::HOST, self.server.as_str().parse().ok()?);
        // The body is sent as it is, in one piece, whose length is told anew.
        headers.remove(header::CONTENT_LENGTH);
        for (_, name) in &HEADERS {
            headers.remove(name);
        }
        for (name, value) in identity(context)? {
            headers.insert(name, value);
        }
        Some(request)
    }
}

/// The headers that say whose call it is; `None`: a value is none that a header can carry.
#[must_use]
pub fn identity(context: &Value) -> Option<Vec<(HeaderName, HeaderValue)>> {
    let mut headers = Vec::new();
    for (value, header) in HEADERS {
        let text = match context.get(value) {
            None | Some(Value::Null) => continue,
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        headers.push((header, HeaderValue::from_bytes(text.as_bytes()).ok()?));
    }
    Some(headers)
}

/// An address as `Forwarded` has it (RFC 7239, section 6).
fn node(address: std::net::IpAddr) -> String {
    if address.is_ipv6() {
        format!("\"[{address}]\"")
    } else {
        address.to_string()
    }
}

/// The innermost error.
fn cause(error: &dyn Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

impl FromStr for Backend {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let like = "such as /api=http://127.0.0.1:5000";
        let both = text.split_once('=');
        let (path, server) = both.ok_or(format!("give a path and a server, {like}"))?;
        let plain = |part: &str| {
            let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
            !matches!(part, "" | "." | "..") && part.bytes().all(legal)
        };
        let prefix = if path == "/" { "" } else { path };
        let parts = path.strip_prefix('/');
        if path != "/" && !parts.is_some_and(|parts| parts.split('/').all(plain)) {
            return Err(format!(
                "the path begins with a slash, ends without one, and has letters, digits and -._~ between, {like}"
            ));
        }
        let uri: Uri = server
            .parse()
            .map_err(|_| format!("the server is no URL: give one {like}"))?;
        if uri.scheme_str() != Some("http") {
            return Err(format!("the server is called by http:// alone, {like}"));
        }
        let bare = uri.path() == "/" && uri.query().is_none() && !server.contains('#');
        match uri.authority() {
            Some(authority) if bare && !authority.as_str().contains('@') => Ok(Self {
                prefix: prefix.to_owned(),
                server: authority.clone(),
            }),
            _ => Err(format!(
                "the server is a host and a port, without a path or a name of a user, {like}: requests keep the path that they have"
            )),
        }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at http://{}", self.path(), self.server)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Backend, String> {
        text.parse()
    }

    #[test]
    fn a_wrong_value_says_what_to_give() {
        #[rustfmt::skip]
        let cases = [
            ("",                                 "give a path and a server"),
            ("http://127.0.0.1:5000",            "give a path and a server"),
            ("api=http://127.0.0.1:5000",        "the path begins with a slash"),
            ("=http://127.0.0.1:5000",           "the path begins with a slash"),
            ("/api/=http://127.0.0.1:5000",      "the path begins with a slash"),
            ("//api=http://127.0.0.1:5000",      "the path begins with a slash"),
            ("/a/../b=http://127.0.0.1:5000",    "the path begins with a slash"),
            ("/{proxy+}=http://127.0.0.1:5000",  "the path begins with a slash"),
            ("/a b=http://127.0.0.1:5000",       "the path begins with a slash"),
            ("/api=",                            "the server is no URL"),
            ("/api=http://",                     "the server is no URL"),
            ("/api=127.0.0.1:5000",              "the server is called by http://"),
            ("/api=localhost",                   "the server is called by http://"),
            ("/api=https://127.0.0.1:5000",      "the server is called by http://"),
            ("/api=http://127.0.0.1:5000/v1",    "the server is a host and a port"),
            ("/api=http://127.0.0.1:5000/?a",    "the server is a host and a port"),
            ("/api=http://127.0.0.1:5000#a",     "the server is a host and a port"),
            ("/api=http://u:p@127.0.0.1:5000",   "the server is a host and a port"),
        ];
        for (text, expected) in cases {
            let told = parse(text).unwrap_err();
            assert!(told.starts_with(expected), "{text}: {told}");
            assert!(
                told.contains("such as /api=http://127.0.0.1:5000"),
                "{told}"
            );
        }
        for text in [
            "/=http://[::1]:5000",
            "/a/b-c.d=http://localhost:5000/",
            "/v1=http://h",
        ] {
            assert!(parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn the_longest_path_of_whole_parts_is_meant() {
        let all =
            ["/=http://a", "/api=http://b", "/api/v2=http://c"].map(|text| parse(text).unwrap());
        #[rustfmt::skip]
        let cases = [
            ("/",            "/",       "ANY /",                  None),
            ("/apis",        "/",       "ANY /{proxy+}",          Some("apis")),
            ("/api",         "/api",    "ANY /api",               None),
            ("/api/",        "/api",    "ANY /api",               None),
            ("/api/a/b",     "/api",    "ANY /api/{proxy+}",      Some("a/b")),
            ("/api/v2/%2F",  "/api/v2", "ANY /api/v2/{proxy+}",   Some("%2F")),
            ("/API",         "/",       "ANY /{proxy+}",          Some("API")),
        ];
        for (path, backend, key, rest) in cases {
            let found = Backend::find(&all, path).unwrap();
            assert_eq!(found.path(), backend, "{path}");
            let matched = found.matched(path);
            assert_eq!(matched.key, key, "{path}");
            let parameters: Vec<_> = rest.into_iter().map(|rest| ("proxy", rest)).collect();
            assert_eq!(matched.parameters, parameters, "{path}");
        }
        assert_eq!(Backend::find(&all[1..], "/apis"), None);
    }
}
