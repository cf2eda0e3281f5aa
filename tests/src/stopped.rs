//! The runtime's own clock, stopped.

use std::sync::mpsc::{Sender, channel};

use tokio::{task::spawn_blocking, time::pause};

/// Until this is dropped, the time of a runtime of one thread goes on by [`tokio::time::advance`] alone.
#[derive(Debug)]
pub struct Stopped {
    _hold: Sender<()>,
}

impl Stopped {
    /// Stops it.
    #[must_use]
    pub fn now() -> Self {
        let (hold, dropped) = channel();
        // A paused clock jumps ahead whenever all tasks wait, if only for a socket, unless something blocks meanwhile.
        spawn_blocking(move || dropped.recv());
        pause();
        Self { _hold: hold }
    }
}
