//! What `table` is told.

use clap::Subcommand;

/// What to do with the two tables.
#[derive(Debug, Subcommand)]
pub(crate) enum TableCommand {
    /// Makes the tables that are missing, as the template does, and then verifies both
    Create {
        #[command(flatten)]
        form: Form,
    },
    /// Says what is missing or wrong in the tables, each with the command that mends it
    Verify {
        #[command(flatten)]
        form: Form,
    },
}

/// How it is told.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Form {
    /// Prints JSON, an object a line
    #[arg(long)]
    pub(crate) json: bool,
}
