//! What an operator does with a user: the record first, then the sessions.

use dynamodb_session::{
    abandon,
    entropy::SystemEntropy,
    fault::{FaultKind, StoreError},
    password::{Password, hash::PasswordHash, store::UserStore},
    store::SessionStore,
    throttle::{self, Throttle},
    time::UnixSeconds,
    user::UserName,
};

use crate::failure::{Failure, explain};

/// The stores to work on, and what messages call them.
#[derive(Debug)]
pub(crate) struct Stores<U, S> {
    /// The users.
    pub(crate) users: U,
    /// Their table, and where it is.
    pub(crate) user_table: String,
    /// The sessions.
    pub(crate) sessions: S,
    /// Their table, and where it is.
    pub(crate) session_table: String,
    /// Where both are.
    pub(crate) engine: String,
}

type Answer = Result<String, Failure>;

impl<U: UserStore, S: SessionStore> Stores<U, S> {
    /// Adds `user` with the password that `password` gets; it is asked for only if there is no such user.
    pub(crate) async fn add(
        &self,
        user: &UserName,
        password: impl AsyncFnOnce(&UserName) -> Result<Password, Failure>,
        now: UnixSeconds,
    ) -> Answer {
        let table = &self.user_table;
        let exists = || {
            Failure::Input(format!(
                "{table} has a user {user} already: `sessionctl user passwd {user}` changes the password"
            ))
        };
        if self.is_there(user).await? {
            return Err(exists());
        }
        let hash = hash(&password(user).await?)?;
        if self.written(user, self.users.add(user, &hash, now).await)? {
            Ok(format!("added {user} to {table}"))
        } else {
            Err(exists())
        }
    }

    /// Changes the password to the one that `password` gets, and ends the sessions of the old one.
    pub(crate) async fn passwd(
        &self,
        user: &UserName,
        password: impl AsyncFnOnce(&UserName) -> Result<Password, Failure>,
        now: UnixSeconds,
    ) -> Answer {
        if !self.is_there(user).await? {
            return Err(self.no_such(user));
        }
        let hash = hash(&password(user).await?)?;
        let changed = self.users.set_password(user, &hash, now).await;
        if !self.written(user, changed)? {
            return Err(self.no_such(user));
        }
        let done = format!("changed the password of {user} in {}", self.user_table);
        self.end_sessions(user, done, "passwd").await
    }

    /// Bars `user` from logging in, and ends the sessions: also those of a user who is disabled already.
    pub(crate) async fn disable(&self, user: &UserName, now: UnixSeconds) -> Answer {
        self.set_disabled(user, true, now).await?;
        let done = format!("disabled {user} in {}", self.user_table);
        self.end_sessions(user, done, "disable").await
    }

    /// Lets `user` log in again.
    pub(crate) async fn enable(&self, user: &UserName, now: UnixSeconds) -> Answer {
        self.set_disabled(user, false, now).await?;
        Ok(format!("enabled {user} in {}", self.user_table))
    }

    /// Removes `user`, and ends the sessions: also those of a user whose record is gone already.
    pub(crate) async fn remove(&self, user: &UserName) -> Answer {
        self.is_there(user).await?;
        // Also where nobody is there: then a late attempt to add the user, which was not answered, comes too late.
        if self.written(user, self.users.remove(user).await)? {
            let done = format!("removed {user} from {}", self.user_table);
            return self.end_sessions(user, done, "remove").await;
        }
        let done = format!("{} has no user {user}", self.user_table);
        match abandon::end_all(&self.sessions, user).await {
            Ok(0) => Err(self.no_such(user)),
            Ok(ended) => Ok(format!("{done}; {}", self.ended(ended))),
            Err(error) => Err(self.not_ended(user, &done, &error, "remove")),
        }
    }

    async fn set_disabled(
        &self,
        user: &UserName,
        disabled: bool,
        now: UnixSeconds,
    ) -> Result<(), Failure> {
        let there = self.is_there(user).await?;
        if there && self.written(user, self.users.set_disabled(user, disabled, now).await)? {
            Ok(())
        } else {
            Err(self.no_such(user))
        }
    }

    /// Whether there is a record, damaged or not. It is asked first, so that a table out of reach is told before anyone
    /// has typed a password, and before anything can have changed.
    async fn is_there(&self, user: &UserName) -> Result<bool, Failure> {
        match self.users.find(user).await {
            Ok(record) => Ok(record.is_some()),
            Err(error) if error.kind == FaultKind::Damaged => Ok(true),
            Err(error) => Err(Failure::Fault(format!(
                "nothing was changed: can't read the record of {user} at {}: {}",
                self.engine,
                explain(&error)
            ))),
        }
    }

    fn written(&self, user: &UserName, answer: Result<bool, StoreError>) -> Result<bool, Failure> {
        answer.map_err(|error| {
            let state = match error.kind {
                FaultKind::Unavailable => "it is not known whether anything was changed",
                FaultKind::Misconfigured | FaultKind::Damaged => "nothing was changed",
            };
            Failure::Fault(format!(
                "{state}: can't write the record of {user} at {}: {}",
                self.engine,
                explain(&error)
            ))
        })
    }

    async fn end_sessions(&self, user: &UserName, done: String, deed: &str) -> Answer {
        match abandon::end_all(&self.sessions, user).await {
            Ok(ended) => Ok(format!("{done}; {}", self.ended(ended))),
            Err(error) => Err(self.not_ended(user, &done, &error, deed)),
        }
    }

    fn ended(&self, count: usize) -> String {
        let sessions = if count == 1 { "session" } else { "sessions" };
        format!("ended {count} {sessions} in {}", self.session_table)
    }

    fn not_ended(&self, user: &UserName, done: &str, error: &StoreError, deed: &str) -> Failure {
        Failure::Fault(format!(
            "{done}, but the sessions of {user} in {} may go on: {}; \
             then `sessionctl user {deed} {user}`, run again, ends them",
            self.session_table,
            explain(error)
        ))
    }

    fn no_such(&self, user: &UserName) -> Failure {
        Failure::Input(format!(
            "{} has no user {user}: `sessionctl user add {user}` adds one",
            self.user_table
        ))
    }
}

impl<U, S: Throttle> Stores<U, S> {
    /// Forgets the wrong passwords that were tried for `user`, who need not be there: they are counted all the same.
    pub(crate) async fn unlock(&self, user: &UserName, now: UnixSeconds) -> Answer {
        match throttle::unlock(&self.sessions, user, now).await {
            Ok(()) => Ok(format!(
                "unlocked {user}: earlier wrong passwords no longer count in {}",
                self.session_table
            )),
            Err(error) => Err(Failure::Fault(format!(
                "{user} may have to wait as before: can't delete the count of wrong passwords in {}: {}",
                self.session_table,
                explain(&error)
            ))),
        }
    }
}

fn hash(password: &Password) -> Result<PasswordHash, Failure> {
    PasswordHash::new(password, &SystemEntropy)
        .map_err(|error| Failure::Fault(dynamodb_session::cause::chain(&error)))
}

#[cfg(test)]
mod tests {
    use dynamodb_session::{
        authorize::Policy,
        create::{self, Login},
        data::{Edit, Marks},
        id::SessionKey,
        password::{
            PasswordCredential, hash::Verifier, memory::MemoryUserStore, store::UserRecord,
        },
        session::{Origin, Session, Timeouts},
        signing_keys::SigningKeys,
        store::{Change, Commit, Found, Touch, Write, memory::MemoryStore},
        token::TokenFormat,
        user::UserSessions,
    };

    use super::*;

    const NOW: UnixSeconds = UnixSeconds(1_000_000);
    const OLD: &str = "correct horse battery";
    const NEW: &str = "incorrect horse battery";

    fn ada() -> UserName {
        UserName::parse("ada").unwrap()
    }

    fn chosen(text: &'static str) -> impl AsyncFnOnce(&UserName) -> Result<Password, Failure> {
        async |_: &UserName| Ok(Password::chosen(text.to_owned()).unwrap())
    }

    async fn unasked(_: &UserName) -> Result<Password, Failure> {
        panic!("asked for a password in vain");
    }

    fn stores<U, S>(users: U, sessions: S) -> Stores<U, S> {
        Stores {
            users,
            user_table: "table U".to_owned(),
            sessions,
            session_table: "table S".to_owned(),
            engine: "E".to_owned(),
        }
    }

    /// Whether `password` logs in; if so, there is one session more.
    async fn logs_in(stores: &Stores<MemoryUserStore, MemoryStore>, password: &str) -> bool {
        let login = Login {
            user: ada(),
            presented: None,
            remembered: false,
            timeouts: Timeouts {
                idle: 7200,
                absolute: 43200,
            },
            origin: Origin::default(),
            cap: 10,
        };
        let credential = PasswordCredential {
            users: &stores.users,
            user: &ada(),
            password: &Password::received(password.to_owned()).unwrap(),
            verifier: &Verifier::new(&SystemEntropy).unwrap(),
        };
        let policy = Policy::new(TokenFormat {
            id_bytes: 32,
            keys: SigningKeys::default(),
        });
        create::create(
            &stores.sessions,
            &SystemEntropy,
            &policy,
            &login,
            &credential,
            NOW,
        )
        .await
        .unwrap()
        .is_some()
    }

    #[tokio::test]
    async fn each_deed_is_done_and_told() {
        let stores = stores(MemoryUserStore::default(), MemoryStore::default());
        assert_eq!(
            stores.add(&ada(), chosen(OLD), NOW).await.unwrap(),
            "added ada to table U"
        );
        assert!(logs_in(&stores, OLD).await && logs_in(&stores, OLD).await);
        assert_eq!(
            stores.passwd(&ada(), chosen(NEW), NOW).await.unwrap(),
            "changed the password of ada in table U; ended 2 sessions in table S"
        );
        assert!(stores.sessions.is_empty() && !logs_in(&stores, OLD).await);
        assert!(logs_in(&stores, NEW).await);
        assert_eq!(
            stores.disable(&ada(), NOW).await.unwrap(),
            "disabled ada in table U; ended 1 session in table S"
        );
        assert!(stores.sessions.is_empty() && !logs_in(&stores, NEW).await);
        assert_eq!(
            stores.enable(&ada(), NOW).await.unwrap(),
            "enabled ada in table U"
        );
        assert!(logs_in(&stores, NEW).await);
        assert_eq!(
            stores.remove(&ada()).await.unwrap(),
            "removed ada from table U; ended 1 session in table S"
        );
        assert!(stores.sessions.is_empty() && !logs_in(&stores, NEW).await);
    }

    #[tokio::test]
    async fn a_user_who_is_not_there_is_told_before_anyone_types() {
        let stores = stores(MemoryUserStore::default(), MemoryStore::default());
        let failures = [
            stores.passwd(&ada(), unasked, NOW).await.unwrap_err(),
            stores.disable(&ada(), NOW).await.unwrap_err(),
            stores.enable(&ada(), NOW).await.unwrap_err(),
            stores.remove(&ada()).await.unwrap_err(),
        ];
        for failure in failures {
            assert_eq!(failure.code(), 2);
            assert_eq!(
                failure.to_string(),
                "table U has no user ada: `sessionctl user add ada` adds one"
            );
        }
        stores.add(&ada(), chosen(OLD), NOW).await.unwrap();
        let failure = stores.add(&ada(), unasked, NOW).await.unwrap_err();
        assert_eq!(failure.code(), 2);
        assert_eq!(
            failure.to_string(),
            "table U has a user ada already: `sessionctl user passwd ada` changes the password"
        );
    }

    #[tokio::test]
    async fn a_password_refused_changes_nothing() {
        let stores = stores(MemoryUserStore::default(), MemoryStore::default());
        let refuse = async |_: &UserName| Err(Failure::Input("refused".to_owned()));
        assert!(stores.add(&ada(), refuse, NOW).await.is_err());
        assert_eq!(stores.users.find(&ada()).await.unwrap(), None);
        stores.add(&ada(), chosen(OLD), NOW).await.unwrap();
        assert!(logs_in(&stores, OLD).await);
        assert!(stores.passwd(&ada(), refuse, NOW).await.is_err());
        assert!(logs_in(&stores, OLD).await && stores.sessions.len() == 2);
    }

    /// A store of which a part is out of order.
    struct Rigged<S> {
        store: S,
        reads: Option<FaultKind>,
        writes: Option<FaultKind>,
    }

    fn fault(kind: Option<FaultKind>) -> Result<(), StoreError> {
        kind.map_or(Ok(()), |kind| {
            Err(StoreError {
                kind,
                source: "rigged".into(),
            })
        })
    }

    impl UserStore for Rigged<MemoryUserStore> {
        async fn find(&self, user: &UserName) -> Result<Option<UserRecord>, StoreError> {
            fault(self.reads)?;
            self.store.find(user).await
        }

        async fn add(
            &self,
            user: &UserName,
            hash: &PasswordHash,
            now: UnixSeconds,
        ) -> Result<bool, StoreError> {
            fault(self.writes)?;
            self.store.add(user, hash, now).await
        }

        async fn set_password(
            &self,
            user: &UserName,
            hash: &PasswordHash,
            now: UnixSeconds,
        ) -> Result<bool, StoreError> {
            fault(self.writes)?;
            self.store.set_password(user, hash, now).await
        }

        async fn set_disabled(
            &self,
            user: &UserName,
            disabled: bool,
            now: UnixSeconds,
        ) -> Result<bool, StoreError> {
            fault(self.writes)?;
            self.store.set_disabled(user, disabled, now).await
        }

        async fn remove(&self, user: &UserName) -> Result<bool, StoreError> {
            fault(self.writes)?;
            self.store.remove(user).await
        }
    }

    impl SessionStore for Rigged<MemoryStore> {
        async fn touch(
            &self,
            key: &SessionKey,
            now: UnixSeconds,
            not_before: Option<UnixSeconds>,
        ) -> Result<Touch, StoreError> {
            fault(self.writes)?;
            self.store.touch(key, now, not_before).await
        }

        async fn session(&self, key: &SessionKey) -> Result<Found, StoreError> {
            fault(self.reads)?;
            self.store.session(key).await
        }

        async fn end_idle(&self, key: &SessionKey, now: UnixSeconds) -> Result<Found, StoreError> {
            fault(self.writes)?;
            self.store.end_idle(key, now).await
        }

        async fn sessions(&self, keys: &[SessionKey]) -> Result<Vec<Found>, StoreError> {
            fault(self.reads)?;
            self.store.sessions(keys).await
        }

        async fn write(
            &self,
            key: &SessionKey,
            now: UnixSeconds,
            edit: &Edit,
            version: u64,
            marks: &Marks,
        ) -> Result<Write, StoreError> {
            fault(self.writes)?;
            self.store.write(key, now, edit, version, marks).await
        }

        async fn user(&self, user: &UserName) -> Result<Option<UserSessions>, StoreError> {
            fault(self.reads)?;
            self.store.user(user).await
        }

        async fn begin(&self, key: &SessionKey, session: &Session) -> Result<bool, StoreError> {
            fault(self.writes)?;
            self.store.begin(key, session).await
        }

        async fn commit(&self, change: &Change) -> Result<Commit, StoreError> {
            fault(self.writes)?;
            self.store.commit(change).await
        }
    }

    fn rigged<S>(store: S, reads: Option<FaultKind>, writes: Option<FaultKind>) -> Rigged<S> {
        Rigged {
            store,
            reads,
            writes,
        }
    }

    #[tokio::test]
    async fn sessions_that_do_not_end_are_told_and_end_at_the_next_run() {
        const BROKEN: Option<FaultKind> = Some(FaultKind::Unavailable);
        for (reads, writes) in [(BROKEN, None), (None, BROKEN)] {
            for deed in ["disable", "passwd", "remove"] {
                let whole = stores(MemoryUserStore::default(), MemoryStore::default());
                whole.add(&ada(), chosen(OLD), NOW).await.unwrap();
                assert!(logs_in(&whole, OLD).await);

                let broken = stores(whole.users, rigged(whole.sessions, reads, writes));
                let answer = match deed {
                    "disable" => broken.disable(&ada(), NOW).await,
                    "passwd" => broken.passwd(&ada(), chosen(NEW), NOW).await,
                    _ => broken.remove(&ada()).await,
                };
                let failure = answer.unwrap_err();
                assert_eq!(failure.code(), 1);
                let text = failure.to_string();
                let (done, rest) = text.split_once(", but the sessions of ada ").unwrap();
                assert!(done.ends_with("ada in table U") || done == "removed ada from table U");
                assert!(
                    rest.contains(&format!("`sessionctl user {deed} ada`, run again")),
                    "{text}"
                );

                let whole = stores(broken.users, broken.sessions.store);
                let (answer, told) = match deed {
                    "disable" => (whole.disable(&ada(), NOW).await, "disabled ada in table U"),
                    "passwd" => (
                        whole.passwd(&ada(), chosen(NEW), NOW).await,
                        "changed the password of ada in table U",
                    ),
                    _ => (whole.remove(&ada()).await, "table U has no user ada"),
                };
                assert_eq!(
                    answer.unwrap(),
                    format!("{told}; ended 1 session in table S")
                );
                assert!(whole.sessions.is_empty());
            }
        }
    }

    #[tokio::test]
    async fn a_fault_of_the_user_table_is_told_with_what_it_changed() {
        let (unavailable, misconfigured) = (FaultKind::Unavailable, FaultKind::Misconfigured);
        #[rustfmt::skip]
        let cases = [
            (Some(unavailable), None,                "nothing was changed: can't read the record of ada at E: rigged; "),
            (Some(misconfigured), None,              "nothing was changed: can't read the record of ada at E: rigged; "),
            (None, Some(misconfigured),              "nothing was changed: can't write the record of ada at E: rigged; "),
            (None, Some(unavailable),                "it is not known whether anything was changed: can't write the record of ada at E: rigged; "),
        ];
        for (reads, writes, told) in cases {
            let users = MemoryUserStore::default();
            let password = Password::chosen(OLD.to_owned()).unwrap();
            users
                .add(&ada(), &hash(&password).unwrap(), NOW)
                .await
                .unwrap();
            let stores = stores(rigged(users, reads, writes), MemoryStore::default());
            let failures = [
                stores.passwd(&ada(), chosen(NEW), NOW).await.unwrap_err(),
                stores.disable(&ada(), NOW).await.unwrap_err(),
                stores.enable(&ada(), NOW).await.unwrap_err(),
                stores.remove(&ada()).await.unwrap_err(),
            ];
            for failure in failures {
                assert_eq!(failure.code(), 1);
                assert!(failure.to_string().starts_with(told), "{failure}");
            }
        }
    }

    #[tokio::test]
    async fn a_damaged_record_can_be_mended_and_removed() {
        let users = MemoryUserStore::default();
        let password = Password::chosen(OLD.to_owned()).unwrap();
        users
            .add(&ada(), &hash(&password).unwrap(), NOW)
            .await
            .unwrap();
        let damaged = rigged(users, Some(FaultKind::Damaged), None);
        let stores = stores(damaged, MemoryStore::default());
        assert_eq!(
            stores.add(&ada(), unasked, NOW).await.unwrap_err().code(),
            2
        );
        assert!(stores.passwd(&ada(), chosen(NEW), NOW).await.is_ok());
        assert!(stores.remove(&ada()).await.is_ok());
        assert_eq!(stores.users.store.find(&ada()).await.unwrap(), None);
    }
}
