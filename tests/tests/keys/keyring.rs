//! When the secret is asked, by how many, and what holds while it can't be asked.

use std::{future::Future, pin::pin, sync::Arc, time::Duration};

use dynamodb_session::{
    aws::keyring::{Keyring, NoKeys},
    config::Config,
    time::UnixSeconds,
};
use tests::{
    engine::config,
    secrets_manager::{
        Answer::{self, *},
        SecretsManager,
    },
    stopped::Stopped,
};
use tokio::{
    task::{JoinSet, yield_now},
    time::advance,
};

use super::KEYS;

const AT: UnixSeconds = UnixSeconds(1_000_000);

/// What is waited for a read.
const READ: Duration = Duration::from_millis(500);
/// The same at start.
const FIRST_READ: Duration = Duration::from_millis(2500);
/// The least that a timer tells apart.
const MOMENT: Duration = Duration::from_millis(1);

/// Answers that say that there are no usable keys.
const DEFINITIVE: [Answer; 6] = [
    Error(400, "ResourceNotFoundException"),
    Error(400, "AccessDeniedException"),
    Error(400, "InvalidRequestException"),
    Error(400, "DecryptionFailure"),
    Error(400, "InvalidParameterException"),
    Binary,
];

/// Answers that say nothing about the keys.
const PASSING: [Answer; 6] = [
    Error(400, "ThrottlingException"),
    Error(500, "InternalServiceError"),
    Error(503, "ServiceUnavailable"),
    Nothing,
    Close,
    Silence,
];

/// What no list of keys is.
const BAD_TEXTS: [&str; 6] = [
    "",
    " \n",
    "c2hvcnQ=",
    "{\"keys\":\"x\"}",
    "no base64!",
    ",,",
];

fn after(seconds: u64) -> UnixSeconds {
    AT.plus(seconds)
}

/// What `asked` comes to: from a silent secret, after `limit` and no sooner.
async fn within<T>(limit: Duration, manager: &SecretsManager, asked: impl Future<Output = T>) -> T {
    let mut asked = pin!(asked);
    tokio::select! {
        biased;
        answer = &mut asked => return answer,
        () = manager.falls_silent() => {}
    }
    for (step, over) in [(limit.saturating_sub(MOMENT), false), (2 * MOMENT, true)] {
        advance(step).await;
        for _ in 0..1000 {
            tokio::select! {
                biased;
                answer = &mut asked => {
                    assert!(over, "given up before {limit:?}");
                    return answer;
                }
                () = yield_now() => {}
            }
        }
    }
    panic!("not given up after {limit:?}")
}

/// Whether the keyring lets calls through with the first of [`KEYS`].
async fn serves(
    manager: &SecretsManager,
    keyring: &Keyring,
    config: &Config,
    now: UnixSeconds,
) -> bool {
    let fresh = within(READ, manager, keyring.refresh(now)).await;
    let keys = &config.policy.format.keys;
    assert_eq!(fresh.is_err(), keys.are_awaited());
    assert!(!keys.is_empty(), "tokens would not be signed");
    fresh.is_ok()
}

#[tokio::test]
async fn keys_are_fetched_once_in_five_minutes_and_at_once_after_a_freeze() {
    let _clock = Stopped::now();
    let manager = SecretsManager::start(KEYS[0]).await;
    let (config, keyring) = manager.keyring(&config(&[]));
    keyring.start(AT).await;
    #[rustfmt::skip]
    let cases = [
        // now            reads so far
        (AT,              1),
        (after(299),      1),
        (after(300),      2),
        (after(599),      2),
        // Frozen for ten minutes, and more.
        (after(1199),     3),
        (after(90_000),   4),
        (after(90_001),   4),
        // The clock is set back by an hour.
        (after(86_400),   5),
    ];
    for (now, reads) in cases {
        assert!(serves(&manager, &keyring, &config, now).await);
        assert_eq!(manager.reads(), reads, "{now:?}");
    }
}

#[tokio::test]
async fn calls_in_parallel_share_one_read() {
    let _clock = Stopped::now();
    let manager = SecretsManager::start(KEYS[0]).await;
    let (_, keyring) = manager.keyring(&config(&[]));
    let keyring = Arc::new(keyring);
    for (now, reads) in [(AT, 1), (after(300), 2)] {
        manager.hold();
        let mut calls = JoinSet::new();
        for _ in 0..50 {
            let keyring = Arc::clone(&keyring);
            calls.spawn(async move { keyring.refresh(now).await });
        }
        // Every call has come as far as it can by the time that the first one's request arrives.
        manager.came().await;
        manager.open();
        assert!(calls.join_all().await.iter().all(Result::is_ok));
        assert_eq!(manager.reads(), reads);
    }
}

#[tokio::test]
async fn calls_in_parallel_share_a_failure() {
    let _clock = Stopped::now();
    let manager = SecretsManager::start("").await;
    let (_, keyring) = manager.keyring(&config(&[]));
    let keyring = Arc::new(keyring);
    manager.hold();
    let mut calls = JoinSet::new();
    for _ in 0..50 {
        let keyring = Arc::clone(&keyring);
        calls.spawn(async move { keyring.refresh(AT).await });
    }
    manager.came().await;
    manager.open();
    assert!(calls.join_all().await.iter().all(Result::is_err));
    assert_eq!(manager.reads(), 1);
}

#[tokio::test]
async fn a_process_without_keys_serves_nothing_until_the_secret_has_them() {
    let _clock = Stopped::now();
    for answer in DEFINITIVE.into_iter().chain(PASSING) {
        let manager = SecretsManager::start(KEYS[0]).await;
        manager.answer(answer.clone());
        let (config, keyring) = manager.keyring(&config(&[]));
        if !matches!(answer, Silence) {
            keyring.start(AT).await;
        }
        assert!(!serves(&manager, &keyring, &config, AT).await, "{answer:?}");
        let reads = manager.reads();
        assert!(!serves(&manager, &keyring, &config, AT).await, "{answer:?}");
        assert_eq!(
            manager.reads(),
            reads,
            "{answer:?}: asked twice in a second"
        );

        manager.answer(Versions);
        assert!(
            serves(&manager, &keyring, &config, after(1)).await,
            "{answer:?}"
        );
    }
}

#[tokio::test]
async fn a_secret_without_usable_keys_is_refused_at_start_and_later() {
    let _clock = Stopped::now();
    for text in BAD_TEXTS {
        let manager = SecretsManager::start(text).await;
        let (config, keyring) = manager.keyring(&config(&[]));
        keyring.start(AT).await;
        assert!(!serves(&manager, &keyring, &config, AT).await, "{text:?}");
        manager.put(KEYS[0]);
        assert!(
            serves(&manager, &keyring, &config, after(1)).await,
            "{text:?}"
        );
        manager.put(text);
        assert!(
            serves(&manager, &keyring, &config, after(300)).await,
            "{text:?}"
        );
        assert!(
            !serves(&manager, &keyring, &config, after(301)).await,
            "{text:?}"
        );
    }
}

#[tokio::test]
async fn keys_that_are_taken_away_are_used_no_longer() {
    let _clock = Stopped::now();
    for answer in DEFINITIVE {
        let manager = SecretsManager::start(KEYS[0]).await;
        let (config, keyring) = manager.keyring(&config(&[]));
        keyring.start(AT).await;
        manager.answer(answer.clone());
        assert!(
            serves(&manager, &keyring, &config, after(299)).await,
            "{answer:?}"
        );
        assert!(
            !serves(&manager, &keyring, &config, after(300)).await,
            "{answer:?}"
        );
        // Nor does an outage bring them back.
        manager.answer(Error(500, "InternalServiceError"));
        assert!(
            !serves(&manager, &keyring, &config, after(301)).await,
            "{answer:?}"
        );
    }
}

#[tokio::test]
async fn an_outage_of_the_secret_logs_nobody_out_and_is_met_once_in_ten_seconds() {
    let _clock = Stopped::now();
    for answer in PASSING {
        let manager = SecretsManager::start(KEYS[0]).await;
        let (config, keyring) = manager.keyring(&config(&[]));
        keyring.start(AT).await;
        manager.answer(answer.clone());
        assert!(
            serves(&manager, &keyring, &config, after(300)).await,
            "{answer:?}"
        );
        let reads = manager.reads();
        assert!(reads > 1, "{answer:?}");
        assert!(
            serves(&manager, &keyring, &config, after(309)).await,
            "{answer:?}"
        );
        assert_eq!(manager.reads(), reads, "{answer:?}");
        assert!(
            serves(&manager, &keyring, &config, after(310)).await,
            "{answer:?}"
        );
        assert!(manager.reads() > reads, "{answer:?}");

        manager.answer(Versions);
        manager.put(KEYS[1]);
        let reads = manager.reads();
        assert!(
            serves(&manager, &keyring, &config, after(320)).await,
            "{answer:?}"
        );
        assert!(
            serves(&manager, &keyring, &config, after(619)).await,
            "{answer:?}"
        );
        assert_eq!(manager.reads(), reads + 1, "{answer:?}");
    }
}

#[tokio::test]
async fn a_silent_secret_costs_a_call_half_a_second_and_a_start_two_and_a_half() {
    let _clock = Stopped::now();
    let manager = SecretsManager::start(KEYS[0]).await;
    let (_, keyring) = manager.keyring(&config(&[]));
    manager.answer(Silence);
    within(FIRST_READ, &manager, keyring.start(AT)).await;
    let call = within(READ, &manager, keyring.refresh(after(1))).await;
    assert_eq!(call, Err(NoKeys));
}

#[tokio::test]
async fn a_throttled_start_is_tried_again_at_once() {
    let _clock = Stopped::now();
    let manager = SecretsManager::start(KEYS[0]).await;
    let (config, keyring) = manager.keyring(&config(&[]));
    manager.answer(Error(400, "ThrottlingException"));
    manager.hold();
    let recover = async {
        manager.came().await;
        manager.open();
        manager.came().await;
        manager.answer(Versions);
    };
    tokio::join!(keyring.start(AT), recover);
    assert!(serves(&manager, &keyring, &config, AT).await);
}
