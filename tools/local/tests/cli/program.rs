//! The program as a process of its own, and just enough HTTP to talk to it.

use std::{
    env,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

/// After this it will never end.
const LIMIT: Duration = Duration::from_mins(5);

/// The program, with nothing of this machine's configuration.
pub(crate) fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_local"));
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("SESSION_") || name.starts_with("AWS_") {
            command.env_remove(name);
        }
    }
    command.args(args).stdin(Stdio::null());
    command
}

/// Runs it to its end.
pub(crate) fn run(mut command: Command) -> Output {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait(&mut child);
    child.wait_with_output().unwrap()
}

/// The exit code, once the process has ended.
fn wait(child: &mut Child) -> Option<i32> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        if start.elapsed() > LIMIT {
            child.kill().unwrap();
            panic!("the program does not end");
        }
        thread::sleep(Duration::from_millis(10));
    }
}

/// A running program. It is killed when it is dropped.
pub(crate) struct Program {
    child: Child,
    /// What it said when it had started.
    pub(crate) greeting: String,
}

impl Program {
    pub(crate) fn start(args: &[&str]) -> Self {
        let mut all = vec!["--port", "0"];
        all.extend(args);
        Self::spawn(command(&all))
    }

    /// The program for a user whose new files everybody may read and write, unless they are made otherwise.
    #[cfg(unix)]
    pub(crate) fn open_handed(args: &[&str]) -> Self {
        let plain = command(&[]);
        let mut shell = Command::new("sh");
        shell.args(["-c", "umask 0; exec \"$0\" --port 0 \"$@\""]);
        shell.arg(plain.get_program()).args(args);
        for (name, _) in plain.get_envs() {
            shell.env_remove(name);
        }
        Self::spawn(shell)
    }

    pub(crate) fn spawn(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut greeting = String::new();
        let mut curls = 0;
        while curls < 4 {
            let line = lines.next().expect("the program ended at start").unwrap();
            curls += usize::from(line.contains("curl "));
            greeting.push_str(&line);
            greeting.push('\n');
        }
        Self { child, greeting }
    }

    /// `address:port` of the front.
    pub(crate) fn address(&self) -> &str {
        self.between("Serving on http://", " ")
    }

    /// The URL of the engine.
    pub(crate) fn endpoint(&self) -> &str {
        self.between("DynamoDB: ", ",")
    }

    pub(crate) fn password(&self) -> &str {
        self.between("User demo, password ", "\n")
    }

    fn between(&self, before: &str, after: &str) -> &str {
        let rest = self.greeting.split_once(before).unwrap().1;
        rest.split_once(after).unwrap().0
    }

    /// Sends a signal and returns the exit code.
    pub(crate) fn stop(mut self, signal: &str) -> Option<i32> {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &id])
                .status()
                .unwrap()
                .success()
        );
        wait(&mut self.child)
    }

    /// Logs in and returns the cookie.
    pub(crate) fn log_in(&self, password: &str) -> String {
        let cookie = self.set_cookie(password);
        cookie.split_once(';').unwrap().0.to_owned()
    }

    /// Logs in and returns the cookie with its attributes.
    pub(crate) fn set_cookie(&self, password: &str) -> String {
        let answer = self.login(password, "");
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        let cookie = answer.split_once("set-cookie: ").unwrap().1;
        cookie.split_once("\r\n").unwrap().0.to_owned()
    }

    /// The answer to a login that has `headers` besides those that it needs.
    pub(crate) fn login(&self, password: &str, headers: &str) -> String {
        let body = format!(r#"{{"username":"demo","password":"{password}"}}"#);
        self.log_in_with(&body, headers)
    }

    /// The answer to a login with that JSON.
    pub(crate) fn log_in_with(&self, body: &str, headers: &str) -> String {
        let headers = format!(
            "Content-Type: application/json\r\nContent-Length: {}\r\n{headers}",
            body.len()
        );
        self.send("POST /login", &headers, body)
    }

    /// The status of the profile, asked for with a cookie.
    pub(crate) fn profile(&self, cookie: &str) -> u16 {
        let answer = self.send("GET /profile", &format!("Cookie: {cookie}\r\n"), "");
        answer.split(' ').nth(1).unwrap().parse().unwrap()
    }

    fn send(&self, line: &str, headers: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(self.address()).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        write!(
            stream,
            "{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already.
        let _: Result<(), _> = self.child.kill();
        let _: Result<_, _> = self.child.wait();
    }
}

/// A folder of this test's own, removed when it is dropped.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _: Result<(), _> = std::fs::remove_dir_all(&self.0);
    }
}
