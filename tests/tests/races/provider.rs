//! Logins by the word of a provider, and what takes the word back: its logout, an end of all, a bar. In every order nothing outlives
//! what should have ended it.

use dynamodb_session::{
    abandon,
    authorize::Policy,
    create::{CreateError, Created, Former, create},
    provider::{
        self, Ended, Flow, FlowKey, Identity, LogoutToken, Proof, ProviderStore, Subject, bar,
        user_of,
    },
    store::{Found, SessionStore},
    time::UnixSeconds,
    user::UserName,
};
use support::{
    gate::Gate,
    orders::{Orders, in_lockstep},
};
use tests::{
    entropy::Counting,
    on_every_store,
    stepped::{Journal, Stepped, Steps},
    world::NOW,
};

on_every_store! {
    a_login_and_a_logout_at_its_provider_in_every_order
    a_login_after_a_logout_at_its_provider_in_every_order
    a_login_of_another_user_and_a_logout_of_their_session_in_every_order
    a_login_and_an_end_of_all_in_every_order
    a_login_and_a_bar_in_every_order
    two_logouts_by_one_token_in_every_order
    of_fifty_callbacks_one_takes_the_flow
}

const ISSUED: UnixSeconds = UnixSeconds(NOW.0 - 5);

/// A store, and an issuer of its own for each order.
struct Scene<S> {
    store: Stepped<S>,
    entropy: Counting,
    policy: Policy,
    orders: usize,
}

impl<S: SessionStore + ProviderStore> Scene<S> {
    fn new(store: S) -> Self {
        Self {
            store: Stepped {
                inner: store,
                hook: Steps {
                    gate: Gate::default(),
                    journal: Journal::default(),
                },
            },
            entropy: Counting::default(),
            policy: Policy::default(),
            orders: 0,
        }
    }

    fn renew(&mut self) {
        self.orders += 1;
        self.entropy = Counting::default();
    }

    fn issuer(&self) -> String {
        format!("https://{}.example", self.orders)
    }

    fn user(&self, sub: &str) -> UserName {
        user_of(&self.issuer(), &subject(sub))
    }

    /// A login of `sub` by the session `s` of the provider, who was asked just now.
    async fn login(&self, sub: &str, issued: UnixSeconds) -> Result<Created, CreateError> {
        self.proved(sub, issued, Some(NOW)).await
    }

    async fn proved(
        &self,
        sub: &str,
        issued: UnixSeconds,
        authenticated: Option<UnixSeconds>,
    ) -> Result<Created, CreateError> {
        let identity = Identity {
            issuer: self.issuer(),
            subject: subject(sub),
            sid: Some("s".to_owned()),
            claims: None,
        };
        let proof = Proof {
            authenticated,
            issued,
        };
        let login = provider::login(identity, proof);
        let created = create(&self.store, &self.entropy, &self.policy, &login, NOW).await?;
        Ok(created.expect("a proof is always right"))
    }

    async fn logout(&self, sid: Option<&str>, sub: Option<&str>, issued: UnixSeconds) -> Ended {
        let token = LogoutToken {
            issuer: self.issuer(),
            sid: sid.map(str::to_owned),
            sub: sub.map(subject),
            jti: "j".to_owned(),
            issued,
            expires: NOW.plus(120),
        };
        let ended = provider::back_channel(&self.store, &token, NOW).await;
        ended.expect("a store")
    }

    async fn lives(&self, created: &Created) -> bool {
        let found = self.store.inner.session(&created.id.key()).await;
        found.expect("a store") != Found::Nothing
    }
}

fn subject(text: &str) -> Subject {
    Subject::parse(text).unwrap()
}

/// Each form of a token that names the session.
const FORMS: [(Option<&str>, Option<&str>); 3] = [
    (Some("s"), None),
    (None, Some("ada")),
    (Some("s"), Some("ada")),
];

/// The logout is of the second of the login's id token, or later.
async fn a_login_and_a_logout_at_its_provider_in_every_order(
    store: impl SessionStore + ProviderStore,
) {
    let mut scene = Scene::new(store);
    for known in [false, true] {
        for (sid, sub) in FORMS {
            let (mut orders, mut seen) = (Orders::at(&scene.store.gate), [0, 0]);
            while orders.next() {
                scene.renew();
                let before = if known {
                    Some(scene.login("ada", ISSUED).await.unwrap())
                } else {
                    None
                };
                let (login, ended) = orders
                    .race(scene.login("ada", ISSUED), scene.logout(sid, sub, ISSUED))
                    .await;
                let of_before = usize::from(known);
                match login {
                    Ok(created) => {
                        assert!(!scene.lives(&created).await, "{orders}");
                        assert_eq!(ended, Ended::Sessions(1 + of_before), "{orders}");
                        seen[0] += 1;
                    }
                    Err(CreateError::LoggedOut) => {
                        assert_eq!(ended, Ended::Sessions(of_before), "{orders}");
                        seen[1] += 1;
                    }
                    Err(error) => panic!("{error:?}, {orders}"),
                }
                if let Some(before) = before {
                    assert!(!scene.lives(&before).await, "{orders}");
                }
            }
            assert!(seen[0] > 0 && seen[1] > 0, "{seen:?}");
        }
    }
}

async fn a_login_after_a_logout_at_its_provider_in_every_order(
    store: impl SessionStore + ProviderStore,
) {
    let mut scene = Scene::new(store);
    for (sid, sub) in FORMS {
        let (mut orders, mut seen) = (Orders::at(&scene.store.gate), [0, 0]);
        while orders.next() {
            scene.renew();
            let (login, ended) = orders
                .race(
                    scene.login("ada", ISSUED.plus(1)),
                    scene.logout(sid, sub, ISSUED),
                )
                .await;
            // It may have come first. It is never refused.
            let lives = scene.lives(&login.unwrap()).await;
            assert_eq!(ended, Ended::Sessions(usize::from(!lives)), "{orders}");
            seen[usize::from(lives)] += 1;
        }
        assert!(seen[0] > 0 && seen[1] > 0, "{seen:?}");
    }
}

/// The session of the provider has brought one user already, and brings another meanwhile.
async fn a_login_of_another_user_and_a_logout_of_their_session_in_every_order(
    store: impl SessionStore + ProviderStore,
) {
    let mut scene = Scene::new(store);
    let mut orders = Orders::at(&scene.store.gate);
    while orders.next() {
        scene.renew();
        let first = scene.login("ada", ISSUED).await.unwrap();
        let (login, _) = orders
            .race(
                scene.login("Ada", ISSUED),
                scene.logout(Some("s"), None, ISSUED),
            )
            .await;
        assert!(!scene.lives(&first).await, "{orders}");
        match login {
            Ok(created) => assert!(!scene.lives(&created).await, "{orders}"),
            Err(error) => assert!(matches!(error, CreateError::LoggedOut), "{orders}"),
        }
    }
}

async fn a_login_and_an_end_of_all_in_every_order(store: impl SessionStore + ProviderStore) {
    let mut scene = Scene::new(store);
    for authenticated in [Some(NOW), Some(UnixSeconds(NOW.0 - 1)), None] {
        let (mut orders, mut outlived) = (Orders::at(&scene.store.gate), 0);
        while orders.next() {
            scene.renew();
            let user = scene.user("ada");
            let before = scene.login("ada", ISSUED).await.unwrap();
            let (login, ended) = orders
                .race(scene.proved("ada", ISSUED, authenticated), async {
                    abandon::end_all(&scene.store, &user, NOW).await.unwrap()
                })
                .await;
            assert!(!scene.lives(&before).await, "{orders}");
            match login {
                Ok(created) => assert!(!scene.lives(&created).await && ended == 2, "{orders}"),
                Err(error) => {
                    assert!(matches!(error, CreateError::Outlived), "{orders}");
                    outlived += 1;
                }
            }
        }
        assert!(outlived > 0);
    }
}

async fn a_login_and_a_bar_in_every_order(store: impl SessionStore + ProviderStore) {
    let mut scene = Scene::new(store);
    let (mut orders, mut barred) = (Orders::at(&scene.store.gate), 0);
    while orders.next() {
        scene.renew();
        let user = scene.user("ada");
        let (login, _) = orders
            .race(scene.login("ada", ISSUED), async {
                bar(&scene.store, &user, NOW).await.unwrap()
            })
            .await;
        match login {
            Ok(created) => assert!(!scene.lives(&created).await, "{orders}"),
            Err(error) => {
                assert!(matches!(error, CreateError::Barred), "{orders}");
                barred += 1;
            }
        }
    }
    assert!(barred > 0);
}

async fn two_logouts_by_one_token_in_every_order(store: impl SessionStore + ProviderStore) {
    let mut scene = Scene::new(store);
    for (sid, sub) in FORMS {
        let mut orders = Orders::at(&scene.store.gate);
        while orders.next() {
            scene.renew();
            let created = scene.login("ada", ISSUED).await.unwrap();
            let (one, two) = orders
                .race(
                    scene.logout(sid, sub, ISSUED),
                    scene.logout(sid, sub, ISSUED),
                )
                .await;
            assert!(!scene.lives(&created).await, "{orders}");
            let outcomes = [one, two];
            assert!(
                outcomes.contains(&Ended::Sessions(1)) && outcomes.contains(&Ended::Repeated),
                "{outcomes:?}, {orders}"
            );
        }
    }
}

async fn of_fifty_callbacks_one_takes_the_flow(store: impl SessionStore + ProviderStore) {
    let scene = Scene::new(store);
    let key = FlowKey::of_state("state");
    let flow = Flow {
        cookie: [7; 32],
        presented: None::<Former>,
        return_to: None,
        remember: false,
        recent: false,
        prompted: false,
        started: NOW,
    };
    assert!(scene.store.put_flow(&key, &flow).await.unwrap());
    let mut taken = [false; 50];
    let take = async |slot: &mut bool| {
        // Each has looked at it before any takes it.
        assert!(scene.store.flow(&key, NOW).await.unwrap().is_some());
        *slot = scene.store.take_flow(&key).await.unwrap();
    };
    let tasks = taken
        .iter_mut()
        .map(|slot| scene.store.gate.hold(take(slot)));
    in_lockstep(tasks.collect()).await;
    assert_eq!(taken.iter().filter(|taken| **taken).count(), 1);
    assert_eq!(scene.store.flow(&key, NOW).await.unwrap(), None);
}
