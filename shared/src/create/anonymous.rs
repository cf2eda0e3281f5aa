//! An anonymous session: for what an application remembers of a client that has not logged in.

use super::{CreateError, Created, New, open};
use crate::{
    authorize::Policy,
    data::{self, Data},
    entropy::Entropy,
    fault::{FaultKind, StoreError},
    session::{Origin, Timeouts},
    store::SessionStore,
    throttle::{self, Throttle, Turn},
    time::UnixSeconds,
};

/// How often it is tried, each time under another id.
const TRIES: usize = 3;

/// An anonymous session to create.
#[derive(Debug)]
pub struct Visit {
    /// Its timeouts.
    pub timeouts: Timeouts,
    /// Where it is created.
    pub origin: Origin,
    /// The data that it begins with.
    pub data: Data,
}

/// The limits of a deployment's anonymous sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VisitLimits {
    /// The most bytes of a session's data, as [`data::size`] counts them.
    pub bytes: usize,
    /// The most bytes of an anonymous session's data, if that is less.
    pub anonymous_bytes: usize,
    /// How many may begin at one address in a minute; 0 is no limit.
    pub address_per_minute: u64,
}

/// The outcome of [`begin`].
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "it is returned once, and taken apart at once"
)]
pub enum Begun {
    /// An anonymous session.
    Session(Created),
    /// It would hold nothing: it is not stored.
    Empty,
    /// The data is too large.
    TooLarge {
        /// The bytes that the data has.
        bytes: usize,
        /// The most bytes that it may have.
        limit: usize,
    },
    /// Too many began at this address: the next one may in so many seconds, 1 to 60.
    Wait(u64),
}

/// Creates an anonymous session, if it has data and its address has not begun too many. A call that begins no session
/// is not counted.
pub async fn begin(
    store: &(impl SessionStore + Throttle),
    entropy: &impl Entropy,
    policy: &Policy,
    limits: VisitLimits,
    visit: &Visit,
    now: UnixSeconds,
) -> Result<Begun, CreateError> {
    if visit.data.is_empty() {
        return Ok(Begun::Empty);
    }
    let limit = limits.bytes.min(limits.anonymous_bytes);
    let bytes = data::size(&visit.data);
    if bytes > limit {
        return Ok(Begun::TooLarge { bytes, limit });
    }
    open(policy, now)?;
    let ip = visit.origin.ip.as_deref();
    match throttle::anonymous(store, limits.address_per_minute, ip, now).await? {
        Turn::Wait(seconds) => Ok(Begun::Wait(seconds)),
        Turn::Granted => anonymous(store, entropy, policy, visit, now)
            .await
            .map(Begun::Session),
    }
}

/// Stores an anonymous session.
///
/// Each try draws a new id: a try that is stored late, after its answer was given up, makes a session whose token
/// nobody has.
async fn anonymous(
    store: &impl SessionStore,
    entropy: &impl Entropy,
    policy: &Policy,
    visit: &Visit,
    now: UnixSeconds,
) -> Result<Created, CreateError> {
    let format = &policy.format;
    let mut fault = StoreError::overtaken("sessions of the same id");
    for _ in 0..TRIES {
        let mut new = New::draw(entropy, format, visit.timeouts, &visit.origin, now)?;
        new.session.data.clone_from(&visit.data);
        match store.begin(&new.id.key(), &new.session).await {
            Ok(true) => return Ok(new.into_created(&format.keys)),
            Ok(false) => {}
            Err(error) if error.kind == FaultKind::Unavailable => fault = error,
            Err(error) => return Err(error.into()),
        }
    }
    Err(fault.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{entropy::SystemEntropy, store::memory::MemoryStore};

    /// A key of one byte, a number of one, one for the entry and three for the map.
    const SIX_BYTES: (&str, &str) = ("a", "1");

    const LIMITS: VisitLimits = VisitLimits {
        bytes: 7,
        anonymous_bytes: 6,
        address_per_minute: 1,
    };

    fn visit(ip: &str, data: &[(&str, &str)]) -> Visit {
        let data = data.iter();
        Visit {
            timeouts: Timeouts {
                idle: 10,
                absolute: 100,
            },
            origin: Origin::new(Some(ip), None),
            data: data
                .map(|(key, json)| ((*key).to_owned(), (*json).to_owned()))
                .collect(),
        }
    }

    /// The outcome of [`begin`], in short: a session, or why there is no session.
    async fn begun(store: &MemoryStore, limits: VisitLimits, visit: &Visit, now: u64) -> String {
        let policy = Policy {
            not_before: Some(UnixSeconds(5)),
            ..Policy::default()
        };
        let now = UnixSeconds(now);
        match begin(store, &SystemEntropy, &policy, limits, visit, now).await {
            Ok(Begun::Session(created)) => {
                assert_eq!(created.session.data, visit.data);
                assert_eq!(created.session.user, None);
                "session".to_owned()
            }
            Ok(other) => format!("{other:?}"),
            Err(error) => format!("{error:?}"),
        }
    }

    #[tokio::test]
    async fn what_begins_no_session_is_not_counted() {
        let one = "192.0.2.1";
        let large = visit(one, &[("a", "12")]);
        let good = visit(one, &[SIX_BYTES]);
        let more = VisitLimits {
            anonymous_bytes: 7,
            ..LIMITS
        };
        let less = VisitLimits { bytes: 5, ..more };
        let store = MemoryStore::default();
        #[rustfmt::skip]
        let cases = [
            // name                 limits  visit                now  expected
            ("nothing",             LIMITS, &visit(one, &[]),      5, "Empty"),
            ("a byte too many",     LIMITS, &large,                5, "TooLarge { bytes: 7, limit: 6 }"),
            ("for any session",     less,   &good,                 5, "TooLarge { bytes: 6, limit: 5 }"),
            ("before the limit",    LIMITS, &good,                 4, "Closed(1)"),
            ("large, and before",   LIMITS, &large,                4, "TooLarge { bytes: 7, limit: 6 }"),
            ("the most",            more,   &large,                5, "session"),
            ("another",             LIMITS, &good,                 5, "Wait(55)"),
            ("at another address",  LIMITS, &visit("192.0.2.2", &[SIX_BYTES]), 5, "session"),
            ("in the next minute",  LIMITS, &good,                60, "session"),
        ];
        let mut sessions = 0;
        for (name, limits, visit, now, expected) in cases {
            assert_eq!(begun(&store, limits, visit, now).await, expected, "{name}");
            sessions += usize::from(expected == "session");
            assert_eq!(store.len(), sessions, "{name}");
        }
    }
}
