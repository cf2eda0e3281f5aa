//! The decision in the format of the API that asked.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use dynamodb_session::{data, provider::Identity, session::Session};
use lambda::api::{Api, ContextData, DenyStatus};
use serde_json::{Map, Value, json};

use crate::{Fault, arn::Stage, call::Format};

/// The most bytes of data that a context carries. Larger data is told by its size alone: GET /session has it.
const MOST_DATA_BYTES: usize = 4 * 1024;

/// The most bytes of an answer that carries data: a larger one leaves the data out. AWS documents this limit for the
/// authorizer of a WebSocket API ("Quotas for configuring and running a WebSocket API"), and none for the others.
const MOST_BYTES: usize = 8 * 1024;

/// The principals of an anonymous session and of a refusal. They are in upper case, because no user's canonical name
/// is: so a user may be named `anonymous` or `denied`.
const ANONYMOUS: &str = "ANONYMOUS";
const DENIED: &str = "DENIED";

/// Lets the call through, and tells the backend whose it is.
pub(crate) fn allow(format: &Format, session: &Session, api: Api) -> Value {
    let form = api.context_data;
    let identity = session.origin.identity.as_deref();
    let identity = identity.filter(|_| api.context_identity);
    let answer = |form, claims| {
        let mut context = context(session, form);
        if let Some(identity) = identity {
            tell(&mut context, identity, api.context_data, claims);
        }
        allow_with(format, session, &context)
    };
    let whole = answer(form, true);
    let has_claims = identity.is_some_and(|it| it.claims.is_some());
    // A backslash or a quote in the data is escaped at least once: only the whole answer tells its length.
    let fits = |answer: &Value| answer.to_string().len() <= MOST_BYTES;
    if (session.data.is_empty() && !has_claims) || fits(&whole) {
        return whole;
    }
    let told = answer(ContextData::None, true);
    if !has_claims || fits(&told) {
        told
    } else {
        answer(ContextData::None, false)
    }
}

fn allow_with(format: &Format, session: &Session, context: &Map<String, Value>) -> Value {
    match format {
        Format::Simple => json!({"isAuthorized": true, "context": context}),
        Format::HttpPolicy(stage) | Format::RestPolicy(stage) => {
            let principal = session
                .user
                .as_ref()
                .map_or(ANONYMOUS, |user| user.as_str());
            json!({
                "principalId": principal,
                "policyDocument": policy("Allow", stage),
                "context": context,
            })
        }
    }
}

/// Refuses the call: an HTTP API with a 403 and the others with a 401, unless `status` says otherwise.
pub(crate) fn deny(format: &Format, status: Option<DenyStatus>) -> Result<Value, Fault> {
    match (format, status) {
        (_, Some(DenyStatus::Unauthorized)) | (Format::RestPolicy(_), None) => {
            Err(Fault::Unauthorized)
        }
        (Format::Simple, _) => Ok(json!({"isAuthorized": false})),
        (Format::HttpPolicy(stage) | Format::RestPolicy(stage), _) => Ok(json!({
            "principalId": DENIED,
            "policyDocument": policy("Deny", stage),
        })),
    }
}

/// What the backend learns: scalars alone, which every kind of API passes on, and nothing that opens a session. `form`
/// says how it learns the data; of data that is too long it learns the size alone.
fn context(session: &Session, form: ContextData) -> Map<String, Value> {
    let mut context = Map::new();
    if let Some(user) = &session.user {
        context.insert("user".to_owned(), user.as_str().into());
    }
    context.insert("session".to_owned(), session.reference.as_str().into());
    if let Some(at) = session.authenticated {
        context.insert("authenticated_at".to_owned(), at.0.into());
    }
    context.insert("expires_at".to_owned(), session.expires().0.into());
    if !session.data.is_empty() {
        let json = data::to_json(&session.data);
        let json = json.as_ref().map(|json| json.get()).ok();
        let fitting = json.filter(|json| json.len() <= MOST_DATA_BYTES);
        let text = fitting.and_then(|json| match form {
            ContextData::Json => Some(json.to_owned()),
            ContextData::Base64url => Some(URL_SAFE_NO_PAD.encode(json)),
            ContextData::None => None,
        });
        if let Some(text) = text {
            context.insert("data".to_owned(), text.into());
        } else {
            let bytes = data::size(&session.data);
            context.insert("data_bytes".to_owned(), bytes.into());
        }
    }
    context
}

/// Adds who the user is at their provider; the claims in the form of the data.
fn tell(context: &mut Map<String, Value>, identity: &Identity, form: ContextData, claims: bool) {
    context.insert("issuer".to_owned(), identity.issuer.as_str().into());
    context.insert("subject".to_owned(), identity.subject.as_str().into());
    if let Some(json) = identity.claims.as_ref().filter(|_| claims) {
        let text = match form {
            ContextData::Base64url => URL_SAFE_NO_PAD.encode(json),
            ContextData::Json | ContextData::None => json.clone(),
        };
        context.insert("claims".to_owned(), text.into());
    }
}

fn policy(effect: &str, stage: &Stage) -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{"Action": "execute-api:Invoke", "Effect": effect, "Resource": stage.as_str()}],
    })
}
