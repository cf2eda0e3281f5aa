//! `sessionctl` as a person runs it.

mod keys;
mod sessionctl;
