//! Every write of every scenario, late in every way.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use dynamodb_session::config::Config;
use tests::{
    engine::{self, Tables},
    on_every_engine,
};
use tokio::task::JoinSet;

use super::{
    case::Case,
    scenarios::{GUESSES, Kind, LOGINS, LOGOUTS, Scenario, USERS, USES, USES_AT_INTERVALS, WRITES},
    stage::Stage,
    way::Way,
};

on_every_engine! {
    no_late_login_changes_anything
    no_late_count_changes_anything
    no_late_logout_changes_anything
    no_late_use_changes_anything
    no_late_use_at_intervals_changes_anything
    no_late_write_changes_anything
    no_late_change_of_a_user_changes_anything
}

async fn no_late_login_changes_anything(tables: &Tables) {
    play(tables, &LOGINS).await;
}

async fn no_late_count_changes_anything(tables: &Tables) {
    play(tables, &GUESSES).await;
}

async fn no_late_logout_changes_anything(tables: &Tables) {
    play(tables, &LOGOUTS).await;
}

async fn no_late_use_changes_anything(tables: &Tables) {
    play(tables, &USES).await;
}

async fn no_late_use_at_intervals_changes_anything(tables: &Tables) {
    play(tables, &USES_AT_INTERVALS).await;
}

async fn no_late_write_changes_anything(tables: &Tables) {
    play(tables, &WRITES).await;
}

async fn no_late_change_of_a_user_changes_anything(tables: &Tables) {
    play(tables, &USERS).await;
}

/// Plays all cases of one kind, a lane for each scenario, and tells those that go wrong.
async fn play(tables: &Tables, kind: &'static Kind) {
    // The proxy speaks plain HTTP.
    if !tables.endpoint.starts_with("http://") {
        println!("skipped: {} is not an http:// URL", tables.endpoint);
        return;
    }
    let variables = [
        ("SESSION_TABLE", &*tables.config.tables.sessions),
        ("SESSION_USER_TABLE", &tables.config.tables.users),
        ("SESSION_ANONYMOUS", "on"),
        ("SESSION_REQUIRE_USER", "off"),
        ("SESSION_MAX_PER_USER", "4"),
    ];
    let config = Arc::new(engine::config(&[&variables, kind.settings].concat()));
    let mut lanes = JoinSet::new();
    for scenario in kind.scenarios {
        let config = Arc::clone(&config);
        lanes.spawn(lane(tables.endpoint.clone(), config, kind, scenario));
    }
    let (mut played, mut wrong) = (0, Vec::new());
    for (cases, problems) in lanes.join_all().await {
        played += cases;
        wrong.extend(problems);
    }
    println!("{played} cases");
    let count = wrong.len();
    assert!(
        wrong.is_empty(),
        "{count} of {played}:\n{}",
        wrong.join("\n")
    );
}

/// Plays all cases of one scenario: how many there are, and those that go wrong.
async fn lane(
    endpoint: String,
    config: Arc<Config>,
    kind: &'static Kind,
    scenario: &'static Scenario,
) -> (usize, Vec<String>) {
    let mut stage = Stage::set(&endpoint, config).await;
    let mut writes: Vec<_> = (1..).zip(stage.writes(scenario, user()).await).collect();
    writes.retain(|(_, (_, target))| !kind.elsewhere.contains(&&**target));
    let (mut played, mut wrong) = (0, Vec::new());
    let mut unfit = BTreeSet::new();
    for (write, (nth, target)) in &writes {
        for way in Way::ALL {
            for (after, acts) in kind.after(way) {
                let case = Case {
                    scenario,
                    write: *write,
                    nth: *nth,
                    target,
                    way,
                    after,
                };
                if unfit.contains(after) || !case.is_possible() {
                    continue;
                }
                let Some(problems) = stage.play(&case, acts, user()).await else {
                    unfit.insert(after);
                    continue;
                };
                if !problems.is_empty() {
                    wrong.push(format!("{case}: {}", problems.join("; ")));
                }
                played += 1;
            }
        }
    }
    (played, wrong)
}

/// A name that no other case has.
fn user() -> String {
    static USERS: AtomicUsize = AtomicUsize::new(0);
    format!("user{}", USERS.fetch_add(1, Ordering::Relaxed))
}
