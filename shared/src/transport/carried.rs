//! What the carriers of one request hold.

use super::{Mode, Presented};

/// What a request's cookie and its header hold, each read once. A carrier that the mode ignores holds nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Carried<'a> {
    pub(super) mode: Mode,
    pub(super) cookie: Presented<'a>,
    pub(super) header: Presented<'a>,
}

impl<'a> Carried<'a> {
    /// What the request presents as its session's token. If both carriers have it, they have the same.
    #[must_use]
    pub fn presented(&self) -> Presented<'a> {
        self.cookie.and(self.header)
    }

    /// Whether a cookie of our name is there, or more cookies than are searched for one.
    #[must_use]
    pub fn has_cookie(&self) -> bool {
        self.cookie != Presented::Nothing
    }

    /// Whether a browser authenticates the request by itself, whichever page has it sent: by a cookie, or by a cookie
    /// that the answer may set. A header is only there if a page of ours adds it.
    #[must_use]
    pub fn is_ambient(&self) -> bool {
        match self.mode {
            Mode::Cookie => true,
            Mode::Header => false,
            Mode::Both => self.has_cookie() || self.header == Presented::Nothing,
        }
    }
}
