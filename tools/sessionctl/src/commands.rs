//! What the command does, a module for each thing that it manages.

pub(crate) mod import;
pub(crate) mod keys;
pub(crate) mod manual;
pub(crate) mod session;
pub(crate) mod stats;
pub(crate) mod subject;
pub(crate) mod table;
pub(crate) mod user;
