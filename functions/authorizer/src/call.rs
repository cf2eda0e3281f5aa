//! Which kind of API asks, and what the request claims.
//!
//! The events are read leniently, as JSON values: a map that is null or a header that is not text is the client's
//! business, and no reason to fail. An event that is not an authorizer's is refused.

use dynamodb_session::{
    claim::Claim,
    config::Config,
    cross_site::Effect,
    transport::{Carried, Source, described},
};
use lambda::api::HttpApiResponse;
use serde_json::{Map, Value};

use crate::{
    Fault,
    arn::{self, Stage},
};

/// One question to the authorizer.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    /// The session that the request claims.
    pub(crate) claim: Claim<'a>,
    /// What its carriers hold.
    pub(crate) carried: Carried<'a>,
    /// Its headers, as far as the event has them.
    pub(crate) sources: Vec<Source<'a>>,
    /// What it is for.
    pub(crate) effect: Effect,
    /// The form of answer that the API expects.
    pub(crate) format: Format,
}

/// The form of answer that an API expects.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// An HTTP API with payload format 2.0 and simple responses.
    Simple,
    /// An HTTP API with IAM policies.
    HttpPolicy(Stage),
    /// A REST or WebSocket API: IAM policies, and a 401 by default.
    RestPolicy(Stage),
}

impl<'a> Call<'a> {
    /// Tells the kinds of events apart by their shape (developer guide, "Input to an API Gateway Lambda authorizer",
    /// and "Lambda authorizers for HTTP APIs").
    pub(crate) fn read(
        event: &'a Value,
        config: &'a Config,
        response: HttpApiResponse,
    ) -> Result<Self, Fault> {
        let event = event
            .as_object()
            .ok_or_else(|| Fault::UnknownEvent("it is not a JSON object".to_owned()))?;
        let (version, kind) = (text(event, "version"), text(event, "type"));
        let (sources, effect, format) = match (version, kind) {
            (Some("2.0"), _) => {
                let stage = Stage::of(event, "routeArn")?;
                let format = match response {
                    HttpApiResponse::Simple => Format::Simple,
                    HttpApiResponse::Policy => Format::HttpPolicy(stage),
                };
                let method = context(event, "/http/method");
                (described::sources(event), Effect::of(method), format)
            }
            (Some("1.0"), Some("REQUEST")) => {
                let stage = Stage::of(event, "methodArn")?;
                let format = Format::HttpPolicy(stage);
                (described::sources(event), effect(event), format)
            }
            // A TOKEN event has one header. If that is the cookie, nothing tells which page sent the request.
            (_, Some("TOKEN")) => {
                let stage = Stage::of(event, "methodArn")?;
                let effect = Effect::of(text(event, "methodArn").and_then(arn::method));
                let token = text(event, "authorizationToken");
                let source = token.map(|token| config.transport.bare(token));
                let sources = source.into_iter().collect();
                (sources, effect, Format::RestPolicy(stage))
            }
            // REST and WebSocket. In some samples a WebSocket's event has a `version` of its own, so the version
            // decides nothing here.
            (_, Some("REQUEST")) => {
                let stage = Stage::of(event, "methodArn")?;
                let format = Format::RestPolicy(stage);
                (described::sources(event), effect(event), format)
            }
            _ => {
                return Err(Fault::UnknownEvent(
                    "its version and type are of an unknown kind".to_owned(),
                ));
            }
        };
        let carried = config.transport.read(&sources);
        Ok(Self {
            claim: Claim::verify(carried.presented(), &config.policy.format),
            carried,
            sources,
            effect,
            format,
        })
    }
}

fn text<'a>(event: &'a Map<String, Value>, field: &str) -> Option<&'a str> {
    event.get(field)?.as_str()
}

/// What the call of a REQUEST event is for. A call that opens a WebSocket has no method.
fn effect(event: &Map<String, Value>) -> Effect {
    match context(event, "/eventType") {
        Some("CONNECT") => Effect::Handshake,
        _ => Effect::of(text(event, "httpMethod")),
    }
}

/// A text of the event's `requestContext`, which `API Gateway` makes and no client can influence.
fn context<'a>(event: &'a Map<String, Value>, pointer: &str) -> Option<&'a str> {
    event.get("requestContext")?.pointer(pointer)?.as_str()
}
