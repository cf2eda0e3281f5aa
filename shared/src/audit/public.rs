//! What a line may hold: public names, addresses, kinds and numbers, and errors in their own words.

use std::{error::Error, fmt, net::IpAddr, time::Duration};

use tracing::{Value, field::display};

use crate::{
    cause, counted::Counted, denial::Denial, fault::FaultKind, id::SessionRef, token,
    user::UserName, variables::Unknown,
};

/// What may stand in a line. No type has it that can hold a token, a password or a key, so neither has a text.
pub(super) trait Public {
    /// As the line has it.
    fn value(&self) -> impl Value + '_;
}

/// What tells a text that matches no session from others, and does not show it.
#[derive(Debug)]
pub struct TokenName(String);

impl TokenName {
    /// The name of what a request presents.
    #[must_use]
    pub fn of(presented: &str) -> Self {
        Self(token::loggable(presented))
    }
}

/// What fails.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// The store, in this way.
    Store(FaultKind),
    /// The source of random bytes.
    Entropy,
}

/// An error in its own words. No error of ours tells a credential.
#[derive(Debug)]
pub struct Cause(String);

impl Cause {
    /// The error and what caused it.
    #[must_use]
    pub fn chain(error: &(dyn Error + 'static)) -> Self {
        Self(cause::chain(error))
    }

    /// The error alone: what caused it may quote what a session holds.
    #[must_use]
    pub fn alone(error: &(dyn Error + 'static)) -> Self {
        Self(error.to_string())
    }

    /// There was no answer in that time.
    #[must_use]
    pub fn late(limit: Duration) -> Self {
        Self(format!("no answer within {limit:?}"))
    }
}

impl<T: Public> Public for Option<T> {
    fn value(&self) -> impl Value + '_ {
        self.as_ref().map(Public::value)
    }
}

/// A type whose value is a text.
macro_rules! texts {
    ($($type:ty: $text:expr,)*) => {
        $(impl Public for $type {
            fn value(&self) -> impl Value + '_ {
                let text: fn(&Self) -> &str = $text;
                text(self)
            }
        })*
    };
}

texts! {
    &SessionRef: |name| name.as_str(),
    &UserName: |name| name.as_str(),
    TokenName: |name| &name.0,
    Cause: |cause| &cause.0,
    Denial: |denial| denial.as_str(),
    Counted: |counted| counted.as_str(),
    Kind: |kind| match kind {
        Kind::Store(kind) => kind.as_str(),
        Kind::Entropy => "Entropy",
    },
}

impl Public for &Unknown {
    fn value(&self) -> impl Value + '_ {
        display(*self as &dyn fmt::Display)
    }
}

impl Public for IpAddr {
    fn value(&self) -> impl Value + '_ {
        display(self)
    }
}

impl Public for u64 {
    fn value(&self) -> impl Value + '_ {
        *self
    }
}

impl Public for usize {
    fn value(&self) -> impl Value + '_ {
        *self
    }
}
