//! A store that fails decides nothing: nobody is let in, nobody is logged out, and it can be asked again.

use dynamodb_session::{
    authorize::{Decision, authorize},
    create::{self, CreateError, Credential, create},
    entropy::{Entropy, EntropyError},
    fault::{FaultKind, StoreError},
    store::{SessionStore, memory::MemoryStore},
    user::UserName,
};
use support::gate::{Gate, Verb};
use tests::{
    on_every_store,
    rigged::{Failure, failing},
    world::{Attempt, NOW, TIMEOUTS, World},
};

on_every_store! {
    a_call_that_the_store_fails_is_neither_allowed_nor_denied
    a_login_that_the_store_fails_gives_no_token
    a_logout_that_the_store_fails_is_not_confirmed
    a_logout_by_a_former_id_that_the_store_fails_is_not_confirmed
    an_end_of_all_that_the_store_fails_is_not_confirmed
}

/// Every way to fail at a call.
fn failures(verb: Verb) -> impl Iterator<Item = Failure> {
    let kinds = [
        FaultKind::Unavailable,
        FaultKind::Misconfigured,
        FaultKind::Damaged,
    ];
    kinds
        .into_iter()
        .flat_map(move |kind| [false, true].map(|made| Failure { verb, kind, made }))
}

async fn a_call_that_the_store_fails_is_neither_allowed_nor_denied(store: impl SessionStore) {
    let world = World::new(failing(store), Gate::default());
    let signed = world.signed(Attempt::default()).await;
    for failure in failures(Verb::Touch) {
        world.store.inner.fail(Some(failure));
        for token in [signed.token.as_str(), &"A".repeat(43)] {
            let claim = world.claim(token);
            let decision = authorize(&world.store, &world.policy, &claim, NOW).await;
            assert_eq!(decision.unwrap_err().kind, failure.kind, "{failure:?}");
        }
        // A malformed token is refused, store or not.
        let denied = world.call("no token", NOW).await;
        assert!(matches!(denied, Decision::Deny { .. }), "{failure:?}");
        world.store.inner.fail(None);
        assert!(world.allows(&signed.token).await, "{failure:?}");
    }
}

async fn a_login_that_the_store_fails_gives_no_token(store: impl SessionStore) {
    let mut world = World::new(failing(store), Gate::default());
    for verb in [Verb::User, Verb::Session, Verb::Commit] {
        for failure in failures(verb) {
            world.renew();
            let presented = world.signed(Attempt::default()).await;
            let attempt = Attempt {
                presented: Some(&presented.token),
                ..Attempt::default()
            };
            world.store.inner.fail(Some(failure));
            let Err(CreateError::Store(error)) = world.login(attempt.clone()).await else {
                panic!("{failure:?}");
            };
            assert_eq!(error.kind, failure.kind, "{failure:?}");
            world.store.inner.fail(None);

            // All or nothing, and nothing where nothing was committed.
            let unchanged = world.allows(&presented.token).await;
            assert_eq!(
                unchanged,
                !(failure.made && verb == Verb::Commit),
                "{failure:?}"
            );
            assert_eq!(world.check(&format!("{failure:?}")).await, 1);
            let again = world.signed(attempt).await;
            assert!(world.allows(&again.token).await, "{failure:?}");
        }
    }
}

async fn a_logout_that_the_store_fails_is_not_confirmed(store: impl SessionStore) {
    let mut world = World::new(failing(store), Gate::default());
    for verb in [Verb::Session, Verb::Commit] {
        for failure in failures(verb) {
            world.renew();
            let signed = world.signed(Attempt::default()).await;
            world.store.inner.fail(Some(failure));
            let error = world.logout(&signed.token).await.unwrap_err();
            assert_eq!(error.kind, failure.kind, "{failure:?}");
            world.store.inner.fail(None);
            let unchanged = world.allows(&signed.token).await;
            assert_eq!(
                unchanged,
                !(failure.made && verb == Verb::Commit),
                "{failure:?}"
            );
            world.logout(&signed.token).await.unwrap();
            assert!(!world.allows(&signed.token).await, "{failure:?}");
            assert_eq!(world.check(&format!("{failure:?}")).await, 0);
        }
    }
}

/// Where the session lies now, its user's item says: a damaged one does not, and the session ends all the same.
async fn a_logout_by_a_former_id_that_the_store_fails_is_not_confirmed(store: impl SessionStore) {
    let mut world = World::new(failing(store), Gate::default());
    for failure in failures(Verb::User).filter(|failure| failure.kind != FaultKind::Damaged) {
        world.renew();
        let signed = world.signed(Attempt::default()).await;
        let renewed = world.rotate(&signed.token, NOW).await.flatten().unwrap();
        world.store.inner.fail(Some(failure));
        let error = world.logout(&signed.token).await.unwrap_err();
        assert_eq!(error.kind, failure.kind, "{failure:?}");
        world.store.inner.fail(None);
        assert!(world.allows(&renewed).await, "{failure:?}");
        world.logout(&signed.token).await.unwrap();
        assert!(!world.allows(&renewed).await, "{failure:?}");
    }
}

async fn an_end_of_all_that_the_store_fails_is_not_confirmed(store: impl SessionStore) {
    let mut world = World::new(failing(store), Gate::default());
    for verb in [Verb::User, Verb::Commit] {
        for failure in failures(verb) {
            for by_the_user in [true, false] {
                world.renew();
                let signed = world.signed(Attempt::default()).await;
                world.store.inner.fail(Some(failure));
                let error = if by_the_user {
                    world.everywhere(&signed.token).await.unwrap_err()
                } else {
                    world.change_password().await.unwrap_err()
                };
                assert_eq!(error.kind, failure.kind, "{failure:?}");
                world.store.inner.fail(None);
                let unchanged = world.allows(&signed.token).await;
                assert_eq!(
                    unchanged,
                    !(failure.made && verb == Verb::Commit),
                    "{failure:?}"
                );
                world.end_all().await.unwrap();
                assert!(!world.allows(&signed.token).await, "{failure:?}");
                assert_eq!(world.check(&format!("{failure:?}")).await, 0);
            }
        }
    }
}

/// A credential whose store fails: at once, or when it is looked at again.
struct Unreachable {
    at_once: bool,
}

impl Credential for Unreachable {
    type Proof = ();

    async fn verify(&self, _: &UserName) -> Result<Option<()>, StoreError> {
        if self.at_once {
            Err(fault())
        } else {
            Ok(Some(()))
        }
    }

    async fn still_holds(&self, _: &UserName, (): &()) -> Result<bool, StoreError> {
        Err(fault())
    }
}

fn fault() -> StoreError {
    StoreError {
        kind: FaultKind::Unavailable,
        source: "rigged".into(),
    }
}

#[tokio::test]
async fn a_login_whose_credential_cannot_be_checked_gives_no_token() {
    for at_once in [true, false] {
        let world = World::new(MemoryStore::default(), Gate::default());
        let login = login(&world, Unreachable { at_once });
        let created = create(&world.store, &world.entropy, &world.policy, &login, NOW).await;
        assert!(matches!(created, Err(CreateError::Store(_))), "{at_once}");
        let left = world.check(&"").await;
        assert_eq!(left, usize::from(!at_once));
        assert_eq!(world.end_all().await.unwrap(), left);
    }
}

/// Random bytes run dry after so many draws.
struct Dry(std::sync::atomic::AtomicUsize);

impl Entropy for Dry {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        let left = self.0.load(std::sync::atomic::Ordering::SeqCst);
        let left = left.checked_sub(1).ok_or(EntropyError)?;
        self.0.store(left, std::sync::atomic::Ordering::SeqCst);
        bytes.fill(7);
        Ok(())
    }
}

#[tokio::test]
async fn without_random_bytes_there_is_no_session() {
    for draws in [0, 1] {
        let world = World::new(MemoryStore::default(), Gate::default());
        let login = login(&world, Unreachable { at_once: false });
        let (policy, dry) = (&world.policy, Dry(draws.into()));
        let created = create(&world.store, &dry, policy, &login, NOW).await;
        assert!(matches!(created, Err(CreateError::Entropy(_))), "{draws}");
        assert!(world.store.inner.is_empty(), "{draws}");
        assert_eq!(
            world.store.inner.user(&world.user).await.unwrap(),
            None,
            "{draws}"
        );
    }
}

fn login(world: &World<MemoryStore>, credential: Unreachable) -> create::Login<Unreachable> {
    create::Login {
        timeouts: TIMEOUTS,
        cap: world.cap,
        ..create::Login::new(world.user.clone(), credential)
    }
}
