//! The program `local` from the outside: what it honours, how it stops, what it keeps.

mod program;
mod refused;

#[cfg(unix)]
use std::os::unix::fs::PermissionsExt;
use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use serde_json::Value;

use program::{Folder, Program, command, run};

/// It is ignored, and nothing else would say so.
#[test]
fn a_misspelt_variable_is_told_with_the_one_that_was_meant() {
    let mut command = command(&["--port", "0"]);
    command.envs([
        ("SESSION_IDLE_TIMOUT_SECONDS", "60"),
        ("SESSION_MANAGER", "local/desktop:@/tmp/.ICE-unix/1"),
        ("SESSION_COOKIE_SAMESITE", "none"),
    ]);
    let message = String::from_utf8(run(command).stderr).unwrap();
    for part in [
        "SESSION_IDLE_TIMOUT_SECONDS is no variable of the functions, and is ignored: did you mean SESSION_IDLE_TIMEOUT_SECONDS?",
        "SESSION_COOKIE_SAMESITE is \"none\", not Strict or Lax or None: did you mean None?",
    ] {
        assert!(message.contains(part), "{part}\n{message}");
    }
    assert!(!message.contains("SESSION_MANAGER"), "{message}");
}

#[test]
fn what_is_configured_for_aws_does_not_matter() {
    let mut command = command(&["--port", "0"]);
    command.envs([
        ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
        ("AWS_CA_BUNDLE", "/nowhere"),
        ("AWS_CONFIG_FILE", "/nowhere"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
        ("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1"),
        ("AWS_MAX_ATTEMPTS", "nonsense"),
        ("AWS_PROFILE", "nobody"),
        ("AWS_REGION", "mars-1"),
    ]);
    let program = Program::spawn(command);
    let cookie = program.log_in(program.password());
    assert_eq!(program.profile(&cookie), 200);
}

#[test]
fn variables_of_the_functions_are_honoured() {
    let mut command = command(&["--port", "0"]);
    command.envs([
        ("SESSION_COOKIE_NAME", "sid"),
        ("SESSION_DENY_STATUS", "401"),
        ("SESSION_HTTP_API_RESPONSE", "policy"),
    ]);
    let program = Program::spawn(command);
    let cookie = program.log_in(program.password());
    assert!(cookie.starts_with("sid="), "{cookie}");
    assert_eq!(program.profile(&cookie), 200);
    assert_eq!(program.profile("sid=nonsense"), 401);
}

/// What most libraries and Safari send back over plain HTTP is a cookie without `Secure`. The deployed one is there for the asking.
#[test]
fn the_cookie_needs_no_https_unless_it_is_to_be_the_deployed_one() {
    for (variables, name, secure) in [
        (&[][..], "dynamodb-session-local=", false),
        (&[("SESSION_COOKIE_SECURE", "on")], "__Host-id=", true),
        (&[("SESSION_COOKIE_NAME", "__Host-id")], "__Host-id=", true),
    ] {
        let mut command = command(&["--port", "0"]);
        command.envs(variables.iter().copied());
        let program = Program::spawn(command);
        let cookie = program.set_cookie(program.password());
        assert!(cookie.starts_with(name), "{cookie}");
        assert_eq!(cookie.contains("; Secure"), secure, "{cookie}");
        assert!(cookie.contains("; HttpOnly; SameSite=Strict"), "{cookie}");
        let told = format!("\nCookie {}, ", name.trim_end_matches('='));
        assert!(program.greeting.contains(&told), "{}", program.greeting);
        let pair = cookie.split_once(';').unwrap().0;
        assert_eq!(program.profile(pair), 200);
    }
}

/// Browsers of before 2023, and some of today over plain HTTP, send the origin alone.
#[test]
fn the_own_origin_of_a_plain_http_front_is_its_own_whatever_the_cookie() {
    for secure in ["on", "off"] {
        let mut command = command(&["--port", "0"]);
        command.env("SESSION_COOKIE_SECURE", secure);
        let program = Program::spawn(command);
        for (origin, status) in [
            ("http://localhost", 200),
            ("http://evil.example", 403),
            ("http://localhost.evil.example", 403),
            ("http://127.0.0.1", 403),
            ("null", 403),
        ] {
            let answer = program.login(program.password(), &format!("Origin: {origin}\r\n"));
            let expected = format!("HTTP/1.1 {status} ");
            assert!(answer.starts_with(&expected), "{origin} {secure}: {answer}");
        }
    }
}

/// A name that has both addresses is called by either.
#[test]
fn localhost_is_served_on_ipv6_too() {
    if TcpListener::bind("[::1]:0").is_err() {
        eprintln!("SKIPPED: this machine has no IPv6");
        return;
    }
    // Another program may have the port there that was free on 127.0.0.1.
    let served = (0..5).any(|_| {
        let program = Program::start(&["--allow-origin", "http://localhost:5173"]);
        let (name, port) = program.address().split_once(':').unwrap();
        assert_eq!(name, "localhost");
        TcpStream::connect(format!("[::1]:{port}")).is_ok()
    });
    assert!(served);
}

#[cfg(unix)]
#[test]
fn a_signal_stops_it_cleanly_whatever_clients_do() {
    for signal in ["-INT", "-TERM"] {
        let program = Program::start(&[]);
        let _idle = TcpStream::connect(program.address()).unwrap();
        let mut half = TcpStream::connect(program.address()).unwrap();
        half.write_all(b"POST /login HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n")
            .unwrap();
        assert_eq!(program.stop(signal), Some(0), "{signal}");
    }
}

#[cfg(unix)]
#[test]
fn a_file_keeps_sessions_and_users_over_any_end() {
    let folder = Folder::new("kept");
    let file = folder.path("session.db");
    let first = Program::start(&["--file", &file]);
    let password = first.password().to_owned();
    let cookie = first.log_in(&password);
    assert_eq!(first.stop("-TERM"), Some(0));
    let names = fs::read_dir(&folder.0)
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    assert_eq!(
        names.collect::<Vec<_>>(),
        ["session.db"],
        "everything is in the file"
    );

    let second = Program::start(&["--file", &file]);
    assert!(
        second.greeting.contains("sessionctl -- user passwd demo"),
        "{}",
        second.greeting
    );
    assert!(!second.greeting.contains("User demo, password"));
    assert_eq!(second.profile(&cookie), 200);
    let later = second.log_in(&password);
    assert_eq!(second.stop("-KILL"), None);

    let third = Program::start(&["--file", &file]);
    assert_eq!(
        third.profile(&later),
        200,
        "a confirmed login survives a kill"
    );
    assert_eq!(third.profile(&cookie), 200);
}

#[cfg(unix)]
#[test]
fn a_file_and_its_journals_are_hidden_from_other_users_also_if_they_were_not_before() {
    let folder = Folder::new("private");
    let modes = || {
        let entries = fs::read_dir(&folder.0).unwrap().map(Result::unwrap);
        let mut modes: Vec<_> = entries
            .map(|entry| {
                let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
                format!("{} {mode:o}", entry.file_name().to_str().unwrap())
            })
            .collect();
        modes.sort();
        modes
    };
    let file = folder.path("session.db");
    let link = folder.0.with_extension("link");
    for name in [&file, link.to_str().unwrap()] {
        let program = Program::open_handed(&["--file", name]);
        assert_eq!(
            modes(),
            ["session.db 600", "session.db-shm 600", "session.db-wal 600"],
            "{name}"
        );
        // A kill leaves the journals where they are.
        assert_eq!(program.stop("-KILL"), None);
        for entry in fs::read_dir(&folder.0).unwrap() {
            let wide = fs::Permissions::from_mode(0o664);
            fs::set_permissions(entry.unwrap().path(), wide).unwrap();
        }
        if *name == file {
            std::os::unix::fs::symlink(&file, &link).unwrap();
        }
    }
    fs::remove_file(&link).unwrap();
}

/// By default nobody gets in with what everybody can read.
#[test]
fn what_the_sample_events_present_is_there_if_it_is_asked_for() {
    let event = |name: &str| -> Value {
        let path = format!("{}/../../events/{name}.json", env!("CARGO_MANIFEST_DIR"));
        serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
    };
    let (call, login) = (event("authorizer-http-api"), event("login-ok"));
    let cookie = call["cookies"][1].as_str().unwrap();
    for (options, profile, login_status) in [(&[][..], 403, 401), (&["--samples"], 200, 200)] {
        let mut command = command(&["--port", "0"]);
        command.args(options).env("SESSION_COOKIE_SECURE", "on");
        let program = Program::spawn(command);
        assert_eq!(program.profile(cookie), profile, "{options:?}");
        let answer = program.log_in_with(login["body"].as_str().unwrap(), "");
        let expected = format!("HTTP/1.1 {login_status} ");
        assert!(answer.starts_with(&expected), "{options:?}: {answer}");
        let told = program.greeting.contains("with the samples of events/");
        assert_eq!(told, !options.is_empty(), "{}", program.greeting);
    }
}

/// Their secrets are public: where they outlive the process, or lie in a table of somebody else's, they are a back door.
#[test]
fn samples_go_into_no_file_and_no_other_dynamodb() {
    let folder = Folder::new("samples");
    let file = folder.path("session.db");
    let engine = Program::start(&[]);
    for options in [["--file", &file], ["--endpoint-url", engine.endpoint()]] {
        let output = run(command(
            &[&["--port", "0", "--samples"], &options[..]].concat(),
        ));
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.contains("cannot be used with"), "{message}");
    }
    assert!(!fs::exists(&file).unwrap());
}

#[test]
fn an_engine_that_others_may_reach_is_told() {
    let folder = Folder::new("reached");
    let log = folder.path("log");
    for (address, told) in [("0.0.0.0:0", true), ("127.0.0.1:0", false)] {
        let mut command = command(&["--port", "0", "--engine", address]);
        command.stderr(fs::File::create(&log).unwrap());
        let _program = Program::spawn(command);
        let said = fs::read_to_string(&log).unwrap();
        let warned = said
            .contains("the engine asks nobody for credentials: whoever reaches 0.0.0.0:0 can read");
        assert_eq!(warned, told, "{address}: {said}");
    }
}

#[test]
fn an_external_engine_is_shared() {
    let first = Program::start(&[]);
    let second = Program::start(&["--endpoint-url", first.endpoint()]);
    let cookie = second.log_in(first.password());
    assert_eq!(first.profile(&cookie), 200);
}

#[cfg(unix)]
#[test]
fn it_serves_on_when_nobody_reads_what_it_says() {
    // It can't tell its port, and another program may take the one that was free a moment ago.
    let served = (0..5).any(|_| {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let mut command = command(&["--port", &port.to_string()]);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop((child.stdout.take(), child.stderr.take()));
        let served = serves(&mut child, port);
        let _: Result<(), _> = child.kill();
        child.wait().unwrap();
        served
    });
    assert!(served);
}

/// Waits until the program answers on `port`, and then runs still; not so if it ends.
#[cfg(unix)]
fn serves(child: &mut Child, port: u16) -> bool {
    while child.try_wait().unwrap().is_none() {
        thread::sleep(Duration::from_millis(20));
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else {
            continue;
        };
        let request = b"GET /session HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
        let mut answer = String::new();
        if stream.write_all(request).is_ok()
            && stream.read_to_string(&mut answer).is_ok()
            && answer.starts_with("HTTP/1.1 401 ")
        {
            return child.try_wait().unwrap().is_none();
        }
    }
    false
}

#[cfg(unix)]
#[test]
fn printed_commands_work_when_pasted() {
    if Command::new("curl").arg("--version").output().is_err() {
        eprintln!("SKIPPED: there is no curl here to paste the commands for");
        return;
    }
    let transports = ["cookie", "header", "both"];
    let settings = transports.map(|transport| [(transport, "off"), (transport, "required")]);
    for (transport, csrf_token) in settings.into_iter().flatten() {
        let folder = Folder::new(&format!("pasted-{transport}-{csrf_token}"));
        let mut command = command(&["--port", "0"]);
        command.env("SESSION_TRANSPORT", transport);
        command.env("SESSION_CSRF_TOKEN", csrf_token);
        let program = Program::spawn(command);
        let lines: Vec<&str> = program
            .greeting
            .lines()
            .filter(|line| line.contains("curl "))
            .collect();
        let output = Command::new("sh")
            .args(["-c", &lines.join("\n")])
            .current_dir(&folder.0)
            .output()
            .unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let mut statuses: Vec<&str> = said
            .lines()
            .filter_map(|line| line.strip_prefix("HTTP/1.1 "))
            .collect();
        if transport == "header" || csrf_token == "required" {
            // Its first command keeps the answer for itself.
            statuses.insert(0, "200 OK");
        }
        assert_eq!(
            statuses,
            ["200 OK", "200 OK", "204 No Content", "403 Forbidden"],
            "{transport}: {said}"
        );
        assert!(said.contains("Hello, demo!"), "{said}");
    }
}
