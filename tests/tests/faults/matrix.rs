//! Every fault, on every request of every route, once and for good.

use std::time::Duration;

use tokio::{task::JoinSet, time::sleep};

use crate::{
    house::House,
    kind::{self, Single},
    pace,
};

const STEP: Duration = Duration::from_millis(30);

/// Each request of each route meets all faults, one after the other.
#[tokio::test(flavor = "multi_thread")]
async fn quick_faults() {
    let _pace = pace::any().await;
    let house = House::open().await;
    let mut lanes = JoinSet::new();
    for mut stage in house.stages("quick").await {
        lanes.spawn(async move {
            let mut problems = Vec::new();
            for kind in kind::quick() {
                problems.extend(stage.meet(&kind, false).await.err());
                // What is not tried again is met once in either case.
                if kind.single == Single::Hidden {
                    problems.extend(stage.meet(&kind, true).await.err());
                }
            }
            problems
        });
    }
    house.close(lanes.join_all().await.concat()).await;
}

/// Each request of each route meets each fault, all at once but for a step: they should wait for the store, and not for
/// a processor.
#[tokio::test(flavor = "multi_thread")]
async fn slow_faults() {
    let _pace = pace::timed().await;
    let house = House::open().await;
    let mut cases = Vec::new();
    for kind in kind::slow() {
        for always in [false, true] {
            let stages = house.stages(&format!("{} {always}", kind.name)).await;
            cases.extend(
                stages
                    .into_iter()
                    .map(|stage| (stage, kind.clone(), always)),
            );
        }
    }
    let meetings: JoinSet<_> = (0..)
        .zip(cases)
        .map(|(nth, (mut stage, kind, always))| async move {
            sleep(STEP * nth).await;
            stage.meet(&kind, always).await.err()
        })
        .collect();
    let problems = meetings.join_all().await;
    house.close(problems.into_iter().flatten().collect()).await;
}
