//! The command line.

#[cfg(test)]
mod documented;
mod import;
mod session;
mod subject;
mod table;

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum, builder::NonEmptyStringValueParser};
use clap_complete::Shell;
use dynamodb_session::{
    password::Password, secret::SecretArn, signing_keys::step::Step, user::TypedName,
};

pub(crate) use self::{
    import::Import,
    session::{Consent, Reading, SessionCommand, Show, Stats, Which},
    subject::{SubjectCommand, Whom},
    table::{Form, TableCommand},
};

/// Manages the users who log in with a password or by a provider, the sessions, and the keys that sign session tokens, and takes over a predecessor's sessions.
///
/// AWS credentials and the region come from where every AWS tool looks for them. A plain http endpoint on this machine
/// needs none.
#[expect(clippy::doc_markdown, reason = "shown as plain text by --help")]
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true, after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// URL of the DynamoDB engine, or of Secrets Manager for `keys` [default: AWS_ENDPOINT_URL_DYNAMODB or
    /// AWS_ENDPOINT_URL_SECRETS_MANAGER, then AWS_ENDPOINT_URL, then AWS itself]
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,

    /// AWS region [default: AWS_REGION, then AWS_DEFAULT_REGION, then that of the AWS profile]
    #[arg(long, global = true, value_parser = NonEmptyStringValueParser::new())]
    pub(crate) region: Option<String>,

    /// AWS profile, whose credentials count whatever AWS_ACCESS_KEY_ID says, and whose region unless --region or AWS_REGION
    /// tells one [default: AWS_PROFILE, then default]
    #[arg(long, global = true, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) profile: Option<String>,

    /// Table of the sessions [default: SESSION_TABLE, then app_session]
    #[arg(long, global = true, value_name = "TABLE")]
    pub(crate) session_table: Option<String>,

    /// Table of the users [default: SESSION_USER_TABLE, then app_user]
    #[arg(long, global = true, value_name = "TABLE")]
    pub(crate) user_table: Option<String>,

    #[command(subcommand)]
    pub(crate) command: Command,
}

const AFTER_HELP: &str = "\
Exit codes: 0 done; 1 a fault, such as a table that does not answer; 2 wrong usage or input, such as a user who \
exists already; 129, 130, 131, 143 ended by a signal: hang-up, Ctrl-C, quit, terminate.";

/// What to manage.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Adds, disables, enables, unlocks and removes users, and changes their passwords
    #[command(subcommand)]
    User(UserCommand),
    /// Makes keys that sign session tokens, and replaces one without ending a session
    #[command(subcommand)]
    Keys(Keys),
    /// Takes over the living sessions of a predecessor's table, which does not log their clients out
    Import(Import),
    /// Lists, shows and ends sessions
    #[command(subcommand)]
    Session(SessionCommand),
    /// Finds a user of an OpenID provider, bars one from logging in, and lets one in again
    #[command(subcommand)]
    Subject(SubjectCommand),
    /// Counts sessions, and what else lies in their table
    Stats(Stats),
    /// Makes the tables, or says what is wrong in them
    #[command(subcommand)]
    Table(TableCommand),
    /// Prints the completions of this command line for a shell
    Completions(Completions),
    /// Writes the man pages, one of each command
    Man(Man),
}

impl Command {
    /// Whether the command itself ends at a signal, between two items, and says how far it came.
    pub(crate) fn hears_signals(&self) -> bool {
        matches!(self, Self::Import(_) | Self::Session(_) | Self::Stats(_))
    }
}

/// For which shell.
#[derive(Debug, clap::Args)]
pub(crate) struct Completions {
    /// The shell that reads them
    #[arg(value_enum)]
    pub(crate) shell: ShellName,
}

/// A shell by its name.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ShellName {
    Bash,
    Zsh,
    Fish,
}

impl From<ShellName> for Shell {
    fn from(name: ShellName) -> Self {
        match name {
            ShellName::Bash => Self::Bash,
            ShellName::Zsh => Self::Zsh,
            ShellName::Fish => Self::Fish,
        }
    }
}

/// Where to.
#[derive(Debug, clap::Args)]
pub(crate) struct Man {
    /// Folder to write them to, such as ~/.local/share/man/man1
    pub(crate) folder: PathBuf,
}

/// What to do with the keys.
#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// Prints a list of one new key
    Generate,
    /// Takes a step in the replacement of the key that signs
    #[command(after_help = ROTATE_HELP)]
    Rotate(Rotate),
}

const ROTATE_HELP: &str = "\
Take the steps in turn, each once the one before is everywhere. Without --secret the list is read from standard input \
and the new one printed, for SESSION_SIGNING_KEYS.";

/// Which step, and on what.
#[derive(Debug, clap::Args)]
pub(crate) struct Rotate {
    /// The step to take
    #[arg(value_enum)]
    pub(crate) step: StepName,

    /// ARN of the secret that holds the list; the new list becomes its current version
    #[arg(long, value_name = "ARN", value_parser = SecretArn::parse)]
    pub(crate) secret: Option<SecretArn>,

    /// Longest lifetime of a session that the old key may have signed, where the secret's tags don't tell it or tell
    /// too much
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=31_536_000))]
    pub(crate) longest_session: Option<u64>,

    /// Does not wait for the step before to be everywhere, nor for the sessions of the old key to end: for a key that
    /// has leaked
    #[arg(long, requires = "secret")]
    pub(crate) now: bool,
}

/// A step by its name.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum StepName {
    /// Accepts a new key; the old one still signs
    Accept,
    /// Signs with the new key; the old one is still accepted
    Sign,
    /// Accepts the new key alone
    Drop,
}

impl From<StepName> for Step {
    fn from(name: StepName) -> Self {
        match name {
            StepName::Accept => Self::Accept,
            StepName::Sign => Self::Sign,
            StepName::Drop => Self::Drop,
        }
    }
}

/// What to do with a user.
#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Adds a user
    #[command(after_help = PASSWORD_HELP)]
    Add(NewUser),
    /// Bars a user from logging in and ends all of the user's sessions
    Disable(Name),
    /// Lets a disabled user log in again
    Enable(Name),
    /// Changes a user's password and ends all of the user's sessions
    #[command(after_help = PASSWORD_HELP)]
    Passwd(NewPassword),
    /// Removes a user and ends all of the user's sessions
    Remove(Name),
    /// Forgets wrong passwords: the next login of the name, which need not be a user's, does not wait
    Unlock(Name),
}

const PASSWORD_HELP: &str = "\
The password, of at most 1024 bytes, may be neither a common one nor the user's name. It is asked for twice without echo. If standard input is \
no terminal, it is the first line of standard input, as it stands but for the line break (\\n or \\r\\n) at its end.";

/// Who is added, with which password.
#[derive(Debug, clap::Args)]
pub(crate) struct NewUser {
    /// Name of the user, of letters, digits, single spaces and what ASCII shows; its case does not matter
    #[arg(value_parser = TypedName::chosen)]
    pub(crate) name: TypedName,

    #[command(flatten)]
    pub(crate) password: Strength,
}

/// Who gets a new password.
#[derive(Debug, clap::Args)]
pub(crate) struct NewPassword {
    #[command(flatten)]
    pub(crate) user: Name,

    #[command(flatten)]
    pub(crate) password: Strength,
}

/// What a new password must be.
#[derive(Debug, clap::Args)]
pub(crate) struct Strength {
    /// Least characters of the password: fewer than 15 only where a login asks for a second factor as well
    #[arg(long, value_name = "N", default_value_t = Password::LEAST_CHARACTERS, value_parser = least_characters)]
    pub(crate) least_characters: usize,
}

fn least_characters(text: &str) -> Result<usize, &'static str> {
    let range = Password::LEAST_OF_TWO_FACTORS..=64;
    let number = text.parse().ok().filter(|number| range.contains(number));
    number.ok_or("it is a whole number from 8 to 64")
}

/// Whom to do it with.
#[derive(Debug, clap::Args)]
pub(crate) struct Name {
    /// Name of the user; its case does not matter
    #[arg(value_parser = TypedName::parse)]
    pub(crate) name: TypedName,
}
