//! Logins that overlap a change of their user: every order of their steps, one after the other, without any timing.

use std::sync::{Arc, Mutex};

use support::{
    gate::{Gate, Verb},
    orders::Orders,
};

use super::{
    Password, PasswordCredential,
    hash::{
        PasswordHash, Verifier,
        tests::{cheap_hash, cheap_verifier},
    },
    memory::MemoryUserStore,
    store::{UserRecord, UserStore},
};
use crate::{
    abandon::{abandon, end_all},
    authorize::Policy,
    create::{self, Created, Login},
    data::{Edit, Marks},
    entropy::SystemEntropy,
    fault::StoreError,
    id::SessionKey,
    session::{Session, Timeouts},
    signing_keys::SigningKeys,
    store::{Change, Commit, Found, SessionStore, Touch, Write, memory::MemoryStore},
    time::UnixSeconds,
    token::{self, TokenFormat},
    user::{UserName, UserSessions},
};

const NOW: UnixSeconds = UnixSeconds(1_000_000);

fn format() -> TokenFormat {
    TokenFormat {
        id_bytes: 32,
        keys: SigningKeys::default(),
    }
}

/// A store whose every request pauses at a gate.
///
/// It is not `support`'s: that one wraps the stores of another copy of this crate.
struct Stepped<S> {
    inner: S,
    gate: Gate,
}

impl UserStore for Stepped<MemoryUserStore> {
    async fn find(&self, user: &UserName) -> Result<Option<UserRecord>, StoreError> {
        self.gate.call(Verb::Find, self.inner.find(user)).await
    }

    async fn add(
        &self,
        user: &UserName,
        hash: &PasswordHash,
        now: UnixSeconds,
    ) -> Result<bool, StoreError> {
        self.gate
            .call(Verb::Record, self.inner.add(user, hash, now))
            .await
    }

    async fn set_password(
        &self,
        user: &UserName,
        hash: &PasswordHash,
        now: UnixSeconds,
    ) -> Result<bool, StoreError> {
        self.gate
            .call(Verb::Record, self.inner.set_password(user, hash, now))
            .await
    }

    async fn set_disabled(
        &self,
        user: &UserName,
        disabled: bool,
        now: UnixSeconds,
    ) -> Result<bool, StoreError> {
        self.gate
            .call(Verb::Record, self.inner.set_disabled(user, disabled, now))
            .await
    }

    async fn remove(&self, user: &UserName) -> Result<bool, StoreError> {
        self.gate.call(Verb::Remove, self.inner.remove(user)).await
    }
}

/// Sessions in a table whose expired items are swept.
#[derive(Default)]
struct Swept(Mutex<Arc<MemoryStore>>);

impl Swept {
    fn now(&self) -> Arc<MemoryStore> {
        Arc::clone(&self.0.lock().unwrap())
    }

    /// Takes away the user item of a user who has no session.
    fn sweep(&self) {
        let mut store = self.0.lock().unwrap();
        if store.is_empty() {
            *store = Arc::default();
        }
    }
}

impl SessionStore for Stepped<Swept> {
    async fn touch(
        &self,
        key: &SessionKey,
        now: UnixSeconds,
        not_before: Option<UnixSeconds>,
    ) -> Result<Touch, StoreError> {
        let touch = async { self.inner.now().touch(key, now, not_before).await };
        self.gate.call(Verb::Touch, touch).await
    }

    async fn session(&self, key: &SessionKey) -> Result<Found, StoreError> {
        let session = async { self.inner.now().session(key).await };
        self.gate.call(Verb::Session, session).await
    }

    async fn end_idle(&self, key: &SessionKey, now: UnixSeconds) -> Result<Found, StoreError> {
        let end_idle = async { self.inner.now().end_idle(key, now).await };
        self.gate.call(Verb::EndIdle, end_idle).await
    }

    async fn sessions(&self, keys: &[SessionKey]) -> Result<Vec<Found>, StoreError> {
        let sessions = async { self.inner.now().sessions(keys).await };
        self.gate.call(Verb::Sessions, sessions).await
    }

    async fn write(
        &self,
        key: &SessionKey,
        now: UnixSeconds,
        edit: &Edit,
        version: u64,
        marks: &Marks,
    ) -> Result<Write, StoreError> {
        let write = async { self.inner.now().write(key, now, edit, version, marks).await };
        self.gate.call(Verb::Write, write).await
    }

    async fn user(&self, user: &UserName) -> Result<Option<UserSessions>, StoreError> {
        let user = async { self.inner.now().user(user).await };
        self.gate.call(Verb::User, user).await
    }

    async fn begin(&self, key: &SessionKey, session: &Session) -> Result<bool, StoreError> {
        let begin = async { self.inner.now().begin(key, session).await };
        self.gate.call(Verb::Begin, begin).await
    }

    async fn commit(&self, change: &Change) -> Result<Commit, StoreError> {
        let commit = async { self.inner.now().commit(change).await };
        self.gate.call(Verb::Commit, commit).await
    }
}

/// What the table holds of the user before the race: no session in any case, and this user item.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Item {
    Absent,
    /// It is swept while the operator is at it.
    Swept,
    There,
}

/// What an operator does. All sessions are ended after each.
#[derive(Clone, Copy, Debug)]
enum Action {
    Passwd,
    Disable,
    Remove,
    /// Within the same second, so that the new record differs from the old one in its hash alone.
    RemoveAndAdd,
}

struct World {
    user: UserName,
    users: Stepped<MemoryUserStore>,
    sessions: Stepped<Swept>,
    item: Item,
    verifier: Verifier,
    new_hash: PasswordHash,
}

impl World {
    async fn new(
        item: Item,
        gate: &Gate,
        old_hash: &PasswordHash,
        new_hash: &PasswordHash,
    ) -> Self {
        let world = Self {
            user: UserName::parse("ada").unwrap(),
            users: Stepped {
                inner: MemoryUserStore::default(),
                gate: gate.clone(),
            },
            sessions: Stepped {
                inner: Swept::default(),
                gate: gate.clone(),
            },
            item,
            verifier: cheap_verifier(),
            new_hash: new_hash.clone(),
        };
        assert!(world.users.add(&world.user, old_hash, NOW).await.unwrap());
        let lifetime = match item {
            Item::Absent => return world,
            Item::Swept => 600,
            Item::There => 43_200,
        };
        let created = world.login("old", lifetime).await.unwrap();
        let ended = abandon(&world.sessions, &key(&created)).await;
        assert!(ended.unwrap().is_some());
        world
    }

    async fn login(&self, password: &str, lifetime: u64) -> Option<Created> {
        let credential = PasswordCredential {
            users: &self.users,
            password: &Password::received(password.to_owned()).unwrap(),
            verifier: &self.verifier,
        };
        let login = Login {
            timeouts: Timeouts {
                idle: lifetime,
                absolute: lifetime,
            },
            ..Login::new(self.user.clone(), credential)
        };
        create::create(
            &self.sessions,
            &SystemEntropy,
            &Policy::default(),
            &login,
            NOW,
        )
        .await
        .unwrap()
    }

    async fn undergo(&self, action: Action) {
        let (user, hash) = (&self.user, &self.new_hash);
        assert!(match action {
            Action::Passwd => self.users.set_password(user, hash, NOW).await.unwrap(),
            Action::Disable => self.users.set_disabled(user, true, NOW).await.unwrap(),
            Action::Remove => self.users.remove(user).await.unwrap(),
            Action::RemoveAndAdd => {
                self.users.remove(user).await.unwrap()
                    && self.users.add(user, hash, NOW).await.unwrap()
            }
        });
        if self.item == Item::Swept {
            let sweep = async { self.sessions.inner.sweep() };
            self.sessions.gate.call(Verb::Commit, sweep).await;
        }
        end_all(&self.sessions, user, NOW).await.unwrap();
    }

    fn session_count(&self) -> usize {
        self.sessions.inner.now().len()
    }

    async fn is_there(&self, created: &Created) -> bool {
        self.sessions.session(&key(created)).await.unwrap() != Found::Nothing
    }
}

fn key(created: &Created) -> SessionKey {
    let id = token::verify(created.token.expose(), &format());
    id.unwrap().key()
}

const ITEMS: [Item; 3] = [Item::Absent, Item::Swept, Item::There];

#[tokio::test]
async fn no_session_of_the_old_password_outlives_the_change() {
    let (old_hash, new_hash) = (cheap_hash("old"), cheap_hash("new"));
    for item in ITEMS {
        for action in [
            Action::Passwd,
            Action::Disable,
            Action::Remove,
            Action::RemoveAndAdd,
        ] {
            let gate = Gate::default();
            let (mut orders, mut created, mut refused) = (Orders::at(&gate), 0, 0);
            while orders.next() {
                let world = World::new(item, &gate, &old_hash, &new_hash).await;
                let login = world.login("old", 43_200);
                let (login, ()) = orders.race(login, world.undergo(action)).await;
                assert_eq!(world.session_count(), 0, "{item:?} {action:?} {orders}");
                *(if login.is_some() {
                    &mut created
                } else {
                    &mut refused
                }) += 1;
            }
            // Both happen, so the orders do differ.
            assert!(
                created > 0 && refused > 0,
                "{item:?} {action:?} {created} {refused}"
            );
        }
    }
}

#[tokio::test]
async fn a_login_with_the_new_password_does_not_let_the_old_one_in() {
    let (old_hash, new_hash) = (cheap_hash("old"), cheap_hash("new"));
    for item in ITEMS {
        let gate = Gate::default();
        let mut orders = Orders::at(&gate);
        while orders.next() {
            let world = World::new(item, &gate, &old_hash, &new_hash).await;
            let change = async {
                world.undergo(Action::Passwd).await;
                world.login("new", 43_200).await.unwrap()
            };
            let (old, new) = orders.race(world.login("old", 43_200), change).await;
            assert!(world.is_there(&new).await, "{item:?} {orders}");
            if let Some(old) = old {
                assert!(!world.is_there(&old).await, "{item:?} {orders}");
            }
            assert_eq!(world.session_count(), 1, "{item:?} {orders}");
        }
        assert!(orders.seen() > 3, "{item:?} {}", orders.seen());
    }
}
