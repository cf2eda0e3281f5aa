//! `local` from the outside, and its parts over real sockets.

mod cli;
mod engine;
mod front;
