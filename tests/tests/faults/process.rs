//! Functions in processes of their own: a store that is not there at start, logs that nobody takes, and panics.

use std::{
    fs::File,
    process::{Output, Stdio},
};

use dynamodb_session::{config::Config, time::UnixSeconds};
use serde_json::{Value, json};
use tests::{
    closed::Closed,
    functions::{Functions, PASSWORD, event, http_authorizer, rest_authorizer, token},
    process::Process,
    proxy::{Fault, Proxy, Rule},
    runtime_api::Answer,
};

use super::house::House;

const PROGRAM: &str = env!("CARGO_BIN_EXE_function");

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_not_there_is_told_at_start_and_waited_for() {
    let (house, functions) = open().await;
    functions.add_user("ada").await;
    let token = functions.log_in("ada").await;
    let event = http_authorizer(&functions.config.transport, Some(&token));
    let table = &functions.config.tables.sessions;
    #[rustfmt::skip]
    let cases = [
        (Fault::error(400, "AccessDeniedException"),     ["Misconfigured", "AccessDeniedException: injected"]),
        (Fault::error(400, "ResourceNotFoundException"), ["Misconfigured", "ResourceNotFoundException: injected"]),
        (Fault::error(400, "ValidationException"),       ["Misconfigured", "ValidationException: injected"]),
        (Fault::error(400, "ThrottlingException"),       ["Unavailable", "ThrottlingException: injected"]),
        (Fault::Silence,                                 ["Unavailable", "timeout"]),
    ];
    let start = async |endpoint: &str, table: &str| {
        let variables = [("LIMITS", "on"), ("SESSION_TABLE", table)];
        Process::start((PROGRAM, "authorizer"), endpoint, &variables, piped()).await
    };
    for (fault, [kind, cause]) in cases {
        let proxy = Proxy::start(&house.tables.endpoint).await;
        proxy.inject(Rule {
            target: None,
            skip: 0,
            times: usize::MAX,
            fault,
        });
        let process = start(&proxy.endpoint, table).await;
        failed(process.invoke(event.clone()).await);
        proxy.calm();
        // On a busy machine the store may take too long as well.
        let answer = loop {
            match process.invoke(event.clone()).await {
                Ok(answer) => break answer,
                error => failed(error),
            }
        };
        assert_eq!(answer["isAuthorized"], true);
        told_at_start(&process.stop().await, &[kind, cause, table]);
    }

    // No table, and nothing that answers at all.
    let process = start(&house.tables.endpoint, "missing").await;
    failed(process.invoke(event.clone()).await);
    told_at_start(
        &process.stop().await,
        &["missing", "ResourceNotFoundException"],
    );
    let closed = Closed::port();
    let process = start(&closed.endpoint, table).await;
    failed(process.invoke(event).await);
    told_at_start(&process.stop().await, &["Unavailable", table, "refused"]);
}

/// The event came to an error that no API takes for a 401.
fn failed(answer: Answer) {
    let error = answer.unwrap_err();
    assert_eq!(error["errorType"], "StoreFault");
    assert_ne!(error["errorMessage"], "Unauthorized");
}

/// One line tells that the store did not answer at start, and why. The call that failed over it has one at ERROR.
fn told_at_start(output: &Output, parts: &[&str]) {
    let lines = log(output);
    let told: Vec<_> = lines
        .iter()
        .filter(|line| line["level"] == "WARN")
        .collect();
    let [line] = told[..] else {
        panic!("{lines:#?}");
    };
    assert_eq!(line["event"], "store_fault");
    for part in parts {
        assert!(line.to_string().contains(part), "{part}: {line}");
    }
    let mut errors = lines.iter().filter(|line| line["level"] == "ERROR");
    let of_a_call =
        |line: &Value| line["event"] == "store_fault" && line["message"] == "the store failed";
    assert!(errors.any(of_a_call), "{lines:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_ends_one_call_and_nothing_else() {
    let (house, functions) = open().await;
    functions.add_user("ada").await;
    let token = functions.log_in("ada").await;
    let cases = [
        (
            "fragile",
            functions.event("GET", "/session", "", Some(&token), ""),
        ),
        (
            "fragile-authorizer",
            http_authorizer(&functions.config.transport, Some(&token)),
        ),
    ];
    for (function, event) in cases {
        let process = start(function, &house.tables.endpoint, &functions, piped()).await;
        // It panics with the one word that API Gateway would take for a 401.
        let error = process.invoke(event.clone()).await.unwrap_err();
        assert_ne!(error["errorMessage"], "Unauthorized", "{function}");
        for _ in 0..2 {
            let answer = process.invoke(event.clone()).await.unwrap();
            let good = answer["statusCode"] == 200 || answer["isAuthorized"] == true;
            assert!(good, "{function}: {answer}");
        }
        let lines = log(&process.stop().await);
        let errors = lines.iter().filter(|line| line["level"] == "ERROR");
        assert_eq!(errors.count(), 1, "{lines:#?}");
    }
}

/// A REST API is asked for a 401 by an error, which the runtime would log as one: an alarm on ERROR lines would never be
/// quiet. Every other error has its line.
#[tokio::test(flavor = "multi_thread")]
async fn a_denial_is_no_line_at_error_and_every_error_is_one() {
    let (house, functions) = open().await;
    let process = start("authorizer", &house.tables.endpoint, &functions, piped()).await;
    let denied = rest_authorizer(&functions.config.transport, Some("none"));
    for _ in 0..2 {
        let error = process.invoke(denied.clone()).await.unwrap_err();
        assert_eq!(error["errorMessage"], "Unauthorized");
    }
    let error = process.invoke(json!({})).await.unwrap_err();
    assert_eq!(error["errorType"], "UnknownEvent");
    let lines = log(&process.stop().await);
    let of = |level| lines.iter().filter(move |line| line["level"] == level);
    let denials: Vec<_> = of("INFO")
        .filter(|line| line["event"] == "denied")
        .collect();
    assert_eq!(denials.len(), 2, "{lines:#?}");
    // What matches no session has a name of its own there, and no session's.
    for line in denials {
        assert_eq!(line["token"], dynamodb_session::token::loggable("none"));
        assert_eq!(line.get("session"), None, "{line}");
    }
    let errors: Vec<_> = of("ERROR").map(|line| line["target"].as_str()).collect();
    let both = [
        Some("dynamodb_session::audit"),
        Some("lambda_runtime::layers::panic"),
    ];
    assert_eq!(errors, both, "{lines:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_the_same_where_nobody_takes_the_logs() {
    let (house, functions) = open().await;
    let full = || Stdio::from(File::options().write(true).open("/dev/full").unwrap());
    for (sink, deaf) in [("full", false), ("closed", true)] {
        functions.add_user(sink).await;
        let start = async |function| {
            let outputs = if deaf { piped() } else { (full(), full()) };
            let mut process = start(function, &house.tables.endpoint, &functions, outputs).await;
            process.deafen();
            process
        };
        let body = json!({"username": sink, "password": PASSWORD}).to_string();
        let login = functions.event("POST", "/login", "", None, &body);
        let answer = start("login").await.invoke(login).await.unwrap();
        let token = token(&functions.config.transport, &answer).expect("a token");
        let authorizer = start("authorizer").await;
        let call = http_authorizer(&functions.config.transport, Some(&token));
        assert_eq!(
            authorizer.invoke(call.clone()).await.unwrap()["isAuthorized"],
            true
        );
        let logout = functions.event("POST", "/logout", "", Some(&token), "");
        let answer = start("logout").await.invoke(logout).await.unwrap();
        assert_eq!(answer["statusCode"], 204, "{sink}: {answer}");
        assert!(
            answer["cookies"][0].as_str().unwrap().contains("Max-Age=0"),
            "{sink}"
        );
        assert_eq!(
            authorizer.invoke(call).await.unwrap()["isAuthorized"],
            false,
            "{sink}"
        );
    }
}

/// So `sam local` stops a function: all that is written are the lines of its log.
#[tokio::test(flavor = "multi_thread")]
async fn a_runtime_api_that_closes_ends_a_function_without_an_error() {
    let closed = Closed::port();
    let transport = Config::parse(|_| None, UnixSeconds(0)).unwrap().transport;
    let profile = event(&transport, ("GET", "/profile", ""), None, "");
    for (function, event) in [
        ("profile", profile),
        ("authorizer", http_authorizer(&transport, None)),
    ] {
        let limits = [("LIMITS", "on")];
        let process = Process::start((PROGRAM, function), &closed.endpoint, &limits, piped()).await;
        assert!(process.invoke(event).await.is_ok(), "{function}");
        let output = process.closed().await;
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(errors, "", "{function}");
        assert_eq!(output.status.code(), Some(0), "{function}");
        let stopped = |line: &Value| line["event"] == "stopped" && line["level"] == "INFO";
        assert!(log(&output).iter().any(stopped), "{function}: {output:?}");
    }
}

/// In Lambda's environment whatever begins with `SESSION_` is for the function.
#[tokio::test(flavor = "multi_thread")]
async fn variables_that_no_function_has_are_told_at_start() {
    let closed = Closed::port();
    let variables = [
        ("SESSION_IDLE_TIMOUT_SECONDS", "60"),
        ("SESSION_STRANGER", "x"),
        ("SESSION_COOKIE_SECURE", "yes"),
    ];
    let process = Process::start((PROGRAM, "login"), &closed.endpoint, &variables, piped()).await;
    let output = process.ended().await;
    let lines = log(&output);
    let told: Vec<_> = lines
        .iter()
        .filter(|line| line["event"] == "unknown_variable")
        .collect();
    assert_eq!(told.len(), 2, "{output:?}");
    let text = told.iter().map(ToString::to_string).collect::<String>();
    assert!(
        text.contains("did you mean SESSION_IDLE_TIMEOUT_SECONDS?"),
        "{text}"
    );
    assert!(
        text.contains("SESSION_STRANGER is no variable of the functions"),
        "{text}"
    );
}

/// An engine, and functions that live in the present, as a process does.
async fn open() -> (House, Functions) {
    let house = House::open().await;
    let mut functions = Functions::over(&house.tables.endpoint, &house.direct.config);
    functions.now = UnixSeconds::from_system_clock();
    (house, functions)
}

/// Starts a function over the tables of `functions`.
async fn start(
    function: &str,
    endpoint: &str,
    functions: &Functions,
    outputs: (Stdio, Stdio),
) -> Process {
    let config = &functions.config;
    let variables = [
        ("AWS_LAMBDA_LOG_LEVEL", "TRACE"),
        ("SESSION_TABLE", &*config.tables.sessions),
        ("SESSION_USER_TABLE", &*config.tables.users),
    ];
    Process::start((PROGRAM, function), endpoint, &variables, outputs).await
}

fn piped() -> (Stdio, Stdio) {
    (Stdio::piped(), Stdio::piped())
}

/// The lines that the function logged.
fn log(output: &Output) -> Vec<Value> {
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}
