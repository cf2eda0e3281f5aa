//! Why a call is denied.

/// Why a call is denied: for logs and metrics, never for a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Denial {
    /// It carries no token.
    Absent,
    /// It carries several, or two that differ.
    Ambiguous,
    /// It carries more bytes of cookies than are searched.
    Oversized,
    /// Not the shape of a token.
    Malformed,
    /// Signed by no configured key.
    Forged,
    /// No such session.
    Unknown,
    /// The idle deadline has passed.
    Idle,
    /// The absolute deadline has passed.
    Expired,
    /// Created before the moment that ended all older sessions.
    Superseded,
    /// The id was rotated away, and the session that it named has ended.
    Replaced,
    /// The id was rotated away and came back after its grace: somebody has a copy. The session was ended because of it:
    /// worth an alarm.
    Reused,
    /// The item is damaged or implausible: worth an alarm.
    Damaged,
    /// The session is anonymous, and the call takes one with a user.
    Anonymous,
    /// A page of another site may have sent it.
    CrossSite,
    /// It does not show the session's CSRF token.
    CsrfToken,
}

impl Denial {
    /// The reason in one word, for logs and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Ambiguous => "ambiguous",
            Self::Oversized => "oversized",
            Self::Malformed => "malformed",
            Self::Forged => "forged",
            Self::Unknown => "unknown",
            Self::Idle => "idle",
            Self::Expired => "expired",
            Self::Superseded => "superseded",
            Self::Replaced => "replaced",
            Self::Reused => "reused",
            Self::Damaged => "damaged",
            Self::Anonymous => "anonymous",
            Self::CrossSite => "cross_site",
            Self::CsrfToken => "csrf_token",
        }
    }
}
