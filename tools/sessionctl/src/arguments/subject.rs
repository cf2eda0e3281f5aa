//! What `subject` is told.

use clap::{Args, Subcommand, builder::NonEmptyStringValueParser};
use dynamodb_session::provider::{InvalidSubject, Subject};

/// What to do with a user of a provider.
#[derive(Debug, Subcommand)]
pub(crate) enum SubjectCommand {
    /// Shows the user's name here, how many sessions are listed, and whether the user is barred
    Show(Whom),
    /// Bars the user from logging in and ends all of the user's sessions
    Bar(Whom),
    /// Lets a barred user log in again
    Unbar(Whom),
}

/// Which user of which provider.
#[derive(Debug, Args)]
pub(crate) struct Whom {
    /// The provider, byte for byte as its tokens name it (`iss`)
    #[arg(long, value_name = "URL", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) issuer: String,

    /// The user there, byte for byte (`sub`); its case matters
    #[arg(long, value_name = "SUB", value_parser = subject, allow_hyphen_values = true)]
    pub(crate) subject: Subject,

    /// Prints JSON
    #[arg(long)]
    pub(crate) json: bool,
}

fn subject(text: &str) -> Result<Subject, InvalidSubject> {
    Subject::parse(text)
}
