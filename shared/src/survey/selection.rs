//! Which of the living sessions are meant.

use std::net::IpAddr;

use crate::{
    id::SessionRef,
    session::{Session, Status},
    time::UnixSeconds,
};

/// Living sessions: those that fit everything that is set here, or all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// The one of this public name.
    pub session: Option<SessionRef>,
    /// Those created so many seconds ago or earlier.
    pub age: Option<u64>,
    /// Those unused for so many seconds or longer.
    pub idle: Option<u64>,
    /// Those created from this address.
    pub ip: Option<IpAddr>,
    /// Those created before this moment.
    pub created_before: Option<UnixSeconds>,
    /// Those that are remembered.
    pub remembered: bool,
    /// Those without a user.
    pub anonymous: bool,
}

impl Selection {
    /// Whether `session` is meant, and is alive at `now` or would be once the clock reaches its creation. Whether it is from before the moment that ended all older sessions, only the
    /// functions know (`SESSION_NOT_BEFORE`).
    #[must_use]
    pub fn selects(&self, session: &Session, now: UnixSeconds) -> bool {
        let ago = |seconds: Option<u64>, moment: UnixSeconds| {
            seconds.is_none_or(|seconds| moment.plus(seconds) <= now)
        };
        let ip = session.origin.ip.as_deref();
        let ip = ip
            .and_then(|ip| ip.parse::<IpAddr>().ok())
            .map(|ip| ip.to_canonical());
        let status = session.status(now, None);
        matches!(status, Status::Alive | Status::Implausible)
            && self
                .session
                .as_ref()
                .is_none_or(|name| session.reference == *name)
            && ago(self.age, session.created)
            && ago(self.idle, session.accessed)
            && self
                .ip
                .is_none_or(|wanted| ip == Some(wanted.to_canonical()))
            && self
                .created_before
                .is_none_or(|limit| session.created < limit)
            && (!self.remembered || session.remembered == Some(true))
            && (!self.anonymous || session.user.is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        session::{Origin, tests::session},
        user::UserName,
    };

    #[test]
    fn each_part_of_a_selection_leaves_out_what_does_not_fit() {
        let session = Session {
            user: Some(UserName::from_stored("ada".to_owned())),
            origin: Origin::new(Some("192.0.2.1"), None),
            remembered: Some(true),
            ..session(50, 60)
        };
        let other = Session {
            user: None,
            origin: Origin::default(),
            remembered: None,
            ..crate::session::tests::session(51, 61)
        };
        let all = Selection::default;
        #[rustfmt::skip]
        let cases = [
            ("all",            true,  all()),
            ("session",        false, Selection { session: Some(session.reference.clone()), ..all() }),
            ("age",            false, Selection { age: Some(19), ..all() }),
            ("idle",           false, Selection { idle: Some(9), ..all() }),
            ("ip",             false, Selection { ip: "192.0.2.1".parse().ok(), ..all() }),
            ("created before", false, Selection { created_before: Some(UnixSeconds(51)), ..all() }),
            ("remembered",     false, Selection { remembered: true, ..all() }),
        ];
        for (name, selects_other, selection) in cases {
            assert!(selection.selects(&session, UnixSeconds(69)), "{name}");
            assert_eq!(
                selection.selects(&other, UnixSeconds(69)),
                selects_other,
                "{name}"
            );
        }
        let written = Session {
            origin: Origin::new(Some("2001:DB8:0::1"), None),
            ..other.clone()
        };
        let ip = "2001:db8::1".parse().ok();
        assert!(Selection { ip, ..all() }.selects(&written, UnixSeconds(69)));
        let anonymous = Selection {
            anonymous: true,
            ..all()
        };
        assert!(!anonymous.selects(&session, UnixSeconds(69)));
        assert!(anonymous.selects(&other, UnixSeconds(69)));
        // Over, by the idle deadline.
        assert!(!all().selects(&session, UnixSeconds(70)));
    }
}
