//! The replacement of a key in three steps, met by two processes that learn of each step at different times.

use dynamodb_session::{
    aws::keyring::Keyring,
    claim::Claim,
    signing_keys::{SigningKeys, list::KeyList, step::Step},
    time::UnixSeconds,
    token::TokenFormat,
    transport::Presented,
};
use tests::{
    engine::{self, Tables},
    functions::{Functions, NOW},
    secrets_manager::SecretsManager,
    stopped::Stopped,
};

use super::KEYS;

/// A process: its functions, and the keys it knows.
struct Process {
    functions: Functions,
    keyring: Keyring,
}

impl Process {
    async fn start(tables: &Tables, manager: &SecretsManager) -> Self {
        let (config, keyring) = manager.keyring(&tables.config);
        keyring.start(NOW).await;
        let functions = Functions::over(&tables.endpoint, &config);
        Self { functions, keyring }
    }

    /// Serves a call at `now`, which it begins by looking after its keys.
    async fn learn(&self, now: UnixSeconds) {
        self.keyring.refresh(now).await.unwrap();
    }
}

/// A session that was created: its token, the key that signed it, and when that was: while which list was stored.
struct Session {
    token: String,
    key: &'static str,
    list: usize,
    when: String,
}

impl Session {
    async fn create(process: &Process, user: &str, list: usize, when: String) -> Self {
        process.functions.add_user(user).await;
        let token = process.functions.log_in(user).await;
        let signed = |key: &&str| {
            let format = TokenFormat {
                id_bytes: 32,
                keys: SigningKeys::parse(key).unwrap(),
            };
            Claim::verify(Presented::Token(&token), &format)
                .id()
                .is_ok()
        };
        let key = KEYS.into_iter().find(signed).expect("a known key");
        Self {
            token,
            key,
            list,
            when,
        }
    }
}

/// The lists of a whole replacement, by the steps that `sessionctl keys rotate` takes.
fn steps() -> Vec<String> {
    let mut lists = vec![KEYS[0].to_owned()];
    for step in [Step::Accept, Step::Sign, Step::Drop] {
        let list = KeyList::parse(lists.last().unwrap()).unwrap();
        let new = KeyList::parse(KEYS[1]).unwrap();
        lists.push(list.after(step, new).unwrap().expose());
    }
    lists
}

/// Stores one list after the other. Of each, one process learns before the other; then and later both create sessions.
/// Returns the sessions that were refused although the list has their key or is not newer than they are, and how many
/// others were refused.
async fn replace(lists: &[String], reversed: bool) -> (Vec<String>, usize) {
    let manager = SecretsManager::start(&lists[0]).await;
    let tables = engine::embedded().await;
    let mut pair = [
        Process::start(&tables, &manager).await,
        Process::start(&tables, &manager).await,
    ];
    if reversed {
        pair.reverse();
    }
    let mut sessions: Vec<Session> = Vec::new();
    let (mut lost, mut dropped) = (Vec::new(), 0);
    for (nth, list) in lists.iter().enumerate() {
        manager.put(list);
        let now = NOW.plus(300 * (nth as u64 + 1));
        for learner in 0..pair.len() {
            pair[learner].learn(now).await;
            for (name, process) in pair.iter().enumerate() {
                let when = format!("list {nth}, {learner} learnt, made by {name}");
                let user = format!("user{}", sessions.len());
                sessions.push(Session::create(process, &user, nth, when).await);
            }
            for (name, process) in pair.iter().enumerate() {
                for session in &sessions {
                    if process.functions.allows(&session.token).await {
                        continue;
                    }
                    if list.contains(session.key) || session.list == nth {
                        let Session { when, .. } = session;
                        lost.push(format!(
                            "{when}: refused by {name} at list {nth}, {learner} learnt"
                        ));
                    } else {
                        dropped += 1;
                    }
                }
            }
        }
    }
    (lost, dropped)
}

#[tokio::test]
async fn no_session_is_lost_before_its_key_is_dropped() {
    let _clock = Stopped::now();
    for reversed in [false, true] {
        let (lost, dropped) = replace(&steps(), reversed).await;
        assert_eq!(lost, Vec::<String>::new());
        assert!(dropped > 0, "the last step drops nothing");
    }
}

#[tokio::test]
async fn a_drill_that_leaves_out_a_step_loses_sessions() {
    let _clock = Stopped::now();
    for left_out in [1, 2] {
        let mut lists = steps();
        lists.remove(left_out);
        let (lost, _) = replace(&lists, false).await;
        assert!(!lost.is_empty(), "without list {left_out}");
    }
}
