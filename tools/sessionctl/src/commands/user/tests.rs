//! What each command does and tells, over stores in memory.

mod rigged;

use dynamodb_session::{
    authorize::Policy,
    create::{self, Login},
    password::{PasswordCredential, hash::Verifier, memory::MemoryUserStore},
    store::memory::MemoryStore,
};

use self::rigged::rigged;
use super::*;

const NOW: UnixSeconds = UnixSeconds(1_000_000);
const OLD: &str = "correct horse battery";
const NEW: &str = "incorrect horse battery";

fn ada() -> TypedName {
    TypedName::parse("ada").unwrap()
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
    let credential = PasswordCredential {
        users: &stores.users,
        password: &Password::received(password.to_owned()).unwrap(),
        verifier: &Verifier::new(&SystemEntropy).unwrap(),
    };
    let login = Login::new(ada().name().clone(), credential);
    let policy = Policy::default();
    create::create(&stores.sessions, &SystemEntropy, &policy, &login, NOW)
        .await
        .unwrap()
        .is_some()
}

#[tokio::test]
async fn each_command_is_done_and_told() {
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
        stores.remove(&ada(), NOW).await.unwrap(),
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
        stores.remove(&ada(), NOW).await.unwrap_err(),
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
    assert_eq!(stores.users.find(ada().name()).await.unwrap(), None);
    stores.add(&ada(), chosen(OLD), NOW).await.unwrap();
    assert!(logs_in(&stores, OLD).await);
    assert!(stores.passwd(&ada(), refuse, NOW).await.is_err());
    assert!(logs_in(&stores, OLD).await && stores.sessions.len() == 2);
}

#[tokio::test]
async fn sessions_that_do_not_end_are_told_and_end_at_the_next_run() {
    const BROKEN: Option<FaultKind> = Some(FaultKind::Unavailable);
    for (reads, writes) in [(BROKEN, None), (None, BROKEN)] {
        for command in ["disable", "passwd", "remove"] {
            let whole = stores(MemoryUserStore::default(), MemoryStore::default());
            whole.add(&ada(), chosen(OLD), NOW).await.unwrap();
            assert!(logs_in(&whole, OLD).await);

            let broken = stores(whole.users, rigged(whole.sessions, reads, writes));
            let answer = match command {
                "disable" => broken.disable(&ada(), NOW).await,
                "passwd" => broken.passwd(&ada(), chosen(NEW), NOW).await,
                _ => broken.remove(&ada(), NOW).await,
            };
            let failure = answer.unwrap_err();
            assert_eq!(failure.code(), 1);
            let text = failure.to_string();
            let (done, rest) = text.split_once(", but the sessions of ada ").unwrap();
            assert_eq!(
                done.ends_with("not yet removed"),
                command == "remove",
                "{text}"
            );
            assert!(done.contains("ada in table U"), "{text}");
            assert!(
                rest.contains(&format!("`sessionctl user {command} ada`, run again")),
                "{text}"
            );

            let whole = stores(broken.users, broken.sessions.inner);
            let (answer, told) = match command {
                "disable" => (whole.disable(&ada(), NOW).await, "disabled ada in table U"),
                "passwd" => (
                    whole.passwd(&ada(), chosen(NEW), NOW).await,
                    "changed the password of ada in table U",
                ),
                _ => (whole.remove(&ada(), NOW).await, "removed ada from table U"),
            };
            assert_eq!(
                answer.unwrap(),
                format!("{told}; ended 1 session in table S")
            );
            assert!(whole.sessions.is_empty());
        }
    }
}

/// The record goes last, and until then nobody logs in by it.
#[tokio::test]
async fn a_removal_that_fails_midway_is_told_and_finished_by_another_one() {
    let (unavailable, misconfigured) = (FaultKind::Unavailable, FaultKind::Misconfigured);
    for (at_sessions, at_record, told) in [
        (
            Some(unavailable),
            None,
            "disabled ada in table U, not yet removed, but the sessions of ada in table S may go on: ",
        ),
        (
            None,
            Some(unavailable),
            "disabled ada in table U; ended 1 session in table S, but it is not known whether the record was removed: ",
        ),
        (
            None,
            Some(misconfigured),
            "disabled ada in table U; ended 1 session in table S, but the record was not removed: ",
        ),
    ] {
        let whole = stores(MemoryUserStore::default(), MemoryStore::default());
        whole.add(&ada(), chosen(OLD), NOW).await.unwrap();
        assert!(logs_in(&whole, OLD).await);

        let mut users = rigged(whole.users, None, None);
        users.hook.removals = at_record;
        let broken = stores(users, rigged(whole.sessions, None, at_sessions));
        let failure = broken.remove(&ada(), NOW).await.unwrap_err();
        let text = failure.to_string();
        assert!(text.starts_with(told), "{text}");
        assert!(
            text.contains("`sessionctl user remove ada`, run again"),
            "{text}"
        );

        let whole = stores(broken.users.inner, broken.sessions.inner);
        assert!(
            whole
                .users
                .find(ada().name())
                .await
                .unwrap()
                .unwrap()
                .disabled
        );
        assert!(!logs_in(&whole, OLD).await);
        let left = if at_sessions.is_some() {
            "1 session"
        } else {
            "0 sessions"
        };
        assert_eq!(
            whole.remove(&ada(), NOW).await.unwrap(),
            format!("removed ada from table U; ended {left} in table S")
        );
        assert_eq!(whole.users.find(ada().name()).await.unwrap(), None);
    }
}

/// Releases before this one removed the record first.
#[tokio::test]
async fn the_sessions_of_a_user_whose_record_is_gone_are_ended() {
    let stores = stores(MemoryUserStore::default(), MemoryStore::default());
    stores.add(&ada(), chosen(OLD), NOW).await.unwrap();
    assert!(logs_in(&stores, OLD).await);
    assert!(stores.users.remove(ada().name()).await.unwrap());
    assert_eq!(
        stores.remove(&ada(), NOW).await.unwrap(),
        "table U has no user ada; ended 1 session in table S"
    );
    assert_eq!(stores.remove(&ada(), NOW).await.unwrap_err().code(), 2);
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
            .add(ada().name(), &hash(&password).unwrap(), NOW)
            .await
            .unwrap();
        let stores = stores(rigged(users, reads, writes), MemoryStore::default());
        let failures = [
            stores.passwd(&ada(), chosen(NEW), NOW).await.unwrap_err(),
            stores.disable(&ada(), NOW).await.unwrap_err(),
            stores.enable(&ada(), NOW).await.unwrap_err(),
            stores.remove(&ada(), NOW).await.unwrap_err(),
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
        .add(ada().name(), &hash(&password).unwrap(), NOW)
        .await
        .unwrap();
    let damaged = rigged(users, Some(FaultKind::Damaged), None);
    let stores = stores(damaged, MemoryStore::default());
    assert_eq!(
        stores.add(&ada(), unasked, NOW).await.unwrap_err().code(),
        2
    );
    assert!(stores.passwd(&ada(), chosen(NEW), NOW).await.is_ok());
    assert!(stores.remove(&ada(), NOW).await.is_ok());
    assert_eq!(stores.users.inner.find(ada().name()).await.unwrap(), None);
}
