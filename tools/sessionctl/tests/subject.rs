//! `sessionctl subject`, run as an operator runs it.

use dynamodb_session::{
    authorize::Policy,
    create::{CreateError, create},
    entropy::SystemEntropy,
    provider::{self, Identity, Proof, Subject},
    time::UnixSeconds,
};

use super::{
    engine::Engine,
    session::{ask, objects},
};

const WHOM: [&str; 4] = ["--issuer", "https://login.example", "--subject", "Ab"];

/// Longer than a test may take on any machine, in seconds: a proof so old is from before what the test ends.
const LONG_AGO: u64 = 86_400;

/// A login of this subject, which was proved so many seconds ago.
async fn log_in(engine: &Engine, sub: &str, ago: u64) -> Result<(), CreateError> {
    let now = UnixSeconds::from_system_clock();
    let identity = Identity {
        issuer: "https://login.example".to_owned(),
        subject: Subject::parse(sub).unwrap(),
        sid: None,
        claims: None,
    };
    let proof = Proof {
        authenticated: Some(UnixSeconds(now.0 - ago)),
        issued: now,
    };
    let (store, policy) = (engine.sessions(), Policy::default());
    let login = provider::login(identity, proof);
    let created = create(&store, &SystemEntropy, &policy, &login, now).await?;
    assert!(created.is_some());
    Ok(())
}

fn subject(engine: &Engine, command: &str, more: &[&str]) -> (i32, String, String) {
    ask(engine, &[&["subject", command], &WHOM[..], more].concat())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_of_a_provider_is_found_barred_and_let_in_again() {
    let engine = Engine::start().await;
    for sub in ["Ab", "Ab", "ab"] {
        log_in(&engine, sub, LONG_AGO).await.unwrap();
    }
    let (code, text, error) = subject(&engine, "show", &["--json"]);
    assert_eq!((code, &*error), (0, ""));
    let shown = objects(&text).remove(0);
    let user = shown["user"].as_str().unwrap().to_owned();
    assert!(user.starts_with("oidc-"), "{text}");
    assert_eq!(shown["sessions"], 2);
    assert!(
        shown["ended_at"].is_null() && shown["barred_at"].is_null(),
        "{text}"
    );

    let (code, text, _) = subject(&engine, "bar", &[]);
    let place = format!("table app_session ({})", engine.endpoint);
    assert_eq!(
        (code, text),
        (0, format!("barred {user}; ended 2 sessions of {place}"))
    );
    assert_eq!(engine.session_count(&user).await, 0);
    let refused = log_in(&engine, "Ab", 0).await;
    assert!(matches!(
        refused,
        Err(CreateError::Barred | CreateError::Outlived)
    ));
    // The other subject is somebody else.
    log_in(&engine, "ab", 0).await.unwrap();
    let (_, text, _) = subject(&engine, "show", &[]);
    let lines: Vec<_> = text.lines().collect();
    assert!(lines[3].starts_with("barred_at          20"), "{text}");
    let (code, text, _) = subject(&engine, "bar", &["--json"]);
    assert_eq!((code, &objects(&text)[0]["ended"]), (0, &0.into()));

    let (code, text, _) = subject(&engine, "unbar", &[]);
    assert_eq!(
        (code, text),
        (0, format!("{user} may log in again, in {place}"))
    );
    let (code, _, error) = subject(&engine, "unbar", &[]);
    assert!(code == 2 && error.contains("is not barred"), "{error}");
    // By the provider's own session they do not come back.
    assert!(matches!(
        log_in(&engine, "Ab", LONG_AGO).await,
        Err(CreateError::Outlived)
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_all_of_a_user_s_sessions_asks_for_a_new_proof() {
    let engine = Engine::start().await;
    log_in(&engine, "Ab", LONG_AGO).await.unwrap();
    let (_, text, _) = subject(&engine, "show", &["--json"]);
    let user = objects(&text).remove(0)["user"]
        .as_str()
        .unwrap()
        .to_owned();
    for (options, outlived) in [(&["--idle", "0s"][..], false), (&[], true)] {
        let revoke = [&["session", "revoke", "--yes", "--user", &user], options].concat();
        let (code, text, error) = ask(&engine, &revoke);
        assert_eq!(code, 0, "{text}{error}");
        assert_eq!(engine.session_count(&user).await, 0);
        let login = log_in(&engine, "Ab", LONG_AGO).await;
        assert_eq!(
            matches!(login, Err(CreateError::Outlived)),
            outlived,
            "{login:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_subject_is_refused() {
    let engine = Engine::start().await;
    for wrong in [
        &["subject", "show", "--issuer", "https://a", "--subject", ""][..],
        &["subject", "show", "--issuer", "", "--subject", "a"],
        &[
            "subject",
            "show",
            "--issuer",
            "https://a",
            "--subject",
            "\u{e9}",
        ],
        &["subject", "bar", "--subject", "a"],
    ] {
        let (code, text, _) = ask(&engine, wrong);
        assert_eq!((code, &*text), (2, ""), "{wrong:?}");
    }
}
