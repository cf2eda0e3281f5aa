//! Finding sessions, and looking at one.

use dynamodb_session::{
    entropy::SystemEntropy,
    id::{SessionId, SessionRef},
    session::Session,
    store::SessionStore,
};
use serde_json::json;

use super::{ask, log_in, names, objects, visit};
use crate::engine::{Engine, run};

#[tokio::test(flavor = "multi_thread")]
async fn each_option_selects_living_sessions() {
    let engine = Engine::start().await;
    let (_, ada) = log_in(&engine, "ada", 3600, true).await;
    let (_, bob) = log_in(&engine, "bob", 1200, false).await;
    let (_, over) = log_in(&engine, "bob", 8000, false).await;
    let guest = visit(&engine).await;
    let name = |session: &Session| session.reference.as_str().to_owned();
    let (ada, bob, guest, over) = (name(&ada), name(&bob), name(&guest), name(&over));
    let at = ada_created(&engine, &ada).to_string();
    #[rustfmt::skip]
    let cases: [(&[&str], &[&str]); 13] = [
        (&[],                                   &[&ada, &bob, &guest]),
        (&["--user", "Ada"],                    &[&ada]),
        (&["--user", "nobody"],                 &[]),
        (&["--session", &bob],                  &[&bob]),
        (&["--session", &over],                 &[]),
        (&["--age", "30m"],                     &[&ada]),
        (&["--idle", "15m"],                    &[&ada, &bob]),
        (&["--ip", "192.0.2.1"],                &[&ada, &bob]),
        (&["--ip", "2001:DB8:0::1"],            &[&guest]),
        (&["--created-before", &at],            &[]),
        (&["--remembered"],                     &[&ada]),
        (&["--anonymous"],                      &[&guest]),
        (&["--ip", "192.0.2.1", "--age", "1h"], &[&ada]),
    ];
    for (options, expected) in cases {
        let (code, text, error) = ask(&engine, &[&["session", "list", "--json"], options].concat());
        assert_eq!(code, 0, "{options:?}: {error}");
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        assert_eq!(names(&text), expected, "{options:?}");
        // A user's sessions are found without a scan.
        let scans = !options.contains(&"--user");
        assert_eq!(error.contains("read units"), scans, "{options:?}: {error}");
    }
    let empty = run(
        engine.command(&["session", "list", "--user", "nobody", "--json"]),
        "",
    );
    assert_eq!((empty.status.code(), empty.stdout.len()), (Some(0), 0));
    let (code, text, _) = ask(&engine, &["session", "list", "--user", "nobody"]);
    assert_eq!((code, &*text), (0, "no sessions"));
    let (_, text, _) = ask(&engine, &["session", "list", "--remembered"]);
    assert!(
        text.starts_with(&format!("{ada}  ada  created 20"))
            && text.ends_with("  192.0.2.1  Chrome  remembered"),
        "{text}"
    );
}

fn ada_created(engine: &Engine, ada: &str) -> u64 {
    let (_, text, _) = ask(engine, &["session", "list", "--session", ada, "--json"]);
    objects(&text)[0]["created_at"].as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_shown_with_its_keys_and_its_values_only_where_asked_for() {
    let engine = Engine::start().await;
    let guest = visit(&engine).await;
    let (_, ada) = log_in(&engine, "ada", 60, false).await;
    let guest = guest.reference.as_str();
    let (code, text, error) = ask(&engine, &["session", "show", guest]);
    assert_eq!(code, 0, "{error}");
    assert!(
        text.contains(r#"["cart"]"#) && !text.contains("bread"),
        "{text}"
    );
    let (_, text, _) = ask(&engine, &["session", "show", guest, "--data", "--json"]);
    let shown = &objects(&text)[0];
    assert_eq!(shown["data"], json!({"cart": ["bread"]}));
    assert_eq!(
        (&shown["user"], &shown["data_keys"]),
        (&json!(null), &json!(["cart"]))
    );
    assert_eq!(shown["data_bytes"], 3 + 4 + 9 + 1);
    let ada = ada.reference.as_str();
    let (code, text, error) = ask(&engine, &["session", "show", ada, "--user", "ada"]);
    assert_eq!((code, &*error), (0, ""), "without a scan");
    assert!(
        text.contains("ada") && text.contains(super::CHROME),
        "{text}"
    );
    for arguments in [
        ["session", "show", ada, "--user=bob", "--data"],
        [
            "session",
            "show",
            "AAAAAAAAAAAAAAAAAAAAAA",
            "--max-read-units=500",
            "--json",
        ],
    ] {
        let arguments: Vec<_> = arguments.into_iter().collect();
        let (code, text, error) = ask(&engine, &arguments);
        assert_eq!((code, &*text), (2, ""), "{error}");
        assert!(error.contains("has no living session"), "{error}");
    }
    let (code, _, error) = ask(&engine, &["session", "show", "no name"]);
    assert_eq!(code, 2);
    assert!(error.contains("it is no session's public name"), "{error}");
}

/// A public name is base64url, so that it may begin as an option does.
#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_begins_with_a_hyphen_is_a_name() {
    let engine = Engine::start().await;
    let (_, session) = log_in(&engine, "ada", 60, false).await;
    for begins in ["-", "--", "--json"] {
        let rest = 21 - begins.len();
        let reference = SessionRef::parse(&format!("{begins}{}A", "x".repeat(rest))).unwrap();
        let session = Session {
            user: None,
            reference: reference.clone(),
            ..session.clone()
        };
        let key = SessionId::generate(32, &SystemEntropy).unwrap().key();
        assert!(engine.sessions().begin(&key, &session).await.unwrap());
        let name = reference.as_str();
        for arguments in [
            &["session", "list", "--session", name, "--json"][..],
            &["session", "show", name, "--json"],
            &["session", "show", "--json", name],
        ] {
            let (code, text, error) = ask(&engine, arguments);
            assert_eq!(code, 0, "{arguments:?}: {error}");
            assert_eq!(names(&text), [name]);
        }
    }
}
