//! Input that is wrong.

use super::super::engine::{Engine, OLD, run, said, sessionctl};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_the_input_is_told_and_nothing_changed() {
    let engine = Engine::start().await;
    let output = run(engine.command(&["user", "add", "ada"]), OLD);
    assert_eq!(said(&output).0, 0);
    let before = engine.record("ada").await;

    let good = OLD.as_bytes();
    let long = "a".repeat(1025);
    let name = "a".repeat(257);
    #[rustfmt::skip]
    let cases: [(&[&str], &[u8], &str); 29] = [
        (&["user", "add", "ada"],                    good,            "has a user ada already: `sessionctl user passwd ada` changes the password"),
        (&["user", "add", "ＡDA"],                   good,            "has a user ada already"),
        (&["user", "passwd", "eve"],                 good,            "has no user eve: `sessionctl user add eve` adds one"),
        (&["user", "disable", "eve"],                b"",             "has no user eve"),
        (&["user", "enable", "eve"],                 b"",             "has no user eve"),
        (&["user", "remove", "eve"],                 b"",             "has no user eve"),
        (&["user", "add", "eve"],                    b"",             "there is no password on standard input; nothing was changed"),
        (&["user", "add", "eve"],                    b"\n",           "the password is empty; nothing was changed"),
        (&["user", "add", "eve"],                    b"14 characters\n", "the password is too short: it needs at least 15 characters; nothing was changed"),
        (&["user", "passwd", "ada"],                 b"14 characters\n", "the password is too short"),
        (&["user", "add", "eve", "--least-characters", "8"], b"7 chars\n", "the password is too short: it needs at least 8 characters"),
        (&["user", "add", "eve", "--least-characters", "7"], good,    "it is a whole number from 8 to 64"),
        (&["user", "add", "eve"],                    b"Password1password1\n", "the password is a common one, or two of them in a row: choose another; nothing was changed"),
        (&["user", "add", "eve", "--least-characters", "8"], b"iloveyou\n", "the password is a common one"),
        (&["user", "passwd", "ada", "--least-characters", "8"], b"computer\n", "the password is a common one"),
        (&["user", "add", "eve@example.com"],        b"EVE@example.com\n", "the password is the user's name: choose another; nothing was changed"),
        (&["user", "passwd", "ada"],                 long.as_bytes(), "the password is too long: it has room for 1024 bytes; nothing was changed"),
        (&["user", "passwd", "ada"],                 b"not UTF-8: \xff\xff\xff\xff\xff", "the password is not UTF-8 text; nothing was changed"),
        (&["user", "add", ""],                       good,            "a user name has 1 to 256 bytes"),
        (&["user", "add", " eve"],                   good,            "no space at either end"),
        (&["user", "add", &name],                    good,            "a user name has 1 to 256 bytes"),
        (&["user", "add", "\u{fb01}ona"],            good,            "leave out the character U+FB01"),
        (&["user", "add", "eve  adams"],             good,            "two spaces in a row look like one"),
        (&["user", "add"],                           good,            "required arguments were not provided"),
        (&["user", "add", "eve", "pass"],            good,            "unexpected argument"),
        (&["user", "add", "eve", "--password", "x"], good,            "unexpected argument"),
        (&["user", "forget", "eve"],                 good,            "unrecognized subcommand"),
        (&["user", "disable", "ada", "--user-table", "a b"], b"",     "SESSION_USER_TABLE is \"a b\", not a table's name"),
        (&["user", "disable", "ada", "--endpoint-url", "nowhere:8000"], b"", "the endpoint \"nowhere:8000\" is no URL such as http://127.0.0.1:8000"),
    ];
    for (arguments, input, expected) in cases {
        let mut command = sessionctl(&[]);
        // The last one names an endpoint itself.
        if !arguments.contains(&"--endpoint-url") {
            command = engine.command(&[]);
        }
        command.args(arguments);
        let (code, text) = said(&run(command, input));
        assert_eq!(code, 2, "{arguments:?} {text}");
        assert!(text.contains(expected), "{arguments:?} {text}");
    }
    assert_eq!(engine.record("ada").await, before);
    assert_eq!(engine.record("eve").await, None);
}
