//! A user and what one does.

use std::collections::BTreeSet;

use dynamodb_session::{
    abandon,
    authorize::{Decision, Policy, authorize},
    claim::Claim,
    create::{self, Created, Login, Vouched},
    data::Edit,
    devices,
    entropy::SystemEntropy,
    patch::{self, Patch, Patched},
    store::dynamodb::DynamoStore,
    time::UnixSeconds,
    transport::Presented,
    user::UserName,
};

/// The most sessions that any of them has.
const CAP: usize = 50;

pub(crate) struct User {
    pub(crate) name: UserName,
    policy: Policy,
    bytes: usize,
    newest: Option<Created>,
}

impl User {
    /// A user whose sessions have so many bytes of data.
    pub(crate) fn new(name: &str, bytes: usize) -> Self {
        Self {
            name: UserName::from_stored(name.to_owned()),
            policy: Policy::default(),
            bytes,
            newest: None,
        }
    }

    pub(crate) async fn log_in(&mut self, store: &DynamoStore) {
        let login = Login {
            cap: CAP,
            ..Login::new(self.name.clone(), Vouched::just_now())
        };
        let created = create::create(store, &SystemEntropy, &self.policy, &login, now()).await;
        self.newest = created.expect("a table");
    }

    /// So many sessions with their data.
    pub(crate) async fn fill(&mut self, store: &DynamoStore, sessions: usize) {
        for _ in 0..sessions {
            self.log_in(store).await;
            self.write(store).await;
        }
    }

    /// Gives the newest session its data, which a login does not.
    pub(crate) async fn write(&mut self, store: &DynamoStore) {
        if self.bytes == 0 {
            return;
        }
        let text = format!("\"{}\"", "x".repeat(self.bytes - 20));
        let edit = Edit::Merge {
            set: [("text".to_owned(), text)].into(),
            remove: BTreeSet::new(),
        };
        let patch = Patch {
            edit: &edit,
            tags: None,
            limit: 400_000,
            anonymous_limit: 0,
        };
        let claim = claim(self.token());
        let patched =
            patch::patch(store, &SystemEntropy, &self.policy, &claim, &patch, now()).await;
        assert!(matches!(patched.expect("a table"), Patched::Done(_)));
    }

    fn token(&self) -> &str {
        let newest = self.newest.as_ref().expect("a login before");
        newest.token.expose()
    }

    pub(crate) async fn call(&mut self, store: &DynamoStore) {
        let claim = claim(self.token());
        let decision = authorize(store, &self.policy, &claim, now()).await;
        assert!(matches!(decision.expect("a table"), Decision::Allow(_)));
    }

    pub(crate) async fn list(&mut self, store: &DynamoStore) {
        let listed = devices::list(store, &self.policy, &self.name, now()).await;
        assert!(!listed.expect("a table").is_empty());
    }

    pub(crate) async fn log_out(&mut self, store: &DynamoStore) {
        let newest = self.newest.take().expect("a login before");
        let ended = abandon::abandon(store, &newest.id.key()).await;
        assert!(ended.expect("a table").is_some());
    }

    pub(crate) async fn leave(&mut self, store: &DynamoStore) {
        abandon::end_all(store, &self.name, now())
            .await
            .expect("a table");
    }
}

pub(crate) fn claim(token: &str) -> Claim<'_> {
    Claim::verify(Presented::Token(token), &Policy::default().format)
}

pub(crate) fn now() -> UnixSeconds {
    UnixSeconds::from_system_clock()
}
