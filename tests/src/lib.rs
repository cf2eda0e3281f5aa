//! What the tests of the whole share.
//!
//! - [`engine`]: fresh tables in an embedded engine, or in the one that `DYNAMODB_ENDPOINT` names.
//! - [`stopped`]: limits of the runtime that are reached when a test says so.
//! - [`closed`]: a port on which nothing listens.
//! - [`wire`]: watches a client's requests, loses answers, makes transactions conflict.
//! - [`late`]: holds single attempts back, and lets them arrive later.
//! - [`proxy`], [`http1`]: stands between a client and an engine, and makes what passes go wrong, or arrive late.
//! - [`functions`], [`process`], [`runtime_api`]: the functions in the process, and one as a process of its own.
//! - [`pattern`]: the patterns by which `CloudWatch` counts lines.
//! - [`sieve`]: looks for secrets in whatever form they may leak.
//! - [`stepped`]: a store that pauses before or after each request, under the test's control.
//! - [`entropy`]: ids and refs that a test knows, drawn twice on demand.
//! - [`rigged`]: a store that fails, and one that lies.
//! - [`careless`]: a store that leaves out a condition.
//! - [`secrets_manager`]: a Secrets Manager of one secret, and of what may go wrong with it.
//! - [`secret`]: a password that changes while a login is under way.
//! - [`world`]: one user, and the things that happen to their sessions.

#![allow(
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    reason = "test code: an expectation that fails panics"
)]

pub mod careless;
pub mod closed;
pub mod engine;
pub mod entropy;
pub mod functions;
pub mod http1;
pub mod late;
pub mod pattern;
pub mod process;
pub mod proxy;
pub mod rigged;
pub mod runtime_api;
pub mod secret;
pub mod secrets_manager;
pub mod sieve;
pub mod stepped;
pub mod stopped;
pub mod wire;
pub mod world;

/// Runs a test, an `async fn(store)`, on the store in memory, on the embedded engine, and on the engine that
/// `DYNAMODB_ENDPOINT` names.
#[macro_export]
macro_rules! on_every_store {
    ($($test:ident)*) => {$(
        mod $test {
            #[tokio::test]
            async fn memory() {
                super::$test(dynamodb_session::store::memory::MemoryStore::default()).await;
            }

            #[tokio::test]
            async fn embedded() {
                let tables = $crate::engine::embedded().await;
                super::$test(tables.sessions()).await;
            }

            #[tokio::test]
            async fn named() {
                if let Some(tables) = $crate::engine::named().await {
                    super::$test(tables.sessions()).await;
                    tables.remove().await;
                }
            }
        }
    )*};
}

/// Runs a test, an `async fn(tables: &Tables)`, on the embedded engine and on the one that `DYNAMODB_ENDPOINT` names.
#[macro_export]
macro_rules! on_every_engine {
    ($($test:ident)*) => {$(
        mod $test {
            #[tokio::test]
            async fn embedded() {
                super::$test(&$crate::engine::embedded().await).await;
            }

            #[tokio::test]
            async fn named() {
                if let Some(tables) = $crate::engine::named().await {
                    super::$test(&tables).await;
                    tables.remove().await;
                }
            }
        }
    )*};
}
