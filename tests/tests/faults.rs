//! Whatever the store does, nobody is let through whom it did not confirm, and nobody is logged out by its faults.

mod acknowledgement;
mod all;
mod call;
mod connection;
mod house;
mod items;
mod kind;
mod ledger;
mod process;
mod trial;
