//! Why a login at the provider comes to nothing, in one word of a fixed list.

use std::{error::Error, fmt};

use dynamodb_session::{
    audit::{Cause, Event, Kind},
    fault::StoreError,
};
use lambda_http::http::StatusCode;

/// Why nobody is logged in. Pages are told the word, and nothing that the provider sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The user or the provider said no.
    Denied,
    /// The provider would have had to ask the user, and was told not to.
    LoginRequired,
    /// The login began more than ten minutes ago, in another browser, or came back already.
    Expired,
    /// The user has to prove who they are anew, and the provider does not tell that they did.
    Again,
    /// An operator has barred the user.
    Barred,
    /// The e-mail address is not of an allowed domain, or nobody vouches for it.
    Email,
    /// The provider did not answer.
    Provider,
    /// The store did not answer.
    Fault,
    /// The provider's answer is not what it has to be.
    Rejected,
    /// There were too many logins: the next one may come in so many seconds.
    Wait(u64),
}

impl Failure {
    /// Each of them.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 10] = [
        Self::Denied,
        Self::LoginRequired,
        Self::Expired,
        Self::Again,
        Self::Barred,
        Self::Email,
        Self::Provider,
        Self::Fault,
        Self::Rejected,
        Self::Wait(1),
    ];

    /// The word for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::LoginRequired => "login_required",
            Self::Expired => "expired",
            Self::Again => "again",
            Self::Barred => "barred",
            Self::Email => "email",
            Self::Provider => "provider",
            Self::Fault => "fault",
            Self::Rejected => "rejected",
            Self::Wait(_) => "wait",
        }
    }

    /// The status of the function's own page.
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::Expired => StatusCode::BAD_REQUEST,
            Self::Provider | Self::Fault => StatusCode::SERVICE_UNAVAILABLE,
            Self::Wait(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Denied
            | Self::LoginRequired
            | Self::Again
            | Self::Barred
            | Self::Email
            | Self::Rejected => StatusCode::FORBIDDEN,
        }
    }

    /// What people read.
    pub(crate) fn sentence(self) -> &'static str {
        match self {
            Self::Denied => "The login was cancelled or refused.",
            Self::LoginRequired => "You have to log in at the provider first.",
            Self::Expired => "This login is too old, or was begun in another browser. Begin again.",
            Self::Again => "Your sessions were ended, and you have to log in at the provider anew.",
            Self::Barred => "You may not log in here.",
            Self::Email => "Your e-mail address may not log in here, or is not verified.",
            Self::Provider => "The provider does not answer. Try again in a while.",
            Self::Fault => "The service is not available. Try again in a while.",
            Self::Rejected => "The provider's answer can't be accepted.",
            Self::Wait(_) => "There were too many logins. Wait a minute.",
        }
    }

    /// The same, once it is logged.
    pub(crate) fn logged(self) -> Self {
        self.because(&self)
    }

    /// The same, once its cause is logged.
    pub(crate) fn because(self, cause: &(dyn Error + 'static)) -> Self {
        Event::FlowRejected {
            error: Cause::chain(cause),
        }
        .log();
        self
    }

    /// What the provider, its settings or the client's secret cause. It is logged.
    pub(crate) fn of_provider(cause: &(dyn Error + 'static)) -> Self {
        Event::ProviderFault {
            error: Cause::chain(cause),
        }
        .log();
        Self::Provider
    }

    /// What the store causes. It is logged.
    pub(crate) fn of_store(error: &StoreError) -> Self {
        Self::of_fault(Kind::Store(error.kind), error)
    }

    /// What the store or the source of random bytes causes. It is logged.
    pub(crate) fn of_fault(kind: Kind, error: &(dyn Error + 'static)) -> Self {
        let error = Cause::chain(error);
        Event::StoreFault { kind, error }.log();
        Self::Fault
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl Error for Failure {}

/// What is wrong with an answer of the provider.
#[derive(Debug)]
pub(crate) enum Unfit {
    /// The callback has neither a code nor an error, both, or a parameter twice.
    Callback,
    /// The callback does not name the issuer (RFC 9207), or another one.
    Issuer,
    /// The provider told an error that is not the user's.
    Error,
    /// The userinfo is of somebody else, or no JSON object.
    Userinfo,
    /// The chosen claims are too long.
    Claims,
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Callback => "the callback has neither a code nor an error, or a parameter twice",
            Self::Issuer => "the callback names another issuer, or none (RFC 9207)",
            Self::Error => "the callback has an error that is not the user's: look at how the client is registered",
            Self::Userinfo => "the userinfo is of somebody else, or not a JSON object",
            Self::Claims => "the chosen claims have more than 2 KiB: choose fewer with SESSION_OIDC_CLAIMS",
        })
    }
}

impl Error for Unfit {}

/// What has to be set in another way.
#[derive(Debug)]
pub(crate) enum Misset {
    /// The gateway does not tell where it was called.
    Address,
    /// The provider takes no client that has what this one has.
    Authentication,
}

impl fmt::Display for Misset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Address => "the event names no host: set SESSION_OIDC_REDIRECT_URI",
            Self::Authentication => {
                "the provider takes the client's secret neither in the Authorization header nor in the body: register the \
                 client with client_secret_basic or client_secret_post, or without a secret"
            }
        })
    }
}

impl Error for Misset {}
