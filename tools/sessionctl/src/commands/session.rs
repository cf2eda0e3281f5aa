//! What an operator does with sessions: finds them, looks at one, ends them.

mod find;
mod revoke;
pub(crate) mod row;
mod show;

use dynamodb_session::store::dynamodb::DynamoStore;

use self::find::Found;
use crate::{
    arguments::{Arguments, SessionCommand},
    failure::Failure,
    signals::unless_stopped,
    target::Target,
};

/// The sessions' table.
#[derive(Debug)]
pub(crate) struct Table {
    /// The store over it.
    pub(crate) store: DynamoStore,
    /// Its name and where it is.
    pub(crate) place: String,
}

impl Table {
    pub(crate) async fn find(
        arguments: &Arguments,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Failure> {
        let target = Target::find(arguments, environment).await?;
        Ok(Self {
            place: format!("table {} ({})", target.session_table, target.engine),
            store: DynamoStore::new(target.client, target.session_table),
        })
    }
}

/// Does what `command` says, in the table that the arguments and the environment name.
pub(crate) async fn run(
    command: &SessionCommand,
    arguments: &Arguments,
    environment: impl Fn(&str) -> Option<String>,
) -> Result<String, Failure> {
    let table = Table::find(arguments, environment).await?;
    match command {
        SessionCommand::List { which, reading } => {
            let found = unless_stopped(table.find_sessions(which, reading)).await?;
            Ok(row::list(&found, reading.json))
        }
        SessionCommand::Show(show) => unless_stopped(table.show(show)).await,
        SessionCommand::Revoke {
            which,
            reading,
            consent,
        } => table.revoke(which, reading, consent).await,
    }
}
