//! The terminal, which does not echo while a password is typed.

use std::{
    fs::File,
    io::{self, BufReader, Write},
};

use rustix::termios::{
    LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios, tcflush, tcgetattr,
    tcsetattr,
};

/// A key that sends nothing (POSIX `_POSIX_VDISABLE`).
const NO_KEY: u8 = if cfg!(target_os = "linux") { 0 } else { 0xff };

/// The process's terminal, which echoes as before once this is dropped.
///
/// Only the thread that waits for signals changes the terminal: the thread that reads may still be reading when the
/// process ends.
#[derive(Debug)]
pub(crate) struct Silence {
    terminal: File,
    before: Termios,
}

impl Silence {
    /// Stops the echo of everything but the end of a line. A shell that takes over meanwhile would echo, so no key
    /// suspends.
    pub(crate) fn begin() -> io::Result<Self> {
        let terminal = File::options().read(true).write(true).open("/dev/tty")?;
        let before = tcgetattr(&terminal)?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        silent.local_modes.insert(LocalModes::ECHONL);
        silent.special_codes[SpecialCodeIndex::VSUSP] = NO_KEY;
        // Before the terminal is changed, so that it is changed back however this goes on.
        let silence = Self { terminal, before };
        tcsetattr(&silence.terminal, OptionalActions::Now, &silent)?;
        Ok(silence)
    }

    /// Shows `text`, and returns what is typed then.
    pub(crate) fn show(&mut self, text: &str) -> io::Result<BufReader<File>> {
        self.terminal.write_all(text.as_bytes())?;
        self.terminal.try_clone().map(BufReader::new)
    }

    /// Ends a line that no key has ended, and drops what was typed of it: otherwise the shell would read it next.
    pub(crate) fn give_up(&mut self) {
        // A terminal that is gone shows nothing.
        let _: rustix::io::Result<()> = tcflush(&self.terminal, QueueSelector::IFlush);
        let _: io::Result<()> = self.terminal.write_all(b"\n");
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        // A terminal that is gone needs no echo.
        let _: rustix::io::Result<()> =
            tcsetattr(&self.terminal, OptionalActions::Now, &self.before);
    }
}
