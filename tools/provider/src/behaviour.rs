//! How the provider errs, when it is told to.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::token::Forgery;

/// What differs from a provider that behaves. The default differs in nothing; patches are JSON merge patches (RFC 7396).
#[derive(Clone, Debug)]
pub struct Behaviour {
    /// A patch of the metadata, such as `{"issuer": "https://other.example"}`. What the metadata promise the provider does
    /// all the same: without `authorization_response_iss_parameter_supported` its answers still have `iss`.
    pub metadata: Value,
    /// A patch of the query that a browser is sent back with: texts, such as `{"iss": null}`.
    pub answer: Value,
    /// Id tokens.
    pub id_token: Forgery,
    /// Logout tokens.
    pub logout_token: Forgery,
    /// A patch of the token endpoint's answer of tokens.
    pub tokens: Value,
    /// A patch of the userinfo endpoint's answer.
    pub userinfo: Value,
    /// Whether id tokens hold the claims of the scopes, too.
    pub claims_in_id_token: bool,
    /// Endpoints that fail.
    pub faults: BTreeMap<Endpoint, Fault>,
}

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Endpoint {
    /// The metadata (`/.well-known/openid-configuration`).
    Metadata,
    /// The keys (`/keys`).
    Keys,
    /// Where browsers log in (`/authorize`).
    Authorization,
    /// Where codes are exchanged (`/token`).
    Token,
    /// Where more is told about a user (`/userinfo`).
    Userinfo,
    /// Where browsers log out (`/logout`).
    EndSession,
}

/// How an endpoint fails.
#[derive(Clone, Debug)]
pub enum Fault {
    /// The right answer, followed by a megabyte of spaces, in pieces and without a length.
    Flood,
    /// The first half of the right answer, as if it were all.
    Half,
    /// 307 to this address.
    Redirect(String),
    /// This status, with an empty body.
    Status(u16),
    /// 200 with this body.
    Body(String),
}

impl Default for Behaviour {
    fn default() -> Self {
        let nothing = || Value::Object(Map::new());
        Self {
            metadata: nothing(),
            answer: nothing(),
            id_token: Forgery::default(),
            logout_token: Forgery::default(),
            tokens: nothing(),
            userinfo: nothing(),
            claims_in_id_token: false,
            faults: BTreeMap::new(),
        }
    }
}
