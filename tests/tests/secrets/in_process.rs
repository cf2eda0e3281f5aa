//! The functions' handlers in this process.

use dynamodb_session::transport::Mode;
use serde_json::{Value, json};
use tests::functions::Functions;

use crate::{
    flow::{Callee, live},
    lines::LINES,
    patterns,
    vault::{SETTINGS, Vault},
};

impl Callee for Functions {
    async fn authorize(&self, event: Value) -> Value {
        match Functions::authorize(self, &event).await {
            Ok(answer) => answer,
            // The runtime logs how it looks to a programmer.
            Err(fault) => {
                json!({"errorMessage": fault.to_string(), "logged": format!("{fault:?}")})
            }
        }
    }

    async fn send(&self, event: Value) -> Value {
        Functions::send(self, event).await
    }
}

#[tokio::test]
async fn no_secret_is_written() {
    let mut all = String::new();
    for settings in SETTINGS {
        LINES.take();
        let mut vault = Vault::open(settings).await;
        let functions = Functions::over(&vault.proxy.endpoint, &vault.config);
        live(&mut vault, &functions).await;
        let lines = LINES.take();
        let guarded = vault.transport().mode == Mode::Cookie;
        let csrf_token = vault.config.guard.csrf_token;
        for (reason, expected) in [("cross_site", guarded), ("csrf_token", csrf_token)] {
            let logged = lines.contains(&format!("\"reason\":\"{reason}\""));
            assert_eq!(logged, expected, "{reason}");
        }
        all.push_str(&lines);
        vault.logged("log", lines);
        vault.search().await;
    }
    // What is counted is counted by its own pattern alone.
    let counted = patterns::check(&all);
    assert!(counted.len() > 8, "{counted:?}");
    // Whatever a function may tell about was told.
    for event in [
        "allowed",
        "denied",
        "login",
        "login_refused",
        "logout",
        "logout_everywhere",
        "reused",
        "revoke",
        "revoke_others",
        "rotate",
        "store_fault",
        "unknown_event",
        "visit",
    ] {
        assert!(all.contains(&format!("\"event\":\"{event}\"")), "{event}");
    }
}
