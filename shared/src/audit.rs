//! What is logged: each line with its name, its level and the public values that it holds.

mod public;

use std::net::IpAddr;

use self::public::Public;
pub use self::public::{Cause, Kind, TokenName};
use crate::{counted::Counted, denial::Denial, id::SessionRef, user::UserName, variables::Unknown};

/// A line of the log, as it is documented in docs/operations.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// The value of its field `event`. Lines of different levels or texts may share it.
    pub event: &'static str,
    /// Its level.
    pub level: &'static str,
    /// Its other fields, each with its type.
    pub fields: &'static [(&'static str, &'static str)],
}

/// Writes the enum, its list and the one function that logs, because a line's field names have to be literals.
macro_rules! events {
    ($(
        $(#[$doc:meta])*
        $event:literal $level:ident $variant:ident { $($field:ident: $type:ty),* } $(=> $message:literal)?
    )*) => {
        /// Something that is logged. A field's type is one of those that hold no credential; `user` is what was typed where
        /// somebody tries to log in.
        #[derive(Debug)]
        pub enum Event<'a> {
            $(
                $(#[$doc])*
                #[allow(missing_docs, reason = "a field is named as in docs/operations.md")]
                $variant { $($field: $type),* },
            )*
        }

        impl Event<'_> {
            /// Every line that there is.
            pub const LINES: &'static [Line] = &[$(Line {
                event: $event,
                level: stringify!($level),
                fields: &[$((stringify!($field), stringify!($type))),*],
            }),*];

            /// Logs it. The variant is known where it is called, so a function has the code of its own lines alone.
            #[inline(always)]
            pub fn log(self) {
                match self {
                    $(Self::$variant { $($field),* } => tracing::event!(
                        tracing::Level::$level,
                        event = $event,
                        $($field = Public::value(&$field),)*
                        $($message)?
                    ),)*
                }
            }
        }
    };
}

events! {
    /// A call goes ahead.
    "allowed" DEBUG Allowed { session: &'a SessionRef } => "allowed"
    /// A call is refused.
    "denied" INFO Denied { reason: Denial, session: Option<&'a SessionRef>, token: Option<TokenName> } => "denied"
    /// A call is refused because the session's item is not what we wrote.
    "denied" ERROR Damaged { reason: Denial, session: Option<&'a SessionRef>, token: Option<TokenName> } =>
        "a session's item is damaged"
    /// A rotated id came back after its grace: somebody has a copy.
    "reused" ERROR Reused { session: &'a SessionRef } => "a rotated id came back: the session was ended"
    /// A valid session is used, and the store could not be told.
    "touch_failed" WARN TouchFailed { session: &'a SessionRef } => "the session is valid, and its use was not marked"
    /// A login begins without the data of the session before.
    "data_left_behind" WARN DataLeftBehind { session: &'a SessionRef } =>
        "the data of the session before is too large to be carried over"
    /// A login ends a user's oldest session in place of the one unused for longest.
    "uses_unread" WARN UsesUnread { kind: Kind, error: Cause } =>
        "at the cap, the oldest session is evicted: when each was last used could not be read"
    /// A call fails because the store does, or random bytes.
    "store_fault" ERROR StoreFault { kind: Kind, error: Cause } => "the store failed"
    /// A login is done, and the guesses before it could not be forgotten.
    "store_fault" ERROR GuessesKept { session: &'a SessionRef, kind: Kind, error: Cause } => "earlier guesses still count"
    /// A cookie that ends with the idle time is not written again, because the session could not be read.
    "store_fault" ERROR CookieKept { session: &'a SessionRef, kind: Kind, error: Cause } =>
        "the cookie is not written again: it is due with the next answer"
    /// The store did not answer when the process started.
    "store_fault" WARN Unreached { kind: Kind, error: Cause } =>
        "the session table did not answer at start: calls fail until it does"
    /// There are no signing keys.
    "keys_fault" ERROR KeysMissing { kind: Kind, error: Cause } =>
        "there are no signing keys: calls fail until the secret has them"
    /// The signing keys can't be read again.
    "keys_fault" WARN KeysKept { kind: Kind, error: Cause } =>
        "the signing keys could not be fetched again: those at hand are used"
    /// The record of a user who logs in is not what we wrote.
    "user_damaged" ERROR UserDamaged { user: &'a UserName, source: Cause } => "damaged user record"
    /// No session can begin yet.
    "closed" WARN Closed { seconds: u64 } => "SESSION_NOT_BEFORE is ahead: no session can begin yet"
    /// A variable is ignored.
    "unknown_variable" WARN UnknownVariable { message: &'a Unknown }
    /// The authorizer was invoked with an event of another kind.
    "unknown_event" ERROR UnknownEvent { error: Cause } => "the event was not understood"
    /// What started the function has closed the connection.
    "stopped" INFO Stopped {} => "the Runtime API closed the connection: the function ends"
    /// A user has logged in.
    "login" INFO Login { user: &'a UserName, session: &'a SessionRef } => "logged in"
    /// A login is refused.
    "login_refused" INFO LoginRefused { user: &'a UserName } => "wrong user name or password"
    /// A login has to wait.
    "login_throttled" INFO LoginThrottled { by: Counted, user: &'a UserName, ip: Option<IpAddr>, seconds: u64 } =>
        "too many logins"
    /// A login at the provider has to wait before anybody knows whose it is.
    "login_throttled" INFO FlowThrottled { by: Counted, ip: Option<IpAddr>, seconds: u64 } => "too many logins"
    /// A login at the provider came to nothing.
    "login_rejected" INFO FlowRejected { error: Cause } => "the login at the provider came to nothing"
    /// The provider says that somebody has logged out, and nothing proves that it is the provider.
    "logout_rejected" INFO LogoutRejected { error: Cause } => "a logout token is not the provider's"
    /// The provider did not answer, or not as it has to.
    "provider_fault" ERROR ProviderFault { error: Cause } => "the provider did not answer as it has to"
    /// A login by the word of a provider is refused, because an operator has barred the user.
    "login_barred" INFO LoginBarred { user: &'a UserName } => "an operator has barred the user"
    /// A login by the word of a provider is refused, because all of the user's sessions have ended since they proved who they are.
    "login_outdated" INFO LoginOutlived { user: &'a UserName } => "all sessions of the user have ended since their proof"
    /// A login by the word of a provider is refused, because the provider has logged the user out since.
    "login_outdated" INFO LoginLoggedOut { user: &'a UserName } => "the provider has logged the user out since"
    /// A session has ended by its logout.
    "logout" INFO Logout { session: &'a SessionRef } => "logged out"
    /// All sessions of a user have ended, this one among them.
    "logout_everywhere" INFO LogoutEverywhere { user: &'a UserName, session: &'a SessionRef, ended: usize } =>
        "logged out everywhere"
    /// A session has ended because the provider that vouched for its user says that they have logged out.
    "provider_logout" INFO ProviderLogout { user: &'a UserName, session: &'a SessionRef } => "logged out by the provider"
    /// A session has a new id.
    "rotate" INFO Rotate { session: &'a SessionRef } => "rotated"
    /// An anonymous session has begun.
    "visit" INFO Visit { session: &'a SessionRef } => "an anonymous session began"
    /// An anonymous session has to wait.
    "visit_throttled" INFO VisitThrottled { ip: Option<IpAddr>, seconds: u64 } => "too many anonymous sessions"
    /// A user has ended one of their sessions.
    "revoke" INFO Revoke { user: &'a UserName, session: &'a SessionRef } => "ended a session"
    /// A user has ended their sessions but this one.
    "revoke_others" INFO RevokeOthers { user: &'a UserName, session: &'a SessionRef, ended: usize } => "ended the other sessions"
    /// A backend's handler gives no answer, though a cookie has to go out with one.
    "handler_failed" ERROR HandlerFailed { session: Option<&'a SessionRef> } =>
        "the handler gave no answer after a login or a logout"
    /// A backend is served in a way that hides headers.
    "headers_merged" ERROR HeadersMerged {} => "the function hides headers that are there twice"
    /// A backend's handler takes a session, and nothing gives it one.
    "no_layer" ERROR NoLayer {} => "a handler takes a session, and its route has no SessionLayer"
    /// A backend's route has no authorizer.
    "not_guarded" ERROR NotGuarded { error: Cause } => "nobody says whose call it is"
    /// The token of a backend's request is that of another session than the authorizer's.
    "other_session" ERROR OtherSession { session: &'a SessionRef, told: &'a SessionRef } =>
        "the token is not of the session that was told"
    /// A backend's handler uses its session wrongly.
    "session_misused" ERROR SessionMisused { error: Cause } => "the handler's mistake"
}
