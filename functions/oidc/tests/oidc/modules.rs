//! The `OpenID` Foundation's conformance tests of relying parties, each as a test of its name: what their provider does, ours
//! does, and what a relying party has to do is asserted. docs/evidence/openid.md has what was decided where they leave it open.

mod back_channel;
mod basic;
mod discovery;
mod rp_initiated;

use support::reply::Reply;

use super::{World, assert_failed, session_cookie};

/// Fails unless the login was rejected: a page of ours, and no session, even for whoever reads the table.
async fn assert_rejected(world: &World) {
    let before = world.function.store.inner.len();
    let reply = world.log_in("", "ada").await;
    assert_failed("module", &reply, 403, "be accepted");
    assert_eq!(world.function.store.inner.len(), before);
}

/// Fails unless the login began a session.
async fn assert_logged_in(world: &World) -> Reply {
    let reply = world.log_in("", "ada").await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert!(session_cookie(&reply).is_some());
    reply
}
