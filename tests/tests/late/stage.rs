//! Where a case is played: functions behind a proxy, and others that reach the engine straight away.

use std::sync::Arc;

use dynamodb_session::config::Config;
use serde_json::Value;
use tests::{functions::Functions, proxy::Proxy};

use super::{act::Act, ask::Ask, case::Case, holds, scenarios::Scenario, told::Told, way::Way};

/// What changes nothing.
const READS: [&str; 2] = ["GetItem", "BatchGetItem"];

pub(crate) struct Stage {
    config: Arc<Config>,
    proxy: Proxy,
    /// Whose attempts are late.
    slow: Functions,
    /// Everyone else.
    direct: Functions,
}

impl Stage {
    pub(crate) async fn set(endpoint: &str, config: Arc<Config>) -> Self {
        let proxy = Proxy::start(endpoint).await;
        Self {
            slow: Functions::over(&proxy.endpoint, &config),
            direct: Functions::over(endpoint, &config),
            proxy,
            config,
        }
    }

    /// The requests of a scenario that write: which ones, and their operations.
    pub(crate) async fn writes(
        &mut self,
        scenario: &Scenario,
        user: String,
    ) -> Vec<(usize, String)> {
        let mut told = self.before(scenario, user).await;
        self.proxy.calm();
        let ask = Ask::next(&mut told, scenario.act).unwrap();
        let answer = ask.send(&mut self.slow).await;
        assert!(
            scenario.act.is_acknowledged_by(&answer),
            "{scenario:?}: {answer}"
        );
        let targets = self.proxy.targets().into_iter().enumerate();
        targets
            .filter(|(_, target)| !READS.contains(&&**target))
            .collect()
    }

    /// Plays a case, and tells what went wrong. `None`: what comes after takes a session, or a user, that is missing.
    pub(crate) async fn play(
        &mut self,
        case: &Case<'_>,
        after: &[Act],
        user: String,
    ) -> Option<Vec<String>> {
        let mut told = self.before(case.scenario, user).await;
        let mut wrong = Vec::new();
        case.way.prepare(&self.proxy, case.nth);
        let ask = Ask::next(&mut told, case.scenario.act).unwrap();
        let answer = if case.way.is_overtaken() {
            self.overtaken(&ask, case.scenario.between?, &mut told)
                .await
        } else {
            ask.send(&mut self.slow).await
        };
        self.proxy.let_pass();
        let noted = told.note(&ask, &answer);
        match (case.expected(), noted) {
            (Some(true), Err(problem)) => wrong.push(problem),
            (Some(false), Ok(())) => wrong.push("it was acknowledged".to_owned()),
            _ => {}
        }
        if case.way == Way::Failed && case.write > 1 {
            told.used(&ask);
        }
        for act in after {
            let ask = Ask::next(&mut told, *act)?;
            let answer = ask.send(&mut self.direct).await;
            wrong.extend(told.note(&ask, &answer).err());
        }
        if self.proxy.release().await.is_empty() {
            wrong.push("nothing arrived late".to_owned());
        }
        wrong.extend(holds::problems(&mut self.direct, &told).await);
        Some(wrong)
    }

    /// Does what comes before a scenario.
    async fn before(&mut self, scenario: &Scenario, user: String) -> Told {
        let mut told = Told::nothing(&self.config, user);
        for act in scenario.before {
            let ask = Ask::next(&mut told, *act).unwrap();
            let answer = ask.send(&mut self.direct).await;
            told.note(&ask, &answer).unwrap();
        }
        told
    }

    /// Asks, and has another client ask for `between` when the second attempt is under way.
    async fn overtaken(&mut self, ask: &Ask, between: Act, told: &mut Told) -> Value {
        let mut answer = Box::pin(ask.send(&mut self.slow));
        tokio::select! {
            answer = &mut answer => panic!("{ask:?}: no second attempt: {answer}"),
            () = self.proxy.parked() => {}
        }
        // Two logins, or two equal writes, at the same time; other calls have an order in time.
        let other = if matches!(between, Act::Login | Act::PatchTagged) {
            Ask::at_once(told, between)
        } else {
            Ask::next(told, between)
        };
        let other = other.unwrap();
        let others = other.send(&mut self.direct).await;
        // The session may be over already: by the first attempt, whose answer was lost.
        let _: Result<(), _> = told.note(&other, &others);
        self.proxy.go_on();
        answer.await
    }
}
