//! Why the stack does not start.

use std::{error::Error, fmt};

/// Why the stack does not start: what is wrong and what to do, in one line.
#[derive(Debug)]
pub struct StartError(pub String);

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.replace(['\r', '\n'], " "))
    }
}

impl Error for StartError {}
