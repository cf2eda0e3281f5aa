//! A small HTTP client: one request a connection, every header under the test's control.

use std::{
    future::{Ready, ready},
    io,
    net::{Ipv4Addr, SocketAddr, ToSocketAddrs},
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
    vec,
};

use http::{HeaderMap, Request, Uri, header};
use http_body_util::BodyExt;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{
        Client,
        connect::{HttpConnector, dns::Name},
    },
    rt::TokioExecutor,
};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use serde_json::Value;
use tower_service::Service;

/// How long an answer may take: a cold start and a password included.
const LIMIT: Duration = Duration::from_mins(5);

/// Headers to send, as they are.
pub type Headers<'a> = &'a [(&'a str, &'a str)];

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    /// The value of a header that is there once.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next()?.to_str().unwrap();
        assert_eq!(values.next(), None, "{name} is there twice");
        Some(value)
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }
}

/// Sends one request to `base`.
pub async fn send(
    base: &str,
    method: &str,
    target: &str,
    headers: Headers<'_>,
    body: &str,
) -> Answer {
    let uri: Uri = format!("{base}{target}").parse().unwrap();
    let mut request = Request::builder().method(method).uri(&uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if !headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("user-agent"))
    {
        request = request.header(header::USER_AGENT, "end-to-end");
    }
    let request = request.body(body.to_owned()).unwrap();
    let client = Client::builder(TokioExecutor::new()).build(connector(&uri));
    let exchange = async {
        let response = client.request(request).await;
        let (parts, body) = response
            .unwrap_or_else(|error| panic!("{uri}: {error:?}"))
            .into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    };
    tokio::time::timeout(LIMIT, exchange)
        .await
        .expect("no answer in time")
}

/// A connector that trusts what this machine trusts, if the API speaks TLS.
fn connector(uri: &Uri) -> HttpsConnector<HttpConnector<Loopback>> {
    let mut plain = HttpConnector::new_with_resolver(Loopback);
    plain.enforce_http(false);
    let provider = ring::default_provider();
    let builder = HttpsConnectorBuilder::new();
    let builder = if uri.scheme_str() == Some("https") {
        builder.with_provider_and_native_roots(provider).unwrap()
    } else {
        let config = ClientConfig::builder_with_provider(Arc::new(provider));
        let config = config.with_safe_default_protocol_versions().unwrap();
        let config = config.with_root_certificates(RootCertStore::empty());
        builder.with_tls_config(config.with_no_client_auth())
    };
    builder.https_or_http().enable_http1().wrap_connector(plain)
}

/// Resolves `*.localhost` to this machine even where the system's resolver does not (RFC 6761 section 6.3).
#[derive(Clone)]
struct Loopback;

impl Service<Name> for Loopback {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Ready<io::Result<Self::Response>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let name = name.as_str();
        ready(if name == "localhost" || name.ends_with(".localhost") {
            Ok(vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0))].into_iter())
        } else {
            (name, 0).to_socket_addrs()
        })
    }
}
