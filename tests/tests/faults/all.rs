//! Every fault, on every request of every route, once and for good.

use tokio::task::JoinSet;

use super::{
    house::House,
    kind::{self, Single},
};

#[tokio::test(flavor = "multi_thread")]
async fn no_fault_lets_anyone_in_or_logs_anyone_out() {
    tokio::join!(quick_faults(), slow_faults());
}

/// Each request of each route meets all faults in turn.
async fn quick_faults() {
    let house = House::open().await;
    let mut lanes = JoinSet::new();
    for mut trial in house.trials("quick", |_| true).await {
        lanes.spawn(async move {
            let mut problems = Vec::new();
            for kind in kind::quick() {
                problems.extend(trial.meet(&kind, false).await.err());
                // What is not tried again is met once in either case.
                if kind.single == Single::Hidden {
                    problems.extend(trial.meet(&kind, true).await.err());
                }
            }
            problems
        });
    }
    house.close(lanes.join_all().await.concat()).await;
}

/// Each request of each route meets each fault, all at once.
async fn slow_faults() {
    let house = House::open().await;
    let mut cases = Vec::new();
    for kind in kind::slow() {
        for always in [false, true] {
            let name = format!("{} {always}", kind.name);
            let trials = house.trials(&name, |target| kind.befalls(target)).await;
            let trials = trials.into_iter();
            cases.extend(trials.map(|trial| (trial, kind.clone(), always)));
        }
    }
    let meetings: JoinSet<_> = cases
        .into_iter()
        .map(|(mut trial, kind, always)| async move { trial.meet(&kind, always).await.err() })
        .collect();
    let problems = meetings.join_all().await;
    house.close(problems.into_iter().flatten().collect()).await;
}
