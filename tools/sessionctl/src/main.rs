//! The operator's command: users of the password login, on any endpoint and table, and the keys that sign tokens.

mod arguments;
mod commands;
mod failure;
mod progress;
mod prompt;
mod scan;
mod signals;
mod target;
#[cfg(unix)]
mod terminal;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use crate::{
    arguments::{Arguments, Command, Keys},
    commands::{import, keys, manual, session, stats, subject, table, user},
    failure::Failure,
    signals::{Signals, uncaught, unless_stopped},
};
use clap::Parser;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match Signals::catch() {
        Ok(mut signals) => tokio::select! {
            biased;
            // The command comes first: while it waits for a person, it knows that nothing was changed.
            outcome = run(&arguments) => outcome,
            signal = signals.received(), if !arguments.command.hears_signals() => Err(Failure::Ended(
                signal,
                "it is not known whether the change was made; run the command again".into(),
            )),
        },
        Err(error) => Err(uncaught(&error)),
    };
    // A reader who has closed the pipe misses the text, not the exit code.
    match outcome {
        // An empty list in JSON has no line.
        Ok(done) if done.is_empty() => ExitCode::SUCCESS,
        Ok(done) => {
            let _: io::Result<()> = writeln!(io::stdout(), "{done}");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            if let Failure::Found(text, _) = &failure {
                let _: io::Result<()> = writeln!(io::stdout(), "{text}");
            }
            let _: io::Result<()> = writeln!(io::stderr(), "sessionctl: {failure}");
            failure.code().into()
        }
    }
}

async fn run(arguments: &Arguments) -> Result<String, Failure> {
    match &arguments.command {
        Command::User(command) => user::run(command, arguments, environment).await,
        Command::Import(command) => import::run(command, arguments, environment).await,
        Command::Keys(Keys::Generate) => keys::generate(),
        Command::Keys(Keys::Rotate(rotate)) => keys::rotate(rotate, arguments, environment).await,
        Command::Session(command) => session::run(command, arguments, environment).await,
        Command::Stats(command) => {
            Box::pin(unless_stopped(stats::run(command, arguments, environment))).await
        }
        Command::Subject(command) => subject::run(command, arguments, environment).await,
        Command::Table(command) => table::run(command, arguments, environment).await,
        Command::Completions(wanted) => Ok(manual::completions(wanted.shell.into())),
        Command::Man(man) => manual::write_pages(&man.folder),
    }
}

fn environment(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "this is a main")]
    std::env::var(name).ok()
}
