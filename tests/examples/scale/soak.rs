//! Calls at a steady rate beside logins, rotations, writes and logouts, and what is left of it at the end.

use std::{
    collections::BTreeSet,
    fs, mem,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use dynamodb_session::{
    abandon,
    authorize::{Decision, Policy, authorize},
    create::{self, Login, Vouched},
    data::Edit,
    devices,
    entropy::SystemEntropy,
    patch::{self, Patch, Patched},
    rotate::{Rotated, rotate},
    store::dynamodb::DynamoStore,
    user::UserName,
};
use serde_json::{Value, json};
use tokio::{
    sync::{Barrier, RwLock},
    task::JoinSet,
    time::{Instant, interval},
};

use crate::user::{claim, now};

/// Users, each of whom has up to so many sessions at once.
const USERS: usize = 50;
const SESSIONS: usize = 4;

/// The grace of a rotation, in seconds.
const GRACE: u64 = 30;

/// How many calls and changes are under way at most. Each may take a connection of its own, which is kept.
const UNDER_WAY: usize = 64;

/// What of a hundred calls comes beside them: a write with each 10th, a rotation with each 20th, a logout and a login with each 25th.
const WRITES: u64 = 10;
const ROTATIONS: u64 = 20;
const LOGINS: u64 = 25;

/// A place for a session, whose changes come one after the other; calls come at any time.
#[derive(Default)]
struct Slot {
    /// Of the session that lives here, the newest last.
    tokens: Vec<String>,
    /// How many sessions began here.
    logins: u64,
    written: u64,
}

struct Soak {
    store: DynamoStore,
    slots: Vec<RwLock<Slot>>,
    ended: Mutex<Vec<String>>,
    calls: AtomicU64,
    changes: AtomicU64,
    wrong: Mutex<Vec<String>>,
}

/// Runs for so many seconds with so many calls a second, and tells what came of it.
pub(crate) async fn soak(store: &DynamoStore, seconds: u64, rate: u64) -> Value {
    let soak = Arc::new(Soak {
        store: store.clone(),
        slots: (0..USERS * SESSIONS).map(|_| RwLock::default()).collect(),
        ended: Mutex::default(),
        calls: AtomicU64::new(0),
        changes: AtomicU64::new(0),
        wrong: Mutex::default(),
    });
    for index in 0..soak.slots.len() {
        soak.log_in(index).await;
    }
    warm_up(&soak).await;
    let duration = Duration::from_secs(seconds);
    let (mut held, mut number) = (Vec::new(), 0_u64);
    let begun = Instant::now();
    let mut ticks = interval(Duration::from_secs(1) / u32::try_from(rate).expect("a rate"));
    let mut tasks = JoinSet::new();
    while begun.elapsed() < duration {
        ticks.tick().await;
        while let Some(done) = tasks.try_join_next() {
            done.expect("a task");
        }
        // A machine that does not reach the rate gets no longer a queue.
        while tasks.len() >= UNDER_WAY {
            tasks.join_next().await.expect("a task").expect("a task");
        }
        number += 1;
        let index = usize::try_from(number * 7919).expect("a number") % soak.slots.len();
        let other = (index + 31) % soak.slots.len();
        let it = Arc::clone(&soak);
        tasks.spawn(async move { it.call(index).await });
        if number.is_multiple_of(WRITES) {
            let it = Arc::clone(&soak);
            tasks.spawn(async move { it.write(other).await });
        }
        if number.is_multiple_of(ROTATIONS) {
            let it = Arc::clone(&soak);
            tasks.spawn(async move { it.rotate(other).await });
        }
        if number.is_multiple_of(LOGINS) {
            let it = Arc::clone(&soak);
            tasks.spawn(async move {
                it.log_out(other).await;
                it.log_in(other).await;
            });
        }
        let next = u32::try_from(held.len()).expect("at most nine") + 1;
        if next < 10 && begun.elapsed() >= duration * next / 10 {
            held.push(Held::now());
        }
    }
    while let Some(done) = tasks.join_next().await {
        done.expect("a task");
    }
    let took = begun.elapsed().as_secs_f64();
    held.push(Held::now());
    let checked = soak.check().await;
    let calls = soak.calls.load(Relaxed);
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    let rate = calls as f64 / took;
    json!({
        "seconds": took,
        "calls": calls,
        "calls_a_second": rate,
        "changes": soak.changes.load(Relaxed),
        "sessions_at_the_end": checked,
        "tokens_of_ended": lock(&soak.ended).len(),
        "resident_kb": held.iter().map(|held| held.resident_kb).collect::<Vec<_>>(),
        "sockets": held.iter().map(|held| held.sockets).collect::<Vec<_>>(),
        "wrong": *lock(&soak.wrong),
    })
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// As many calls at once as there ever are, so that no burst later on opens more connections than are kept already.
async fn warm_up(soak: &Arc<Soak>) {
    let together = Arc::new(Barrier::new(UNDER_WAY));
    let mut tasks = JoinSet::new();
    for number in 0..UNDER_WAY {
        let (it, together) = (Arc::clone(soak), Arc::clone(&together));
        tasks.spawn(async move {
            together.wait().await;
            it.call(number % it.slots.len()).await;
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.expect("a task");
    }
}

/// What this process holds at a moment; `None` where there is no proc(5).
struct Held {
    /// Kilobytes of memory (`VmRSS`).
    resident_kb: Option<u64>,
    /// Connections, and a few sockets of the runtime's.
    sockets: Option<usize>,
}

impl Held {
    fn now() -> Self {
        Self {
            resident_kb: resident(),
            sockets: sockets(),
        }
    }
}

fn resident() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

fn sockets() -> Option<usize> {
    let files = fs::read_dir("/proc/self/fd").ok()?;
    let targets = files.filter_map(|file| fs::read_link(file.ok()?.path()).ok());
    let sockets = targets.filter(|target| target.to_string_lossy().starts_with("socket:"));
    Some(sockets.count())
}

fn user(index: usize) -> UserName {
    UserName::from_stored(format!("soaked-{}", index / SESSIONS))
}

impl Soak {
    fn wrong(&self, what: String) {
        lock(&self.wrong).push(what);
    }

    /// The session may be rotated meanwhile, and the token then is in its grace; or logged out, and then it may be refused.
    async fn call(&self, index: usize) {
        let (token, logins) = {
            let slot = self.slots[index].read().await;
            (slot.tokens.last().cloned(), slot.logins)
        };
        let Some(token) = token else { return };
        let decision = authorize(&self.store, &Policy::default(), &claim(&token), now()).await;
        self.calls.fetch_add(1, Relaxed);
        let slot = self.slots[index].read().await;
        let living = slot.logins == logins && !slot.tokens.is_empty();
        match decision {
            Ok(Decision::Allow(_)) => {}
            Ok(Decision::Deny { .. }) if !living => {}
            other => self.wrong(format!("a call of a living session: {other:?}")),
        }
    }

    async fn write(&self, index: usize) {
        let mut slot = self.slots[index].write().await;
        let Some(token) = slot.tokens.last().cloned() else {
            return;
        };
        let edit = Edit::Merge {
            set: [("n".to_owned(), (slot.written + 1).to_string())].into(),
            remove: BTreeSet::new(),
        };
        let patch = Patch {
            edit: &edit,
            tags: None,
            limit: 1000,
            anonymous_limit: 0,
        };
        let claim = claim(&token);
        let patched = patch::patch(
            &self.store,
            &SystemEntropy,
            &Policy::default(),
            &claim,
            &patch,
            now(),
        )
        .await;
        match patched {
            Ok(Patched::Done(_)) => slot.written += 1,
            other => self.wrong(format!("a write: {other:?}")),
        }
        self.changes.fetch_add(1, Relaxed);
    }

    async fn rotate(&self, index: usize) {
        let mut slot = self.slots[index].write().await;
        let Some(token) = slot.tokens.last().cloned() else {
            return;
        };
        match rotate(
            &self.store,
            &SystemEntropy,
            &Policy::default(),
            &claim(&token),
            GRACE,
            now(),
        )
        .await
        {
            Ok(Rotated::Done { token, .. }) => slot.tokens.push(token.expose().to_owned()),
            // It was rotated within the grace.
            Ok(Rotated::Recent(_)) => {}
            _ => self.wrong("a rotation".to_owned()),
        }
        self.changes.fetch_add(1, Relaxed);
    }

    async fn log_out(&self, index: usize) {
        let mut slot = self.slots[index].write().await;
        let tokens = mem::take(&mut slot.tokens);
        let Some(token) = tokens.last() else {
            return;
        };
        let claim = claim(token);
        let key = abandon::key(&claim).expect("a token's key");
        match abandon::abandon(&self.store, &key).await {
            Ok(Some(_)) => lock(&self.ended).extend(tokens),
            other => self.wrong(format!("a logout: {other:?}")),
        }
        self.changes.fetch_add(1, Relaxed);
    }

    async fn log_in(&self, index: usize) {
        let mut slot = self.slots[index].write().await;
        if !slot.tokens.is_empty() {
            return;
        }
        let login = Login::new(user(index), Vouched::just_now());
        let policy = Policy::default();
        match create::create(&self.store, &SystemEntropy, &policy, &login, now()).await {
            Ok(Some(created)) => {
                *slot = Slot {
                    tokens: vec![created.token.expose().to_owned()],
                    logins: slot.logins + 1,
                    written: 0,
                }
            }
            other => self.wrong(format!("a login: {}", other.is_err())),
        }
        self.changes.fetch_add(1, Relaxed);
    }

    /// No session was lost, revived or doubled, and each has what was written to it last. Tells how many there are.
    async fn check(&self) -> usize {
        let policy = Policy::default();
        let mut living = 0;
        for slot in &self.slots {
            let slot = slot.read().await;
            let Some(token) = slot.tokens.last() else {
                continue;
            };
            living += 1;
            match authorize(&self.store, &policy, &claim(token), now()).await {
                Ok(Decision::Allow(live)) => {
                    let found = live
                        .session
                        .data
                        .get("n")
                        .cloned()
                        .unwrap_or_else(|| "0".to_owned());
                    if found != slot.written.to_string() {
                        self.wrong(format!(
                            "lost: {found} is written, and not {}",
                            slot.written
                        ));
                    }
                }
                other => self.wrong(format!("lost: {other:?}")),
            }
        }
        let ended = lock(&self.ended).clone();
        for token in &ended {
            let decision = authorize(&self.store, &policy, &claim(token), now()).await;
            if !matches!(decision, Ok(Decision::Deny { .. })) {
                self.wrong("revived: a token of a session that was logged out".to_owned());
            }
        }
        let mut listed = 0;
        for index in (0..self.slots.len()).step_by(SESSIONS) {
            listed += devices::list(&self.store, &policy, &user(index), now())
                .await
                .map_or(0, |list| list.len());
        }
        if listed != living {
            self.wrong(format!("{listed} sessions are listed, and {living} live"));
        }
        living
    }
}
