//! `sessionctl keys`, run as a person runs it: on a list, and on a secret.

use std::process::Stdio;

use dynamodb_session::signing_keys::SigningKeys;
use tests::secrets_manager::{ARN, Answer, SecretsManager};
use tokio::{io::AsyncWriteExt, process::Command};

const OLD: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const OTHER: &str = "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA=";

/// What the command did: its exit code, what it printed, and what it told.
type Done = (i32, String, String);

async fn run(arguments: &[&str], input: &[u8]) -> Done {
    let mut child = Command::new(env!("CARGO_BIN_EXE_sessionctl"))
        .args(arguments)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A command that does not read is no failure here.
    let _ = stdin.write_all(input).await;
    drop(stdin);
    let output = child.wait_with_output().await.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

async fn rotate(step: &str, list: &str) -> Done {
    run(&["keys", "rotate", step], list.as_bytes()).await
}

async fn rotate_secret(manager: &SecretsManager, arguments: &[&str]) -> Done {
    let fixed = [
        "keys",
        "rotate",
        "--secret",
        ARN,
        "--endpoint-url",
        &manager.endpoint,
    ];
    run(&[&fixed, arguments].concat(), b"").await
}

#[tokio::test]
async fn generate_prints_a_key_that_the_functions_accept_and_never_the_same_one() {
    let (code, one, told) = run(&["keys", "generate"], b"").await;
    assert_eq!((code, told.as_str()), (0, ""));
    assert!(SigningKeys::parse(&one).is_ok());
    assert_eq!(one.trim_end().len(), 44);
    assert_ne!(run(&["keys", "generate"], b"").await.1, one);
}

#[tokio::test]
async fn three_steps_replace_the_key_of_a_list() {
    let (code, accepted, told) = rotate("accept", &format!("{OLD}\n")).await;
    assert_eq!(code, 0);
    assert!(
        told.contains("`keys rotate sign`, when every process has it (300 s"),
        "{told}"
    );
    let new = accepted
        .trim_end()
        .strip_suffix(&format!(",{OLD}"))
        .unwrap();
    let (_, signed, told) = rotate("sign", &accepted).await;
    assert_eq!(signed, format!("{OLD},{new}\n"));
    assert!(told.contains("which --longest-session must tell"), "{told}");
    let (_, dropped, told) = rotate("drop", &signed).await;
    assert_eq!(dropped, format!("{new}\n"));
    assert!(told.contains("done") && !told.contains(new), "{told}");
}

#[tokio::test]
async fn a_list_that_does_not_fit_the_step_is_refused() {
    let four = format!(
        "{OLD},{OTHER},{},{}",
        OTHER.replace('B', "C"),
        OTHER.replace('B', "D")
    );
    #[rustfmt::skip]
    let cases = [
        ("sign",   OLD.to_owned(),            "the list has one key, and it signs: accept a new one before you sign with it"),
        ("drop",   OLD.to_owned(),            "there is no old one to drop"),
        ("accept", four,                      "the most there can be"),
        ("accept", String::new(),             "key 1 has 0 bytes"),
        ("accept", "c2hvcnQ=".to_owned(),     "key 1 has 5 bytes, it needs at least 32"),
        ("accept", format!("{OLD},{OLD}"),    "key 2 is there twice"),
        ("accept", format!("{OLD}\n{OTHER}"), "key 1 is not base64"),
    ];
    for (step, list, expected) in cases {
        let (code, printed, told) = rotate(step, &list).await;
        assert_eq!((code, printed.as_str()), (2, ""), "{told}");
        assert!(told.contains(expected), "{told}");
        assert!(
            told.contains("nothing was changed") && !told.contains(OLD),
            "{told}"
        );
    }
    let (code, _, told) = run(&["keys", "rotate", "accept"], b"\xff").await;
    assert!(
        code == 2 && told.contains("can't read standard input"),
        "{told}"
    );
    assert_eq!(run(&["keys", "rotate", "accept", "--now"], b"").await.0, 2);
    assert_eq!(
        run(&["keys", "rotate", "accept", "--secret", "keys"], b"")
            .await
            .0,
        2
    );
}

#[tokio::test]
async fn three_steps_replace_the_key_of_a_secret_each_in_its_turn_and_time() {
    let manager = SecretsManager::start(OLD).await;
    #[rustfmt::skip]
    let course: [(&[&str], bool, i32, &str); 13] = [
        // arguments          hours pass  code  told
        (&["sign"],           false,      2,    "accept a new one before"),
        (&["drop"],           false,      2,    "no old one to drop"),
        (&["accept"],         false,      0,    "does not sign yet"),
        (&["accept"],         true,       2,    "the step that comes next is sign"),
        (&["drop"],           false,      2,    "the step that comes next is sign"),
        (&["sign"],           false,      0,    "the new key signs"),
        (&["drop", "--longest-session", "43200"], false, 2, "it is too early to drop"),
        (&["sign"],           true,       2,    "the step that comes next is drop"),
        (&["drop"],           false,      2,    "it is not known how long the sessions of the old key live"),
        (&["drop", "--longest-session", "43200"], false, 0, "The replacement is done"),
        (&["accept"],         false,      0,    "does not sign yet"),
        (&["sign"],           false,      2,    "it is too early to sign"),
        (&["sign", "--now"],  false,      0,    "the new key signs"),
    ];
    for (arguments, hours_pass, code, expected) in course {
        if hours_pass {
            manager.age();
        }
        let before = manager.current();
        let (ended, printed, told) = rotate_secret(&manager, arguments).await;
        let all = printed + &told;
        assert_eq!(ended, code, "{arguments:?}: {all}");
        assert!(all.contains(expected), "{arguments:?}: {all}");
        assert_eq!(manager.current() == before, code != 0, "{arguments:?}");
        for key in before.split(',').chain(manager.current().split(',')) {
            assert!(!all.contains(key), "{arguments:?}: {all}");
        }
    }
    assert!(!manager.current().contains(OLD));
    assert_eq!(manager.current().split(',').count(), 2);
}

const TAG: &str = "dynamodb-session:longest-session-seconds";
const MONTH: u64 = 2_592_000;

/// Remembered sessions live for a month, whatever the absolute timeout is.
#[tokio::test]
async fn no_drop_ends_a_session_that_the_old_key_signed() {
    let manager = SecretsManager::start(OLD).await;
    manager.tag("SESSION_TIMEOUT_PRESET", "nist-aal2");
    manager.tag("SESSION_REMEMBER_SECONDS", "2592000");
    assert_eq!(rotate_secret(&manager, &["accept"]).await.0, 0);
    assert_eq!(manager.tags()[TAG], "2592000");
    manager.age();
    let (code, printed, _) = rotate_secret(&manager, &["sign"]).await;
    assert_eq!(code, 0);
    assert!(printed.contains("a session, 2592000 s"), "{printed}");
    // Deployed meanwhile: what the old key signed lives on.
    manager.tag("SESSION_REMEMBER_SECONDS", "");
    for age in [0, 43_500, 86_700, MONTH] {
        manager.age_to(age);
        let (code, _, told) = rotate_secret(&manager, &["drop"]).await;
        assert_eq!(code, 2, "{age}");
        assert!(told.contains("it is too early to drop"), "{age}: {told}");
    }
    manager.age_to(MONTH + 300);
    assert_eq!(rotate_secret(&manager, &["drop"]).await.0, 0);
}

#[tokio::test]
async fn what_a_person_tells_is_recorded_and_what_is_deployed_counts_all_the_same() {
    let manager = SecretsManager::start(OLD).await;
    assert_eq!(rotate_secret(&manager, &["accept"]).await.0, 0);
    assert!(manager.tags().is_empty(), "nobody knows");
    manager.age();
    let asked = ["sign", "--longest-session", "90000"];
    assert_eq!(rotate_secret(&manager, &asked).await.0, 0);
    assert_eq!(manager.tags()[TAG], "90000");
    manager.age_to(90_000);
    let (code, _, told) = rotate_secret(&manager, &["drop"]).await;
    assert!(code == 2 && told.contains("it is too early"), "{told}");
    // Less than what was recorded, and no less than what is deployed.
    manager.tag("SESSION_ABSOLUTE_TIMEOUT_SECONDS", "80000");
    manager.age_to(80_000);
    let asked = ["drop", "--longest-session", "60"];
    let (code, _, told) = rotate_secret(&manager, &asked).await;
    assert!(code == 2 && told.contains("it is too early"), "{told}");
    manager.age_to(80_300);
    assert_eq!(rotate_secret(&manager, &asked).await.0, 0);
    assert_eq!(manager.tags()[TAG], "80000");
}

#[tokio::test]
async fn a_key_that_has_leaked_is_dropped_whatever_the_tags_say() {
    let manager = SecretsManager::start(OLD).await;
    manager.tag(TAG, "for ever");
    let (code, _, told) = rotate_secret(&manager, &["accept"]).await;
    assert!(
        code == 2 && told.contains("not a number of seconds"),
        "{told}"
    );
    for step in ["accept", "sign", "drop"] {
        assert_eq!(
            rotate_secret(&manager, &[step, "--now"]).await.0,
            0,
            "{step}"
        );
    }
    assert!(!manager.current().contains(OLD));
}

#[tokio::test]
async fn a_secret_that_does_not_answer_is_a_fault_and_one_that_is_not_there_an_error() {
    let manager = SecretsManager::start(OLD).await;
    #[rustfmt::skip]
    let cases = [
        (Answer::Error(400, "ResourceNotFoundException"), 2, "there is no secret"),
        (Answer::Error(400, "AccessDeniedException"),     1, "need DescribeSecret, GetSecretValue, PutSecretValue and TagResource"),
        (Answer::Error(400, "InvalidRequestException"),   1, "is the secret being deleted?"),
        (Answer::Error(500, "InternalServiceError"),      1, "run the command again"),
        (Answer::Binary,                                  1, "it holds no text"),
    ];
    for (answer, code, expected) in cases {
        manager.answer(answer);
        let (ended, _, told) = rotate_secret(&manager, &["accept"]).await;
        assert_eq!(ended, code, "{told}");
        assert!(told.contains(expected) && told.contains(ARN), "{told}");
    }
    assert_eq!(manager.current(), OLD);
}
