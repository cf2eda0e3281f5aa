//! One proxy event in, one response out.

use std::{collections::HashMap, convert::Infallible, future::Future};

use dynamodb_session::{
    aws::keyring::{Keyring, NoKeys},
    reply::{self, Response},
    time::UnixSeconds,
};
use lambda_http::{
    Adapter, Body, Context, Error, LambdaEvent, Request, Service, http::StatusCode, lambda_runtime,
    service_fn,
};
use serde_json::{Value, json};

use crate::{ended, event, log};

/// Answers `event` with what `handler` answers, in the format of the API that sent it (payload 1.0 or 2.0).
///
/// Another kind of event is answered with a 400 that says so; only a panic of the handler gets past this.
pub async fn answer<H, F>(event: Value, handler: H) -> Value
where
    H: Fn(Request) -> F,
    F: Future<Output = Response> + Send,
{
    let Some((payload, kept)) = event::read(event) else {
        let expected = "The event is not a proxy event of an API Gateway HTTP API or REST API.";
        let problem = reply::problem(StatusCode::BAD_REQUEST, expected);
        let headers = problem.headers().iter();
        return json!({
            "statusCode": problem.status().as_u16(),
            "headers": headers.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?))).collect::<HashMap<_, _>>(),
            "body": problem.body(),
            "isBase64Encoded": false,
        });
    };
    let mut service = Adapter::from(service_fn(|mut request: Request| {
        let kept = kept.clone();
        let extensions = request.extensions_mut();
        extensions.insert(kept.headers);
        extensions.insert(kept.place);
        extensions.insert(kept.address);
        let response = handler(request);
        async { Ok::<_, Infallible>(response.await.map(body)) }
    }));
    let Ok(response) = service
        .call(LambdaEvent::new(payload, Context::default()))
        .await;
    // A response is strings and numbers: it always has a JSON form.
    serde_json::to_value(response).unwrap_or_default()
}

fn body(text: String) -> Body {
    if text.is_empty() {
        Body::Empty
    } else {
        Body::Text(text)
    }
}

/// The answer of `handler` once the keys are fresh; a 503 if there are no keys.
pub async fn with_keys<F>(keyring: &Keyring, now: UnixSeconds, handler: F) -> Response
where
    F: Future<Output = Response> + Send,
{
    match keyring.refresh(now).await {
        Ok(()) => handler.await,
        Err(NoKeys) => reply::unavailable(),
    }
}

/// Serves events until Lambda stops the process: `handler` is given each request and the time at which it came.
pub async fn serve<H, F>(handler: H) -> Result<(), Error>
where
    H: Fn(Request, UnixSeconds) -> F,
    F: Future<Output = Response> + Send,
{
    let served = lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| async {
        log::of_request(event.context.request_id);
        let now = UnixSeconds::from_system_clock();
        Ok::<_, Error>(answer(event.payload, |request| handler(request, now)).await)
    }));
    ended(served.await)
}
