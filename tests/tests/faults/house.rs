//! An engine, and what the tests of this file do with it.

use std::sync::Arc;

use tests::{
    engine::{self, Tables},
    functions::Functions,
};

use crate::{call::ROUTES, ledger, stage::Stage};

/// An engine, and functions that reach it without a proxy.
pub(crate) struct House {
    pub(crate) tables: Tables,
    pub(crate) direct: Arc<Functions>,
}

impl House {
    pub(crate) async fn open() -> Self {
        let tables = engine::embedded().await;
        let config = engine::config(&[
            ("SESSION_TABLE", &tables.config.table),
            ("SESSION_USER_TABLE", &tables.config.user_table),
        ]);
        let direct = Functions::over(&tables.endpoint, &Arc::new(config)).await;
        Self {
            tables,
            direct: Arc::new(direct),
        }
    }

    /// A stage for each request of each route.
    pub(crate) async fn stages(&self, name: &str) -> Vec<Stage> {
        let mut stages = Vec::new();
        for (route, targets) in ROUTES {
            for (nth, target) in targets.iter().enumerate() {
                let user = format!("{name} {route:?} {nth}");
                let place = (self.tables.endpoint.as_str(), Arc::clone(&self.direct));
                stages.push(Stage::set(route, nth, target, user, place).await);
            }
        }
        stages
    }

    /// Tells all that went wrong, and does the books.
    pub(crate) async fn close(self, problems: Vec<String>) {
        let count = problems.len();
        assert!(problems.is_empty(), "{count}:\n{}", problems.join("\n"));
        ledger::balances(&self.tables).await;
    }
}
