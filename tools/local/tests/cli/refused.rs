//! What the program refuses to start with.

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    thread,
};

use tokio::net::TcpSocket;

use super::program::{Folder, command, run};

/// Runs with `args` and `env`, and expects one line on standard error that has all `parts`, and exit code 2.
pub(super) fn refused(args: &[&str], env: &[(&str, &str)], parts: &[&str]) {
    let mut command = command(args);
    command.envs(env.iter().copied());
    let output = run(command);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{args:?}: {message}");
    assert_eq!(message.trim_end().lines().count(), 1, "{args:?}: {message}");
    assert!(message.starts_with("error: "), "{args:?}: {message}");
    for part in parts {
        assert!(
            message.contains(part),
            "{args:?}: {part} is not in: {message}"
        );
    }
    assert!(output.stdout.is_empty(), "{args:?}");
}

#[test]
fn bad_options_are_told() {
    for args in [
        &["--port", "70000"][..],
        &["--engine", "8000"],
        &["--endpoint-url", "x"],
        &["--nonsense"],
        &["x"],
    ] {
        let output = run(command(args));
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {message}");
        assert!(
            message.starts_with("error: ") && message.contains("--help"),
            "{args:?}: {message}"
        );
    }
}

#[test]
fn ports_in_use_are_told() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = other.local_addr().unwrap().port().to_string();
    refused(
        &["--port", &port],
        &[],
        &[&format!("port {port} is in use"), "--port"],
    );
    let engine = format!("127.0.0.1:{port}");
    refused(
        &["--port", "0", "--engine", &engine],
        &[],
        &[&engine, "--engine"],
    );
    refused(
        &["--port", "0", "--engine", "192.0.2.1:8000"],
        &[],
        &["192.0.2.1:8000", "--engine"],
    );
}

#[test]
fn files_other_than_databases_are_told_and_left_alone() {
    let folder = Folder::new("files");
    let text = folder.path("notes.txt");
    fs::write(&text, "Dear diary, today I was nearly overwritten.").unwrap();
    let cut = folder.path("cut.db");
    fs::write(&cut, "SQLite format 3\0").unwrap();
    let garbage = folder.path("garbage.db");
    fs::write(
        &garbage,
        [&b"SQLite format 3\0"[..], &[0xa5; 8000]].concat(),
    )
    .unwrap();
    let missing = folder.path("missing/session.db");
    let directory = folder.path("");
    for (path, part) in [
        (&directory, "is a directory"),
        (&text, "is not a database of this program"),
        (&cut, "is damaged"),
        (&garbage, "is damaged"),
        (&missing, "can't be used"),
    ] {
        refused(
            &["--port", "0", "--file", path],
            &[],
            &[path, part, "--file"],
        );
    }
    assert!(fs::read_to_string(&text).unwrap().starts_with("Dear diary"));
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 3);
}

#[test]
fn endpoints_other_than_dynamodb_are_told() {
    // Bound, so that nothing else listens there.
    let closed = TcpSocket::new_v4().unwrap();
    closed.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}", closed.local_addr().unwrap());
    refused(
        &["--port", "0", "--endpoint-url", &url],
        &[],
        &[&url, "--endpoint-url"],
    );

    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", other.local_addr().unwrap());
    thread::spawn(move || {
        for mut stream in other.incoming().flatten() {
            let _: Result<usize, _> = stream.read(&mut [0; 4096]);
            let page =
                "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nContent-Type: text/html\r\n\r\n<html>";
            let _: Result<(), _> = stream.write_all(page.as_bytes());
        }
    });
    refused(
        &["--port", "0", "--endpoint-url", &url],
        &[],
        &[&url, "--endpoint-url"],
    );
}

#[test]
fn a_bad_variable_is_told() {
    let bad = [
        ("SESSION_COOKIE_NAME", "__Host-id"),
        ("SESSION_COOKIE_SECURE", "off"),
        ("SESSION_ID_BYTES", "1"),
    ];
    refused(
        &["--port", "0"],
        &bad,
        &[
            "__Host- demands Secure",
            "a name without the prefix (SESSION_COOKIE_NAME)",
            "SESSION_ID_BYTES",
            "16 to 128",
        ],
    );
}

#[test]
fn a_bad_server_is_told() {
    let (one, other) = ("/api=http://127.0.0.1:1", "/api=http://127.0.0.1:2");
    let front = ["--port", "0", "--backend"];
    let with = |more: &[&'static str]| [&front[..], more].concat();
    let told = ["two servers have the path /api"];
    refused(&with(&[one, "--backend", other]), &[], &told);
    let header = [("SESSION_HEADER", "x-user")];
    refused(&with(&[one]), &header, &["SESSION_HEADER is x-user"]);
}

/// The deployed functions refuse it as well: it is in milliseconds.
#[test]
fn a_limit_of_age_that_is_far_ahead_is_told() {
    refused(
        &["--port", "0"],
        &[("SESSION_NOT_BEFORE", "1800000000000")],
        &[
            "SESSION_NOT_BEFORE is 1800000000000",
            "more than an hour ahead",
        ],
    );
}

#[test]
fn a_bad_origin_is_told() {
    refused(
        &["--port", "0", "--allow-origin", "*"],
        &[],
        &["SESSION_ALLOWED_ORIGINS", "\"*\" is no origin"],
    );
}
