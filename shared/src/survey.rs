//! What an operator finds in the table: sessions by what they are, and what does not fit together.

mod client;
mod dangling;
mod roll;
mod selection;
mod stats;

pub use self::{
    client::family,
    dangling::{Dangling, Pairs},
    roll::{Roll, follow},
    selection::Selection,
    stats::{Stats, Steps},
};
