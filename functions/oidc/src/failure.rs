//! Why a login at the provider comes to nothing, in one word of a fixed list.

use dynamodb_session::reply::Response;
use lambda_http::http::StatusCode;

use crate::page;

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
    /// There were too many logins.
    Wait,
}

impl Failure {
    /// Each of them.
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
        Self::Wait,
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
            Self::Wait => "wait",
        }
    }

    /// The status of the function's own page.
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::Expired => StatusCode::BAD_REQUEST,
            Self::Provider | Self::Fault => StatusCode::SERVICE_UNAVAILABLE,
            Self::Wait => StatusCode::TOO_MANY_REQUESTS,
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
            Self::Wait => "There were too many logins. Wait a minute.",
        }
    }

    /// The answer to a browser: the page for people where there is one, else a page of the function's own.
    pub(crate) fn answer(self, with_page: bool) -> Response {
        if with_page {
            page::sent_home(self.word())
        } else {
            page::failed(self)
        }
    }
}
