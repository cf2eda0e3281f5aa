//! The operator's command: users of the password login, on any endpoint and table, and the keys that sign tokens.

mod arguments;
mod common;
mod failure;
mod keys;
mod lifetime;
mod place;
mod prompt;
mod signals;
#[cfg(unix)]
mod terminal;
mod user;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::Parser;
use dynamodb_session::{
    password::dynamodb::DynamoUserStore, store::dynamodb::DynamoStore, time::UnixSeconds,
};

use crate::{
    arguments::{Arguments, Command, Deed, Keys},
    failure::Failure,
    place::Place,
    prompt::new_password,
    signals::{Signals, uncaught},
    user::Stores,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match Signals::catch() {
        Ok(mut signals) => tokio::select! {
            biased;
            // First: where it waits for a person, it knows that nothing was changed.
            outcome = run(&arguments) => outcome,
            signal = signals.received() => Err(Failure::Ended(
                signal,
                "it is not known whether the change was made; run the command again",
            )),
        },
        Err(error) => Err(uncaught(&error)),
    };
    // A reader who has closed the pipe misses the text, not the exit code.
    match outcome {
        Ok(done) => {
            let _: io::Result<()> = writeln!(io::stdout(), "{done}");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            let _: io::Result<()> = writeln!(io::stderr(), "sessionctl: {failure}");
            failure.code().into()
        }
    }
}

async fn run(arguments: &Arguments) -> Result<String, Failure> {
    match &arguments.command {
        Command::User(deed) => manage(deed, arguments).await,
        Command::Keys(Keys::Generate) => keys::generate(),
        Command::Keys(Keys::Rotate(rotate)) => keys::rotate(rotate, arguments, environment).await,
    }
}

async fn manage(deed: &Deed, arguments: &Arguments) -> Result<String, Failure> {
    let place = Place::find(arguments, environment).await?;
    let engine = place.engine;
    let stores = Stores {
        user_table: format!("table {} ({engine})", place.user_table),
        session_table: format!("table {} ({engine})", place.session_table),
        users: DynamoUserStore::new(place.client.clone(), place.user_table),
        sessions: DynamoStore::new(place.client, place.session_table),
        engine,
    };
    let now = UnixSeconds::from_system_clock();
    match deed {
        Deed::Add(new) => {
            let password = async |user: &_| new_password(user, new.password.least_characters).await;
            stores.add(&new.name, password, now).await
        }
        Deed::Disable(user) => stores.disable(&user.name, now).await,
        Deed::Enable(user) => stores.enable(&user.name, now).await,
        Deed::Passwd(new) => {
            let password = async |user: &_| new_password(user, new.password.least_characters).await;
            stores.passwd(&new.user.name, password, now).await
        }
        Deed::Remove(user) => stores.remove(&user.name).await,
        Deed::Unlock(user) => stores.unlock(&user.name, now).await,
    }
}

fn environment(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "this is a main")]
    std::env::var(name).ok()
}
