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
