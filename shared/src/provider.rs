//! Logins by the word of an OpenID provider, and logouts that it announces.
//!
//! The rules of the protocol itself are a crate of their own (`openid`); here is what they leave in the table. A [`Flow`] lies
//! there from the start of a login to its callback, which takes it, once. The login is [`create`](crate::create::create)
//! with [`login()`]; a logout token of the provider ends sessions by [`back_channel()`]; an operator has [`bar`].

mod back_channel;
mod barred;
mod login;

pub use self::{
    back_channel::{Ended, LogoutToken, back_channel},
    barred::{bar, unbar},
    login::{Proof, login},
};
pub use crate::{
    flow::{FLOW_SECONDS, Flow, FlowKey},
    identity::{Identity, InvalidSubject, ProviderKey, Subject, user_of},
    store::ProviderStore,
};
