//! Completions and man pages: they are made for every command and option, and need no table.

use std::{env, fs, process};

use super::engine::{run, said, sessionctl};

/// Every command with what is above it, as the help pages list them.
fn commands(above: &[String]) -> Vec<Vec<String>> {
    let mut arguments: Vec<_> = above.iter().map(String::as_str).collect();
    arguments.push("--help");
    let (_, help) = said(&run(sessionctl(&arguments), ""));
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let mut all = Vec::new();
    for line in listed.take_while(|line| line.starts_with("  ")) {
        let name = line.split_whitespace().next().unwrap();
        if line.starts_with("   ") || name == "help" {
            continue;
        }
        let command = [above, &[name.to_owned()]].concat();
        all.extend(commands(&command));
        all.push(command);
    }
    all
}

#[test]
fn completions_are_printed_for_the_shells_that_are_named() {
    for shell in ["bash", "zsh", "fish"] {
        let (code, script) = said(&run(sessionctl(&["completions", shell]), ""));
        assert_eq!(code, 0, "{script}");
        assert!(script.contains("sessionctl"), "{script}");
    }
    let (code, text) = said(&run(sessionctl(&["completions", "elvish"]), ""));
    assert!(
        code == 2 && text.contains("possible values: bash, zsh, fish"),
        "{text}"
    );
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
    let all = commands(&[]);
    assert!(all.len() > 15, "{all:?}");
    for command in all {
        let name = format!("sessionctl-{}.1", command.join("-"));
        assert!(folder.join(&name).exists(), "{name}");
    }
    assert!(page("sessionctl-user-passwd.1").contains("least\\-characters"));
    assert!(page("sessionctl-keys-rotate.1").contains("longest\\-session"));
    fs::remove_dir_all(&folder).unwrap();
}
