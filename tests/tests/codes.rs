//! What a sentence refers to can be looked up here: no code and no source names a row of a list that is somewhere else.

use std::{collections::BTreeSet, fs, path::Path};

use super::sources::{collect, packages};

/// Words of the same form: kinds of addresses, the window system of a user agent, a key of 40 bytes, a challenge of PKCE and
/// a curve. The invariants, I1 to I9, are in docs/invariants.md.
const KNOWN: [&str; 6] = ["V4", "V6", "X11", "B40", "S256", "P256"];

/// Words for a list whose rows may be numbered.
const LISTS: [&str; 5] = ["row", "rows", "fault", "faults", "checklist"];

#[test]
fn no_file_names_a_row_of_a_list_that_is_not_here() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = BTreeSet::new();
    for package in packages() {
        collect(&package, &mut files);
    }
    for folder in ["", "docs", "docs/decisions", "docs/evidence", "tests"] {
        let entries = fs::read_dir(root.join(folder)).into_iter().flatten();
        let pages = entries.map(|entry| entry.unwrap().path());
        files.extend(pages.filter(|page| page.extension().is_some_and(|it| it == "md")));
    }
    let mut found = Vec::new();
    // The samples below are such codes.
    files.retain(|file| !file.ends_with("tests/tests/codes.rs"));
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for (number, line) in text.lines().enumerate() {
            let codes = codes(line)
                .into_iter()
                .map(|code| format!("{}:{}: {code}", file.display(), number + 1));
            found.extend(codes);
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_code_is_told_from_other_words() {
    let cases = [
        ("/// L20, T33.", "L20 T33"),
        ("//! Items (fault 25), and touches (faults 5 to 7).", "25 5"),
        ("/// Row 32: a page", "32"),
        ("(\"A13 lower case\", \"row 4 of it\")", "A13 4"),
        (
            "/// I9: it may lie there. %C3%A9, RFC 9110, HS256, Http2, ASVS 7.1.1",
            "",
        ),
        ("a fault 500, for each row {}", ""),
    ];
    for (line, expected) in cases {
        assert_eq!(codes(line).join(" "), expected, "{line}");
    }
}

/// The codes in a line: a capital letter and a number, or the number after a word for a row of a list. A number of three
/// digits after such a word is a status.
fn codes(line: &str) -> Vec<&str> {
    let is_number = |text: &str, most| {
        (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let is_code = |word: &&str| {
        let number = word.strip_prefix(|first: char| first.is_ascii_uppercase());
        let invariant = word.starts_with('I') && word.len() == 2;
        number.is_some_and(|number| is_number(number, 3)) && !invariant && !KNOWN.contains(word)
    };
    let within = |c: char| c.is_alphanumeric() || c == '%' || c == '_';
    let mut found: Vec<_> = line.split(|c| !within(c)).filter(is_code).collect();
    let words: Vec<_> = line.split(' ').collect();
    for pair in words.windows(2) {
        let (list, number) = (pair[0], pair[1]);
        let list = list.trim_start_matches(|c: char| !c.is_alphanumeric());
        let number = number.trim_end_matches(|c: char| !c.is_alphanumeric());
        if LISTS.contains(&list.to_lowercase().as_str()) && is_number(number, 2) {
            found.push(number);
        }
    }
    found
}
