//! What the provider is asked, and how long its answers are kept.

use std::{error::Error, fmt};

use dynamodb_session::time::UnixSeconds;
use lambda_http::http::{
    Method, Request, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE},
};
use openid::{
    Rejected,
    exchange::{TokenRequest, Tokens},
    jwks::Jwks,
    kept::Kept,
    metadata::Metadata,
};
use serde_json::{Map, Value};
use tokio::sync::Mutex;

use crate::{
    failure::Failure,
    fetch::{Answer, Fetch, FetchError},
};

/// The errors of the token endpoint (RFC 6749 section 5.2): nothing else that it says is repeated.
const TOKEN_ERRORS: [&str; 6] = [
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
];

/// A provider, and what it told lately.
#[derive(Debug)]
pub(crate) struct Source<F> {
    fetch: F,
    issuer: String,
    discovery: String,
    metadata: Mutex<Kept<Metadata>>,
    keys: Mutex<Kept<Jwks>>,
}

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Discovery,
    Keys,
    Token,
    Userinfo,
}

/// Why an answer is of no use. It repeats nothing of it.
#[derive(Debug)]
pub(crate) struct Fault {
    step: Step,
    problem: Problem,
}

#[derive(Debug)]
enum Problem {
    Fetch(FetchError),
    Status(StatusCode),
    /// An error of the token endpoint.
    Refused(&'static str),
    Form(Option<Box<dyn Error + Send + Sync>>),
    /// A token names a key that was not there when the keys were read last, less than a minute ago.
    Unknown,
}

impl<F: Fetch> Source<F> {
    pub(crate) fn new(fetch: F, issuer: &str, discovery: &str) -> Self {
        Self {
            fetch,
            issuer: issuer.to_owned(),
            discovery: discovery.to_owned(),
            metadata: Mutex::default(),
            keys: Mutex::default(),
        }
    }

    /// What the provider tells of itself: at most an hour old, or a day where it does not answer.
    pub(crate) async fn metadata(&self, now: UnixSeconds) -> Result<Metadata, Failure> {
        // Whoever holds the lock asks; the others wait for the answer.
        let mut kept = self.metadata.lock().await;
        if kept.is_due(now) {
            let fresh = self.get(Step::Discovery, &self.discovery, None).await;
            let fresh = fresh.and_then(|body| {
                let parsed = Metadata::parse(&body, &self.issuer);
                parsed.map_err(|error| Step::Discovery.fault(Problem::Form(Some(error.into()))))
            });
            keep(&mut kept, fresh, now);
        }
        kept.get(now).cloned().ok_or(Failure::Provider)
    }

    /// What `verify` makes of a token by the provider's keys. A key that is not among them has them asked for again, at
    /// most once a minute. Only keys that were read just now tell that a token's is none of them: before that nothing is
    /// decided, as the provider may have a new one.
    pub(crate) async fn verified<T>(
        &self,
        metadata: &Metadata,
        now: UnixSeconds,
        verify: impl Fn(&Jwks) -> Result<T, Rejected> + Send,
    ) -> Result<Result<T, Rejected>, Failure> {
        let mut kept = self.keys.lock().await;
        let due = kept.is_due(now);
        let mut fresh = due && self.read_keys(&mut kept, metadata, now).await;
        loop {
            let verified = verify(kept.get(now).ok_or(Failure::Provider)?);
            if fresh || !matches!(verified, Err(Rejected::UnknownKey)) {
                return Ok(verified);
            }
            if due || !kept.seeks(now) {
                return Err(Step::Keys.fault(Problem::Unknown).log());
            }
            fresh = self.read_keys(&mut kept, metadata, now).await;
            if !fresh {
                return Err(Failure::Provider);
            }
        }
    }

    /// Reads the keys anew; `false`: the provider did not tell them.
    async fn read_keys(
        &self,
        kept: &mut Kept<Jwks>,
        metadata: &Metadata,
        now: UnixSeconds,
    ) -> bool {
        let keys = self.keys(metadata).await;
        let read = keys.is_ok();
        keep(kept, keys, now);
        read
    }

    async fn keys(&self, metadata: &Metadata) -> Result<Jwks, Fault> {
        let body = self.get(Step::Keys, &metadata.jwks_uri, None).await?;
        Jwks::parse(&body).map_err(|_| Step::Keys.fault(Problem::Form(None)))
    }

    /// Exchanges a code for tokens, once: a code counts once, so that a second try could only do harm.
    pub(crate) async fn tokens(
        &self,
        metadata: &Metadata,
        exchange: TokenRequest,
    ) -> Result<Tokens, Fault> {
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(&metadata.token_endpoint)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(authorization) = exchange.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        let request = request.body(exchange.body);
        let request =
            request.map_err(|_| Step::Token.fault(Problem::Fetch(FetchError::Address)))?;
        let answer = self.fetch.fetch(request).await;
        let Answer { status, body } = answer.map_err(|error| Step::Token.fault(error.into()))?;
        if status != StatusCode::OK {
            let told = serde_json::from_slice::<Map<String, Value>>(&body).ok();
            let told = told.and_then(|mut told| told.remove("error"));
            let known = TOKEN_ERRORS
                .into_iter()
                .find(|it| told.as_ref().is_some_and(|told| told == it));
            return Err(Step::Token.fault(known.map_or(Problem::Status(status), Problem::Refused)));
        }
        Tokens::parse(&body).map_err(|_| Step::Token.fault(Problem::Form(None)))
    }

    /// What the provider tells of the user whom an access token is of.
    pub(crate) async fn userinfo(&self, url: &str, access_token: &str) -> Result<Vec<u8>, Fault> {
        self.get(Step::Userinfo, url, Some(access_token)).await
    }

    /// The body of a 200.
    async fn get(&self, step: Step, url: &str, token: Option<&str>) -> Result<Vec<u8>, Fault> {
        let mut request = Request::get(url);
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        let request = request.body(String::new());
        let request = request.map_err(|_| step.fault(Problem::Fetch(FetchError::Address)))?;
        let answer = self
            .fetch
            .fetch(request)
            .await
            .map_err(|error| step.fault(error.into()))?;
        match answer.status {
            StatusCode::OK => Ok(answer.body),
            status => Err(step.fault(Problem::Status(status))),
        }
    }
}

/// Keeps a good answer, and notes that there was none.
fn keep<T>(kept: &mut Kept<T>, fresh: Result<T, Fault>, now: UnixSeconds) {
    match fresh {
        Ok(fresh) => kept.put(fresh, now),
        Err(fault) => {
            let _: Failure = fault.log();
            kept.failed(now);
        }
    }
}

impl Step {
    fn fault(self, problem: Problem) -> Fault {
        Fault {
            step: self,
            problem,
        }
    }
}

impl Fault {
    /// Whether the provider refuses the client itself.
    pub(crate) fn is_of_client(&self) -> bool {
        let refused = matches!(self.problem, Problem::Refused("invalid_client"));
        refused || matches!(self.problem, Problem::Status(StatusCode::UNAUTHORIZED))
    }

    /// What a browser is told of it, once it is logged.
    pub(crate) fn log(&self) -> Failure {
        match self.problem {
            // The code is not good, or was exchanged before.
            Problem::Refused("invalid_grant") => Failure::Rejected.because(self),
            _ => Failure::of_provider(self),
        }
    }
}

impl From<FetchError> for Problem {
    fn from(error: FetchError) -> Self {
        Self::Fetch(error)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.step {
            Step::Discovery => "metadata: ",
            Step::Keys => "keys: ",
            Step::Token => "exchange of the code: ",
            Step::Userinfo => "userinfo: ",
        })?;
        match &self.problem {
            Problem::Fetch(error) => write!(f, "{error}"),
            Problem::Status(status) => write!(f, "the provider answered {}", status.as_u16()),
            Problem::Refused(error) => write!(f, "the provider answered {error}"),
            Problem::Form(Some(error)) => write!(f, "{error}"),
            Problem::Unknown => {
                f.write_str("a token names one that was not among them less than a minute ago")
            }
            Problem::Form(None) => f.write_str("the answer is not of the form that it has to have"),
        }
    }
}

impl Error for Fault {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.problem {
            Problem::Fetch(error) => error.source(),
            _ => None,
        }
    }
}
