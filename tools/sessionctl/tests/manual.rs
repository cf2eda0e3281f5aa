//! Completions and man pages: they are made for every command and option, and need no table.

use std::{env, fs, process};

use super::engine::{run, said, sessionctl};

#[test]
fn completions_name_each_command_and_option_for_each_shell() {
    for shell in ["bash", "zsh", "fish"] {
        let (code, script) = said(&run(sessionctl(&["completions", shell]), ""));
        assert_eq!(code, 0, "{script}");
        for word in ["sessionctl", "passwd", "rotate", "completions", "profile"] {
            assert!(script.contains(word), "{shell} lacks {word}");
        }
    }
    let (code, text) = said(&run(sessionctl(&["completions", "cobol"]), ""));
    assert!(code == 2 && text.contains("possible values"), "{text}");
}

#[test]
fn each_command_has_a_man_page() {
    let folder = env::temp_dir().join(format!("sessionctl-man-{}", process::id()));
    let path = folder.to_str().unwrap();
    let (code, text) = said(&run(sessionctl(&["man", path]), ""));
    assert_eq!(code, 2);
    assert!(text.contains("name a folder that is there"), "{text}");

    fs::create_dir(&folder).unwrap();
    let (code, text) = said(&run(sessionctl(&["man", path]), ""));
    assert_eq!(code, 0, "{text}");
    let page = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    assert!(page("sessionctl.1").contains("Exit codes: 0 done"));
    assert!(page("sessionctl-user-passwd.1").contains("least\\-characters"));
    assert!(page("sessionctl-keys-rotate.1").contains("longest\\-session"));
    fs::remove_dir_all(&folder).unwrap();
}
