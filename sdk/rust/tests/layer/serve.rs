//! A handler behind the layer, and the requests that it is sent.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context as TaskContext, Poll},
};

use dynamodb_session_backend::{
    dynamodb_session::{
        store::SessionStore, store::memory::MemoryStore, throttle::Throttle, time::UnixSeconds,
    },
    error::Error,
    layer::SessionLayer,
    session::Session,
    testing::{Seeded, Sessions},
};
use http::{Request, Response, header::SET_COOKIE};
use support::{
    gate::Gate,
    hooked::Hooked,
    store::{Calls, Counting},
};
use tests::{
    stepped::{Journal, Stepped, Steps},
    world::NOW,
};
use tower_layer::Layer;
use tower_service::Service;

/// A response whose body is text.
pub(crate) type Reply = Response<String>;

/// A service that gives its handler the session.
#[derive(Clone)]
struct Handler<F>(F);

impl<F, T> Service<Request<String>> for Handler<F>
where
    F: Fn(Session) -> T,
    T: Future<Output = Reply> + Send + 'static,
{
    type Response = Reply;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Reply, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut TaskContext<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<String>) -> Self::Future {
        let session = request.extensions().get::<Session>().unwrap().clone();
        let handled = (self.0)(session);
        Box::pin(async move { Ok(handled.await) })
    }
}

/// What a client gets from a handler that answers by itself.
pub(crate) fn answer<F, T>(
    layer: &SessionLayer,
    request: Request<String>,
    handler: F,
) -> impl Future<Output = Reply> + use<F, T>
where
    F: Fn(Session) -> T + Clone + Send + 'static,
    T: Future<Output = Reply> + Send + 'static,
{
    let mut service = layer.layer(Handler(handler));
    async move { service.call(request).await.unwrap() }
}

/// What a client gets from a handler that answers with an empty 200, or with its error.
pub(crate) fn serve<F, T>(
    layer: &SessionLayer,
    request: Request<String>,
    handler: F,
) -> impl Future<Output = Reply> + use<F, T>
where
    F: Fn(Session) -> T + Clone + Send + 'static,
    T: Future<Output = Result<(), Error>> + Send + 'static,
{
    let mut service = layer.layer(Handler(move |session| {
        let running = handler(session);
        async move {
            match running.await {
                Ok(()) => Response::new(String::new()),
                Err(error) => error.into_reply(),
            }
        }
    }));
    async move { service.call(request).await.unwrap() }
}

/// A request with the session's cookie, if there is one.
pub(crate) fn request(method: &str, seeded: Option<&Seeded>) -> Request<String> {
    let mut request = Request::builder().method(method).uri("/");
    if let Some(seeded) = seeded {
        request = request.header("cookie", seeded.cookie());
    }
    request.body(String::new()).unwrap()
}

pub(crate) fn post(seeded: &Seeded) -> Request<String> {
    request("POST", Some(seeded))
}

/// The cookies that an answer sets.
pub(crate) fn cookies(reply: &Reply) -> Vec<String> {
    let values = reply.headers().get_all(SET_COOKIE).iter();
    values
        .map(|value| value.to_str().unwrap().to_owned())
        .collect()
}

/// The `Cookie` header of a browser that took an answer's last cookie.
pub(crate) fn cookie_of(reply: &Reply) -> String {
    let cookies = cookies(reply);
    let last = cookies.last().expect("a cookie");
    last.split(';').next().unwrap().to_owned()
}

/// Sessions in memory, whose calls are counted.
pub(crate) fn counted(variables: &[(&str, &str)]) -> Sessions<Counting> {
    let store = Hooked {
        inner: MemoryStore::default(),
        hook: Calls::default(),
    };
    Sessions::over(Arc::new(store), variables)
}

/// Sessions in a store whose calls pause at a gate, at a time that no sweep has reached.
pub(crate) fn stepped<S: SessionStore + Throttle + 'static>(
    store: S,
    variables: &[(&str, &str)],
) -> (Sessions<Stepped<S>>, Gate) {
    let gate = Gate::around();
    let hook = Steps {
        gate: gate.clone(),
        journal: Journal::default(),
    };
    let sessions = Sessions::over(Arc::new(Hooked { inner: store, hook }), variables);
    sessions.clock.set(UnixSeconds(NOW.0));
    (sessions, gate)
}
