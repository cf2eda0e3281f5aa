//! What the provider sends the browser back with (RFC 6749 sections 4.1.2 and 4.1.2.1, RFC 9207).

use std::fmt;

pub use crate::parameters::Unfit;
use crate::{flow::State, metadata::Metadata, parameters};

/// An answer of the provider, which whoever has the address can invent: nothing of it is shown or logged.
pub struct Callback {
    /// The login that it answers; `None`: it names none.
    pub state: Option<State>,
    /// What it says.
    pub answer: Answer,
    issuer: Option<String>,
}

/// What a provider answers.
pub enum Answer {
    /// The user logged in: a code to exchange.
    Code(String),
    /// The login failed there.
    Failed(Failure),
}

/// Why a login failed at the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The user or the provider said no (`access_denied`).
    Denied,
    /// The user would have had to do something that was not asked of them (`login_required` and its like; `OpenID` Connect
    /// Core 1.0, section 3.1.2.6).
    LoginRequired,
    /// The provider can't answer now (`server_error`, `temporarily_unavailable`).
    Unavailable,
    /// Anything else, such as a client that is registered in another way.
    Other,
}

impl Callback {
    /// Reads a query. An answer with neither a code nor an error is unfit, and so is one with both.
    pub fn parse(query: &str) -> Result<Self, Unfit> {
        let [state, code, error, issuer] =
            parameters::read(query, ["state", "code", "error", "iss"])?;
        let answer = match (code, error) {
            (Some(code), None) => Answer::Code(code.into_owned()),
            (None, Some(error)) => Answer::Failed(failure(&error)),
            _ => return Err(Unfit),
        };
        Ok(Self {
            state: state.and_then(|state| State::parse(&state)),
            answer,
            issuer: issuer.map(std::borrow::Cow::into_owned),
        })
    }

    /// Whether the answer is of this provider, as far as it says so: where its metadata promise an `iss`, it is there and the
    /// very issuer (RFC 9207 section 2.4), and elsewhere it is not looked at.
    #[must_use]
    pub fn is_of(&self, metadata: &Metadata) -> bool {
        !metadata.names_issuer || self.issuer.as_ref() == Some(&metadata.issuer)
    }
}

impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Callback(..)")
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(_) => f.write_str("Code(..)"),
            Self::Failed(failure) => f.debug_tuple("Failed").field(failure).finish(),
        }
    }
}

fn failure(error: &str) -> Failure {
    match error {
        "access_denied" => Failure::Denied,
        "login_required"
        | "interaction_required"
        | "consent_required"
        | "account_selection_required" => Failure::LoginRequired,
        "server_error" | "temporarily_unavailable" => Failure::Unavailable,
        _ => Failure::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::metadata;

    const STATE: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";

    #[test]
    fn an_answer_has_a_code_or_an_error() {
        #[rustfmt::skip]
        let cases = [
            ("code=a",                            "Ok(Code(..))"),
            ("error=access_denied",               "Ok(Failed(Denied))"),
            ("error=login_required",              "Ok(Failed(LoginRequired))"),
            ("error=interaction_required",        "Ok(Failed(LoginRequired))"),
            ("error=consent_required",            "Ok(Failed(LoginRequired))"),
            ("error=account_selection_required",  "Ok(Failed(LoginRequired))"),
            ("error=server_error",                "Ok(Failed(Unavailable))"),
            ("error=temporarily_unavailable",     "Ok(Failed(Unavailable))"),
            ("error=%3Cscript%3E",                "Ok(Failed(Other))"),
            ("",                                  "Err(Unfit)"),
            ("code=",                             "Err(Unfit)"),
            ("code=a&error=access_denied",        "Err(Unfit)"),
            ("code=a&code=a",                     "Err(Unfit)"),
            ("code=a&state=a&state=a",            "Err(Unfit)"),
            ("code=a&iss=a&iss=a",                "Err(Unfit)"),
            ("error=a&error=a",                   "Err(Unfit)"),
        ];
        for (query, expected) in cases {
            let answer = Callback::parse(query).map(|callback| callback.answer);
            assert_eq!(format!("{answer:?}"), expected, "{query}");
        }
    }

    #[test]
    fn a_state_of_another_form_is_none() {
        for (state, known) in [(STATE, true), ("a", false), ("", false)] {
            let callback = Callback::parse(&format!("code=a&state={state}")).unwrap();
            assert_eq!(callback.state.is_some(), known, "{state}");
        }
    }

    #[test]
    fn the_issuer_is_looked_at_where_the_metadata_promise_it() {
        #[rustfmt::skip]
        let cases = [
            // promised query                             taken
            (true,  "code=a&iss=https%3A%2F%2Fa.example",  true),
            (true,  "code=a&iss=https%3A%2F%2Fa.example/", false),
            (true,  "code=a",                              false),
            (true,  "error=access_denied",                 false),
            (false, "code=a&iss=https%3A%2F%2Fb.example",  true),
            (false, "code=a",                              true),
        ];
        for (promised, query, taken) in cases {
            let mut metadata = metadata();
            metadata.names_issuer = promised;
            let callback = Callback::parse(query).unwrap();
            assert_eq!(callback.is_of(&metadata), taken, "{promised} {query}");
        }
    }

    #[test]
    fn debug_shows_nothing_of_an_answer() {
        let callback = Callback::parse(&format!("code=canary&state={STATE}")).unwrap();
        assert_eq!(format!("{callback:?}"), "Callback(..)");
    }
}
