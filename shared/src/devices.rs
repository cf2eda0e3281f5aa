//! The list of a user's living sessions, which shows them where they are logged in (OWASP ASVS 5.0, 7.5.2).

use crate::{
    authorize::Policy,
    fault::StoreError,
    session::{Session, Status},
    store::{Found, SessionStore},
    time::UnixSeconds,
    user::UserName,
};

/// The sessions of `user` that are alive at `now`, without their data, the last used first. It marks no use.
pub async fn list(
    store: &impl SessionStore,
    policy: &Policy,
    user: &UserName,
    now: UnixSeconds,
) -> Result<Vec<Session>, StoreError> {
    let entries = store.user(user).await?;
    let entries = entries.into_iter().flat_map(|item| item.sessions);
    let keys: Vec<_> = entries.map(|(_, entry)| entry.key).collect();
    let found = store.sessions(&keys).await?;
    Ok(living(found, policy.not_before, now))
}

/// The sessions found that are alive, the last used first; of those used in the same second, the greater name first.
fn living(found: Vec<Found>, not_before: Option<UnixSeconds>, now: UnixSeconds) -> Vec<Session> {
    let mut living: Vec<_> = found
        .into_iter()
        .filter_map(|found| match found {
            Found::Session(session) => Some(session),
            Found::Nothing | Found::Damaged => None,
        })
        .filter(|session| session.status(now, not_before) == Status::Alive)
        .collect();
    living.sort_by(|a, b| (b.accessed, &b.reference).cmp(&(a.accessed, &a.reference)));
    living
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{id::SessionRef, session::tests::session};

    /// A session that is named by a letter, with an idle timeout of 10 seconds and an absolute one of 100.
    fn named(letter: &str, created: u64, accessed: u64) -> Found {
        let reference = SessionRef::parse(&format!("{}A", letter.repeat(21))).unwrap();
        Found::Session(Session {
            reference,
            ..session(created, accessed)
        })
    }

    #[test]
    fn the_living_are_listed_the_last_used_first() {
        let found = vec![
            named("a", 0, 91),
            Found::Nothing,
            named("b", 0, 98),
            Found::Damaged,
            named("c", 0, 98),
            named("e", 0, 89),
            named("d", 0, 97),
        ];
        let listed = living(found, None, UnixSeconds(99));
        let used: Vec<_> = listed.iter().map(|session| session.accessed.0).collect();
        assert_eq!(used, [98, 98, 97, 91]);
        let first = listed.first().unwrap().reference.as_str();
        assert!(first.starts_with('c'), "of one second: {first}");
    }

    #[test]
    fn a_session_is_listed_until_its_deadline_and_not_from_before_the_limit() {
        #[rustfmt::skip]
        let cases = [
            // name                   created accessed  now  not before  listed
            ("last idle second",            0,      0,   9, None,    true),
            ("idle deadline",               0,      0,  10, None,    false),
            ("last second of all",          0,     95,  99, None,    true),
            ("absolute deadline",           0,     99, 100, None,    false),
            ("created at the limit",        5,      5,   6, Some(5), true),
            ("created before it",           5,      5,   6, Some(6), false),
        ];
        for (name, created, accessed, now, not_before, listed) in cases {
            let found = vec![named("a", created, accessed)];
            let listed_now = living(found, not_before.map(UnixSeconds), UnixSeconds(now));
            assert_eq!(!listed_now.is_empty(), listed, "{name}");
        }
    }
}
