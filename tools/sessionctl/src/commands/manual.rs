//! What shells and readers of man pages are told of the command line, made from the command line itself.

use std::path::Path;

use clap::CommandFactory;
use clap_complete::Shell;

use crate::{arguments::Arguments, failure::Failure};

/// The completions for `shell`, as it reads them.
pub(crate) fn completions(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "sessionctl", &mut script);
    let script = String::from_utf8_lossy(&script);
    script.trim_end().to_owned()
}

/// Writes a page of each command to `folder`, which must be there.
pub(crate) fn write_pages(folder: &Path) -> Result<String, Failure> {
    clap_mangen::generate_to(Arguments::command(), folder).map_err(|error| {
        Failure::Input(format!(
            "can't write the man pages to {}: {error}; name a folder that is there and that you may write to",
            folder.display()
        ))
    })?;
    Ok(format!(
        "wrote sessionctl.1 and a page of each command to {}",
        folder.display()
    ))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::Command;

    use super::*;

    /// The names of the commands below `command`, and of their options, with the dashes that a shell is told.
    fn words(command: &Command) -> BTreeSet<String> {
        let options = command.get_arguments().filter_map(clap::Arg::get_long);
        let mut words: BTreeSet<String> = options.map(|name| format!("--{name}")).collect();
        for below in command.get_subcommands() {
            words.insert(below.get_name().to_owned());
            words.extend(self::words(below));
        }
        words
    }

    #[test]
    fn completions_name_each_command_and_option_for_each_shell() {
        let mut command = Arguments::command();
        command.build();
        let wanted = words(&command);
        assert!(
            wanted.contains("revoke") && wanted.contains("--max-read-units") && wanted.len() > 50,
            "{wanted:?}"
        );
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            // fish is told of an option as `-l name`.
            let script = completions(shell).replace("-l ", "--");
            let is_of_word = |c: char| c.is_ascii_alphanumeric() || c == '-';
            let found: BTreeSet<&str> = script.split(|c| !is_of_word(c)).collect();
            let lacking: Vec<_> = wanted
                .iter()
                .filter(|word| !found.contains(word.as_str()))
                .collect();
            assert!(lacking.is_empty(), "{shell} lacks {lacking:?}");
        }
    }
}
