//! Tables that are out of reach or of another shape, and Ctrl-C.

use tests::{
    closed::Closed,
    proxy::{Fault, Proxy, Rule},
};

use super::{ask, log_in, told};
use crate::engine::{Engine, run, sessionctl};

const COMMANDS: [&[&str]; 4] = [
    &["stats"],
    &["session", "list"],
    &["session", "list", "--user", "ada"],
    &["session", "revoke", "--all", "--yes"],
];

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_can_t_be_read_is_told_in_one_line() {
    let engine = Engine::start().await;
    engine.create_table("other_key", "pk").await;
    log_in(&engine, "ada", 60, false).await;
    for command in COMMANDS {
        let (code, text, error) = ask(
            &engine,
            &[command, &["--session-table", "missing"]].concat(),
        );
        assert_eq!((code, &*text), (1, ""), "{command:?}");
        assert!(
            error.contains("table missing: ResourceNotFoundException")
                && error.ends_with("see --session-table, --endpoint-url and --region"),
            "{error}"
        );
        let closed = Closed::port();
        let mut away = sessionctl(&["--endpoint-url", &closed.endpoint]);
        away.args(command);
        let (code, _, error) = told(run(away, ""));
        assert_eq!(code, 1);
        assert!(
            error.contains("check the endpoint and the network"),
            "{error}"
        );
    }
    for command in COMMANDS {
        let (code, text, error) = ask(
            &engine,
            &[command, &["--session-table", "other_key"]].concat(),
        );
        assert_eq!((code, &*text), (1, ""), "{command:?}");
        assert!(error.contains("table other_key: "), "{error}");
        assert!(
            error.contains("is it a table of this system, with the partition key id (S)?"),
            "{error}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_or_throttled_is_told_with_what_to_do() {
    let engine = Engine::start().await;
    log_in(&engine, "ada", 60, false).await;
    let proxy = Proxy::start(&engine.endpoint).await;
    for (target, error, part) in [
        (
            "DescribeTable",
            "AccessDeniedException",
            "the credentials need DescribeTable, Scan",
        ),
        (
            "Scan",
            "AccessDeniedException",
            "the credentials need DescribeTable, Scan",
        ),
        (
            "Scan",
            "ProvisionedThroughputExceededException",
            "fewer --max-read-units",
        ),
        ("Scan", "ThrottlingException", "fewer --max-read-units"),
        ("Scan", "RequestLimitExceeded", "fewer --max-read-units"),
    ] {
        let body =
            format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{error}","message":"no"}}"#);
        proxy.inject(Rule {
            target: Some(target),
            skip: 0,
            times: usize::MAX,
            fault: Fault::Answer(400, body),
        });
        let mut command = sessionctl(&["--endpoint-url", &proxy.endpoint]);
        command.args(["session", "revoke", "--all", "--yes"]);
        let (code, text, said) = told(run(command, ""));
        proxy.calm();
        assert_eq!((code, &*text), (1, ""), "{said}");
        assert!(said.lines().last().unwrap().contains(part), "{said}");
        assert_eq!(engine.session_count("ada").await, 1);
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_stops_between_two_sessions_and_says_how_far_it_came() {
    use std::process::Stdio;

    use rustix::process::{Pid, Signal, kill_process};

    let engine = Engine::start().await;
    for _ in 0..3 {
        log_in(&engine, "ada", 60, false).await;
    }
    let proxy = Proxy::start(&engine.endpoint).await;
    proxy.inject(Rule {
        target: Some("TransactWriteItems"),
        skip: 0,
        times: 1,
        fault: Fault::Park,
    });
    let child = sessionctl(&[
        "--endpoint-url",
        &proxy.endpoint,
        "session",
        "revoke",
        "--all",
        "--yes",
    ])
    .stdout(Stdio::piped())
    .stderr(Stdio::piped())
    .spawn()
    .unwrap();
    // The first one is being ended when the signal comes.
    proxy.parked().await;
    let id = Pid::from_raw(child.id().try_into().unwrap()).unwrap();
    kill_process(id, Signal::INT).unwrap();
    proxy.go_on();
    let (code, _, error) = told(child.wait_with_output().unwrap());
    assert_eq!(code, 130, "{error}");
    let last = error.lines().last().unwrap();
    assert!(
        last.starts_with("sessionctl: interrupted: ended 1 of 3 sessions of table app_session"),
        "{error}"
    );
    assert_eq!(engine.session_count("ada").await, 2);
}
