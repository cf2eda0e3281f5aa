//! By what a login is counted.

/// By what a login is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Counted {
    /// The address that it comes from.
    Address,
    /// The account.
    Account,
    /// The browser, which presents a session of the account's user.
    Device,
}

impl Counted {
    /// The counter in one word, for logs and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Account => "account",
            Self::Device => "device",
        }
    }
}
