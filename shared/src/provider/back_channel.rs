//! A logout that the provider announces (OpenID Connect Back-Channel Logout 1.0).

use crate::{
    abandon::{End, Logout, Which},
    fault::StoreError,
    identity::{ProviderKey, Subject, user_of},
    store::{Note, ProviderStore, Refusal, SessionStore},
    time::UnixSeconds,
};

/// A logout token, verified. It has a `sid`, a `sub`, or both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutToken {
    /// The provider (`iss`).
    pub issuer: String,
    /// The provider's session that has ended.
    pub sid: Option<String>,
    /// Whose session that was; without a `sid` all of this user's have ended.
    pub sub: Option<Subject>,
    /// The token's identifier.
    pub jti: String,
    /// When it was issued (`iat`), by the provider's clock.
    pub issued: UnixSeconds,
    /// From when on nobody takes it any more: its `exp` and the skew that is allowed.
    pub expires: UnixSeconds,
}

/// What a logout token has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// So many sessions have ended, durably; 0 if there was none.
    Sessions(usize),
    /// Nothing: the token was used before.
    Repeated,
}

/// For how long a logout refuses logins whose id tokens are not newer, in seconds: longer than any login is under way.
const RECORD_SECONDS: u64 = 900;

/// How often it is tried again after other users came by the same session of the provider.
const TRIES: usize = 10;

/// Ends what `logout` says, durably: the sessions that its `sid` has brought, those of its `sub` if it has both, or all of the
/// user's if it has no `sid`. A session that nobody knows is no fault.
///
/// With the sessions, the logout itself is recorded, so that a login under way by an id token of before it is refused, and its token,
/// so that it works once. After an error some sessions may have ended, and the same token works again until all have.
pub async fn back_channel(
    store: &(impl SessionStore + ProviderStore),
    logout: &LogoutToken,
    now: UnixSeconds,
) -> Result<Ended, StoreError> {
    for _ in 0..TRIES {
        match end(store, logout, now).await? {
            Ok(sessions) => return Ok(Ended::Sessions(sessions)),
            Err(Refusal::Repeated) => return Ok(Ended::Repeated),
            // Another user came by the session meanwhile, and nothing has ended yet.
            Err(_) => {}
        }
    }
    Err(StoreError::overtaken(
        "logins by the same session of the provider",
    ))
}

async fn end(
    store: &(impl SessionStore + ProviderStore),
    logout: &LogoutToken,
    now: UnixSeconds,
) -> Result<Result<usize, Refusal>, StoreError> {
    let LogoutToken {
        issuer, sid, sub, ..
    } = logout;
    let (of, which) = match (sid, sub) {
        (Some(sid), _) => (
            ProviderKey::of_sid(issuer, sid),
            Which::Brought { issuer, sid },
        ),
        (None, Some(sub)) => (
            ProviderKey::of_subject(issuer, sub),
            Which::All { last: None },
        ),
        // It names nothing to end.
        (None, None) => return Ok(Ok(0)),
    };
    let mut record = vec![Note::LoggedOut {
        of: of.clone(),
        issued: logout.issued,
        expires: now.plus(RECORD_SECONDS),
    }];
    let mut users = Vec::new();
    if let Some(sub) = sub {
        users.push(Some(user_of(issuer, sub)));
    } else {
        let brought = store.users_of(&of).await?;
        users.extend(brought.iter().cloned().map(Some));
        record.push(Note::BroughtThese {
            sid: of,
            users: brought,
        });
    }
    if users.is_empty() {
        users.push(None);
    }
    let (mut ended, mut left) = (0, users.len());
    for user in users {
        left -= 1;
        let end = End {
            which,
            ended: None,
            logout: Some(Logout {
                record: std::mem::take(&mut record),
                token: ProviderKey::of_token(issuer, &logout.jti),
                expires: logout.expires,
                finishes: left == 0,
            }),
        };
        match end.of(store, user.as_ref()).await? {
            Ok(sessions) => ended += sessions,
            refused => return Ok(refused),
        }
    }
    Ok(Ok(ended))
}
