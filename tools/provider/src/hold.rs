//! Answers that wait until a test lets them go.

use std::sync::Arc;

use tokio::sync::Semaphore;

/// Where an endpoint's answers wait.
#[derive(Debug)]
pub(crate) struct Hold {
    arrived: Semaphore,
    released: Semaphore,
}

impl Hold {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            arrived: Semaphore::new(0),
            released: Semaphore::new(0),
        })
    }

    /// Waits, with an answer that is ready.
    pub(crate) async fn wait(&self) {
        self.arrived.add_permits(1);
        // It is closed to let all go: an error says so.
        drop(self.released.acquire().await);
    }
}

/// Holds the answers of one endpoint, until it is dropped.
#[derive(Debug)]
pub struct Held(pub(crate) Arc<Hold>);

impl Held {
    /// Waits until one more answer is ready and held.
    pub async fn arrived(&self) {
        if let Ok(permit) = self.0.arrived.acquire().await {
            permit.forget();
        }
    }

    /// Lets all answers go, those that are still to come as well.
    pub fn release(self) {
        drop(self);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.released.close();
    }
}
