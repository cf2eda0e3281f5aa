//! Server-side sessions over one `DynamoDB` table: opaque ids, state on the server, ended at once.
//!
//! A client carries a [`token`]; the table holds a [`session`] under the hash of the id in it. The rules are verbs, functions
//! over any [`store::SessionStore`]; time and randomness are arguments. No event type of any platform occurs here.
//!
//! | for | see |
//! |---|---|
//! | what a request presents, verified once | [`transport`], [`claim`] |
//! | the decision about a call, as a rule in one request to the table | [`authorize`] |
//! | a login, and whether it has to wait | [`create`], [`admission`], [`throttle`] |
//! | a new id, a change of data | [`rotate`], [`patch`] |
//! | the end of a session, of all of a user's | [`abandon`], [`devices`] |
//! | what takes a recent login | [`recent`] |
//! | what a page of another site may not do | [`cross_site`], [`csrf`] |
//! | what goes out, and where a browser goes next | [`reply`], [`return_to`] |
//! | what is logged | [`audit`] |
//! | variables of the environment | [`config`] |
//! | with the feature `dynamodb`, sessions of a predecessor | `import` |
//! | where sessions are kept | [`store::memory`], and with the feature `dynamodb` `store::dynamodb` and `aws` |
//! | what an operator finds in the table | with the feature `dynamodb`, `survey` |
//! | users of an OpenID provider | [`provider`] |
//! | users with passwords | with the feature `password`, `password` |
//!
//! # A call
//!
//! ```
//! use dynamodb_session::{
//!     authorize::{Decision, Policy, authorize},
//!     claim::Claim,
//!     store::memory::MemoryStore,
//!     time::UnixSeconds,
//!     transport::Transport,
//! };
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (store, policy) = (MemoryStore::default(), Policy::default());
//! let headers = vec![("cookie", "theme=dark")];
//!
//! let carried = Transport::default().read(&[headers]);
//! let claim = Claim::verify(carried.presented(), &policy.format);
//! match authorize(&store, &policy, &claim, UnixSeconds::from_system_clock()).await? {
//!     Decision::Allow(live) => println!("hello {:?}", live.session.user),
//!     Decision::Deny { denial, .. } => assert_eq!(denial.as_str(), "absent"),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # A login of one's own
//!
//! ```
//! use dynamodb_session::{
//!     authorize::Policy,
//!     create::{Credential, Login, create},
//!     entropy::SystemEntropy,
//!     fault::StoreError,
//!     store::memory::MemoryStore,
//!     time::UnixSeconds,
//!     user::UserName,
//! };
//!
//! /// A code that was sent to the user.
//! struct Code<'a>(&'a str);
//!
//! impl Credential for Code<'_> {
//!     type Proof = ();
//!
//!     async fn verify(&self, user: &UserName) -> Result<Option<()>, StoreError> {
//!         Ok((user.as_str() == "ada" && self.0 == "123456").then_some(()))
//!     }
//!
//!     async fn still_holds(&self, _: &UserName, (): &()) -> Result<bool, StoreError> {
//!         Ok(true)
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (store, policy) = (MemoryStore::default(), Policy::default());
//! let (ada, now) = (UserName::parse("ada")?, UnixSeconds::from_system_clock());
//!
//! let wrong = Login::new(ada.clone(), Code("000000"));
//! assert!(create(&store, &SystemEntropy, &policy, &wrong, now).await?.is_none());
//! let right = Login::new(ada, Code("123456"));
//! let created = create(&store, &SystemEntropy, &policy, &right, now).await?;
//! let created = created.expect("the right code");
//! // It goes to the client, in a cookie that `Config::cookie_of` makes or in a header, and nowhere else.
//! assert_eq!(created.token.expose().len(), 43);
//! # Ok(())
//! # }
//! ```

pub mod abandon;
pub mod admission;
pub mod audit;
pub mod authorize;
#[cfg(feature = "dynamodb")]
pub mod aws;
pub mod cause;
pub mod claim;
pub mod config;
mod counted;
pub mod create;
pub mod cross_site;
pub mod csrf;
pub mod data;
mod denial;
pub mod devices;
pub mod entropy;
pub mod fault;
mod flow;
pub mod front;
pub mod id;
mod identity;
#[cfg(feature = "dynamodb")]
pub mod import;
mod near;
#[cfg(feature = "password")]
pub mod password;
pub mod patch;
pub mod provider;
pub mod recent;
pub mod reply;
pub mod return_to;
pub mod rotate;
pub mod secret;
pub mod session;
pub mod signing_keys;
pub mod store;
#[cfg(feature = "dynamodb")]
pub mod survey;
pub mod throttle;
pub mod time;
pub mod token;
pub mod transport;
#[cfg(test)]
mod unicode;
pub mod user;
mod variables;
