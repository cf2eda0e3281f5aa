//! How a new password is given.

use super::super::engine::{Engine, run, said, sessionctl};

#[tokio::test(flavor = "multi_thread")]
async fn a_password_of_8_characters_is_taken_where_8_are_enough() {
    let engine = Engine::start().await;
    let add = engine.command(&["user", "add", "ada", "--least-characters", "8"]);
    let (code, text) = said(&run(add, "8 chars!\n"));
    assert_eq!(code, 0, "{text}");
    assert!(engine.logs_in("ada", "8 chars!").await);
}

#[test]
fn help_says_how_to_give_a_password() {
    let output = run(sessionctl(&["user", "add", "--help"]), "");
    let text = String::from_utf8(output.stdout).unwrap();
    for part in [
        "neither a common one nor the user's name",
        "--least-characters",
        "[default: 15]",
        "first line of standard input",
        "without echo",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}
