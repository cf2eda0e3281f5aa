//! A store of tower-sessions over the table of `dynamodb-session`.
#![doc = include_str!("../README.md")]

mod id;
mod item;
mod store;

pub use dynamodb_session::{
    aws::{chain, client},
    entropy::{Entropy, EntropyError},
    time::UnixSeconds,
};

pub use store::DynamoStore;
