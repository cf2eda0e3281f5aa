//! The new password: asked for at a terminal, or read from standard input.

use std::{
    fmt,
    io::{self, BufRead, IsTerminal, Write},
};

use dynamodb_session::{
    password::{Password, rules},
    user::UserName,
};

use crate::{
    failure::{Failure, UNCHANGED},
    signals::unless_ended,
};

#[cfg(unix)]
use crate::terminal::Silence;

/// Gets a new password for `user`, of at least so many characters, that is not among the first to be guessed. It is
/// never an argument or a variable, which other processes could see.
pub(crate) async fn new_password(user: &UserName, least: usize) -> Result<Password, Failure> {
    let text = if io::stdin().is_terminal() {
        ask_twice(user).await?
    } else {
        unless_ended(|| first_line(io::stdin().lock())).await?
    };
    let refused = |reason: &dyn fmt::Display| Failure::Input(format!("{reason}; {UNCHANGED}"));
    let password = Password::chosen_of(text, least).map_err(|error| refused(&error))?;
    rules::check(&password, user).map_err(|error| refused(&error))?;
    Ok(password)
}

/// Whether a person says yes to a question at the terminal; anything else is a no.
pub(crate) async fn agrees(question: &str) -> Result<bool, Failure> {
    // A terminal that is gone is read as a no.
    let _: io::Result<()> = write!(io::stderr(), "{question}").and_then(|()| io::stderr().flush());
    let answer = unless_ended(|| {
        let mut line = String::new();
        let read = io::stdin().lock().read_line(&mut line);
        read.map_err(|error| {
            Failure::Fault(format!("can't read the answer: {error}; {UNCHANGED}"))
        })?;
        Ok(line)
    });
    let answer = answer.await?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

async fn ask_twice(user: &UserName) -> Result<String, Failure> {
    let password = ask(&format!("New password of {user}: ")).await?;
    if password != ask("The same again: ").await? {
        return Err(Failure::Input(format!(
            "the two passwords differ; {UNCHANGED}"
        )));
    }
    Ok(password)
}

/// Asks at the terminal, which echoes again afterwards: also when a signal ends the command.
#[cfg(unix)]
async fn ask(prompt: &str) -> Result<String, Failure> {
    let mut silence = Silence::begin().map_err(|error| unasked(&error))?;
    let input = silence.show(prompt).map_err(|error| unasked(&error))?;
    let line = unless_ended(|| first_line(input)).await;
    if line.is_err() {
        silence.give_up();
    }
    line
}

#[cfg(not(unix))]
async fn ask(prompt: &str) -> Result<String, Failure> {
    let prompt = prompt.to_owned();
    unless_ended(|| rpassword::prompt_password(prompt).map_err(|error| unasked(&error))).await
}

fn unasked(error: &io::Error) -> Failure {
    Failure::Fault(format!(
        "can't ask for a password at this terminal: {error}; give it on standard input"
    ))
}

/// The first line of `input`, as it stands, without its end.
fn first_line(input: impl BufRead) -> Result<String, Failure> {
    let mut line = Vec::new();
    // One byte more than the longest password and its line break: enough to see that it is too long.
    let most = Password::MOST_BYTES as u64 + 3;
    input
        .take(most)
        .read_until(b'\n', &mut line)
        .map_err(|error| Failure::Fault(format!("can't read standard input: {error}")))?;
    if line.is_empty() {
        return Err(Failure::Input(format!(
            "there is no password on standard input; {UNCHANGED}"
        )));
    }
    if line.ends_with(b"\n") {
        line.pop();
        if line.ends_with(b"\r") {
            line.pop();
        }
    }
    String::from_utf8(line).map_err(|_| not_utf8())
}

fn not_utf8() -> Failure {
    Failure::Input(format!("the password is not UTF-8 text; {UNCHANGED}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_is_taken_as_it_stands() {
        let long = "a".repeat(1024);
        #[rustfmt::skip]
        let cases = [
            ("line feed",         "secret\n".to_owned(),            "secret"),
            ("both",              "secret\r\n".to_owned(),          "secret"),
            ("no end",            "secret".to_owned(),              "secret"),
            ("more lines",        "secret\nother\n".to_owned(),     "secret"),
            ("spaces",            "  se cret \t\n".to_owned(),      "  se cret \t"),
            ("one end alone",     "secret\r\r\n".to_owned(),        "secret\r"),
            ("carriage return",   "secret\r".to_owned(),            "secret\r"),
            ("NUL",               "sec\0ret\n".to_owned(),          "sec\0ret"),
            ("decomposed",        "cafe\u{301}\n".to_owned(),       "cafe\u{301}"),
            ("empty line",        "\nsecret\n".to_owned(),          ""),
            ("the longest",       format!("{long}\r\n"),            &long),
        ];
        for (name, input, expected) in cases {
            assert_eq!(first_line(input.as_bytes()).unwrap(), expected, "{name}");
        }
    }

    #[test]
    fn what_is_too_long_stays_too_long() {
        for input in [
            "a".repeat(1025),
            "a".repeat(1 << 20),
            "a".repeat(1025) + "\n",
        ] {
            let line = first_line(input.as_bytes()).unwrap();
            assert!(line.len() > Password::MOST_BYTES && line.len() < 1030);
        }
    }

    #[test]
    fn an_empty_line_and_bytes_that_are_not_text_are_refused() {
        for input in [b"".as_slice(), b"sec\xffret\n"] {
            let failure = first_line(input).unwrap_err();
            assert_eq!(failure.code(), 2);
            assert!(failure.to_string().contains("nothing was changed"));
        }
    }
}
