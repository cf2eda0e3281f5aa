//! The admission of a login: by what it is counted, and in which order.

use std::future::Future;

use crate::{
    authorize::{self, Policy},
    claim::Claim,
    fault::StoreError,
    id::SessionRef,
    session::{Session, Status},
    store::{Found, SessionStore},
    throttle::{Limits, Throttle, Turn, at_account, from_address, from_device},
    time::UnixSeconds,
    user::UserName,
};

pub use crate::counted::Counted;

/// A login that asks for its turn.
#[derive(Debug)]
pub struct Try<'a> {
    /// The address that it comes from.
    pub ip: Option<&'a str>,
    /// The session that it claims: a browser that was logged in before has one of the user's.
    pub claim: &'a Claim<'a>,
}

/// Whether a login may go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It is counted, and goes on, for this user.
    Granted(UserName),
    /// It must not go on: nothing is verified.
    Wait {
        /// The next one may come in so many seconds, 1 to 900.
        seconds: u64,
        /// The count that is too high.
        by: Counted,
    },
}

/// Counts a login, unless it has to wait. Call it before the password is checked: a login that has to wait costs no
/// hash.
///
/// The login is counted at its address first, so that a client that is stopped there can't make the user wait; then at
/// the account; and, if the account has to wait because of others, at the browser. An error is a fault of the store:
/// the login does not go on.
///
/// `user` tells whom the typed name means. It is asked only of a login whose address need not wait. All names that mean
/// one user share that user's counter, so that no spelling has guesses of its own, and no login of another user forgets
/// a guess at this one.
pub async fn admit(
    store: &(impl SessionStore + Throttle),
    policy: &Policy,
    limits: Limits,
    login: &Try<'_>,
    user: impl Future<Output = Result<UserName, StoreError>>,
    now: UnixSeconds,
) -> Result<Admission, StoreError> {
    if let Turn::Wait(seconds) = from_address(store, limits, login.ip, now).await? {
        let by = Counted::Address;
        return Ok(Admission::Wait { seconds, by });
    }
    let user = user.await?;
    let mut by = Counted::Account;
    let mut turn = at_account(store, limits, &user, now).await?;
    if turn != Turn::Granted
        && let Some(session) = own_session(store, policy, login.claim, &user, now).await?
    {
        by = Counted::Device;
        turn = from_device(store, limits, &session, now).await?;
    }
    Ok(match turn {
        Turn::Granted => Admission::Granted(user),
        Turn::Wait(seconds) => Admission::Wait { seconds, by },
    })
}

/// The user's session, if the request proves that it holds one.
async fn own_session(
    store: &impl SessionStore,
    policy: &Policy,
    claim: &Claim<'_>,
    user: &UserName,
    now: UnixSeconds,
) -> Result<Option<SessionRef>, StoreError> {
    let Ok(key) = authorize::key(claim) else {
        return Ok(None);
    };
    Ok(match store.session(&key).await? {
        Found::Session(session) if tells(&session, user, policy.not_before, now) => {
            Some(session.reference)
        }
        Found::Session(_) | Found::Nothing | Found::Damaged => None,
    })
}

/// Whether a session shows that its browser is `user`'s. It may have been idle for too long.
fn tells(
    session: &Session,
    user: &UserName,
    not_before: Option<UnixSeconds>,
    now: UnixSeconds,
) -> bool {
    let lasts = matches!(
        session.status(now, not_before),
        Status::Alive | Status::Idle
    );
    lasts && session.user.as_ref() == Some(user)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        id::SessionId,
        session::tests::session,
        signing_keys::SigningKeys,
        store::memory::{MemoryStore, tests::holding},
        token,
        transport::Presented,
    };

    const LIMITS: Limits = Limits {
        free_failures: 1,
        address_per_minute: 3,
    };

    fn name(text: &str) -> UserName {
        UserName::from_stored(text.to_owned())
    }

    fn policy() -> Policy {
        Policy::default()
    }

    /// A store with one session of `ada`, and the token that opens it.
    async fn with_session() -> (MemoryStore, String) {
        let id = SessionId::from_bytes(vec![7; 32]);
        let own = Session {
            user: Some(name("ada")),
            ..session(0, 0)
        };
        let store = holding(&id.key(), own).await;
        let token = token::issue(&id, &SigningKeys::default());
        (store, token.expose().to_owned())
    }

    async fn ask(store: &MemoryStore, ip: &str, user: &str, presented: Presented<'_>) -> Admission {
        let policy = policy();
        let login = Try {
            ip: Some(ip),
            claim: &Claim::verify(presented, &policy.format),
        };
        let admission = admit(
            store,
            &policy,
            LIMITS,
            &login,
            async { Ok(name(user)) },
            UnixSeconds(0),
        )
        .await;
        admission.unwrap()
    }

    fn wait(seconds: u64, by: Counted) -> Admission {
        Admission::Wait { seconds, by }
    }

    /// A client that is stopped at its address does not make the user wait longer.
    #[tokio::test]
    async fn what_an_address_has_too_many_of_is_not_counted_at_the_account() {
        use Presented::Nothing;
        let (store, _) = with_session().await;
        for user in ["bob", "eve", "joe"] {
            assert_eq!(
                ask(&store, "192.0.2.1", user, Nothing).await,
                Admission::Granted(name(user))
            );
        }
        let stopped = wait(60, Counted::Address);
        assert_eq!(ask(&store, "192.0.2.1", "ada", Nothing).await, stopped);
        assert_eq!(
            ask(&store, "192.0.2.2", "ada", Nothing).await,
            Admission::Granted(name("ada"))
        );
    }

    #[tokio::test]
    async fn a_browser_is_asked_where_the_account_has_to_wait_and_not_before() {
        use Presented::{Nothing, Token};
        let (store, token) = with_session().await;
        let own = Token(&token);
        // The account's first guess, though a browser of the user's makes it.
        assert_eq!(
            ask(&store, "192.0.2.1", "ada", own).await,
            Admission::Granted(name("ada"))
        );
        // The second text names the user's session, but does not prove that it holds it.
        let (other, forged) = ("A".repeat(43), format!("{token}."));
        let strangers = [Token(&other), Token(&forged), Nothing, Presented::Ambiguous];
        for (n, presented) in (2..).zip(strangers) {
            let ip = format!("192.0.2.{n}");
            let stopped = wait(1, Counted::Account);
            assert_eq!(ask(&store, &ip, "ada", presented).await, stopped, "{n}");
        }
        // The browser still has one guess of its own, and no more.
        let elsewhere = "2001:db8::1";
        assert_eq!(
            ask(&store, elsewhere, "ada", own).await,
            Admission::Granted(name("ada"))
        );
        assert_eq!(
            ask(&store, elsewhere, "ada", own).await,
            wait(1, Counted::Device)
        );
    }

    #[test]
    fn a_session_tells_its_browser_until_its_absolute_deadline_and_of_its_user_alone() {
        #[rustfmt::skip]
        let cases = [
            // name                  user          now  not before  tells
            ("alive",                Some("ada"),    9, None,       true),
            ("idle",                 Some("ada"),   10, None,       true),
            ("its last second",      Some("ada"),   99, None,       true),
            ("its deadline",         Some("ada"),  100, None,       false),
            ("another user's",       Some("bob"),    9, None,       false),
            ("anonymous",            None,           9, None,       false),
            ("from the limit",       Some("ada"),    9, Some(0),    true),
            ("from before it",       Some("ada"),    9, Some(1),    false),
        ];
        for (case, user, now, not_before, expected) in cases {
            let held = Session {
                user: user.map(name),
                ..session(0, 0)
            };
            let not_before = not_before.map(UnixSeconds);
            let told = tells(&held, &name("ada"), not_before, UnixSeconds(now));
            assert_eq!(told, expected, "{case}");
        }
    }
}
