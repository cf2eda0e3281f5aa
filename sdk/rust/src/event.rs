//! Events of API Gateway as requests that keep their headers as they came.
//!
//! `lambda_http` makes one list of an event's headers: of a header that is there twice in payload 1.0, or in a REST API's event, it shows
//! the last one alone.

use std::{fmt, future::poll_fn};

use dynamodb_session::transport::described::Headers;
use http::Extensions;
use lambda_http::{
    Adapter, IntoResponse, LambdaEvent, Request, Service,
    request::{LambdaRequest, RequestContext},
    service_fn,
};
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use serde_json::Map;

/// A proxy event, and its headers as they came. It is read as `lambda_http` reads it.
pub struct Event {
    request: LambdaRequest,
    headers: Headers,
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let event = Map::deserialize(deserializer)?;
        let headers = Headers::of(&event);
        let request = serde_json::from_value(event.into()).map_err(Error::custom)?;
        Ok(Self { request, headers })
    }
}

/// It holds credentials, so nothing of it is shown.
impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Event(..)")
    }
}

/// Answers events with `handler`, which has the layer around it: `lambda_runtime::run(event::service(handler))` is what
/// `lambda_http::run(handler)` is, and the layer sees each header as it came.
pub fn service<S>(
    handler: S,
) -> impl Service<
    LambdaEvent<Event>,
    Response = impl Serialize + Send + Sync + 'static,
    Error = S::Error,
    Future: Send + 'static,
> + Clone
+ Send
+ 'static
where
    S: Service<Request, Response: IntoResponse + 'static, Error: 'static, Future: Send>
        + Clone
        + Send
        + 'static,
{
    service_fn(
        move |LambdaEvent { payload, context }: LambdaEvent<Event>| {
            let Event { request, headers } = payload;
            let handler = handler.clone();
            let kept = service_fn(move |mut request: Request| {
                request.extensions_mut().insert(headers.clone());
                let mut handler = handler.clone();
                async move {
                    poll_fn(|context| handler.poll_ready(context)).await?;
                    handler.call(request).await
                }
            });
            Adapter::from(kept).call(LambdaEvent::new(request, context))
        },
    )
}

/// Whether a request was made of an event in which a header may be there twice, and which is no longer to be had.
pub(crate) fn merged(extensions: &Extensions) -> bool {
    let context = extensions.get::<RequestContext>();
    let may_be = context.is_some_and(|it| !matches!(it, RequestContext::ApiGatewayV2(_)));
    may_be && extensions.get::<Headers>().is_none()
}
