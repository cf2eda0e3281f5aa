//! The question before more than one session ends, at a terminal.

use std::{
    io::{Read, Write},
    os::unix::process::ExitStatusExt,
};

use pty_process::blocking;

use super::log_in;
use crate::engine::Engine;

/// What the screen shows, and the exit code, after `answer` was typed at the question.
fn answered(engine: &Engine, answer: &str) -> (Option<i32>, String) {
    let (mut pty, pts) = blocking::open().unwrap();
    let mut child = blocking::Command::new(env!("CARGO_BIN_EXE_sessionctl"))
        .args([
            "--endpoint-url",
            &engine.endpoint,
            "session",
            "revoke",
            "--user",
            "ada",
        ])
        .env_clear()
        .spawn_borrowed(&pts)
        .unwrap();
    let mut screen = Vec::new();
    let mut bytes = [0; 1024];
    while !screen.ends_with(b"[y/N] ") {
        let count = pty.read(&mut bytes).unwrap();
        screen.extend(&bytes[..count]);
    }
    pty.write_all(answer.as_bytes()).unwrap();
    let status = child.wait().unwrap();
    assert_eq!(status.signal(), None);
    (status.code(), String::from_utf8(screen).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_yes_ends_more_than_one() {
    let engine = Engine::start().await;
    for ago in [60, 70] {
        log_in(&engine, "ada", ago, false).await;
    }
    for (answer, code, left) in [
        ("\r", 2, 2),
        ("n\r", 2, 2),
        ("yesterday\r", 2, 2),
        ("\u{3}", 130, 2),
        ("y\r", 0, 0),
    ] {
        let (found, screen) = answered(&engine, answer);
        assert_eq!(found, Some(code), "{answer:?}: {screen}");
        assert!(
            screen.contains("End 2 sessions of table app_session (http://127.0.0.1:"),
            "{screen}"
        );
        assert_eq!(engine.session_count("ada").await, left, "{answer:?}");
    }
}
