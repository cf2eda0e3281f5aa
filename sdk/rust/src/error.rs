//! What keeps a session from being read or changed, typed up to the caller, and the answer that each of it is.

use std::fmt;

use dynamodb_session::{
    audit::{Cause, Event, Kind},
    create::CreateError,
    data::{DataError, InvalidEdit},
    entropy::EntropyError,
    fault::{FaultKind, StoreError},
    recent::LogInAgain,
    reply::{self, Response},
};
use http::StatusCode;

/// Why something was not done. Nothing of what it is about was saved, unless [`Error::Store`] says otherwise.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// There is no session, or it has ended, or what vouches for the user is from before all their sessions ended: 401.
    NotLoggedIn,
    /// This request has logged out: 401.
    Ended,
    /// The answer is under way: what changes now would be lost. 500.
    Closed,
    /// The data is no longer that of the tag, or no longer of the form that an update takes: 409.
    Changed,
    /// There would be more data than a session may have: 413.
    TooLarge {
        /// The bytes that there would be.
        bytes: usize,
        /// The most that there may be.
        limit: usize,
    },
    /// The stored data does not fit the type that it is read as, or the value has no JSON. It stays as it is: 500.
    Data(DataError),
    /// A key or a value is not one that a session can hold: 400.
    Unfit(InvalidEdit),
    /// The login is too long ago: 403.
    LogInAgain(LogInAgain),
    /// Too many anonymous sessions began at this address: 429, after so many seconds again.
    Wait(u64),
    /// No session can begin for so many seconds (`SESSION_NOT_BEFORE`): 503.
    NotYet(u64),
    /// The request presents more sessions than are ended at once: 400.
    Unclear,
    /// No random bytes: 503.
    Entropy(EntropyError),
    /// The store failed. It is not known whether what was asked for was done, and nobody is logged out: 503.
    Store(StoreError),
}

impl Error {
    /// A fault of a kind that is newer than this crate.
    pub(crate) fn unknown(source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Store(StoreError {
            kind: FaultKind::Unavailable,
            source: source.into(),
        })
    }

    /// The answer to a request that fails for this.
    #[must_use]
    pub fn into_reply(self) -> Response {
        match self {
            Self::NotLoggedIn | Self::Ended => reply::unauthorized(),
            Self::Changed => reply::problem(
                StatusCode::CONFLICT,
                "The session's data has changed since it was read: read it again.",
            ),
            Self::TooLarge { .. } => reply::problem(
                StatusCode::PAYLOAD_TOO_LARGE,
                "The session can't hold that much.",
            ),
            Self::Unfit(_) => reply::problem(
                StatusCode::BAD_REQUEST,
                "The session can't hold a key or a value of this form.",
            ),
            Self::Unclear => reply::problem(
                StatusCode::BAD_REQUEST,
                "The request presents more sessions than are ended at once. None has ended: send fewer.",
            ),
            Self::LogInAgain(required) => reply::log_in_again(required),
            Self::Wait(seconds) => reply::too_many_requests(seconds),
            Self::NotYet(seconds) => reply::closed(seconds),
            Self::Store(error) => reply::store_fault(&error),
            Self::Entropy(error) => reply::fault(Kind::Entropy, &error),
            Self::Closed | Self::Data(_) => {
                // The source of a data error may quote the data.
                let error = Cause::alone(&self);
                Event::SessionMisused { error }.log();
                reply::problem(StatusCode::INTERNAL_SERVER_ERROR, "The request failed.")
            }
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotLoggedIn => f.write_str("there is no living session"),
            Self::Ended => f.write_str("the request has logged out: nothing can be kept any more"),
            Self::Closed => f.write_str(
                "the answer is under way: change the session before the handler returns, or save it there",
            ),
            Self::Changed => f.write_str("the session's data has changed since it was read"),
            Self::TooLarge { bytes, limit } => {
                write!(f, "the session would have {bytes} bytes, of {limit}")
            }
            Self::Data(error) => error.fmt(f),
            Self::Unfit(error) => error.fmt(f),
            Self::LogInAgain(required) => {
                write!(
                    f,
                    "the login is not within the last {} seconds",
                    required.seconds
                )
            }
            Self::Wait(seconds) => write!(
                f,
                "too many sessions began at this address: wait for {seconds} s"
            ),
            Self::NotYet(seconds) => write!(f, "no session can begin for {seconds} s"),
            Self::Unclear => {
                f.write_str("the request presents more sessions than are ended at once")
            }
            Self::Entropy(error) => error.fmt(f),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Data(error) => error.source(),
            Self::Store(error) => error.source(),
            _ => None,
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<DataError> for Error {
    fn from(error: DataError) -> Self {
        Self::Data(error)
    }
}

impl From<InvalidEdit> for Error {
    fn from(error: InvalidEdit) -> Self {
        Self::Unfit(error)
    }
}

impl From<CreateError> for Error {
    fn from(error: CreateError) -> Self {
        match error {
            CreateError::Closed(seconds) => Self::NotYet(seconds),
            CreateError::Outlived | CreateError::LoggedOut | CreateError::Barred => {
                Self::NotLoggedIn
            }
            CreateError::Entropy(error) => Self::Entropy(error),
            CreateError::Store(error) => Self::Store(error),
            error => Self::unknown(error),
        }
    }
}

impl From<LogInAgain> for Error {
    fn from(required: LogInAgain) -> Self {
        Self::LogInAgain(required)
    }
}
