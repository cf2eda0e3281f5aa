//! A logout at a provider that a fault interrupts: it can be asked for again until all has ended, and then changes nothing any more.

use dynamodb_session::{
    authorize::Policy,
    create::create,
    entropy::SystemEntropy,
    id::SessionKey,
    provider::{self, Ended, Identity, LogoutToken, Proof, Subject, back_channel},
    store::{Found, SessionStore},
    time::UnixSeconds,
};
use support::store::Counting;
use tests::world::NOW;

/// More than two transactions take.
const SESSIONS: usize = 20;

/// What a login by the session `s` of the provider makes, whose id token was issued then.
async fn log_in(store: &Counting, issued: UnixSeconds) -> SessionKey {
    let identity = Identity {
        issuer: "https://login.example".to_owned(),
        subject: Subject::parse("ada").unwrap(),
        sid: Some("s".to_owned()),
        claims: None,
    };
    let proof = Proof {
        authenticated: None,
        issued,
    };
    let mut login = provider::login(identity, proof);
    login.cap = 50;
    let policy = Policy::default();
    let created = create(&store.inner, &SystemEntropy, &policy, &login, NOW).await;
    created.unwrap().unwrap().id.key()
}

/// How many of the sessions are there.
async fn left_of(store: &Counting, keys: &[SessionKey]) -> usize {
    let mut left = 0;
    for key in keys {
        left += usize::from(store.inner.session(key).await.unwrap() != Found::Nothing);
    }
    left
}

#[tokio::test]
async fn a_logout_is_repeated_until_it_is_whole() {
    let forms = [
        (Some("s"), None),
        (None, Some("ada")),
        (Some("s"), Some("ada")),
    ];
    for (sid, sub) in forms {
        let logout = LogoutToken {
            issuer: "https://login.example".to_owned(),
            sid: sid.map(str::to_owned),
            sub: sub.map(|sub| Subject::parse(sub).unwrap()),
            jti: "j".to_owned(),
            issued: NOW.plus(1),
            expires: NOW.plus(120),
        };
        let (mut faults, mut partly) = (0, false);
        loop {
            let store = Counting::default();
            let mut keys = Vec::new();
            for _ in 0..SESSIONS {
                keys.push(log_in(&store, NOW).await);
            }
            store.fail_after(faults);
            let first = back_channel(&store, &logout, NOW).await;
            store.fail_after(usize::MAX);
            let left = left_of(&store, &keys).await;
            if let Ok(first) = first {
                assert_eq!((first, left), (Ended::Sessions(SESSIONS), 0));
                assert!(partly, "no fault came between two transactions");
                break;
            }
            partly |= (1..SESSIONS).contains(&left);
            let again = back_channel(&store, &logout, NOW).await.unwrap();
            assert_eq!(again, Ended::Sessions(left), "{faults}");
            assert_eq!(left_of(&store, &keys).await, 0);
            // Those that begin afterwards stay, whoever sends the token once more, though one transaction would not end them all.
            let mut later = Vec::new();
            for _ in 0..SESSIONS {
                later.push(log_in(&store, NOW.plus(2)).await);
            }
            let third = back_channel(&store, &logout, NOW).await.unwrap();
            assert_eq!(third, Ended::Repeated, "{faults}");
            assert_eq!(left_of(&store, &later).await, SESSIONS);
            faults += 1;
        }
    }
}

#[tokio::test]
async fn what_nobody_knows_is_ended_without_a_fault_and_once() {
    let store = Counting::default();
    let other = log_in(&store, NOW).await;
    let forms = [
        (Some("t"), None),
        (None, Some("Ada")),
        (Some("t"), Some("ada")),
        // The session is of another user.
        (Some("s"), Some("Ada")),
    ];
    for (index, (sid, sub)) in forms.into_iter().enumerate() {
        let logout = LogoutToken {
            issuer: "https://login.example".to_owned(),
            sid: sid.map(str::to_owned),
            sub: sub.map(|sub| Subject::parse(sub).unwrap()),
            jti: index.to_string(),
            issued: NOW,
            expires: NOW.plus(120),
        };
        for expected in [Ended::Sessions(0), Ended::Repeated] {
            let ended = back_channel(&store, &logout, NOW).await.unwrap();
            assert_eq!(ended, expected, "{sid:?} {sub:?}");
        }
        // The same names at another provider are somebody else's.
        let elsewhere = LogoutToken {
            issuer: "https://other.example".to_owned(),
            sid: Some("s".to_owned()),
            ..logout
        };
        let ended = back_channel(&store, &elsewhere, NOW).await.unwrap();
        assert_eq!(ended, Ended::Sessions(0));
    }
    assert_ne!(store.inner.session(&other).await.unwrap(), Found::Nothing);
}
