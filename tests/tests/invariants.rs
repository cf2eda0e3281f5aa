//! The invariants, one by one; docs/invariants.md tells which test sees which of them broken.

mod deadlines;
mod faults;
mod idle;
mod ids;
mod intervals;
mod logins;
mod secrets;
mod writes;
