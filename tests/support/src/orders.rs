//! Every order in which tasks can take their steps, one after the other: a walk through the tree of choices.
//!
//! Two orders that differ only in which of two neighbours went first, where that is all the same to everybody (two
//! reads, say), are one: the lower task goes first.

use std::fmt;

use crate::gate::{Gate, Held, Point};

/// How long a search may go on, in orders. A search that is not over by then fails.
const MOST: usize = 200_000;

/// A search through all orders.
///
/// ```ignore
/// let mut orders = Orders::at(world.gate());
/// while orders.next() {
///     world.renew();                                    // everything anew
///     let (call, ()) = orders.race(world.call(..), world.logout(..)).await;
///     assert!(.., "{orders}");
/// }
/// ```
pub struct Orders {
    gate: Gate,
    /// Which of the tasks that could go went, and how many there were, at each step.
    choices: Vec<(usize, usize)>,
    step: usize,
    seen: usize,
    trace: Vec<(usize, Point)>,
}

impl Orders {
    /// The orders of tasks that pause at `gate`.
    #[must_use]
    pub fn at(gate: &Gate) -> Self {
        Self {
            gate: gate.clone(),
            choices: Vec::new(),
            step: 0,
            seen: 0,
            trace: Vec::new(),
        }
    }

    /// Moves to the next order; `false` if there is none.
    #[allow(
        clippy::should_implement_trait,
        reason = "the orders are walked, not collected: each is known only once it was run"
    )]
    pub fn next(&mut self) -> bool {
        self.step = 0;
        self.seen += 1;
        assert!(
            self.seen <= MOST,
            "more than {MOST} orders: fewer tasks, please"
        );
        if self.seen == 1 {
            return true;
        }
        while let Some((chosen, of)) = self.choices.pop() {
            if chosen + 1 < of {
                self.choices.push((chosen + 1, of));
                return true;
            }
        }
        self.seen -= 1;
        false
    }

    /// How many orders there have been.
    #[must_use]
    pub fn seen(&self) -> usize {
        self.seen
    }

    /// Runs two tasks to their ends in this order, as [`Self::run`] does, and returns what came of each.
    pub fn race<A, B>(
        &mut self,
        first: impl Future<Output = A>,
        second: impl Future<Output = B>,
    ) -> impl Future<Output = (A, B)> {
        // On the heap at once: what is awaited is small, whatever the tasks are.
        let (first, second) = (Box::pin(first), Box::pin(second));
        async move {
            let (mut a, mut b) = (None, None);
            let tasks = vec![
                self.gate.hold(async { a = Some(first.await) }),
                self.gate.hold(async { b = Some(second.await) }),
            ];
            self.run(tasks).await;
            (a.expect("an outcome"), b.expect("an outcome"))
        }
    }

    /// Runs the tasks to their ends in this order. Up to its first call each goes at once: there is nothing to see.
    pub async fn run(&mut self, tasks: Vec<Held<'_, ()>>) {
        self.trace.clear();
        let mut paused = Vec::new();
        for (number, mut task) in tasks.into_iter().enumerate() {
            if let Some(point) = task.step().await {
                paused.push((number, point, task));
            }
        }
        while !paused.is_empty() {
            let last = self.trace.last().copied();
            let mut able: Vec<_> = (0..paused.len()).collect();
            able.retain(|index| {
                let (number, point, _) = &paused[*index];
                !last.is_some_and(|last| would_go_first(*number, *point, last))
            });
            // If none is left, this order is another one again; it is finished in any way.
            let chosen = match able.len() {
                0 => 0,
                of => able[self.choose(of)],
            };
            let (number, point, task) = &mut paused[chosen];
            self.trace.push((*number, *point));
            match task.step().await {
                Some(next) => *point = next,
                None => drop(paused.remove(chosen)),
            }
        }
    }

    fn choose(&mut self, of: usize) -> usize {
        if self.step == self.choices.len() {
            self.choices.push((0, of));
        }
        let (chosen, known) = self.choices[self.step];
        assert_eq!(known, of, "the tasks do not go the same way twice");
        self.step += 1;
        chosen
    }
}

/// Whether a task that could have gone before the last step, and did not, was to go first.
fn would_go_first(task: usize, point: Point, (last, last_point): (usize, Point)) -> bool {
    match (point, last_point) {
        (Point::Before(call), Point::Before(other)) => task < last && call.commutes_with(other),
        _ => false,
    }
}

/// The order that was run last: task and call, from the first to the last.
impl fmt::Display for Orders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "order {}:", self.seen)?;
        for (task, point) in &self.trace {
            let (Point::Before(call) | Point::After(call)) = point;
            write!(f, " {task}.{call:?}")?;
        }
        Ok(())
    }
}

/// Runs all tasks in lockstep: in each round every one takes one step.
pub async fn in_lockstep(mut tasks: Vec<Held<'_, ()>>) {
    while !tasks.is_empty() {
        tasks = one_round(tasks).await;
    }
}

/// One round of a lockstep; returns the tasks that have not ended.
pub async fn one_round(tasks: Vec<Held<'_, ()>>) -> Vec<Held<'_, ()>> {
    let mut going = Vec::new();
    for mut task in tasks {
        if task.step().await.is_some() {
            going.push(task);
        }
    }
    going
}
