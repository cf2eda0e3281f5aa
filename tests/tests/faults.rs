//! Whatever the store does, only sessions that it confirmed are let through, and its faults log nobody out.

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
