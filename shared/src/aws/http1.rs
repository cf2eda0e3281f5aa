//! HTTP/1.1 over connections that are kept: how the SDK's requests reach AWS.
//!
//! A function has one request on its way at a time, and so one connection; a process that serves many events at once has as many as
//! it needs. The SDK's own client brings HTTP/2 and a pool for any number of hosts (docs/performance.md).

use std::{
    fmt,
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use aws_smithy_async::{
    future::timeout::Timeout,
    rt::sleep::{AsyncSleep, SharedAsyncSleep},
};
use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
    },
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::body::SdkBody;
use http::{
    HeaderValue, Request, Response, Uri,
    header::HOST,
    uri::{Authority, Scheme},
};
use http_body_util::BodyExt;
use hyper::{
    body::Incoming,
    client::conn::http1::{self, SendRequest},
    rt::{Read, Write},
};
use hyper_util::{client::legacy::connect, rt::TokioIo};
use rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::ServerName};
use tokio_rustls::TlsConnector;
use tower_service::Service;

/// The connections of a process, whichever services they lead to.
#[derive(Clone)]
pub(super) struct Http1(Arc<Connections>);

struct Connections {
    tls: TlsConnector,
    tcp: connect::HttpConnector,
    idle: Mutex<Vec<Idle>>,
}

/// A connection that waits for a request.
struct Idle {
    origin: Origin,
    sender: SendRequest<SdkBody>,
}

/// Whom a connection leads to.
#[derive(Clone, PartialEq, Eq)]
struct Origin {
    scheme: Scheme,
    authority: Authority,
}

/// The connections, and how long an attempt waits for one.
#[derive(Clone)]
struct Connector {
    connections: Arc<Connections>,
    limits: HttpConnectorSettings,
    sleep: Option<SharedAsyncSleep>,
}

impl Http1 {
    /// Connections that speak TLS where the endpoint's scheme is `https`, and then with services that `roots` vouch for.
    #[expect(
        clippy::expect_used,
        reason = "ring has cipher suites for each version of TLS that rustls speaks"
    )]
    pub(super) fn new(roots: RootCertStore) -> Self {
        let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions of TLS")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let mut tcp = connect::HttpConnector::new();
        tcp.set_nodelay(true);
        tcp.enforce_http(false);
        Self(Arc::new(Connections {
            tls: TlsConnector::from(Arc::new(tls)),
            tcp,
            idle: Mutex::default(),
        }))
    }
}

impl Connections {
    /// A connection to `origin` that was used before and is still open.
    async fn kept(&self, origin: &Origin) -> Option<SendRequest<SdkBody>> {
        while let Some(mut sender) = self.take(origin) {
            if sender.ready().await.is_ok() {
                return Some(sender);
            }
        }
        None
    }

    /// The connection to `origin` that was used last: the others are the first that its service closes.
    fn take(&self, origin: &Origin) -> Option<SendRequest<SdkBody>> {
        let mut idle = self.idle();
        let last = idle.iter().rposition(|idle| idle.origin == *origin)?;
        Some(idle.remove(last).sender)
    }

    fn keep(&self, origin: Origin, sender: SendRequest<SdkBody>) {
        let mut idle = self.idle();
        idle.retain(|idle| !idle.sender.is_closed());
        idle.push(Idle { origin, sender });
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn open(&self, origin: &Origin) -> Result<SendRequest<SdkBody>, ConnectorError> {
        let uri = Uri::builder()
            .scheme(origin.scheme.clone())
            .authority(origin.authority.clone())
            .path_and_query("/");
        let uri = uri
            .build()
            .map_err(|error| ConnectorError::user(error.into()))?;
        let tcp = self.tcp.clone().call(uri).await;
        let tcp = tcp.map_err(|error| ConnectorError::io(error.into()))?;
        if origin.scheme != Scheme::HTTPS {
            return speak(tcp).await;
        }
        let host = origin.authority.host().trim_matches(['[', ']']).to_owned();
        let name =
            ServerName::try_from(host).map_err(|error| ConnectorError::user(error.into()))?;
        let tls = self.tls.connect(name, tcp.into_inner()).await;
        let tls = tls.map_err(|error| ConnectorError::io(error.into()))?;
        speak(TokioIo::new(tls)).await
    }
}

/// A connection over an open stream, served until one side closes it.
async fn speak<S>(stream: S) -> Result<SendRequest<SdkBody>, ConnectorError>
where
    S: Read + Write + Unpin + Send + 'static,
{
    let (sender, connection) = http1::handshake(stream).await.map_err(failed)?;
    tokio::spawn(connection);
    Ok(sender)
}

impl Connector {
    async fn answer(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let request = request.try_into_http1x();
        let request = request.map_err(|error| ConnectorError::user(error.into()))?;
        let (origin, request) = for_origin(request)?;
        let (sender, response) = self.send(&origin, request).await?;
        let (head, body) = response.into_parts();
        // Read whole: the SDK does so next, and then the connection is free.
        let body = body.collect().await.map_err(failed)?.to_bytes();
        // A machine that fails is asked no second time.
        if !head.status.is_server_error() {
            self.connections.keep(origin, sender);
        }
        HttpResponse::try_from(Response::from_parts(head, SdkBody::from(body)))
            .map_err(|error| ConnectorError::other(error.into(), None))
    }

    /// Sends the request, over a new connection if those that were kept turn out to be closed.
    async fn send(
        &self,
        origin: &Origin,
        mut request: Request<SdkBody>,
    ) -> Result<(SendRequest<SdkBody>, Response<Incoming>), ConnectorError> {
        // Lets the runtime look at its sockets. A frozen function meets a connection that was closed when it uses it again.
        tokio::task::yield_now().await;
        while let Some(mut sender) = self.connections.kept(origin).await {
            match sender.try_send_request(request).await {
                Ok(response) => return Ok((sender, response)),
                // Closed before anything was written.
                Err(mut error) => match error.take_message() {
                    Some(unsent) => request = unsent,
                    None => return Err(failed(error.into_error())),
                },
            }
        }
        // On the heap: a handshake's state is large, and would be copied with each request that needs none.
        let open = Box::pin(self.connections.open(origin));
        let mut sender = self.within(self.limits.connect_timeout(), open).await??;
        let response = sender.send_request(request).await.map_err(failed)?;
        Ok((sender, response))
    }

    async fn within<F: Future>(
        &self,
        limit: Option<Duration>,
        future: F,
    ) -> Result<F::Output, ConnectorError> {
        match limit.zip(self.sleep.as_ref()) {
            Some((limit, sleep)) => Timeout::new(future, sleep.sleep(limit))
                .await
                .map_err(|error| ConnectorError::timeout(error.into())),
            None => Ok(future.await),
        }
    }
}

/// The request as it is written to a connection (RFC 9112, section 3.2.1), and whom that leads to.
fn for_origin(mut request: Request<SdkBody>) -> Result<(Origin, Request<SdkBody>), ConnectorError> {
    let parts = request.uri().clone().into_parts();
    let (Some(scheme), Some(authority)) = (parts.scheme, parts.authority) else {
        return Err(ConnectorError::user(
            "an endpoint needs a scheme and a host".into(),
        ));
    };
    if !request.headers().contains_key(HOST) {
        let usual = if scheme == Scheme::HTTPS { 443 } else { 80 };
        let host = match authority.port_u16().filter(|port| *port != usual) {
            Some(port) => HeaderValue::try_from(format!("{}:{port}", authority.host())),
            None => HeaderValue::from_str(authority.host()),
        };
        let host = host.map_err(|error| ConnectorError::user(error.into()))?;
        request.headers_mut().insert(HOST, host);
    }
    let path = parts.path_and_query.map_or_else(Uri::default, Uri::from);
    *request.uri_mut() = path;
    Ok((Origin { scheme, authority }, request))
}

/// Whether another attempt may help: where something else than HTTP was answered, none does.
fn failed(error: hyper::Error) -> ConnectorError {
    if error.is_user() {
        ConnectorError::user(error.into())
    } else if error.is_parse() {
        ConnectorError::other(error.into(), None)
    } else {
        ConnectorError::io(error.into())
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let connector = self.clone();
        HttpConnectorFuture::new(async move {
            let answer = connector.answer(request);
            connector
                .within(connector.limits.read_timeout(), answer)
                .await?
        })
    }
}

impl HttpClient for Http1 {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector {
            connections: Arc::clone(&self.0),
            limits: settings.clone(),
            sleep: components.sleep_impl(),
        })
    }
}

impl fmt::Debug for Http1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Http1")
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connector")
    }
}

#[cfg(test)]
mod tests;
