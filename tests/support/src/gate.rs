//! Where tasks pause: a test holds a task and lets it go from point to point, without any timing.
//!
//! ```ignore
//! let mut call = gate.hold(authorize(..));
//! call.reach(Point::Before(Verb::Touch)).await;   // decided to touch, has not yet
//! abandon(..).await;                              // whoever is not held does not pause
//! let decision = call.finish().await;
//! ```

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Poll,
};

/// What a task asks of a store or a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// `SessionStore::touch`
    Touch,
    /// `SessionStore::session`
    Session,
    /// `SessionStore::end_idle`
    EndIdle,
    /// `SessionStore::sessions`
    Sessions,
    /// `SessionStore::write`
    Write,
    /// `SessionStore::user`
    User,
    /// `SessionStore::begin`
    Begin,
    /// `SessionStore::commit`
    Commit,
    /// `Throttle::count`
    Count,
    /// `Throttle::replace`
    Replace,
    /// `Throttle::clear`
    Clear,
    /// `Credential::verify`
    Verify,
    /// `Credential::still_holds`
    StillHolds,
    /// `UserStore::find`
    Find,
    /// A change of the user's record: `UserStore::add`, `set_password`, `set_disabled`
    Record,
    /// `UserStore::remove`
    Remove,
    /// `ProviderStore::put_flow`
    PutFlow,
    /// `ProviderStore::flow`
    Flow,
    /// `ProviderStore::take_flow`
    TakeFlow,
    /// `ProviderStore::users_of`
    UsersOf,
    /// A change of who is barred: `ProviderStore::bar`, `unbar`
    Bar,
    /// `ProviderStore::barred`
    Barred,
}

/// What calls read and write.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Thing {
    SessionItems,
    UserItems,
    Counters,
    Record,
    Flows,
    /// What notes read and write.
    Notes,
    /// The order of verifications and commits, which tests look at.
    Journal,
}

impl Verb {
    /// The name of the verb.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Touch => "touch",
            Self::Session => "session",
            Self::EndIdle => "end_idle",
            Self::Sessions => "sessions",
            Self::Write => "write",
            Self::User => "user",
            Self::Begin => "begin",
            Self::Commit => "commit",
            Self::Count => "count",
            Self::Replace => "replace",
            Self::Clear => "clear",
            Self::Verify => "verify",
            Self::StillHolds => "still_holds",
            Self::Find => "find",
            Self::Record => "record",
            Self::Remove => "remove",
            Self::PutFlow => "put_flow",
            Self::Flow => "flow",
            Self::TakeFlow => "take_flow",
            Self::UsersOf => "users_of",
            Self::Bar => "bar",
            Self::Barred => "barred",
        }
    }

    /// Whether it is all the same which of the two comes first.
    #[must_use]
    pub fn commutes_with(self, other: Self) -> bool {
        let apart = |writer: Self, other: Self| {
            let mut touched = other.reads().iter().chain(other.writes());
            !touched.any(|thing| writer.writes().contains(thing))
        };
        apart(self, other) && apart(other, self)
    }

    fn reads(self) -> &'static [Thing] {
        match self {
            Self::Touch
            | Self::EndIdle
            | Self::Write
            | Self::Begin
            | Self::Commit
            | Self::Count
            | Self::Replace
            | Self::Clear
            | Self::Record
            | Self::Remove
            | Self::PutFlow
            | Self::TakeFlow
            | Self::Bar => &[],
            Self::Flow => &[Thing::Flows],
            Self::UsersOf | Self::Barred => &[Thing::Notes],
            Self::Session | Self::Sessions => &[Thing::SessionItems],
            Self::User => &[Thing::UserItems],
            Self::Verify => &[Thing::Record, Thing::Journal],
            Self::StillHolds | Self::Find => &[Thing::Record],
        }
    }

    fn writes(self) -> &'static [Thing] {
        match self {
            Self::Session
            | Self::Sessions
            | Self::User
            | Self::Verify
            | Self::StillHolds
            | Self::Find
            | Self::Flow
            | Self::UsersOf
            | Self::Barred => &[],
            Self::PutFlow | Self::TakeFlow => &[Thing::Flows],
            Self::Bar => &[Thing::Notes],
            Self::Touch | Self::EndIdle | Self::Write => &[Thing::SessionItems],
            Self::Begin => &[Thing::SessionItems, Thing::Journal],
            Self::Commit => &[
                Thing::SessionItems,
                Thing::UserItems,
                Thing::Notes,
                Thing::Journal,
            ],
            Self::Count | Self::Replace | Self::Clear => &[Thing::Counters],
            Self::Record | Self::Remove => &[Thing::Record],
        }
    }
}

/// A point at which a held task pauses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// It has decided to make this call.
    Before(Verb),
    /// It has been made, and the task does not know the answer yet.
    After(Verb),
}

/// The pause button that a test, a store and a credential share.
#[derive(Clone, Debug, Default)]
pub struct Gate(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// A held task is being polled: it pauses at the next point.
    driving: bool,
    paused_at: Option<Point>,
    /// Whether tasks pause after calls, too.
    after: bool,
}

impl Gate {
    /// Tasks pause before and after each call; [`Gate::default`] has them pause before each call only, which is all
    /// that one task can see of another.
    #[must_use]
    pub fn around() -> Self {
        let gate = Self::default();
        gate.state().after = true;
        gate
    }

    /// Holds `task` at its very beginning.
    pub fn hold<'a, T>(&self, task: impl Future<Output = T> + 'a) -> Held<'a, T> {
        Held {
            gate: self.clone(),
            task: Box::pin(task),
            output: None,
        }
    }

    /// Makes a call, with a pause before and after it if the caller is held.
    pub async fn call<T>(&self, verb: Verb, request: impl Future<Output = T>) -> T {
        self.pass(Point::Before(verb)).await;
        let answer = request.await;
        self.pass(Point::After(verb)).await;
        answer
    }

    /// Passes a point, with a pause there if the caller is held.
    pub async fn pass(&self, point: Point) {
        let mut paused = false;
        poll_fn(|_| {
            let mut state = self.state();
            let stops = state.driving && (state.after || matches!(point, Point::Before(_)));
            if paused || !stops {
                return Poll::Ready(());
            }
            paused = true;
            state.paused_at = Some(point);
            Poll::Pending
        })
        .await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A task that goes only when it is told to. Dropped, it is a process that was killed where it stood.
pub struct Held<'a, T> {
    gate: Gate,
    task: Pin<Box<dyn Future<Output = T> + 'a>>,
    output: Option<T>,
}

impl<T> Held<'_, T> {
    /// Goes to the next point, and tells which; `None`: the task has ended.
    pub async fn step(&mut self) -> Option<Point> {
        assert!(self.output.is_none(), "the task has ended");
        poll_fn(|context| {
            self.gate.state().driving = true;
            let poll = self.task.as_mut().poll(context);
            let mut state = self.gate.state();
            state.driving = false;
            match (poll, state.paused_at.take()) {
                (Poll::Ready(output), _) => {
                    self.output = Some(output);
                    Poll::Ready(None)
                }
                (Poll::Pending, Some(point)) => Poll::Ready(Some(point)),
                // It waits for an engine's answer.
                (Poll::Pending, None) => Poll::Pending,
            }
        })
        .await
    }

    /// Goes on until it pauses at `point`.
    pub async fn reach(&mut self, point: Point) {
        loop {
            match self.step().await {
                Some(reached) if reached == point => return,
                Some(_) => {}
                None => panic!("the task ended before {point:?}"),
            }
        }
    }

    /// Goes on to the end.
    pub async fn finish(mut self) -> T {
        loop {
            if let Some(output) = self.output.take() {
                return output;
            }
            self.step().await;
        }
    }
}
