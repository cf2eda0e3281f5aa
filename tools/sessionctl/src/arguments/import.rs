//! What an import is told.

use clap::Args;

use super::Reading;

/// Which table, and what of it.
#[derive(Debug, Args)]
#[command(after_help = IMPORT_HELP)]
pub(crate) struct Import {
    /// Table of dynamodb-session-web or dynamodb-session-flask, beside the table of the sessions
    #[arg(value_name = "TABLE")]
    pub(crate) table: String,

    /// Changes nothing, and tells what would be imported
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Key of a session's data under which the application keeps who has logged in: sessions that have it are left
    #[arg(long, value_name = "KEY")]
    pub(crate) user_key: Option<String>,

    #[command(flatten)]
    pub(crate) reading: Reading,
}

const IMPORT_HELP: &str = "\
Each row is marked before its session is put, and a marked row is never taken again: run again, the command goes on with the \
rest. It reads SESSION_SIGNING_KEYS, SESSION_SIGNING_KEYS_SECRET_ARN, SESSION_ID_BYTES and SESSION_NOT_BEFORE, as the functions do.";
