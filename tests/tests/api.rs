//! The session crate's public items, one a line in shared/api.txt: a change of them is seen in a review.

use std::{collections::BTreeSet, fs, path::Path};

use super::sources::collect;

const LIST: &str = "shared/api.txt";

#[test]
fn the_public_items_are_those_of_the_list() {
    let list = fs::read_to_string(root().join(LIST)).unwrap();
    let (listed, found): (BTreeSet<_>, String) = (list.lines().collect(), items());
    let found: BTreeSet<_> = found.lines().collect();
    let gone: Vec<_> = listed.difference(&found).collect();
    let new: Vec<_> = found.difference(&listed).collect();
    assert!(
        gone.is_empty() && new.is_empty(),
        "gone: {gone:#?}\nnew: {new:#?}\nIf that is meant: cargo test -p tests api::write_the_list -- --ignored"
    );
}

#[test]
#[ignore = "writes shared/api.txt anew"]
fn write_the_list() {
    fs::write(root().join(LIST), items()).unwrap();
}

#[test]
fn an_item_is_its_file_and_its_head() {
    let text = "pub fn a(\n    b: u8,\n) -> u8 {\n    1\n}\npub(crate) fn c() {}\npub struct D {\n    pub e: u8,\n    f: u8,\n}\n\
                pub enum H {\n    /// I.\n    I,\n    J {\n        k: u8,\n    },\n}\npub trait L {\n    fn m(&self) -> u8;\n}\n\
                #[cfg(test)]\nmod tests {\n    pub fn g() {}\n}\n";
    let expected = [
        "pub fn a( b: u8, ) -> u8",
        "pub struct D",
        "pub e: u8",
        "pub enum H",
        "I",
        "J",
        "pub trait L",
        "fn m(&self) -> u8",
    ];
    assert_eq!(heads(text), expected);
}

/// All items, in order.
fn items() -> String {
    let src = root().join("shared/src");
    let mut files = BTreeSet::new();
    collect(&src, &mut files);
    let lines = files.iter().flat_map(|file| {
        let module = file.strip_prefix(&src).unwrap().with_extension("");
        let text = fs::read_to_string(file).unwrap();
        let heads = heads(&text);
        heads
            .into_iter()
            .map(move |head| format!("{}: {head}\n", module.display()))
    });
    lines.collect()
}

/// What each public item of a file is called, takes and returns; of enums the variants and of traits the methods, too.
fn heads(text: &str) -> Vec<String> {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let mut lines = code.lines();
    let mut heads = Vec::new();
    let mut inside = false;
    while let Some(raw) = lines.next() {
        let line = raw.trim();
        inside &= raw != "}";
        let member = inside && raw.strip_prefix("    ").is_some_and(is_member);
        if !line.starts_with("pub ") && !member {
            continue;
        }
        let mut head = line.to_owned();
        while !is_whole(&head) {
            let Some(next) = lines.next() else { break };
            head.push(' ');
            head.push_str(next.trim());
        }
        inside |= raw.starts_with("pub enum") || raw.starts_with("pub trait");
        let head = head.trim_end_matches([';', '{', ',']).trim_end();
        heads.push(head.to_owned());
    }
    heads
}

/// Whether a line at the depth of an enum's or a trait's members begins one.
fn is_member(line: &str) -> bool {
    line.starts_with(char::is_uppercase)
        || ["fn ", "async fn ", "type "]
            .iter()
            .any(|start| line.starts_with(start))
}

fn is_whole(head: &str) -> bool {
    let open = head.matches('(').count() > head.matches(')').count();
    !open
        && [";", "{", "}", ",", ")"]
            .iter()
            .any(|end| head.ends_with(end))
}

fn root() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}
