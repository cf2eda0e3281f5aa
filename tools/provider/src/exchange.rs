//! The token endpoint: a code becomes tokens (RFC 6749 sections 4.1.3 and 5, `OpenID` Connect Core 1.0, section 3.1.3).

use base64::{Engine, engine::general_purpose::STANDARD};
use ring::digest::{SHA256, SHA512, digest};
use serde_json::{Value, json};

use crate::{
    client::Client,
    core::{Access, Core, Grant, random},
    key::{Key, encode},
    parameters::{self, Pairs, one},
    patch,
};

/// How long id tokens and access tokens live, as they say.
const TOKEN_SECONDS: u64 = 300;

impl Core {
    /// Exchanges a code: the answer, or the error's name.
    pub(crate) fn exchange(
        &self,
        authorization: Option<&str>,
        form: &Pairs,
    ) -> Result<Value, &'static str> {
        if form.iter().any(|(name, _)| one(form, name).is_none()) {
            return Err("invalid_request");
        }
        if !is_by(&self.state().client, authorization, form)? {
            return Err("invalid_client");
        }
        if one(form, "grant_type") != Some("authorization_code") {
            return Err("unsupported_grant_type");
        }
        // Whoever comes second finds no code, whatever became of the first.
        let code = one(form, "code").unwrap_or_default();
        let grant = self.state().codes.remove(code).ok_or("invalid_grant")?;
        let verifier = one(form, "code_verifier").unwrap_or_default();
        if self.clock.now() >= grant.expires
            || one(form, "redirect_uri") != Some(&grant.redirect_uri)
            || encode(digest(&SHA256, verifier.as_bytes())) != grant.challenge
        {
            return Err("invalid_grant");
        }
        Ok(self.tokens(grant))
    }

    fn tokens(&self, grant: Grant) -> Value {
        let mut state = self.state();
        let access_token = random();
        let id_token = self.id_token(&grant, &access_token, &state.client.id, &state.key);
        let mut id_token = id_token;
        if state.behaviour.claims_in_id_token {
            for (name, value) in grant.session.user.told(&grant.scopes) {
                patch::apply(&mut id_token, &json!({ name: value }));
            }
        }
        let id_token = state.behaviour.id_token.sign(&state.key, "JWT", id_token);
        let mut answer = json!({
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": TOKEN_SECONDS,
            "scope": grant.scopes.join(" "),
            "id_token": id_token,
        });
        patch::apply(&mut answer, &state.behaviour.tokens);
        let access = Access {
            user: grant.session.user,
            scopes: grant.scopes,
        };
        state.access.insert(access_token, access);
        answer
    }

    /// The claims of an id token (section 2).
    fn id_token(&self, grant: &Grant, access_token: &str, client_id: &str, key: &Key) -> Value {
        let now = self.clock.now();
        let mut claims = json!({
            "iss": self.issuer,
            "sub": grant.session.user.subject,
            "aud": client_id,
            "iat": now.0,
            "exp": now.plus(TOKEN_SECONDS).0,
            "auth_time": grant.session.authenticated.0,
            "sid": grant.session.sid,
            "at_hash": half_hash(key, access_token),
        });
        patch::apply(&mut claims, &json!({"nonce": grant.nonce}));
        claims
    }

    /// What the userinfo endpoint tells whoever has this access token; `None`: nothing (section 5.3).
    pub(crate) fn userinfo(&self, authorization: Option<&str>) -> Option<Value> {
        let state = self.state();
        let access = state.access.get(authorization?.strip_prefix("Bearer ")?)?;
        let mut told = json!({"sub": access.user.subject});
        for (name, value) in access.user.told(&access.scopes) {
            patch::apply(&mut told, &json!({ name: value }));
        }
        patch::apply(&mut told, &state.behaviour.userinfo);
        Some(told)
    }
}

/// The left half of an access token's hash, by the hash of the key's algorithm (section 3.1.3.6).
fn half_hash(key: &Key, access_token: &str) -> String {
    let hash = match key.algorithm() {
        "EdDSA" => &SHA512,
        _ => &SHA256,
    };
    let hash = digest(hash, access_token.as_bytes());
    let (half, _) = hash.as_ref().split_at(hash.as_ref().len() / 2);
    encode(half)
}

/// Whether a request is of the client (RFC 6749 section 2.3.1). Two ways at once are an error.
fn is_by(client: &Client, authorization: Option<&str>, form: &Pairs) -> Result<bool, &'static str> {
    let posted = one(form, "client_secret");
    let (id, secret) = match authorization {
        Some(_) if posted.is_some() => return Err("invalid_request"),
        Some(header) => match basic(header) {
            Some((id, secret)) => (Some(id), Some(secret)),
            None => return Ok(false),
        },
        None => (
            one(form, "client_id").map(str::to_owned),
            posted.map(str::to_owned),
        ),
    };
    Ok(id.as_ref() == Some(&client.id) && secret == client.secret)
}

/// Id and secret of an `Authorization` header, each of them form-encoded.
fn basic(header: &str) -> Option<(String, String)> {
    let pair = STANDARD.decode(header.strip_prefix("Basic ")?).ok()?;
    let pair = String::from_utf8(pair).ok()?;
    let (id, secret) = pair.split_once(':')?;
    let decoded = |text: &str| {
        let pairs = parameters::read(format!("text={text}").as_bytes());
        one(&pairs, "text").map(str::to_owned)
    };
    Some((decoded(id)?, decoded(secret)?))
}
