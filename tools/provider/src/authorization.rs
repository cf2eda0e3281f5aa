//! The authorization endpoint: a browser comes to log in, and is sent back (`OpenID` Connect Core 1.0, section 3.1.2).

use serde_json::Value;

use crate::{
    core::{Core, Grant, Session, random},
    parameters::{self, Pairs, one},
    patch,
};

/// The characters of a challenge by SHA-256 (RFC 7636 section 4.2).
const CHALLENGE_LENGTH: usize = 43;

/// How long a code lives.
const CODE_SECONDS: u64 = 60;

/// What a person chose on the login page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// To log in under this name.
    User(String),
    /// Not to log in.
    Deny,
}

/// Where an authorization request leads.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Back to the client; with a new session's cookie after a login.
    Back(String, Option<String>),
    /// To the login page.
    Ask,
    /// Nowhere, for this reason: there is no address that the browser may be sent to.
    Refused(&'static str),
}

impl Core {
    /// Answers an authorization request of the browser whose session has this cookie.
    pub(crate) fn authorize(
        &self,
        request: &Pairs,
        cookie: Option<&str>,
        choice: Option<&Choice>,
    ) -> Outcome {
        if let Some(why) = self.unknown(request) {
            return Outcome::Refused(why);
        }
        if let Some(error) = wrong(request) {
            return self.back(request, "error", error, None);
        }
        match choice {
            Some(Choice::Deny) => self.back(request, "error", "access_denied", None),
            Some(Choice::User(name)) => match self.log_in(name) {
                Some((cookie, session)) => {
                    let code = self.grant(request, session);
                    self.back(request, "code", &code, Some(cookie))
                }
                None => Outcome::Refused("there is no such user"),
            },
            None => match self.session_that_does(request, cookie) {
                Some(session) => {
                    let code = self.grant(request, session);
                    self.back(request, "code", &code, None)
                }
                None if prompts(request, "none") => {
                    self.back(request, "error", "login_required", None)
                }
                None => Outcome::Ask,
            },
        }
    }

    /// Why the browser can't be sent back.
    fn unknown(&self, request: &Pairs) -> Option<&'static str> {
        let state = self.state();
        if one(request, "client_id") != Some(&state.client.id) {
            Some("no client has this client_id")
        } else if one(request, "redirect_uri") != Some(&state.client.redirect_uri) {
            Some("this redirect_uri is not the registered one")
        } else {
            None
        }
    }

    /// Begins a session of a user: its cookie, and what it is.
    fn log_in(&self, name: &str) -> Option<(String, Session)> {
        let authenticated = self.clock.now();
        let mut state = self.state();
        let user = state.users.iter().find(|user| user.name == name)?.clone();
        let (cookie, sid) = (random(), random());
        let session = Session {
            user,
            sid,
            authenticated,
        };
        state.sessions.insert(cookie.clone(), session.clone());
        Some((cookie, session))
    }

    /// The session that a request is content with.
    fn session_that_does(&self, request: &Pairs, cookie: Option<&str>) -> Option<Session> {
        let session = self.state().sessions.get(cookie?)?.clone();
        let max_age = one(request, "max_age").and_then(|age| age.parse().ok());
        let is_young = max_age
            .is_none_or(|age: u64| age > 0 && self.clock.now() <= session.authenticated.plus(age));
        let asks = ["login", "select_account"];
        let asks = asks.iter().any(|prompt| prompts(request, prompt));
        (is_young && !asks).then_some(session)
    }

    /// A code that stands for the session.
    fn grant(&self, request: &Pairs, session: Session) -> String {
        let text = |name| one(request, name).unwrap_or_default().to_owned();
        let scopes = one(request, "scope").unwrap_or_default();
        let grant = Grant {
            session,
            challenge: text("code_challenge"),
            redirect_uri: text("redirect_uri"),
            nonce: one(request, "nonce").map(str::to_owned),
            scopes: scopes.split(' ').map(str::to_owned).collect(),
            expires: self.clock.now().plus(CODE_SECONDS),
        };
        let code = random();
        self.state().codes.insert(code.clone(), grant);
        code
    }

    /// Sends the browser back with a code or an error (RFC 6749 section 4.1.2, RFC 9207).
    fn back(&self, request: &Pairs, name: &str, value: &str, cookie: Option<String>) -> Outcome {
        let mut answer = Value::Object(serde_json::Map::new());
        let state = one(request, "state");
        let pairs = [
            (name, Some(value)),
            ("state", state),
            ("iss", Some(&self.issuer)),
        ];
        for (name, value) in pairs {
            patch::apply(&mut answer, &serde_json::json!({ name: value }));
        }
        patch::apply(&mut answer, &self.state().behaviour.answer);
        let pairs = answer.as_object().into_iter().flatten();
        let pairs = pairs.filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)));
        let redirect_uri = one(request, "redirect_uri").unwrap_or_default();
        Outcome::Back(parameters::add(redirect_uri, pairs), cookie)
    }
}

/// The error of a request that the client has to hear of (RFC 6749 section 4.1.2.1, RFC 7636 section 4.4.1).
fn wrong(request: &Pairs) -> Option<&'static str> {
    let is_repeated = request.iter().any(|(name, _)| one(request, name).is_none());
    let scopes = one(request, "scope").unwrap_or_default();
    let challenge = one(request, "code_challenge").unwrap_or_default();
    let bad_age = one(request, "max_age").is_some_and(|age| age.parse::<u64>().is_err());
    let several = one(request, "prompt").is_some_and(|prompts| prompts.contains(' '));
    if one(request, "response_type") != Some("code") {
        Some("unsupported_response_type")
    } else if scopes.split(' ').all(|scope| scope != "openid") {
        Some("invalid_scope")
    } else if is_repeated
        || one(request, "code_challenge_method") != Some("S256")
        || challenge.len() != CHALLENGE_LENGTH
        || bad_age
        || (several && prompts(request, "none"))
    {
        Some("invalid_request")
    } else {
        None
    }
}

fn prompts(request: &Pairs, prompt: &str) -> bool {
    one(request, "prompt").is_some_and(|prompts| prompts.split(' ').any(|it| it == prompt))
}
