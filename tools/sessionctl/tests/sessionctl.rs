//! The real command against an embedded engine, over the real wire protocol.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "test code: an expectation that fails panics"
)]

use std::{
    io::Write,
    net::Ipv4Addr,
    process::{Command, Output, Stdio},
};

use aws_sdk_dynamodb::{
    Client,
    types::{
        AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType,
        ScalarAttributeType,
    },
};
use dynamodb_session::{
    authorize::Policy,
    aws::client::connect_local,
    create::{self, Login},
    entropy::SystemEntropy,
    password::{
        Password, PasswordCredential,
        dynamodb::DynamoUserStore,
        hash::Verifier,
        store::{UserRecord, UserStore},
    },
    session::{Origin, Timeouts},
    signing_keys::SigningKeys,
    store::{SessionStore, dynamodb::DynamoStore},
    throttle::{Limits, Turn, at_account},
    time::UnixSeconds,
    token::TokenFormat,
    user::UserName,
};
use tests::{closed::Closed, engine::patient};

const OLD: &str = "Correct horse, battery staple";
const NEW: &str = " \u{1f40e} with spaces around it ";

/// An engine with both tables, which answers while a test waits for the command.
struct Engine {
    endpoint: String,
    client: Client,
    /// Stops when dropped.
    _server: local::engine::Engine,
}

impl Engine {
    async fn start() -> Self {
        let address = (Ipv4Addr::LOCALHOST, 0).into();
        let server = local::engine::Engine::start(None, address, &[]).await;
        let server = server.unwrap();
        let endpoint = server.endpoint.clone();
        let client = patient(&connect_local(&endpoint).await);
        let engine = Self {
            endpoint,
            client,
            _server: server,
        };
        for table in ["app_user", "app_session"] {
            engine.create_table(table, "id").await;
        }
        engine
    }

    async fn create_table(&self, name: &str, key: &str) {
        let key_attribute = AttributeDefinition::builder()
            .attribute_name(key)
            .attribute_type(ScalarAttributeType::S);
        let key_schema = KeySchemaElement::builder()
            .attribute_name(key)
            .key_type(KeyType::Hash);
        self.client
            .create_table()
            .table_name(name)
            .billing_mode(BillingMode::PayPerRequest)
            .attribute_definitions(key_attribute.build().unwrap())
            .key_schema(key_schema.build().unwrap())
            .send()
            .await
            .unwrap();
    }

    fn users(&self) -> DynamoUserStore {
        DynamoUserStore::new(self.client.clone(), "app_user".to_owned())
    }

    fn sessions(&self) -> DynamoStore {
        DynamoStore::new(self.client.clone(), "app_session".to_owned())
    }

    /// `sessionctl` with this engine's endpoint, and nothing of this process's environment.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = sessionctl(&["--endpoint-url", &self.endpoint]);
        command.args(arguments);
        command
    }

    async fn record(&self, user: &str) -> Option<UserRecord> {
        self.users().find(&name(user)).await.unwrap()
    }

    async fn logs_in(&self, user: &str, password: &str) -> bool {
        let login = Login {
            user: name(user),
            presented: None,
            remembered: false,
            timeouts: Timeouts {
                idle: 7200,
                absolute: 43200,
            },
            origin: Origin::default(),
            cap: 10,
        };
        let credential = PasswordCredential {
            users: &self.users(),
            user: &login.user,
            password: &Password::received(password.to_owned()).unwrap(),
            verifier: &Verifier::new(&SystemEntropy).unwrap(),
        };
        let policy = Policy::new(TokenFormat {
            id_bytes: 32,
            keys: SigningKeys::default(),
        });
        let now = UnixSeconds::from_system_clock();
        let store = self.sessions();
        create::create(&store, &SystemEntropy, &policy, &login, &credential, now)
            .await
            .unwrap()
            .is_some()
    }

    async fn session_count(&self, user: &str) -> usize {
        let item = self.sessions().user(&name(user)).await.unwrap();
        item.map_or(0, |item| item.sessions.len())
    }
}

fn sessionctl(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sessionctl"));
    command.args(arguments).env_clear();
    command
}

fn name(text: &str) -> UserName {
    UserName::parse(text).unwrap()
}

/// Runs the command with `input` on its standard input.
fn run(mut command: Command, input: impl AsRef<[u8]>) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that needs no input closes the pipe unread.
    let _: Result<(), _> = child.stdin.take().unwrap().write_all(input.as_ref());
    child.wait_with_output().unwrap()
}

/// Its exit code, and the one line that it says: to standard output if it is done, else to standard error.
fn told(output: &Output) -> (i32, String) {
    let code = output.status.code().unwrap();
    let (text, other) = if code == 0 {
        (&output.stdout, &output.stderr)
    } else {
        (&output.stderr, &output.stdout)
    };
    let text = String::from_utf8(text.clone()).unwrap();
    assert!(other.is_empty(), "{output:?}");
    for secret in [OLD, NEW.trim(), "argon2id", "panicked"] {
        assert!(!text.contains(secret), "{text}");
    }
    (code, text.trim_end().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_comes_changes_and_goes() {
    let engine = Engine::start().await;
    let users = format!("table app_user ({})", engine.endpoint);
    let sessions = format!("table app_session ({})", engine.endpoint);
    let user = |deed: &str, input: &str| {
        let output = run(engine.command(&["user", deed, "Ada"]), input);
        let (code, text) = told(&output);
        assert_eq!(code, 0, "{text}");
        text
    };

    assert_eq!(
        user("add", &format!("{OLD}\n")),
        format!("added ada to {users}")
    );
    assert!(!engine.logs_in("ada", NEW).await);
    assert!(engine.logs_in("ada", OLD).await && engine.logs_in("ada", OLD).await);

    let text = user("passwd", &format!("{NEW}\r\nanother line\n"));
    let expected =
        format!("changed the password of ada in {users}; ended 2 sessions in {sessions}");
    assert_eq!(text, expected);
    assert_eq!(engine.session_count("ada").await, 0);
    assert!(!engine.logs_in("ada", OLD).await && !engine.logs_in("ada", NEW.trim()).await);
    assert!(engine.logs_in("ada", NEW).await);

    let text = user("disable", "");
    assert_eq!(
        text,
        format!("disabled ada in {users}; ended 1 session in {sessions}")
    );
    assert_eq!(engine.session_count("ada").await, 0);
    assert!(!engine.logs_in("ada", NEW).await);
    let text = user("disable", "");
    assert_eq!(
        text,
        format!("disabled ada in {users}; ended 0 sessions in {sessions}")
    );

    assert_eq!(user("enable", ""), format!("enabled ada in {users}"));
    assert!(engine.logs_in("ada", NEW).await);

    let text = user("remove", "");
    assert_eq!(
        text,
        format!("removed ada from {users}; ended 1 session in {sessions}")
    );
    assert_eq!(engine.record("ada").await, None);
    assert_eq!(engine.session_count("ada").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_the_input_is_told_and_nothing_changed() {
    let engine = Engine::start().await;
    let output = run(engine.command(&["user", "add", "ada"]), OLD);
    assert_eq!(told(&output).0, 0);
    let before = engine.record("ada").await;

    let good = OLD.as_bytes();
    let long = "a".repeat(1025);
    let name = "a".repeat(257);
    #[rustfmt::skip]
    let cases: [(&[&str], &[u8], &str); 27] = [
        (&["user", "add", "ada"],                    good,            "has a user ada already: `sessionctl user passwd ada` changes the password"),
        (&["user", "add", "ＡDA"],                   good,            "has a user ada already"),
        (&["user", "passwd", "eve"],                 good,            "has no user eve: `sessionctl user add eve` adds one"),
        (&["user", "disable", "eve"],                b"",             "has no user eve"),
        (&["user", "enable", "eve"],                 b"",             "has no user eve"),
        (&["user", "remove", "eve"],                 b"",             "has no user eve"),
        (&["user", "add", "eve"],                    b"",             "there is no password on standard input; nothing was changed"),
        (&["user", "add", "eve"],                    b"\n",           "the password is empty; nothing was changed"),
        (&["user", "add", "eve"],                    b"14 characters\n", "the password is too short: it needs at least 15 characters; nothing was changed"),
        (&["user", "passwd", "ada"],                 b"14 characters\n", "the password is too short"),
        (&["user", "add", "eve", "--least-characters", "8"], b"7 chars\n", "the password is too short: it needs at least 8 characters"),
        (&["user", "add", "eve", "--least-characters", "7"], good,    "it is a whole number from 8 to 64"),
        (&["user", "add", "eve"],                    b"Password1password1\n", "the password is a common one, or two of them in a row: choose another; nothing was changed"),
        (&["user", "add", "eve", "--least-characters", "8"], b"iloveyou\n", "the password is a common one"),
        (&["user", "passwd", "ada", "--least-characters", "8"], b"computer\n", "the password is a common one"),
        (&["user", "add", "eve@example.com"],        b"EVE@example.com\n", "the password is the user's name: choose another; nothing was changed"),
        (&["user", "passwd", "ada"],                 long.as_bytes(), "the password is too long: it has room for 1024 bytes; nothing was changed"),
        (&["user", "passwd", "ada"],                 b"not UTF-8: \xff\xff\xff\xff\xff", "the password is not UTF-8 text; nothing was changed"),
        (&["user", "add", ""],                       good,            "a user name has 1 to 256 bytes"),
        (&["user", "add", " eve"],                   good,            "no space at either end"),
        (&["user", "add", &name],                    good,            "a user name has 1 to 256 bytes"),
        (&["user", "add"],                           good,            "required arguments were not provided"),
        (&["user", "add", "eve", "pass"],            good,            "unexpected argument"),
        (&["user", "add", "eve", "--password", "x"], good,            "unexpected argument"),
        (&["user", "forget", "eve"],                 good,            "unrecognized subcommand"),
        (&["user", "disable", "ada", "--user-table", "a b"], b"",     "SESSION_USER_TABLE is \"a b\", not a table's name"),
        (&["user", "disable", "ada", "--endpoint-url", "nowhere:8000"], b"", "the endpoint \"nowhere:8000\" is no URL such as http://127.0.0.1:8000"),
    ];
    for (arguments, input, expected) in cases {
        let mut command = sessionctl(&[]);
        // The last one names an endpoint itself.
        if !arguments.contains(&"--endpoint-url") {
            command = engine.command(&[]);
        }
        command.args(arguments);
        let (code, text) = told(&run(command, input));
        assert_eq!(code, 2, "{arguments:?} {text}");
        assert!(text.contains(expected), "{arguments:?} {text}");
    }
    assert_eq!(engine.record("ada").await, before);
    assert_eq!(engine.record("eve").await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_is_told_with_its_place_and_what_to_do() {
    let engine = Engine::start().await;
    engine.create_table("other_key", "pk").await;
    let closed = Closed::port();
    #[rustfmt::skip]
    let cases: [(&[&str], &[&str]); 3] = [
        (&["--endpoint-url", &engine.endpoint, "--user-table", "missing"],
            &["nothing was changed: can't read the record of ada at http://127.0.0.1:", ": table missing: ResourceNotFoundException", "see --user-table"]),
        (&["--endpoint-url", &engine.endpoint, "--user-table", "other_key"],
            &["nothing was changed: can't read the record of ada", ": table other_key: ValidationException", "the partition key id (S)"]),
        (&["--endpoint-url", &closed.endpoint],
            &["nothing was changed: can't read the record of ada", &closed.endpoint, ": table app_user: ", "check the endpoint and the network"]),
    ];
    for (place, expected) in cases {
        for deed in ["add", "passwd", "disable", "enable", "remove"] {
            let mut command = sessionctl(place);
            command.args(["user", deed, "ada"]);
            let (code, text) = told(&run(command, OLD));
            assert_eq!(code, 1, "{text}");
            for part in expected {
                assert!(text.contains(part), "{part}\n{text}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_credentials_or_region_it_is_told_what_to_set() {
    let far = ["--endpoint-url", "http://192.0.2.1:8000"];
    let mut command = sessionctl(&far);
    command
        .args(["user", "disable", "ada"])
        .env("AWS_EC2_METADATA_DISABLED", "true");
    let (code, text) = told(&run(command, ""));
    assert_eq!(code, 2);
    assert!(text.contains("no AWS region: set AWS_REGION"), "{text}");

    let mut command = sessionctl(&far);
    command
        .args(["user", "disable", "ada", "--region", "eu-west-1"])
        .env("AWS_EC2_METADATA_DISABLED", "true");
    let (code, text) = told(&run(command, ""));
    assert_eq!(code, 1);
    assert!(
        text.starts_with("sessionctl: nothing was changed"),
        "{text}"
    );
    assert!(
        text.contains("no AWS credentials were found: set AWS_PROFILE"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_changed_before_the_fault_is_told_so() {
    let engine = Engine::start().await;
    run(engine.command(&["user", "add", "ada"]), OLD);
    assert!(engine.logs_in("ada", OLD).await);

    let broken = engine.command(&["user", "disable", "ada", "--session-table", "missing"]);
    let (code, text) = told(&run(broken, ""));
    assert_eq!(code, 1);
    assert!(text.contains("disabled ada in table app_user"), "{text}");
    assert!(
        text.contains("but the sessions of ada in table missing"),
        "{text}"
    );
    assert!(
        text.contains("`sessionctl user disable ada`, run again"),
        "{text}"
    );
    assert!(engine.record("ada").await.unwrap().disabled);
    assert_eq!(engine.session_count("ada").await, 1);

    let (code, text) = told(&run(engine.command(&["user", "disable", "ada"]), ""));
    assert_eq!(code, 0);
    assert!(text.contains("ended 1 session"), "{text}");
    assert_eq!(engine.session_count("ada").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_record_is_mended_by_a_new_password() {
    let engine = Engine::start().await;
    run(engine.command(&["user", "add", "ada"]), OLD);
    let update = engine.client.update_item().table_name("app_user");
    update
        .key("id", AttributeValue::S("p#ada".to_owned()))
        .update_expression("SET #hash = :hash")
        .expression_attribute_names("#hash", "hash")
        .expression_attribute_values(":hash", AttributeValue::S("$2b$12$abc".to_owned()))
        .send()
        .await
        .unwrap();
    assert!(!engine.logs_in("ada", OLD).await);
    let (code, text) = told(&run(engine.command(&["user", "passwd", "ada"]), NEW));
    assert_eq!(code, 0, "{text}");
    assert!(engine.logs_in("ada", NEW).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_and_endpoint_come_from_the_environment_unless_they_are_arguments() {
    let engine = Engine::start().await;
    for table in ["env_user", "env_session", "arg_user"] {
        engine.create_table(table, "id").await;
    }
    let in_environment = |arguments: &[&str]| {
        let mut command = sessionctl(arguments);
        command
            .env("AWS_ENDPOINT_URL_DYNAMODB", &engine.endpoint)
            .env("SESSION_USER_TABLE", "env_user")
            .env("SESSION_TABLE", "env_session");
        told(&run(command, OLD)).1
    };
    let text = in_environment(&["user", "add", "ada"]);
    assert!(
        text.starts_with("added ada to table env_user (http://127.0.0.1:"),
        "{text}"
    );
    let text = in_environment(&["user", "disable", "ada"]);
    assert!(
        text.contains("ended 0 sessions in table env_session"),
        "{text}"
    );
    let text = in_environment(&["--user-table", "arg_user", "user", "add", "ada"]);
    assert!(text.starts_with("added ada to table arg_user"), "{text}");
    assert_eq!(engine.record("ada").await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_of_8_characters_is_taken_where_8_are_enough() {
    let engine = Engine::start().await;
    let add = engine.command(&["user", "add", "ada", "--least-characters", "8"]);
    let (code, text) = told(&run(add, "8 chars!\n"));
    assert_eq!(code, 0, "{text}");
    assert!(engine.logs_in("ada", "8 chars!").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unlocked_user_need_not_wait() {
    let engine = Engine::start().await;
    let (store, now) = (engine.sessions(), UnixSeconds::from_system_clock());
    let limits = Limits {
        free_failures: 1,
        address_per_minute: 0,
    };
    for user in ["ada", "nobody"] {
        for expected in [Turn::Granted, Turn::Wait(1)] {
            let turn = at_account(&store, limits, &name(user), now).await;
            assert_eq!(turn.unwrap(), expected);
        }
        let (code, text) = told(&run(engine.command(&["user", "unlock", user]), ""));
        assert_eq!(code, 0, "{text}");
        assert!(text.starts_with(&format!("unlocked {user}: ")), "{text}");
        let turn = at_account(&store, limits, &name(user), now).await;
        assert_eq!(turn.unwrap(), Turn::Granted);
    }
    let broken = engine.command(&["user", "unlock", "ada", "--session-table", "missing"]);
    let (code, text) = told(&run(broken, ""));
    assert_eq!(code, 1);
    assert!(text.contains("ada may have to wait as before"), "{text}");
    assert!(text.contains("see --user-table, --session-table"), "{text}");
}

/// Another release added such a user; this one adds none.
#[tokio::test(flavor = "multi_thread")]
async fn a_name_with_a_character_that_shows_nothing_is_not_added_and_still_managed() {
    let engine = Engine::start().await;
    let blank = "ad\u{2800}a";
    let (code, text) = told(&run(engine.command(&["user", "add", blank]), OLD));
    assert_eq!(code, 2, "{text}");
    assert!(
        text.contains("the character U+2800 shows nothing"),
        "{text}"
    );
    assert_eq!(engine.record(blank).await, None);

    run(engine.command(&["user", "add", "ada"]), OLD);
    let hash = engine.record("ada").await.unwrap().hash;
    let now = UnixSeconds::from_system_clock();
    assert!(engine.users().add(&name(blank), &hash, now).await.unwrap());
    assert!(engine.logs_in(blank, OLD).await);
    for (deed, input) in [
        ("passwd", NEW),
        ("disable", ""),
        ("enable", ""),
        ("unlock", ""),
        ("remove", ""),
    ] {
        let (code, text) = told(&run(engine.command(&["user", deed, blank]), input));
        assert_eq!(code, 0, "{deed} {text}");
    }
    assert_eq!(engine.record(blank).await, None);
}

#[test]
fn help_says_how_to_give_a_password() {
    let output = run(sessionctl(&["user", "add", "--help"]), "");
    let text = String::from_utf8(output.stdout).unwrap();
    for part in [
        "neither a common one nor the user's name",
        "--least-characters",
        "[default: 15]",
        "first line of standard input",
        "without echo",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[cfg(unix)]
mod at_a_terminal {
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

    use super::{Engine, NEW, OLD, sessionctl};

    /// The command at a terminal of its own, and the person at it.
    struct Terminal {
        pty: Arc<Pty>,
        pts: Pts,
        screen: Arc<Mutex<Vec<u8>>>,
        child: Child,
    }

    impl Terminal {
        fn start(engine: &Engine, deed: &str) -> Self {
            let (pty, pts) = blocking::open().unwrap();
            let child = blocking::Command::new(env!("CARGO_BIN_EXE_sessionctl"))
                .args(["--endpoint-url", &engine.endpoint, "user", deed, "ada"])
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
}
