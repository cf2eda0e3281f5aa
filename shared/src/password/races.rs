//! Logins that overlap a change of their user: every order of their steps, one after the other, without any timing.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
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
    session::{Origin, Session, Timeouts},
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

/// A store whose every request first lets another task go.
struct Stepped<S>(S);

async fn let_another_go() {
    let mut gone = false;
    poll_fn(|_| {
        if std::mem::replace(&mut gone, true) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

impl UserStore for Stepped<MemoryUserStore> {
    async fn find(&self, user: &UserName) -> Result<Option<UserRecord>, StoreError> {
        let_another_go().await;
        self.0.find(user).await
    }

    async fn add(
        &self,
        user: &UserName,
        hash: &PasswordHash,
        now: UnixSeconds,
    ) -> Result<bool, StoreError> {
        let_another_go().await;
        self.0.add(user, hash, now).await
    }

    async fn set_password(
        &self,
        user: &UserName,
        hash: &PasswordHash,
        now: UnixSeconds,
    ) -> Result<bool, StoreError> {
        let_another_go().await;
        self.0.set_password(user, hash, now).await
    }

    async fn set_disabled(
        &self,
        user: &UserName,
        disabled: bool,
        now: UnixSeconds,
    ) -> Result<bool, StoreError> {
        let_another_go().await;
        self.0.set_disabled(user, disabled, now).await
    }

    async fn remove(&self, user: &UserName) -> Result<bool, StoreError> {
        let_another_go().await;
        self.0.remove(user).await
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
        let_another_go().await;
        self.0.now().touch(key, now, not_before).await
    }

    async fn session(&self, key: &SessionKey) -> Result<Found, StoreError> {
        let_another_go().await;
        self.0.now().session(key).await
    }

    async fn end_idle(&self, key: &SessionKey, now: UnixSeconds) -> Result<Found, StoreError> {
        let_another_go().await;
        self.0.now().end_idle(key, now).await
    }

    async fn sessions(&self, keys: &[SessionKey]) -> Result<Vec<Found>, StoreError> {
        let_another_go().await;
        self.0.now().sessions(keys).await
    }

    async fn write(
        &self,
        key: &SessionKey,
        now: UnixSeconds,
        edit: &Edit,
        version: u64,
        marks: &Marks,
    ) -> Result<Write, StoreError> {
        let_another_go().await;
        self.0.now().write(key, now, edit, version, marks).await
    }

    async fn user(&self, user: &UserName) -> Result<Option<UserSessions>, StoreError> {
        let_another_go().await;
        self.0.now().user(user).await
    }

    async fn begin(&self, key: &SessionKey, session: &Session) -> Result<bool, StoreError> {
        let_another_go().await;
        self.0.now().begin(key, session).await
    }

    async fn commit(&self, change: &Change) -> Result<Commit, StoreError> {
        let_another_go().await;
        self.0.now().commit(change).await
    }
}

/// Which of two tasks goes at each step at which both can: a path through the tree of all orders.
#[derive(Default)]
struct Order {
    choices: Vec<bool>,
    step: usize,
}

impl Order {
    fn first_goes(&mut self) -> bool {
        if self.step == self.choices.len() {
            self.choices.push(true);
        }
        self.step += 1;
        self.choices[self.step - 1]
    }

    /// The next path; `false` if that was the last.
    fn advance(&mut self) -> bool {
        self.step = 0;
        while let Some(first) = self.choices.pop() {
            if first {
                self.choices.push(false);
                return true;
            }
        }
        false
    }

    fn run<A, B>(
        &mut self,
        first: impl Future<Output = A>,
        second: impl Future<Output = B>,
    ) -> (A, B) {
        let (mut first, mut second) = (pin!(first), pin!(second));
        let (mut a, mut b) = (None, None);
        let mut context = Context::from_waker(Waker::noop());
        loop {
            let first_goes = match (&a, &b) {
                (None, None) => self.first_goes(),
                (None, Some(_)) => true,
                (Some(_), None) => false,
                (Some(_), Some(_)) => return (a.unwrap(), b.unwrap()),
            };
            if first_goes {
                if let Poll::Ready(output) = first.as_mut().poll(&mut context) {
                    a = Some(output);
                }
            } else if let Poll::Ready(output) = second.as_mut().poll(&mut context) {
                b = Some(output);
            }
        }
    }
}

/// Alone, without another task.
fn alone<T>(task: impl Future<Output = T>) -> T {
    Order::default().run(task, async {}).0
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
enum Deed {
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
    fn new(item: Item, old_hash: &PasswordHash, new_hash: &PasswordHash) -> Self {
        let world = Self {
            user: UserName::parse("ada").unwrap(),
            users: Stepped(MemoryUserStore::default()),
            sessions: Stepped(Swept::default()),
            item,
            verifier: cheap_verifier(),
            new_hash: new_hash.clone(),
        };
        assert!(alone(world.users.add(&world.user, old_hash, NOW)).unwrap());
        let lifetime = match item {
            Item::Absent => return world,
            Item::Swept => 600,
            Item::There => 43_200,
        };
        let created = alone(world.login("old", lifetime)).unwrap();
        assert!(
            alone(abandon(&world.sessions, &key(&created)))
                .unwrap()
                .is_some()
        );
        world
    }

    async fn login(&self, password: &str, lifetime: u64) -> Option<Created> {
        let login = Login {
            user: self.user.clone(),
            presented: None,
            remembered: false,
            timeouts: Timeouts {
                idle: lifetime,
                absolute: lifetime,
            },
            origin: Origin::default(),
            cap: 10,
        };
        let password = Password::received(password.to_owned()).unwrap();
        let credential = PasswordCredential {
            users: &self.users,
            user: &self.user,
            password: &password,
            verifier: &self.verifier,
        };
        create::create(
            &self.sessions,
            &SystemEntropy,
            &Policy::default(),
            &login,
            &credential,
            NOW,
        )
        .await
        .unwrap()
    }

    async fn undergo(&self, deed: Deed) {
        let (user, hash) = (&self.user, &self.new_hash);
        assert!(match deed {
            Deed::Passwd => self.users.set_password(user, hash, NOW).await.unwrap(),
            Deed::Disable => self.users.set_disabled(user, true, NOW).await.unwrap(),
            Deed::Remove => self.users.remove(user).await.unwrap(),
            Deed::RemoveAndAdd => {
                self.users.remove(user).await.unwrap()
                    && self.users.add(user, hash, NOW).await.unwrap()
            }
        });
        if self.item == Item::Swept {
            let_another_go().await;
            self.sessions.0.sweep();
        }
        end_all(&self.sessions, user).await.unwrap();
    }

    fn session_count(&self) -> usize {
        self.sessions.0.now().len()
    }

    fn is_there(&self, created: &Created) -> bool {
        alone(self.sessions.session(&key(created))).unwrap() != Found::Nothing
    }
}

fn key(created: &Created) -> SessionKey {
    let id = token::verify(created.token.expose(), &format());
    id.unwrap().key()
}

const ITEMS: [Item; 3] = [Item::Absent, Item::Swept, Item::There];

#[test]
fn no_session_of_the_old_password_outlives_the_change() {
    let (old_hash, new_hash) = (cheap_hash("old"), cheap_hash("new"));
    for item in ITEMS {
        for deed in [
            Deed::Passwd,
            Deed::Disable,
            Deed::Remove,
            Deed::RemoveAndAdd,
        ] {
            let (mut order, mut created, mut refused) = (Order::default(), 0, 0);
            loop {
                let world = World::new(item, &old_hash, &new_hash);
                let (login, ()) = order.run(world.login("old", 43_200), world.undergo(deed));
                assert_eq!(
                    world.session_count(),
                    0,
                    "{item:?} {deed:?} {:?} {login:?}",
                    order.choices
                );
                *(if login.is_some() {
                    &mut created
                } else {
                    &mut refused
                }) += 1;
                if !order.advance() {
                    break;
                }
            }
            // Both happen, so the orders do differ.
            assert!(
                created > 0 && refused > 0,
                "{item:?} {deed:?} {created} {refused}"
            );
        }
    }
}

#[test]
fn a_login_with_the_new_password_does_not_let_the_old_one_in() {
    let (old_hash, new_hash) = (cheap_hash("old"), cheap_hash("new"));
    for item in ITEMS {
        let mut order = Order::default();
        loop {
            let world = World::new(item, &old_hash, &new_hash);
            let change = async {
                world.undergo(Deed::Passwd).await;
                world.login("new", 43_200).await.unwrap()
            };
            let (old, new) = order.run(world.login("old", 43_200), change);
            let context = std::format!("{item:?} {:?}", order.choices);
            assert!(world.is_there(&new), "{context}");
            assert!(!old.is_some_and(|old| world.is_there(&old)), "{context}");
            assert_eq!(world.session_count(), 1, "{context}");
            if !order.advance() {
                break;
            }
        }
    }
}
