//! Every route that writes, and what may come between its answer and an attempt that is late.

use super::{
    act::Act::{self, *},
    way::Way,
};

/// Deeds of one kind, and what may come after each of them.
#[derive(Debug)]
pub(crate) struct Kind {
    /// What the functions are set to.
    pub(crate) settings: &'static [(&'static str, &'static str)],
    pub(crate) scenarios: &'static [Scenario],
    /// The operations that another kind has cases for.
    pub(crate) elsewhere: &'static [&'static str],
    pub(crate) after: &'static [After],
}

/// A scenario: what comes before, and the act whose attempts are late.
#[derive(Debug)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) before: &'static [Act],
    pub(crate) act: Act,
    /// What another client does between two attempts.
    pub(crate) between: Option<Act>,
}

/// What happens after the answer, and before the late attempt arrives; where there are a session and a user for it.
pub(crate) type After = (&'static str, &'static [Act]);

const fn scenario(
    name: &'static str,
    before: &'static [Act],
    act: Act,
    between: Option<Act>,
) -> Scenario {
    Scenario {
        name,
        before,
        act,
        between,
    }
}

const SHOW: Option<Act> = Some(Show);
const OTHER: Option<Act> = Some(PatchOther);
const LOGIN: Option<Act> = Some(Login);
/// The same change with the same tag.
const EQUAL: Option<Act> = Some(PatchTagged);

const NOTHING: After = ("nothing", &[]);
const USE: After = ("use", &[Show]);
const PATCH: After = ("patch", &[Patch]);
const TAGGED: After = ("patch of the tag", &[PatchTagged]);
const CLEAR: After = ("clear", &[Clear]);
const ROTATION: After = ("rotation", &[Wait, Rotate]);
const ANOTHER_LOGIN: After = ("login", &[Login]);
const GUESS: After = ("guess", &[Guess]);
const LOGOUT: After = ("logout", &[Logout]);
const ROTATION_AND_LOGOUT: After = ("rotation and logout", &[Wait, Rotate, Logout]);
const LOGOUT_AND_LOGIN: After = ("logout and login", &[Logout, Login]);
const EVERYWHERE: After = ("logout everywhere", &[Everywhere]);
const PASSWD: After = ("passwd", &[Passwd]);
const DISABLE: After = ("disable", &[Disable]);
const ENABLE: After = ("enable", &[Enable]);
const REMOVE: After = ("remove", &[Remove]);
const ADD_AGAIN: After = ("remove and add", &[Remove, Add]);
const UNLOCK: After = ("unlock", &[Unlock]);

/// After a call that failed, all of whose attempts are late.
const IDLE: After = ("idle", &[Idle]);

/// Logins are not counted: that is what [`GUESSES`] is about.
const UNCOUNTED: &[(&str, &str)] = &[
    ("SESSION_LOGIN_FREE_FAILURES", "0"),
    ("SESSION_LOGIN_ADDRESS_PER_MINUTE", "0"),
];

impl Kind {
    /// What may come after an attempt that is late in this way.
    pub(crate) fn after(&self, way: Way) -> &'static [After] {
        match way {
            Way::Held => self.after,
            // What the engine sees is the same: the client is what sees something else.
            Way::Repeated | Way::Lost | Way::LostAndOvertaken => &[NOTHING],
            Way::Cancelled | Way::Overtaken => &[NOTHING, LOGOUT],
            Way::Failed => &[LOGOUT, IDLE],
        }
    }
}

#[rustfmt::skip]
pub(crate) const LOGINS: Kind = Kind {
    settings: UNCOUNTED,
    scenarios: &[
        scenario("first login",                     &[Add],                             Login,     LOGIN),
        scenario("second login",                    &[Add, Login],                      Login,     LOGIN),
        scenario("login below the cap",             &[Add, Login, Login, Login],        Login,     LOGIN),
        scenario("login at the cap",                &[Add, Login, Login, Login, Login], Login,     LOGIN),
        scenario("login over a session",            &[Add, Login, Login, Patch],        LoginOver, OTHER),
        scenario("login over an anonymous session", &[Add, Begin],                      LoginOver, OTHER),
    ],
    elsewhere: &[],
    after: &[NOTHING, PATCH, ROTATION, ANOTHER_LOGIN, LOGOUT, LOGOUT_AND_LOGIN, EVERYWHERE, DISABLE],
};

#[rustfmt::skip]
pub(crate) const GUESSES: Kind = Kind {
    settings: &[("SESSION_LOGIN_FREE_FAILURES", "1")],
    scenarios: &[
        scenario("login",                   &[Add],                                           Login,     None),
        scenario("login after a wait",      &[Add, Guess],                                    Login,     None),
        scenario("login of a known device", &[Add, Login, Guess, Guess, Guess, Guess, Guess], LoginOver, None),
        scenario("guess",                   &[Add],                                           Guess,     None),
        scenario("guess after a wait",      &[Add, Guess],                                    Guess,     None),
        scenario("user unlock",             &[Add, Guess, Guess],                             Unlock,    None),
    ],
    elsewhere: &["TransactWriteItems"],
    after: &[NOTHING, GUESS, ANOTHER_LOGIN, LOGOUT, UNLOCK],
};

#[rustfmt::skip]
pub(crate) const LOGOUTS: Kind = Kind {
    settings: UNCOUNTED,
    scenarios: &[
        scenario("logout",                         &[Add, Login, Login],         Logout,     LOGIN),
        scenario("logout of an anonymous session", &[Begin],                     Logout,     OTHER),
        scenario("logout after a rotation",        &[Add, Login, Login, Rotate], Logout,     LOGIN),
        scenario("logout everywhere",              &[Add, Login, Login],         Everywhere, LOGIN),
        scenario("end of the others",              &[Add, Login, Login, Login],  EndOthers,  LOGIN),
        scenario("end of one",                     &[Add, Login, Login, Login],  EndOne,     LOGIN),
        scenario("reuse",                          &[Add, Login, Rotate, Wait],  Reuse,      LOGIN),
    ],
    elsewhere: &[],
    after: &[NOTHING, USE, ANOTHER_LOGIN, LOGOUT, EVERYWHERE],
};

#[rustfmt::skip]
pub(crate) const USES: Kind = Kind {
    settings: UNCOUNTED,
    scenarios: &[
        scenario("authorizer",                       &[Add, Login, Patch], Authorize, SHOW),
        scenario("GET /session",                     &[Add, Login, Patch], Show,      SHOW),
        scenario("GET /sessions",                    &[Add, Login, Patch], List,      SHOW),
        scenario("rotation",                         &[Add, Login, Patch], Rotate,    OTHER),
        scenario("rotation of an anonymous session", &[Begin],             Rotate,    OTHER),
    ],
    elsewhere: &[],
    after: &[NOTHING, USE, PATCH, ROTATION, LOGOUT, ROTATION_AND_LOGOUT],
};

#[rustfmt::skip]
pub(crate) const USES_AT_INTERVALS: Kind = Kind {
    settings: &[("SESSION_TOUCH_INTERVAL_SECONDS", "5")],
    scenarios: &[scenario("authorizer at intervals", &[Add, Login, Wait], Authorize, SHOW)],
    elsewhere: &[],
    after: &[NOTHING, USE, LOGOUT],
};

#[rustfmt::skip]
pub(crate) const WRITES: Kind = Kind {
    settings: UNCOUNTED,
    scenarios: &[
        scenario("patch",                         &[Add, Login, Patch], Patch,       OTHER),
        scenario("patch of an anonymous session", &[Begin],             Patch,       OTHER),
        scenario("patch of the tag",              &[Add, Login, Patch], PatchTagged, OTHER),
        scenario("patch of a tag for two",        &[Add, Login, Patch], PatchTagged, EQUAL),
        scenario("first patch",                   &[],                  Begin,       None),
        scenario("clear",                         &[Add, Login, Patch], Clear,       None),
    ],
    elsewhere: &[],
    after: &[NOTHING, USE, PATCH, TAGGED, CLEAR, ROTATION, LOGOUT, ROTATION_AND_LOGOUT],
};

#[rustfmt::skip]
pub(crate) const USERS: Kind = Kind {
    settings: UNCOUNTED,
    scenarios: &[
        scenario("user add",     &[],             Add,     None),
        scenario("user passwd",  &[Add, Login],   Passwd,  None),
        scenario("user disable", &[Add, Login],   Disable, None),
        scenario("user enable",  &[Add, Disable], Enable,  None),
        scenario("user remove",  &[Add, Login],   Remove,  None),
    ],
    elsewhere: &[],
    after: &[NOTHING, ANOTHER_LOGIN, PASSWD, DISABLE, ENABLE, REMOVE, ADD_AGAIN, ("add", &[Add])],
};
