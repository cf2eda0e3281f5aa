//! One request of one route meets faults, over a store that works otherwise.

use std::{sync::Arc, time::Duration};

use serde_json::Value;
use tests::{
    functions::{Functions, token},
    proxy::{Proxy, Rule},
};

use super::{
    call::{Outcome, Route, call},
    kind::{Kind, Single},
};

/// The longest that anyone waits because of one fault.
pub(crate) const LIMIT: Duration = Duration::from_secs(3);

/// A user with two sessions, and functions behind a proxy.
pub(crate) struct Trial {
    route: Route,
    /// Which of the route's requests meets the faults.
    nth: usize,
    target: &'static str,
    user: String,
    direct: Arc<Functions>,
    proxy: Proxy,
    functions: Functions,
    own: String,
    other: String,
}

impl Trial {
    pub(crate) async fn set(
        route: Route,
        nth: usize,
        target: &'static str,
        user: String,
        (endpoint, direct): (String, Arc<Functions>),
    ) -> Self {
        direct.add_user(&user).await;
        let (own, other) = (direct.log_in(&user).await, direct.log_in(&user).await);
        let proxy = Proxy::start(&endpoint).await;
        let functions = Functions::timed(&proxy.endpoint, &direct.config, &proxy.clock);
        // As at start: the connection is open before the first fault.
        assert!(functions.allows(&own).await);
        Self {
            route,
            nth,
            target,
            user,
            direct,
            proxy,
            functions,
            own,
            other,
        }
    }

    /// Calls the route while its request meets the fault, once or for good, and tells what went wrong.
    pub(crate) async fn meet(&mut self, kind: &Kind, always: bool) -> Result<(), String> {
        if !kind.befalls(self.target) {
            return Ok(());
        }
        self.proxy.calm();
        self.proxy.inject(Rule {
            target: None,
            skip: self.nth,
            times: if always { usize::MAX } else { 1 },
            fault: kind.fault.clone(),
        });
        let (outcome, answer) = call(self.route, &self.functions, &self.user, &self.own).await;
        let now = self.proxy.clock.now();
        let took = self.proxy.met().map(|met| now.saturating_sub(met));
        let after = After {
            new: token(&self.direct.config.transport, &answer),
            own: self.direct.allows(&self.own).await,
            other: !matches!(
                self.route,
                Route::Login | Route::Everywhere | Route::EndOthers
            ) || self.direct.allows(&self.other).await,
        };
        // The session is there by then: what earlier guesses count is no part of the answer.
        let counter = self.target == "DeleteItem";
        let hidden = counter || kind.single == Single::Hidden && !always;
        let expected = if hidden {
            Outcome::Done
        } else {
            Outcome::Failed
        };
        let mut wrong = self.untimely(outcome, took);
        wrong.extend((outcome != expected).then_some("another outcome"));
        wrong.extend(match outcome {
            Outcome::Done => self.undone(&after).await,
            Outcome::Refused | Outcome::Failed => self.harmed(&after, &answer),
        });
        self.renew(after).await;
        if wrong.is_empty() {
            return Ok(());
        }
        let often = if always { "always" } else { "once" };
        let (route, nth, name, wrong) = (self.route, self.nth + 1, kind.name, wrong.join(", "));
        Err(format!(
            "{route:?}, request {nth}: {name}, {often}: {wrong}: {outcome:?}, {took:?}: {answer}"
        ))
    }

    /// What is wrong about when the fault was met, and how long it took from there.
    fn untimely(&self, outcome: Outcome, took: Option<Duration>) -> Vec<&'static str> {
        let mut wrong = Vec::new();
        let targets = self.proxy.targets();
        if targets.get(self.nth).is_none_or(|met| met != self.target) {
            wrong.push("another request met the fault");
        }
        // What goes well goes on to ask for more.
        let alone = matches!(self.route, Route::HttpApi | Route::RestApi | Route::Session);
        if took.is_none_or(|took| took > LIMIT) && (alone || outcome != Outcome::Done) {
            wrong.push("too late");
        }
        wrong
    }

    /// What is wrong after a call that was answered as if nothing had failed.
    async fn undone(&self, after: &After) -> Vec<&'static str> {
        let mut wrong = Vec::new();
        let ends = matches!(self.route, Route::Login | Route::Logout | Route::Everywhere);
        if after.own == ends {
            wrong.push("the session did not end, or did");
        }
        if after.other == matches!(self.route, Route::Everywhere | Route::EndOthers) {
            wrong.push("the other session did not end, or did");
        }
        let there = match &after.new {
            Some(new) => self.direct.allows(new).await,
            None => !matches!(self.route, Route::Login | Route::Rotate),
        };
        if !there {
            wrong.push("no new session");
        }
        wrong
    }

    /// What is wrong after a call that failed: it must have no effect, and tell nothing.
    fn harmed(&self, after: &After, answer: &Value) -> Vec<&'static str> {
        let mut wrong = Vec::new();
        // Where the store may have done what it did not acknowledge, only the ledger tells.
        let unknown = self.target == "TransactWriteItems" || self.route == Route::Everywhere;
        if !(unknown || after.own && after.other) {
            wrong.push("a session ended");
        }
        if after.new.is_some()
            || answer["cookies"]
                .as_array()
                .is_some_and(|set| !set.is_empty())
        {
            wrong.push("a cookie or a token");
        }
        let said = answer.to_string();
        if said.contains("injected") || said.contains(&self.direct.config.tables.sessions) {
            wrong.push("the store's own words");
        }
        wrong
    }

    /// Puts sessions in the place of those that ended: always two, so that none is evicted.
    async fn renew(&mut self, mut after: After) {
        if self.route == Route::Rotate {
            // Under whichever id it lives: for a while it would not be rotated again.
            self.direct.logout(Some(&self.own)).await;
            after = After {
                own: false,
                new: None,
                ..after
            };
        }
        if !after.own {
            self.own = match after.new {
                Some(new) => new,
                None => self.direct.log_in(&self.user).await,
            };
        }
        if !after.other {
            self.other = self.direct.log_in(&self.user).await;
        }
    }
}

/// How things stand after a call.
struct After {
    /// The token that it handed out.
    new: Option<String>,
    /// Whether the session that it presented still lives.
    own: bool,
    /// Whether the user's other session does, where that is in question.
    other: bool,
}
