//! What goes over the wire: which requests each call makes, counted by a proxy in front of the engine.

mod authorize;
mod line;
mod login;
mod session;
mod size;
mod touch;
mod units;
