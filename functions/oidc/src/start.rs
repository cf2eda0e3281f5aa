//! GET /login/oidc: a browser goes to the provider.

use dynamodb_session::{
    admission::Counted,
    audit::{Event, Kind},
    create::Former,
    entropy::Entropy,
    provider::{Flow, FlowKey, ProviderStore},
    reply::{self, Response},
    return_to::ReturnTo,
    store::SessionStore,
    throttle::{self, Throttle, Turn},
    time::UnixSeconds,
    transport::Presented,
};
use lambda::incoming::Incoming;
use lambda_http::{
    Request,
    http::{HeaderValue, StatusCode, header::SET_COOKIE},
};
use openid::{
    flow::{self, Secret, State, authorization_url},
    metadata::Metadata,
    start::Start,
};

use crate::{Call, Oidc, failure::Failure, fetch::Fetch, flow_cookie, page};

/// What a login keeps on its way, but for what ties it to the browser.
#[derive(Debug)]
pub(crate) struct Wish {
    /// The session that the start presented.
    pub(crate) presented: Option<Former>,
    /// Where the browser goes next.
    pub(crate) return_to: Option<String>,
    /// Whether the session is to be remembered.
    pub(crate) remember: bool,
    /// Whether the login has to be a recent one.
    pub(crate) recent: bool,
    /// Whether the provider is told to ask the user again.
    pub(crate) prompt: bool,
}

/// The 400 for a request that opens no document: a browser that looks ahead, or loads something of a page. It would begin
/// or end a login that nobody asked for.
pub(crate) fn opens_nothing(request: &Request) -> Option<Response> {
    let header = |name| request.headers().get(name).map(HeaderValue::as_bytes);
    let ahead = |name| {
        let text = header(name).unwrap_or_default().to_ascii_lowercase();
        text.windows(8).any(|part| part == b"prefetch")
    };
    let within = header("sec-fetch-dest").is_some_and(|dest| dest != b"document");
    (within || ahead("sec-purpose") || ahead("purpose") || ahead("x-moz")).then(|| {
        let detail =
            "Open this address as a page of its own: no login begins or ends in any other way.";
        reply::problem(StatusCode::BAD_REQUEST, detail)
    })
}

impl<S: SessionStore + ProviderStore + Throttle, E: Entropy, F: Fetch> Oidc<S, E, F> {
    /// Answers the start of a login.
    pub(crate) async fn start(
        &self,
        call: &Call<'_>,
        now: UnixSeconds,
    ) -> Result<Response, Failure> {
        let incoming = &call.incoming;
        if let Some(refusal) = opens_nothing(incoming.request) {
            return Ok(refusal);
        }
        let Some(wish) = self.wish(incoming) else {
            let detail = "The parameters are return_to, a path of this host or a URL of an allowed origin, remember and recent, \
                          true or false, each given once at most.";
            return Ok(reply::problem(StatusCode::BAD_REQUEST, detail));
        };
        if let Some(seconds) = self.config.policy.closed_for(now) {
            return Ok(reply::closed(seconds));
        }
        let (limits, ip) = (self.config.logins.limits, incoming.address.as_deref());
        let turn = throttle::from_address(&self.store, limits, ip, now).await;
        if let Turn::Wait(seconds) = turn.map_err(|error| Failure::of_store(&error))? {
            let (by, ip) = (Counted::Address, incoming.ip());
            Event::FlowThrottled { by, ip, seconds }.log();
            return Err(Failure::Wait(seconds));
        }
        let metadata = call.within(self.source.metadata(now)).await?;
        self.send(call, &metadata, wish, now).await
    }

    /// What the query asks for; `None`: it is wrong.
    fn wish(&self, incoming: &Incoming<'_>) -> Option<Wish> {
        let query = incoming.request.uri().query().unwrap_or_default();
        let Start {
            return_to,
            remember,
            recent,
        } = Start::parse(query).ok()?;
        let allowed = &self.config.guard.allowed;
        if return_to
            .as_ref()
            .is_some_and(|place| ReturnTo::parse(place, allowed).is_none())
        {
            return None;
        }
        Some(Wish {
            presented: Former::of(&incoming.claim),
            return_to,
            remember,
            recent,
            prompt: recent,
        })
    }

    /// Notes a login that begins, and sends the browser to the provider.
    pub(crate) async fn send(
        &self,
        call: &Call<'_>,
        metadata: &Metadata,
        wish: Wish,
        now: UnixSeconds,
    ) -> Result<Response, Failure> {
        let cookie = flow_cookie::settings(&self.config.transport.cookie);
        // One for all tabs: a second login must not make the first one's callback fail.
        let secret = match call.incoming.in_cookie(&cookie) {
            Presented::Token(text) => Secret::parse(text),
            Presented::Nothing | Presented::Ambiguous | Presented::Oversized => None,
        };
        let secret = secret.map_or_else(|| Secret::generate(&self.entropy), Ok);
        let drawn = secret.and_then(|secret| Ok((secret, State::generate(&self.entropy)?)));
        let (secret, state) = drawn.map_err(|error| Failure::of_fault(Kind::Entropy, &error))?;
        let flow = Flow {
            cookie: secret.hash(),
            presented: wish.presented,
            return_to: wish.return_to,
            remember: wish.remember,
            recent: wish.recent,
            prompted: wish.prompt,
            started: now,
        };
        let put = self
            .store
            .put_flow(&FlowKey::of_state(state.as_str()), &flow)
            .await;
        // Nothing else lies there: 32 random bytes were drawn for it.
        let _: bool = put.map_err(|error| Failure::of_store(&error))?;
        let url = authorization_url(
            metadata,
            &flow::Request {
                client_id: &self.provider.client_id,
                redirect_uri: &self.redirect_uri(call)?,
                scopes: &self.provider.scopes,
                state: &state,
                secret: &secret,
                prompt: wish.prompt,
            },
        );
        let mut response = page::found(&url);
        let set = flow_cookie::set(&cookie, &secret.expose(), now);
        if let Ok(value) = HeaderValue::try_from(set) {
            response.headers_mut().append(SET_COOKIE, value);
        }
        Ok(response)
    }
}
