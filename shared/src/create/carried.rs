//! Which data a login takes over from the session that its request presents.

use crate::{
    claim::Former,
    session::{Session, Status},
    time::UnixSeconds,
    user::UserName,
};

/// Whether `user`'s login takes over the data of `session`, which `former` names by an id that served until `served` if it was
/// rotated away: if it was presented before, if its token was verified, it is alive, and it is anonymous or the user's own.
pub(super) fn takes_over(
    former: &Former,
    session: &Session,
    served: Option<UnixSeconds>,
    user: &UserName,
    not_before: Option<UnixSeconds>,
    now: UnixSeconds,
) -> bool {
    let late = served.is_some_and(|end| former.presented(now) >= end);
    let alive = session.status(now, not_before) == Status::Alive;
    former.verified && alive && !late && !is_of_another(session, user)
}

/// Whether the session is of a user other than `user`. An anonymous one is of nobody else.
pub(super) fn is_of_another(session: &Session, user: &UserName) -> bool {
    session.user.as_ref().is_some_and(|owner| owner != user)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{id::SessionId, session::tests::session};

    #[test]
    fn data_is_taken_over_by_its_user_while_the_session_serves() {
        let name = |text: &str| UserName::from_stored(text.to_owned());
        #[rustfmt::skip]
        let cases = [
            // name                       user          verified  at       now  served    not before  taken over
            ("anonymous",                 None,           true,   None,      9,  None,     None,       true),
            ("the user's own",            Some("ada"),    true,   None,      9,  None,     None,       true),
            ("another user's",            Some("bob"),    true,   None,      9,  None,     None,       false),
            ("not verified",              Some("ada"),    false,  None,      9,  None,     None,       false),
            ("idle",                      Some("ada"),    true,   None,     10,  None,     None,       false),
            ("in the grace",              Some("ada"),    true,   None,      4,  Some(5),  None,       true),
            ("the end of the grace",      Some("ada"),    true,   None,      5,  Some(5),  None,       false),
            ("presented in the grace",    Some("ada"),    true,   Some(4),   9,  Some(5),  None,       true),
            ("presented at its end",      Some("ada"),    true,   Some(5),   9,  Some(5),  None,       false),
            ("from before the limit",     Some("ada"),    true,   None,      9,  None,     Some(1),    false),
        ];
        for (case, user, verified, at, now, served, not_before, expected) in cases {
            let session = Session {
                user: user.map(name),
                ..session(0, 0)
            };
            let former = Former {
                key: SessionId::from_bytes(vec![7; 32]).key(),
                verified,
                at: at.map(UnixSeconds),
            };
            let (served, not_before) = (served.map(UnixSeconds), not_before.map(UnixSeconds));
            let found = takes_over(
                &former,
                &session,
                served,
                &name("ada"),
                not_before,
                UnixSeconds(now),
            );
            assert_eq!(found, expected, "{case}");
        }
    }
}
