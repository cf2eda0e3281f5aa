//! Where a browser that posted the form goes next.

use dynamodb_session::{
    reply::{self, Response},
    return_to::ReturnTo,
};
use lambda_http::http::header::RETRY_AFTER;

/// Why a login by form failed, as the page is told.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Failure {
    /// The user name or the password is wrong.
    Credentials,
    /// There were too many tries.
    Wait,
    /// The form's fields are missing or wrong.
    Fields,
}

impl Failure {
    fn as_str(self) -> &'static str {
        match self {
            Self::Credentials => "credentials",
            Self::Wait => "wait",
            Self::Fields => "fields",
        }
    }
}

/// The pages that a form names.
#[derive(Debug, Default)]
pub(crate) struct Pages {
    /// After a login.
    pub(crate) return_to: Option<ReturnTo>,
    /// After a login that failed.
    pub(crate) error_to: Option<ReturnTo>,
}

impl Pages {
    /// Sends the browser on after a login, if the form says where to.
    pub(crate) fn logged_in(&self, answer: Response) -> Response {
        match &self.return_to {
            Some(place) => reply::see_other(place.as_str()),
            None => answer,
        }
    }

    /// Sends the browser on after a login that failed, if the form says where to.
    pub(crate) fn failed(&self, answer: Response, failure: Failure) -> Response {
        let Some(place) = &self.error_to else {
            return answer;
        };
        let mut response = reply::see_other(&place.with_error(failure.as_str()));
        if let Some(seconds) = answer.headers().get(RETRY_AFTER) {
            response.headers_mut().insert(RETRY_AFTER, seconds.clone());
        }
        response
    }
}
