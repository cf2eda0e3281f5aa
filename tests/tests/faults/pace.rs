//! Tests that measure time run by themselves: others of this file would take the processor from them.

use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

static PACE: RwLock<()> = RwLock::const_new(());

/// Runs beside others.
pub(crate) async fn any() -> RwLockReadGuard<'static, ()> {
    PACE.read().await
}

/// Runs alone.
pub(crate) async fn timed() -> RwLockWriteGuard<'static, ()> {
    PACE.write().await
}
