//! What an operator does with the two tables: makes them as the template does, and says what is wrong in those that are there.

mod create;
mod verify;

use aws_sdk_dynamodb::Client;
use dynamodb_session::fault::StoreError;

use self::verify::{Part, State};
use crate::{
    arguments::{Arguments, Form, TableCommand},
    commands::table::verify::line,
    failure::{Failure, explain_table},
    signals::unless_stopped,
    target::Target,
};

/// One of the two tables, as template.yaml describes it.
#[derive(Clone, Debug)]
struct Table {
    name: String,
    /// Whether its items expire.
    expires: bool,
}

/// Does what `command` says, with the tables that the arguments and the environment name.
pub(crate) async fn run(
    command: &TableCommand,
    arguments: &Arguments,
    environment: impl Fn(&str) -> Option<String>,
) -> Result<String, Failure> {
    let target = Target::find(arguments, environment).await?;
    let tables = [
        Table {
            name: target.session_table,
            expires: true,
        },
        Table {
            name: target.user_table,
            expires: false,
        },
    ];
    let (client, engine) = (target.client, target.engine);
    let failed =
        |error: StoreError| Failure::Fault(format!("{} ({engine})", explain_table(&error)));
    match command {
        TableCommand::Create { form } => {
            for table in &tables {
                create::if_missing(&client, table).await.map_err(failed)?;
            }
            report(&client, &tables, *form, failed).await
        }
        TableCommand::Verify { form } => {
            unless_stopped(report(&client, &tables, *form, failed)).await
        }
    }
}

/// A line for each part of each table; a fault with all of them if any is wrong.
async fn report(
    client: &Client,
    tables: &[Table],
    form: Form,
    failed: impl Fn(StoreError) -> Failure,
) -> Result<String, Failure> {
    let (mut lines, mut wrong) = (Vec::new(), 0);
    for table in tables {
        let parts = match verify::parts(client, table).await.map_err(&failed)? {
            Some(parts) => parts,
            None => vec![(Part::Table, State::Wrong("it is not there".to_owned()))],
        };
        for (part, state) in parts {
            wrong += usize::from(matches!(state, State::Wrong(_)));
            lines.push(line(table, part, &state, form.json));
        }
    }
    let text = lines.join("\n");
    if wrong == 0 {
        return Ok(text);
    }
    Err(Failure::Found(text, wrong))
}
