//! How the provider is asked: HTTP/1.1, a connection for each request, within limits of time and size.
//!
//! A login makes few requests, often minutes apart, so no connection is kept: none is ever found closed, and nothing is
//! sent twice.

use std::{error::Error, fmt, future::Future, sync::Arc, time::Duration};

use dynamodb_session::config::is_provider_url;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{
    body::Bytes,
    client::conn::http1,
    rt::{Read, Write},
};
use hyper_util::{client::legacy::connect::HttpConnector, rt::TokioIo};
use lambda_http::http::{
    HeaderValue, Request, StatusCode, Uri,
    header::{ACCEPT, HOST},
    uri::Scheme,
};
use rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::ServerName};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tower_service::Service;

/// The most bytes of an answer.
const MOST_BYTES: usize = 64 * 1024;

/// What one request may take, from the look-up of the host's name to the last byte of the answer.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// Asks the provider.
pub trait Fetch: Send + Sync {
    /// Sends `request` once and reads the whole answer. No redirect is followed.
    fn fetch(
        &self,
        request: Request<String>,
    ) -> impl Future<Output = Result<Answer, FetchError>> + Send;
}

/// What the provider answered. Its body may hold tokens, so `Debug` shows the status alone.
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The body.
    pub body: Vec<u8>,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({}, ..)", self.status)
    }
}

/// Why there is no answer. It shows nothing of what was sent or answered.
#[derive(Debug)]
pub enum FetchError {
    /// The address is neither of HTTPS nor of this machine.
    Address,
    /// There was no whole answer within the time of a request.
    Late,
    /// The answer has more than 64 KiB.
    TooLarge,
    /// The connection failed.
    Broken(Box<dyn Error + Send + Sync>),
}

/// The client of a process.
#[derive(Clone)]
pub struct Client {
    tls: TlsConnector,
    tcp: HttpConnector,
    limit: Duration,
}

impl Client {
    /// A client that believes the public roots (Mozilla's list) and those in `own`.
    #[must_use]
    pub fn new(own: Option<RootCertStore>) -> Self {
        let mut roots = own.unwrap_or_else(RootCertStore::empty);
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        Self::within(roots, REQUEST_TIMEOUT)
    }

    /// A client whose requests each take `limit` at most.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "ring has cipher suites for each version of TLS that rustls speaks"
    )]
    pub(crate) fn within(roots: RootCertStore, limit: Duration) -> Self {
        let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions of TLS")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let mut tcp = HttpConnector::new();
        tcp.set_nodelay(true);
        tcp.enforce_http(false);
        Self {
            tls: TlsConnector::from(Arc::new(tls)),
            tcp,
            limit,
        }
    }

    async fn send(&self, mut request: Request<String>) -> Result<Answer, FetchError> {
        let uri = request.uri().clone();
        let host = uri
            .authority()
            .filter(|_| is_provider_url(&uri.to_string()))
            .ok_or(FetchError::Address)?;
        let value = HeaderValue::from_str(host.as_str()).map_err(|_| FetchError::Address)?;
        request.headers_mut().insert(HOST, value);
        request
            .headers_mut()
            .entry(ACCEPT)
            .or_insert(HeaderValue::from_static("application/json"));
        *request.uri_mut() = uri
            .path_and_query()
            .cloned()
            .map_or_else(Uri::default, Uri::from);
        let tcp = self.tcp.clone().call(uri.clone()).await.map_err(broken)?;
        if uri.scheme() != Some(&Scheme::HTTPS) {
            return speak(tcp, request).await;
        }
        let name = host.host().trim_matches(['[', ']']).to_owned();
        let name = ServerName::try_from(name).map_err(|_| FetchError::Address)?;
        let tls = self
            .tls
            .connect(name, tcp.into_inner())
            .await
            .map_err(broken)?;
        speak(TokioIo::new(tls), request).await
    }
}

impl Fetch for Client {
    async fn fetch(&self, request: Request<String>) -> Result<Answer, FetchError> {
        let sent = timeout(self.limit, Box::pin(self.send(request)));
        sent.await.unwrap_or(Err(FetchError::Late))
    }
}

/// One request and its answer over an open stream.
async fn speak<S>(stream: S, request: Request<String>) -> Result<Answer, FetchError>
where
    S: Read + Write + Unpin + Send + 'static,
{
    let (mut sender, connection) = http1::handshake(stream).await.map_err(broken)?;
    // It ends with `sender`, which goes with the answer.
    tokio::spawn(connection);
    let request = request.map(|body| Full::new(Bytes::from(body)));
    let (head, body) = sender
        .send_request(request)
        .await
        .map_err(broken)?
        .into_parts();
    match Limited::new(body, MOST_BYTES).collect().await {
        Ok(body) => Ok(Answer {
            status: head.status,
            body: body.to_bytes().to_vec(),
        }),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => Err(FetchError::TooLarge),
        Err(error) => Err(FetchError::Broken(error)),
    }
}

fn broken(error: impl Error + Send + Sync + 'static) -> FetchError {
    FetchError::Broken(Box::new(error))
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Address => {
                "the provider names an address that is neither of HTTPS nor of this machine"
            }
            Self::Late => "the provider did not answer in time",
            Self::TooLarge => "the provider's answer is larger than 64 KiB",
            Self::Broken(_) => "the provider can't be reached",
        })
    }
}

impl Error for FetchError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Broken(error) => Some(&**error),
            Self::Address | Self::Late | Self::TooLarge => None,
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Client")
    }
}
