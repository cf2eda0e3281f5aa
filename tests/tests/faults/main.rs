//! Whatever the store does, nobody is let through whom it did not confirm, and nobody is logged out by its faults.

mod acknowledgement;
mod call;
mod connection;
mod house;
mod items;
mod kind;
mod ledger;
mod matrix;
mod pace;
mod process;
mod stage;
