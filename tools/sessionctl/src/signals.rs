//! The signals that end a command, and reads that they end as well.

use std::{io, thread};

use tokio::sync::oneshot;

use crate::failure::{Failure, UNCHANGED};

/// The signals, caught from [`Signals::catch`] on.
#[cfg(unix)]
#[derive(Debug)]
pub(crate) struct Signals([tokio::signal::unix::Signal; 4]);

#[cfg(unix)]
impl Signals {
    /// Catches them: none ends the process as it stands from here on.
    pub(crate) fn catch() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self([
            signal(SignalKind::hangup())?,
            signal(SignalKind::interrupt())?,
            signal(SignalKind::quit())?,
            signal(SignalKind::terminate())?,
        ]))
    }

    /// The number of the next one.
    pub(crate) async fn received(&mut self) -> u8 {
        let Self([hangup, interrupt, quit, terminate]) = self;
        tokio::select! {
            _ = hangup.recv() => 1,
            _ = interrupt.recv() => 2,
            _ = quit.recv() => 3,
            _ = terminate.recv() => 15,
        }
    }
}

/// Ctrl-C, caught from [`Signals::catch`] on.
#[cfg(windows)]
#[derive(Debug)]
pub(crate) struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    /// Catches it.
    pub(crate) fn catch() -> io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    /// The number that it has elsewhere.
    pub(crate) async fn received(&mut self) -> u8 {
        let _: Option<()> = self.0.recv().await;
        2
    }
}

/// Does `look`, which changes nothing, until a signal comes.
pub(crate) async fn unless_stopped<T>(
    look: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let mut signals = Signals::catch().map_err(|error| uncaught(&error))?;
    tokio::select! {
        biased;
        outcome = look => outcome,
        signal = signals.received() => Err(Failure::Ended(signal, UNCHANGED.into())),
    }
}

/// Does `read`, which may wait for ever, until a signal comes. After a signal the process ends without it.
pub(crate) async fn unless_ended<T: Send + 'static>(
    read: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let mut signals = Signals::catch().map_err(|error| uncaught(&error))?;
    let (sender, answer) = oneshot::channel();
    // Not a task of the runtime's, which would wait for it at the end.
    thread::spawn(move || {
        // Nobody waits for the answer any longer once a signal has come.
        let _: Result<(), _> = sender.send(read());
    });
    tokio::select! {
        biased;
        signal = signals.received() => Err(Failure::Ended(signal, UNCHANGED.into())),
        answer = answer => answer.unwrap_or_else(|_| {
            Err(Failure::Fault(format!("reading ended without an answer; {UNCHANGED}")))
        }),
    }
}

/// The failure of a command that is not begun.
pub(crate) fn uncaught(error: &io::Error) -> Failure {
    Failure::Fault(format!("can't catch signals: {error}; {UNCHANGED}"))
}
