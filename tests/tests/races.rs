//! Races, step by step and without any timing: on memory, on the embedded engine, and on any engine that
//! `DYNAMODB_ENDPOINT` names.
//!
//! Each test takes two or more operations through every order of their requests, and asks afterwards what must hold
//! after every one of them ([`tests::world::World::check`]).

mod cap;
mod change;
mod data;
mod everything;
mod everywhere;
mod guess;
mod kill;
mod login;
mod logout;
mod parallel;
mod portions;
mod provider;
mod provider_faults;
mod rotate;
