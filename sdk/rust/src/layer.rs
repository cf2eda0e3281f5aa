//! A tower layer that gives each request its session, and saves it when the handler is done.

use std::{
    future::poll_fn,
    net::IpAddr,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context as TaskContext, Poll},
};

use dynamodb_session::{config::Config, time::UnixSeconds};
use http::{Extensions, Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use crate::{
    asked::Asked,
    context::{Context, ContextError},
    session::Session,
    settings::{Host, Settings, Teller, Way},
    store::AnyStore,
};

/// Puts a [`Session`] into the extensions of each request.
///
/// Its answers in the handler's place are problems of RFC 9457; the body of a response is anything that a text can be made
/// into, as those of axum and `lambda_http` can.
#[derive(Clone, Debug)]
pub struct SessionLayer(Arc<Settings>);

impl SessionLayer {
    /// Validates requests in this process: each one that presents a token is one request to the table, which counts as a use. One
    /// without a session goes on without any.
    #[must_use]
    pub fn by_itself(store: AnyStore, config: Arc<Config>) -> Self {
        let way = Way::ByItself { required: false };
        Self(Arc::new(Settings::new(store, config, way)))
    }

    /// Takes the authorizer's word for whose call it is, and asks the table when the session is used. The configuration is the
    /// authorizer's. A request that no authorizer tells about is a 500: the route is not guarded.
    #[must_use]
    pub fn behind_authorizer(store: AnyStore, config: Arc<Config>) -> Self {
        let way = Way::Behind(Teller::Event);
        Self(Arc::new(Settings::new(store, config, way)))
    }

    /// By itself: answers a request without a session with a 401, and one whose session has no user too, unless
    /// `SESSION_REQUIRE_USER` is off. Behind the authorizer that is so anyway.
    #[must_use]
    pub fn required(self) -> Self {
        self.with(|settings| {
            if let Way::ByItself { required } = &mut settings.way {
                *required = true;
            }
        })
    }

    /// Behind the authorizer: believes the header of Lambda Web Adapter. Anyone who reaches the server past it could write it.
    #[must_use]
    pub fn adapter(self) -> Self {
        self.told_by(Teller::Adapter)
    }

    /// Behind the authorizer: believes the headers that an HTTP integration overwrites (docs/backends.md), as
    /// `cargo run -- --backend` does. Anyone who reaches the server past it could write them.
    #[must_use]
    pub fn integration(self) -> Self {
        self.told_by(Teller::Integration)
    }

    fn told_by(self, teller: Teller) -> Self {
        self.with(|settings| {
            if let Way::Behind(from) = &mut settings.way {
                *from = teller;
            }
        })
    }

    /// The host that browsers call, with its port if that is not the scheme's: their pages' origin is compared with it where
    /// `Sec-Fetch-Site` is missing. Without this, it is what API Gateway tells of an event, or unknown.
    #[must_use]
    pub fn host(self, host: &str) -> Self {
        self.with(|settings| settings.host = Host::Is(host.to_owned()))
    }

    /// Takes the host from the request's header, as a server that answers for any host has to.
    #[must_use]
    pub fn host_of_request(self) -> Self {
        self.with(|settings| settings.host = Host::OfRequest)
    }

    /// Where the address of a client is, such as `address::peer`. Without this it is unknown, unless a trusted front tells it
    /// (`SESSION_FRONT_HEADER`): anonymous sessions are not limited by address then, and devices show none.
    #[must_use]
    pub fn address(self, address: fn(&Extensions) -> Option<IpAddr>) -> Self {
        self.with(|settings| settings.address = Some(address))
    }

    /// What tells the time, in place of the system's clock.
    #[must_use]
    pub fn clock(self, clock: impl Fn() -> UnixSeconds + Send + Sync + 'static) -> Self {
        self.with(|settings| settings.clock = Arc::new(clock))
    }

    /// Keeps the signing keys of a secret fresh: each request begins with this.
    #[cfg(feature = "dynamodb")]
    #[must_use]
    pub fn keyring(self, keyring: Arc<dynamodb_session::aws::keyring::Keyring>) -> Self {
        self.with(|settings| {
            settings.refresh = Some(Arc::new(move |now| {
                let keyring = Arc::clone(&keyring);
                Box::pin(async move { keyring.refresh(now).await.is_ok() })
            }));
        })
    }

    fn with(self, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Arc::unwrap_or_clone(self.0);
        change(&mut settings);
        Self(Arc::new(settings))
    }
}

impl<S> Layer<S> for SessionLayer {
    type Service = SessionService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        SessionService {
            inner,
            settings: Arc::clone(&self.0),
        }
    }
}

/// A service whose requests have a session.
#[derive(Clone, Debug)]
pub struct SessionService<S> {
    inner: S,
    settings: Arc<Settings>,
}

impl<S, B, R> Service<Request<B>> for SessionService<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send,
    B: Send + 'static,
    R: From<String> + Send + 'static,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<R>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut TaskContext<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        // The one that was ready is called.
        let next = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, next);
        let settings = Arc::clone(&self.settings);
        let told = told(&settings, &request);
        let (method, headers) = (request.method(), request.headers());
        let asked = Asked::read(&settings, method, headers, request.extensions());
        Box::pin(async move {
            if let Some(Ok(context)) = &told {
                request.extensions_mut().insert(context.clone());
            }
            let session = match Session::find(settings, asked, told).await {
                Ok(session) => session,
                Err(answer) => return Ok(answer.map(R::from)),
            };
            let _closing = Closing(session.clone());
            request.extensions_mut().insert(session.clone());
            let mut running = Box::pin(async move { inner.call(request).await });
            let handled = poll_fn(|context| {
                let poll = AssertUnwindSafe(|| running.as_mut().poll(context));
                match catch_unwind(poll) {
                    Ok(poll) => poll.map(Ok),
                    Err(panic) => Poll::Ready(Err(panic)),
                }
            });
            let response = match handled.await {
                Ok(Ok(response)) => response,
                Ok(Err(error)) => session.failed().await.ok_or(error)?,
                Err(panic) => match session.failed().await {
                    Some(response) => response,
                    None => resume_unwind(panic),
                },
            };
            Ok(session.end(response).await)
        })
    }
}

/// What the authorizer told, where it is asked.
fn told<B>(settings: &Settings, request: &Request<B>) -> Option<Result<Context, ContextError>> {
    match settings.way {
        Way::ByItself { .. } => None,
        Way::Behind(Teller::Event) => Some(of_event(request.extensions())),
        Way::Behind(Teller::Adapter) => Some(Context::from_adapter(request.headers())),
        Way::Behind(Teller::Integration) => Some(Context::from_headers(request.headers())),
    }
}

#[cfg(feature = "lambda")]
fn of_event(extensions: &Extensions) -> Result<Context, ContextError> {
    match extensions.get::<Context>() {
        Some(context) => Ok(context.clone()),
        None => Context::from_extensions(extensions),
    }
}

#[cfg(not(feature = "lambda"))]
fn of_event(extensions: &Extensions) -> Result<Context, ContextError> {
    let context = extensions.get::<Context>().cloned();
    context.ok_or(ContextError::NotGuarded)
}

/// Closes a session, also if its handler is dropped.
struct Closing(Session);

impl Drop for Closing {
    fn drop(&mut self) {
        self.0.close();
    }
}
