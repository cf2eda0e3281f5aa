//! What users, their clients and an operator do.

use serde_json::Value;

/// One of them; "the session" is the living one that was begun last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// A login that presents nothing.
    Login,
    /// A login that presents the session.
    LoginOver,
    /// A login with a wrong password.
    Guess,
    Logout,
    Everywhere,
    /// A call of the authorizer.
    Authorize,
    /// GET /session
    Show,
    /// GET /sessions
    List,
    /// PATCH of the key `k`.
    Patch,
    /// PATCH of the key `k` with the `ETag` that was shown last.
    PatchTagged,
    /// PATCH of the key `m`.
    PatchOther,
    /// The first PATCH of a client that has no session.
    Begin,
    /// DELETE /session/data
    Clear,
    Rotate,
    /// DELETE /sessions
    EndOthers,
    /// DELETE /sessions/{ref}, of the oldest other session.
    EndOne,
    /// A call with the id that the session had first, after its grace.
    Reuse,
    /// A call five seconds after the session's idle deadline.
    Idle,
    /// Time passes, until waits and graces are over.
    Wait,
    /// `sessionctl user add`, and so on.
    Add,
    Passwd,
    Disable,
    Enable,
    Remove,
    Unlock,
}

impl Act {
    /// Whether it is done in the session.
    pub(crate) fn takes_a_session(self) -> bool {
        !matches!(
            self,
            Self::Login
                | Self::Guess
                | Self::Begin
                | Self::Wait
                | Self::Add
                | Self::Passwd
                | Self::Disable
                | Self::Enable
                | Self::Remove
                | Self::Unlock
        )
    }

    /// Whether `answer` acknowledges it.
    pub(crate) fn is_acknowledged_by(self, answer: &Value) -> bool {
        match self {
            Self::Wait => true,
            Self::Authorize => answer["isAuthorized"] == true,
            Self::Reuse | Self::Idle => answer["isAuthorized"] == false,
            Self::Guess => answer["statusCode"] == 401,
            _ => answer["statusCode"] == 200 || answer["statusCode"] == 204,
        }
    }
}
