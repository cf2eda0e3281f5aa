//! The session record, and the rule that says whether it is alive.

use crate::{
    data::{Data, Marks, Tag},
    id::{SessionKey, SessionRef},
    identity::Identity,
    time::UnixSeconds,
    user::UserName,
};

/// How far ahead of this machine's clock a session may have been created by another's, in seconds.
const CLOCK_SLACK: u64 = 60;

/// The most characters of a user agent that are kept: enough for those whose last word tells the browser (Opera and Edge
/// on Android have 150 and more), and an item without data stays under one write unit.
const AGENT_CHARACTERS: usize = 256;

/// What the table holds about one session, except its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The public name.
    pub reference: SessionRef,
    /// Whose session it is; `None`: it is anonymous.
    pub user: Option<UserName>,
    /// When it was created; it stays when the id changes.
    pub created: UnixSeconds,
    /// When it was last used.
    pub accessed: UnixSeconds,
    /// When its user last proved who they are; `None`: it is anonymous, or nobody knows, so that it is never recent.
    pub authenticated: Option<UnixSeconds>,
    /// Its own two timeouts, kept from its creation: a change of configuration moves no living session's deadline.
    pub timeouts: Timeouts,
    /// What it was created from.
    pub origin: Origin,
    /// Its data: top-level key to JSON text.
    pub data: Data,
    /// Counts the writes of data.
    pub version: u64,
    /// The marks of the latest writes.
    pub marks: Marks,
    /// The last rotation that this id took part in, as the old id or as the new one.
    pub rotation: Option<Box<Rotation>>,
    /// When it was refused because it had been idle for too long: it stays ended, whatever other machines' clocks say.
    pub ended: Option<UnixSeconds>,
    /// Whether it is remembered, because its login asked for that and the deployment allows it; `None`: it is not
    /// recorded.
    pub remembered: Option<bool>,
}

/// What a rotation leaves on the item of each of its two ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// The key that took this one's place; `None` on the new id's item.
    pub successor: Option<SessionKey>,
    /// The end of the grace, which the rotation fixes: until then the old id serves, and another rotation issues no
    /// further id.
    pub grace_expires: UnixSeconds,
}

/// A session that may be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Live {
    /// Where it lies: under the presented id's key, or the key of the id that took its place.
    pub key: SessionKey,
    /// The session.
    pub session: Session,
}

/// Where a session was created, for its user's list of devices, and by whose word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The address, as API Gateway saw it.
    pub ip: Option<String>,
    /// The user agent.
    pub agent: Option<String>,
    /// Who the user is at the provider that vouches for them; `None`: nobody else does.
    pub identity: Option<Box<Identity>>,
}

impl Origin {
    /// Keeps the address, and the first 256 characters of the user agent.
    #[must_use]
    pub fn new(ip: Option<&str>, agent: Option<&str>) -> Self {
        Self {
            ip: ip.map(str::to_owned),
            agent: agent.map(|agent| agent.chars().take(AGENT_CHARACTERS).collect()),
            identity: None,
        }
    }
}

/// The two timeouts of a session, in seconds: how long it may lie idle, and how long it may live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// From the last use (OWASP ASVS 5.0, 7.3.1).
    pub idle: u64,
    /// From the creation, however busy the session is (7.3.2).
    pub absolute: u64,
}

impl Default for Timeouts {
    /// Two hours without use, twelve in all.
    fn default() -> Self {
        Self {
            idle: 7200,
            absolute: 43_200,
        }
    }
}

/// Whether a session may be used. A deadline is the first second that fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It may be used.
    Alive,
    /// Another id has taken this one's place.
    Rotated,
    /// Its idle deadline has passed, or had passed when the session was marked as ended.
    Idle,
    /// Its absolute deadline has passed.
    Expired,
    /// It was created before the moment that ended all older sessions.
    Superseded,
    /// It says that it was created in the future: the item is damaged, or a clock far wrong.
    Implausible,
}

impl Session {
    /// The tag of its data as it stands.
    #[must_use]
    pub fn tag(&self) -> Tag {
        Tag::new(self.reference.clone(), self.version)
    }

    /// The absolute deadline, and the item's TTL.
    #[must_use]
    pub fn expires(&self) -> UnixSeconds {
        self.created.plus(self.timeouts.absolute)
    }

    /// The idle deadline, as of the last use.
    #[must_use]
    pub fn idle_expires(&self) -> UnixSeconds {
        self.accessed.plus(self.timeouts.idle)
    }

    /// The key that took this one's place, if the id was rotated.
    #[must_use]
    pub fn successor(&self) -> Option<&SessionKey> {
        self.rotation.as_ref()?.successor.as_ref()
    }

    /// Whether the old id of a rotation still serves at `now`.
    #[must_use]
    pub fn in_grace(&self, now: UnixSeconds) -> bool {
        let rotation = self.rotation.as_ref();
        rotation.is_some_and(|rotation| now < rotation.grace_expires)
    }

    /// Whether the session may be used at `now`. Sessions created before `not_before` may not.
    #[must_use]
    pub fn status(&self, now: UnixSeconds, not_before: Option<UnixSeconds>) -> Status {
        if now >= self.expires() {
            Status::Expired
        } else if self.successor().is_some() {
            Status::Rotated
        } else if self.ended.is_some() || now >= self.idle_expires() {
            Status::Idle
        } else if not_before.is_some_and(|limit| self.created < limit) {
            Status::Superseded
        } else if self.created > now.plus(CLOCK_SLACK) {
            Status::Implausible
        } else {
            Status::Alive
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::entropy::SystemEntropy;

    /// A session with an idle timeout of 10 seconds, and an absolute one of 100.
    pub(crate) fn session(created: u64, accessed: u64) -> Session {
        Session {
            reference: SessionRef::generate(&SystemEntropy).unwrap(),
            user: None,
            created: UnixSeconds(created),
            accessed: UnixSeconds(accessed),
            authenticated: None,
            timeouts: Timeouts {
                idle: 10,
                absolute: 100,
            },
            origin: Origin::default(),
            data: Data::new(),
            version: 0,
            marks: Marks::default(),
            rotation: None,
            ended: None,
            remembered: None,
        }
    }

    #[test]
    fn status_at_each_deadline() {
        #[rustfmt::skip]
        let cases = [
            // name                    created accessed  now  not before  expected
            ("new",                          0,      0,   0, None,     Status::Alive),
            ("last idle second",             0,      0,   9, None,     Status::Alive),
            ("idle deadline",                0,      0,  10, None,     Status::Idle),
            ("last second of all",           0,     95,  99, None,     Status::Alive),
            ("absolute beats a touch",       0,     99, 100, None,     Status::Expired),
            ("created at the limit",         5,      5,   6, Some(5),  Status::Alive),
            ("created before the limit",     5,      5,   6, Some(6),  Status::Superseded),
            ("another clock, a minute",    160,    160, 100, None,     Status::Alive),
            ("another clock, more",        161,    161, 100, None,     Status::Implausible),
            ("the end of time",   u64::MAX - 1, u64::MAX - 1, u64::MAX, None, Status::Expired),
        ];
        for (name, created, accessed, now, not_before, expected) in cases {
            assert_eq!(
                session(created, accessed).status(UnixSeconds(now), not_before.map(UnixSeconds)),
                expected,
                "{name}"
            );
        }
    }

    #[test]
    fn a_grace_ends_with_its_seconds() {
        let rotation = Rotation {
            successor: None,
            grace_expires: UnixSeconds(30),
        };
        let session = Session {
            rotation: Some(Box::new(rotation)),
            ..session(0, 0)
        };
        assert!(session.in_grace(UnixSeconds(29)) && !session.in_grace(UnixSeconds(30)));
    }

    #[test]
    fn a_rotated_id_is_no_session_any_more() {
        let successor = Some(SessionKey::from_stored("s#new".to_owned()));
        let rotated = Session {
            rotation: Some(Box::new(Rotation {
                successor,
                grace_expires: UnixSeconds(30),
            })),
            ..session(0, 0)
        };
        // The old id's idle deadline says nothing: the new id is the one that is used.
        assert_eq!(rotated.status(UnixSeconds(50), None), Status::Rotated);
        assert_eq!(rotated.status(UnixSeconds(100), None), Status::Expired);
    }

    /// What tells browsers apart is at the end.
    #[test]
    fn the_last_word_of_a_phone_s_browser_is_kept() {
        for agent in [
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.7 \
             Mobile/15E148 Safari/604.1",
            "Mozilla/5.0 (Linux; Android 15; SM-S938B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.7444.102 Mobile \
             Safari/537.36 OPR/92.0.4719.78384",
            "Mozilla/5.0 (Linux; Android 15; Pixel 9 Pro XL) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile \
             Safari/537.36 EdgA/142.0.3595.66",
        ] {
            assert_eq!(Origin::new(None, Some(agent)).agent.as_deref(), Some(agent));
        }
    }

    #[test]
    fn origin_cuts_the_agent_between_characters() {
        let origin = Origin::new(Some("192.0.2.1"), Some(&"é".repeat(500)));
        assert_eq!(origin.agent.unwrap().chars().count(), 256);
    }
}
