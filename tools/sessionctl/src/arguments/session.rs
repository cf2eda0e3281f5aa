//! What `session` and `stats` are told.

use aws_sdk_dynamodb::primitives::{DateTime, DateTimeFormat};
use clap::{Args, Subcommand};
use dynamodb_session::{id::SessionRef, time::UnixSeconds, user::TypedName};

/// What to do with sessions.
#[derive(Debug, Subcommand)]
pub(crate) enum SessionCommand {
    /// Lists living sessions: all, or those that fit every option
    #[command(after_help = SELECTION_HELP)]
    List {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        reading: Reading,
    },
    /// Shows one living session: its times, and the size and the keys of its data
    Show(Show),
    /// Ends the sessions that `list` lists for the same options, each as a logout does
    #[command(after_help = SELECTION_HELP)]
    Revoke {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        reading: Reading,
        #[command(flatten)]
        consent: Consent,
    },
}

const SELECTION_HELP: &str = "\
With --user the user's item tells the sessions. Anything else reads the whole table, eventually consistent, and tells before what that takes; \
each session is read again before it is ended. A duration is a number with s, m, h or d, such as 30d.";

/// Which sessions.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Which {
    /// Those of this user; the case of the name does not matter
    #[arg(long, value_name = "NAME", value_parser = TypedName::parse)]
    pub(crate) user: Option<TypedName>,

    /// The one of this public name, as it is in `GET /sessions`, in logs and in the authorizer's context
    #[arg(long, value_name = "REF", value_parser = reference, allow_hyphen_values = true)]
    pub(crate) session: Option<SessionRef>,

    /// Those created so long ago or earlier
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) age: Option<u64>,

    /// Those unused for so long or longer
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) idle: Option<u64>,

    /// Those created from this address
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) ip: Option<std::net::IpAddr>,

    /// Those created before this moment: seconds since 1970, or such as 2026-11-27T12:00:00Z
    #[arg(long, value_name = "MOMENT", value_parser = moment)]
    pub(crate) created_before: Option<UnixSeconds>,

    /// Those that are remembered
    #[arg(long)]
    pub(crate) remembered: bool,

    /// Those without a user
    #[arg(long, conflicts_with = "user")]
    pub(crate) anonymous: bool,

    /// In their place: sessions that their user's item does not list, and entries of it without a session
    #[arg(long, conflicts_with_all = ["user", "session", "age", "idle", "ip", "created_before", "remembered", "anonymous"])]
    pub(crate) dangling: bool,
}

impl Which {
    /// The user all of whose sessions are meant, if those are.
    pub(crate) fn all_of_user(&self) -> Option<&TypedName> {
        let user = self.user.as_ref()?;
        let others = Self {
            user: None,
            ..self.clone()
        };
        others.is_all().then_some(user)
    }

    /// Whether every session is meant.
    pub(crate) fn is_all(&self) -> bool {
        let Self {
            user,
            session,
            age,
            idle,
            ip,
            created_before,
            remembered,
            anonymous,
            dangling,
        } = self;
        let times = age.is_none() && idle.is_none() && created_before.is_none();
        let flags = *remembered || *anonymous || *dangling;
        user.is_none() && session.is_none() && ip.is_none() && times && !flags
    }
}

/// How the table is read, and how it is told.
#[derive(Debug, Args)]
pub(crate) struct Reading {
    /// Most units a second that reading the table takes, on the average [default: no limit]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_read_units: Option<u32>,

    /// Prints JSON, an object a line
    #[arg(long)]
    pub(crate) json: bool,
}

/// Which session, and how much of it.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Its public name
    #[arg(value_name = "REF", value_parser = reference, allow_hyphen_values = true)]
    pub(crate) session: SessionRef,

    /// Whose it is: then the table need not be read to find it
    #[arg(long, value_name = "NAME", value_parser = TypedName::parse)]
    pub(crate) user: Option<TypedName>,

    /// Also shows the values of its data
    #[arg(long)]
    pub(crate) data: bool,

    #[command(flatten)]
    pub(crate) reading: Reading,
}

/// Whether to end them.
#[derive(Debug, Args)]
pub(crate) struct Consent {
    /// Lists them, and ends none
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Ends more than one without asking
    #[arg(long)]
    pub(crate) yes: bool,

    /// Ends every session of every user
    #[arg(long)]
    pub(crate) all: bool,
}

/// What to count.
#[derive(Debug, Args)]
pub(crate) struct Stats {
    /// Also counts users by what their names have before this text, such as / where they are ORGANISATION/NAME
    #[arg(long, value_name = "SEPARATOR", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(crate) by_prefix: Option<String>,

    /// Lists the damaged and the foreign items in place of the counts
    #[arg(long, conflicts_with = "by_prefix")]
    pub(crate) unreadable: bool,

    #[command(flatten)]
    pub(crate) reading: Reading,
}

fn reference(text: &str) -> Result<SessionRef, &'static str> {
    SessionRef::parse(text)
        .ok_or("it is no session's public name, which has 22 letters, digits, - and _")
}

fn duration(text: &str) -> Result<u64, &'static str> {
    let units = [("s", 1), ("m", 60), ("h", 3600), ("d", 86_400)];
    let found = units.iter().find_map(|(unit, seconds)| {
        let number: u64 = text.strip_suffix(unit)?.parse().ok()?;
        number.checked_mul(*seconds)
    });
    found.ok_or("it is a number with s, m, h or d, such as 90m")
}

fn moment(text: &str) -> Result<UnixSeconds, &'static str> {
    let date = || DateTime::from_str(text, DateTimeFormat::DateTimeWithOffset).ok();
    let seconds = text.parse().ok().or_else(|| date()?.secs().try_into().ok());
    seconds
        .map(UnixSeconds)
        .ok_or("it is seconds since 1970, or such as 2026-11-27T12:00:00Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_moments_are_read_or_refused() {
        let durations = [
            ("90s", Some(90)),
            ("15m", Some(900)),
            ("2h", Some(7200)),
            ("30d", Some(2_592_000)),
            ("30", None),
            ("d", None),
            ("-1d", None),
            ("1.5h", None),
            ("99999999999999999d", None),
        ];
        for (text, expected) in durations {
            assert_eq!(duration(text).ok(), expected, "{text}");
        }
        let moments = [
            ("1795780800", Some(1_795_780_800)),
            ("2026-11-27T12:00:00Z", Some(1_795_780_800)),
            ("2026-11-27T13:00:00+01:00", Some(1_795_780_800)),
            ("2026-11-27", None),
            ("yesterday", None),
        ];
        for (text, expected) in moments {
            assert_eq!(moment(text).ok(), expected.map(UnixSeconds), "{text}");
        }
    }
}
