//! An engine, and what the tests of this file do with it.

use std::sync::Arc;

use tests::{
    engine::{self, Tables},
    functions::Functions,
};
use tokio::task::JoinSet;

use super::{call::ROUTES, ledger, trial::Trial};

/// An engine, and functions that reach it without a proxy.
pub(crate) struct House {
    pub(crate) tables: Tables,
    pub(crate) direct: Arc<Functions>,
}

impl House {
    pub(crate) async fn open() -> Self {
        let tables = engine::embedded().await;
        let config = engine::config(&[
            ("SESSION_TABLE", &tables.config.tables.sessions),
            ("SESSION_USER_TABLE", &tables.config.tables.users),
            // As many logins as there are faults, all from one address.
            ("SESSION_LOGIN_FREE_FAILURES", "100"),
            ("SESSION_LOGIN_ADDRESS_PER_MINUTE", "10000"),
        ]);
        let direct = Functions::over(&tables.endpoint, &Arc::new(config));
        Self {
            tables,
            direct: Arc::new(direct),
        }
    }

    /// A trial for each request of each route, of the operations that are `wanted`.
    pub(crate) async fn trials(&self, name: &str, wanted: impl Fn(&str) -> bool) -> Vec<Trial> {
        let mut trials = JoinSet::new();
        for (route, targets) in ROUTES {
            let targets = targets.iter().enumerate();
            for (nth, target) in targets.filter(|(_, target)| wanted(target)) {
                let user = format!("{name} {route:?} {nth}");
                let place = (self.tables.endpoint.clone(), Arc::clone(&self.direct));
                trials.spawn(Trial::set(route, nth, target, user, place));
            }
        }
        trials.join_all().await
    }

    /// Tells all that went wrong, and does the books.
    pub(crate) async fn close(self, problems: Vec<String>) {
        let count = problems.len();
        assert!(problems.is_empty(), "{count}:\n{}", problems.join("\n"));
        ledger::balances(&self.tables).await;
    }
}
