//! The prompt for a new password, at a terminal.

use std::{
    io::{Read, Write},
    os::unix::process::ExitStatusExt,
    process::{Child, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use pty_process::blocking::{self, Pts, Pty};
use rustix::{
    io::ioctl_fionread,
    process::{Pid, Signal, kill_process},
    termios::{LocalModes, tcgetattr},
};

use super::super::engine::{Engine, NEW, OLD, sessionctl};

/// The command at a terminal of its own, and the person at it.
struct Terminal {
    pty: Arc<Pty>,
    pts: Pts,
    screen: Arc<Mutex<Vec<u8>>>,
    child: Child,
}

impl Terminal {
    fn start(engine: &Engine, command: &str) -> Self {
        let (pty, pts) = blocking::open().unwrap();
        let child = blocking::Command::new(env!("CARGO_BIN_EXE_sessionctl"))
            .args(["--endpoint-url", &engine.endpoint, "user", command, "ada"])
            .env_clear()
            .spawn_borrowed(&pts)
            .unwrap();
        let (pty, screen) = (Arc::new(pty), Arc::default());
        let (reader, shown) = (Arc::clone(&pty), Arc::clone(&screen));
        thread::spawn(move || {
            let mut bytes = [0; 1024];
            while let Ok(count @ 1..) = (&*reader).read(&mut bytes) {
                let shown: &Mutex<Vec<u8>> = &shown;
                shown.lock().unwrap().extend(&bytes[..count]);
            }
        });
        Self {
            pty,
            pts,
            screen,
            child,
        }
    }

    fn screen(&self) -> String {
        String::from_utf8(self.screen.lock().unwrap().clone()).unwrap()
    }

    fn wait(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + Duration::from_mins(5);
        while !is_so(self) {
            assert!(Instant::now() < deadline, "no {what}: {}", self.screen());
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn echoes(&self) -> bool {
        let modes = tcgetattr(&self.pts).unwrap().local_modes;
        let usual = LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG;
        modes.contains(usual)
    }

    /// Types at a prompt, once the terminal has stopped to echo.
    fn types(&self, prompt: &str, keys: &str) {
        self.wait(prompt, |terminal| terminal.screen().ends_with(prompt));
        self.wait("silence", |terminal| !terminal.echoes());
        (&*self.pty).write_all(keys.as_bytes()).unwrap();
    }

    /// Sends a signal to the command alone.
    fn kill(&self, signal: Signal) {
        let id = self.child.id().try_into().unwrap();
        kill_process(Pid::from_raw(id).unwrap(), signal).unwrap();
    }

    /// The command ends with `code` (and not by a signal), and its last line has `last` in it.
    fn ends(mut self, code: i32, last: &str) {
        let status = self.child.wait().unwrap();
        assert!(self.echoes(), "the terminal is left without echo");
        // What it has written may not have been read yet.
        self.wait(last, |terminal| terminal.screen().contains(last));
        let screen = self.screen();
        assert_eq!(
            (status.code(), status.signal()),
            (Some(code), None),
            "{screen}"
        );
        for secret in [OLD, NEW, "staple", "half a pass"] {
            assert!(!screen.contains(secret), "{screen}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_password_is_asked_for_twice_without_echo() {
    let engine = Engine::start().await;
    let terminal = Terminal::start(&engine, "add");
    terminal.types("New password of ada: ", &format!("{OLD}\r"));
    terminal.types("The same again: ", &format!("{OLD}\r"));
    terminal.ends(0, "added ada to table app_user");
    assert!(engine.logs_in("ada", OLD).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_that_differ_are_refused() {
    let engine = Engine::start().await;
    let terminal = Terminal::start(&engine, "add");
    terminal.types("New password of ada: ", &format!("{OLD}\r"));
    terminal.types("The same again: ", &format!("{NEW}\r"));
    terminal.ends(2, "the two passwords differ; nothing was changed");
    assert_eq!(engine.record("ada").await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_at_the_prompt_leaves_a_terminal_that_echoes() {
    let engine = Engine::start().await;
    for keys in ["\u{3}", "half a pass\u{3}"] {
        let terminal = Terminal::start(&engine, "add");
        terminal.types("New password of ada: ", keys);
        terminal.ends(130, "interrupted: nothing was changed");
    }
    assert_eq!(engine.record("ada").await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_at_either_prompt_leaves_a_terminal_that_echoes() {
    let engine = Engine::start().await;
    for signal in [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT] {
        for second in [false, true] {
            let terminal = Terminal::start(&engine, "add");
            let first = if second {
                format!("{OLD}\r")
            } else {
                String::new()
            };
            terminal.types("New password of ada: ", &first);
            if second {
                terminal.types("The same again: ", "");
            }
            terminal.kill(signal);
            terminal.ends(128 + signal.as_raw(), "interrupted: nothing was changed");
        }
    }
    assert_eq!(engine.record("ada").await, None);
}

/// Nobody writes to the pipe, and nobody closes it.
#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_a_command_that_reads_a_pipe() {
    let engine = Engine::start().await;
    let list = sessionctl(&["keys", "rotate", "accept"]);
    for mut command in [engine.command(&["user", "add", "ada"]), list] {
        let mut child = command
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut pipe = child.stdin.take().unwrap();
        pipe.write_all(b"half").unwrap();
        // Once it is read, the command waits for more.
        while ioctl_fionread(&pipe).unwrap() > 0 {
            assert!(child.try_wait().unwrap().is_none(), "it reads nothing");
            thread::yield_now();
        }
        let id = Pid::from_raw(child.id().try_into().unwrap()).unwrap();
        kill_process(id, Signal::INT).unwrap();
        let status = child.wait().unwrap();
        assert_eq!(status.code(), Some(130));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_who_is_not_there_is_told_before_the_prompt() {
    let engine = Engine::start().await;
    // Nobody types.
    Terminal::start(&engine, "passwd").ends(2, "has no user ada");
}
