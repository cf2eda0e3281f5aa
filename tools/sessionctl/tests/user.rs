//! `sessionctl user`, run as a person runs it.

mod faults;
mod journey;
mod names;
mod password;
mod refused;
#[cfg(unix)]
mod terminal;
