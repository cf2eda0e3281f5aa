//! A clock for the waits of an SDK's client: it goes on when a test says so, however fast the machine is.
//!
//! As long as nobody lets it go on, no limit of the client is ever reached.

use std::{
    future::{pending, ready},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use aws_sdk_dynamodb::config::{AsyncSleep, Sleep};
use tokio::sync::oneshot;

/// The least limit of a request. A connection's is shorter.
const LIMIT: Duration = Duration::from_secs(1);

/// A clock, at zero to begin with. Its clones are the same clock.
#[derive(Clone, Debug)]
pub struct Clock {
    state: Arc<Mutex<State>>,
    /// Shorter waits are over at once, and count.
    pause: Duration,
}

#[derive(Debug, Default)]
struct State {
    now: Duration,
    waits: Vec<Wait>,
}

#[derive(Debug)]
struct Wait {
    length: Duration,
    end: Duration,
    over: oneshot::Sender<()>,
}

impl Default for Clock {
    /// A clock on which the pauses between two tries are over at once.
    fn default() -> Self {
        Self::ending(Duration::from_millis(500))
    }
}

impl Clock {
    /// A clock where no connection is ever made: all that happens is that the wait for one is over.
    #[must_use]
    pub fn without_connections() -> Self {
        Self::ending(LIMIT)
    }

    fn ending(pause: Duration) -> Self {
        Self {
            state: Arc::default(),
            pause,
        }
    }

    /// The time that has passed.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.state().now
    }

    /// Lets time pass until a request's next limit is reached. Whoever holds back an answer calls this.
    pub fn give_up(&self) {
        let mut state = self.state();
        state.waits.retain(|wait| !wait.over.is_closed());
        let limits = state.waits.iter().filter(|wait| wait.length >= LIMIT);
        let Some(next) = limits.map(|wait| wait.end).min() else {
            return;
        };
        state.now = state.now.max(next);
        let now = state.now;
        for wait in state.waits.extract_if(.., |wait| wait.end <= now) {
            // Whoever waited may have got an answer meanwhile.
            let _: Result<(), ()> = wait.over.send(());
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AsyncSleep for Clock {
    fn sleep(&self, length: Duration) -> Sleep {
        let mut state = self.state();
        if length < self.pause {
            state.now += length;
            return Sleep::new(ready(()));
        }
        let (over, awaited) = oneshot::channel();
        let end = state.now + length;
        state.waits.push(Wait { length, end, over });
        Sleep::new(async move {
            if awaited.await.is_err() {
                // The clock is gone, and so is the time.
                pending::<()>().await;
            }
        })
    }
}
