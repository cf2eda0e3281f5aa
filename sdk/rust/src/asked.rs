//! What a request presents, kept for the time of its handler: its carriers, and what tells which page sent it.

use std::fmt;

use dynamodb_session::{
    authorize::Denial,
    config::Config,
    cross_site::{self, Effect},
    csrf,
    id::SessionId,
    session::Origin,
    transport::{Carried, Source},
};
use http::{
    Extensions, HeaderMap, Method,
    header::{HOST, ORIGIN, UPGRADE, USER_AGENT},
};

use crate::settings::{Host, Settings};

/// A request, as far as its session is concerned. It holds credentials, so nothing of it is shown.
pub(crate) struct Asked {
    /// Each description of its headers, as far as they matter.
    sources: Vec<Vec<(String, String)>>,
    effect: Effect,
    /// Whether it may present more than it shows: it was made of an event that merged headers.
    pub(crate) merged: bool,
    /// Where a session that it begins comes from.
    pub(crate) origin: Origin,
}

impl Asked {
    /// Reads a request. Its host, its scheme and its address come from the settings, and from headers only where the settings
    /// say so.
    pub(crate) fn read(
        settings: &Settings,
        method: &Method,
        headers: &HeaderMap,
        extensions: &Extensions,
    ) -> Self {
        let config = &settings.config;
        let all: Vec<(&str, _)> = headers
            .iter()
            .map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes())))
            .collect();
        let shown = || vec![all.iter().map(|(name, text)| (*name, &**text)).collect()];
        let sources = kept(extensions).unwrap_or_else(shown);
        let told = config.front.as_ref();
        let told = told.and_then(|front| front.client(&sources));
        let ip = told.or_else(|| settings.address?(extensions));
        let agent = headers.get(USER_AGENT).and_then(|it| it.to_str().ok());
        let own = config.transport.header.as_str();
        let matter = [
            "cookie",
            "sec-fetch-site",
            ORIGIN.as_str(),
            csrf::HEADER,
            own,
        ];
        let sources = sources.into_iter().map(|source| {
            let source = source.into_iter();
            source
                .filter(|(name, _)| matter.iter().any(|it| it.eq_ignore_ascii_case(name)))
                .map(|(name, text)| (name.to_owned(), text.to_owned()))
                .collect()
        });
        let mut sources: Vec<Vec<_>> = sources.collect();
        if let Some(host) = host(settings, headers, extensions) {
            sources.push(vec![(HOST.as_str().to_owned(), host)]);
        }
        Self {
            sources,
            effect: effect(method, headers),
            merged: merged(extensions),
            origin: Origin::new(ip.map(|ip| ip.to_string()).as_deref(), agent),
        }
    }

    pub(crate) fn sources(&self) -> Vec<Source<'_>> {
        let sources = self.sources.iter().map(|source| {
            let source = source.iter();
            source
                .map(|(name, text)| (name.as_str(), text.as_str()))
                .collect()
        });
        sources.collect()
    }

    /// What its carriers hold.
    pub(crate) fn carried(&self, config: &Config) -> Carried<'_> {
        config.transport.read(&self.sources())
    }

    /// Refuses what a page of another site may have sent, or what does not show the CSRF token of the session that `id` names.
    pub(crate) fn check(&self, config: &Config, id: Option<&SessionId>) -> Result<(), Denial> {
        let call = cross_site::Request {
            effect: self.effect,
            sources: &self.sources(),
            carried: &self.carried(config),
            id,
        };
        config.guard.check(&call, &config.transport.cookie)
    }
}

impl fmt::Debug for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Asked(..)")
    }
}

/// What the request is for. A handshake is a GET whose answers any page reads.
fn effect(method: &Method, headers: &HeaderMap) -> Effect {
    let mut upgrades = headers
        .get_all(UPGRADE)
        .iter()
        .filter_map(|it| it.to_str().ok());
    if upgrades.any(|it| it.to_ascii_lowercase().contains("websocket")) {
        Effect::Handshake
    } else {
        Effect::of(Some(method.as_str()))
    }
}

fn host(settings: &Settings, headers: &HeaderMap, extensions: &Extensions) -> Option<String> {
    match &settings.host {
        Host::Told => told(extensions),
        Host::Is(host) => Some(host.clone()),
        Host::OfRequest => {
            let host = headers.get(HOST)?.to_str().ok()?;
            Some(host.to_owned())
        }
    }
}

/// The headers of the event that the request was made of, as they came.
#[cfg(feature = "lambda")]
fn kept(extensions: &Extensions) -> Option<Vec<Source<'_>>> {
    Some(
        extensions
            .get::<dynamodb_session::transport::described::Headers>()?
            .sources(),
    )
}

#[cfg(not(feature = "lambda"))]
fn kept(_: &Extensions) -> Option<Vec<Source<'_>>> {
    None
}

#[cfg(feature = "lambda")]
fn merged(extensions: &Extensions) -> bool {
    crate::event::merged(extensions)
}

#[cfg(not(feature = "lambda"))]
fn merged(_: &Extensions) -> bool {
    false
}

/// The domain that API Gateway was called by, which no client can influence.
#[cfg(feature = "lambda")]
fn told(extensions: &Extensions) -> Option<String> {
    use lambda_http::request::RequestContext;
    match extensions.get::<RequestContext>()? {
        RequestContext::ApiGatewayV1(context) => context.domain_name.clone(),
        RequestContext::ApiGatewayV2(context) => context.domain_name.clone(),
        _ => None,
    }
}

#[cfg(not(feature = "lambda"))]
fn told(_: &Extensions) -> Option<String> {
    None
}
