//! Ctrl-C, between two rows.

use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use tests::proxy::{Fault, Proxy, Rule};

use super::{
    super::engine::{Engine, sessionctl},
    engine, imported, sessions,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_is_begun_is_finished_and_the_rest_is_left_for_another_time() {
    let engine = engine().await;
    // The first row is on its way when the signal comes.
    let text = interrupted_at("UpdateItem", &engine).await;
    assert!(
        text.starts_with("sessionctl: interrupted: imported 1 session of table old"),
        "{text}"
    );
    assert!(
        text.ends_with("run again, the command goes on with the rest"),
        "{text}"
    );
    assert_eq!(sessions(&engine).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_changed_before_the_first_row() {
    let engine = engine().await;
    let text = interrupted_at("GetItem", &engine).await;
    assert_eq!(text, "sessionctl: interrupted: nothing was changed");
    let text = interrupted_at("Scan", &engine).await;
    assert!(
        text.starts_with("sessionctl: interrupted: imported 0 sessions"),
        "{text}"
    );
    assert!(sessions(&engine).await.is_empty());
}

/// What the command says that gets a Ctrl-C while its first request of this kind is on its way.
async fn interrupted_at(target: &'static str, engine: &Engine) -> String {
    let proxy = Proxy::start(&engine.endpoint).await;
    proxy.inject(Rule {
        target: Some(target),
        skip: 0,
        times: 1,
        fault: Fault::Park,
    });
    let child = sessionctl(&["--endpoint-url", &proxy.endpoint, "import", "old"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    proxy.parked().await;
    let id = Pid::from_raw(child.id().try_into().unwrap()).unwrap();
    kill_process(id, Signal::INT).unwrap();
    if target == "UpdateItem" {
        proxy.go_on();
    }
    let (code, text) = imported(&child.wait_with_output().unwrap());
    assert_eq!(code, 130, "{text}");
    text
}
