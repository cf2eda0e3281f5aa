//! The stack on one machine: the functions' own handlers behind an HTTP front that keeps API Gateway's contract, and a
//! `DynamoDB` engine inside the process.
//!
//! [`stack::Stack`] starts and stops all of it; the program `local` and the end-to-end tests both use it.

pub mod args;
pub mod cookie;
pub mod demo;
pub mod engine;
pub mod front;
pub mod functions;
pub mod greeting;
pub mod log;
pub mod samples;
pub mod signals;
pub mod stack;
pub mod start_error;
pub mod tables;
pub mod trial;
