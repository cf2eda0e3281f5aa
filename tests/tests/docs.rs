//! What docs/evidence and docs/invariants.md claim: each row and section names tests and files that exist, or says why it
//! has none.
//!
//! A test is named by the folders of its file and its own name, without what every path has: `login::throttle::x` is
//! `fn x` in `functions/login/tests/login/throttle.rs`, `shared::id::x` the one in `shared/src/id.rs`. So are those of the
//! helpers in other languages: `sdk::node::client::x` is `test("x", …)` in `sdk/node/test/client.mjs`.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Folders and files that say nothing of what is tested.
const EVERYWHERE: [&str; 8] = [
    "functions",
    "lib",
    "main",
    "mod",
    "src",
    "test",
    "tests",
    "tools",
];

/// Where the tables are.
const EVIDENCE: &str = "docs/evidence";

/// How a row without a test begins; it goes on to say why.
const REASONS: [&str; 3] = ["does not apply: ", "not offered: ", "not yet: "];

#[test]
fn each_feature_is_answered_once_by_tests_that_exist() {
    let (rows, mut problems) = check("docs/evidence/features.md", 5);
    let numbers: Vec<_> = rows.iter().map(|row| row.id.clone()).collect();
    let expected: Vec<_> = (1..=90).map(|number| number.to_string()).collect();
    if numbers != expected {
        let missing: Vec<_> = expected.iter().filter(|n| !numbers.contains(n)).collect();
        problems.push(format!(
            "the rows are not 1 to 90, each once, in order; missing: {missing:?}"
        ));
    }
    for row in rows {
        if paths(&row.cells[3], EVIDENCE).is_empty() {
            problems.push(format!("row {}: no file says where it is done", row.id));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn each_requirement_is_answered_by_tests_that_exist() {
    let (rows, problems) = check("docs/evidence/asvs.md", 4);
    assert!(rows.len() > 80, "{} rows", rows.len());
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Basic 14, Config 6, RP-initiated logout 3, back-channel logout 8.
#[test]
fn each_module_of_the_openid_foundation_is_a_test() {
    let (rows, problems) = check("docs/evidence/openid.md", 4);
    assert_eq!(rows.len(), 31);
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// A name that ends in `::*` is of all tests below it.
#[test]
fn each_invariant_names_tests_and_files_that_exist() {
    let text = fs::read_to_string(root().join("docs/invariants.md")).unwrap();
    let (known, mut problems) = (tests(), Vec::new());
    let sections: Vec<_> = text.split("\n## I").skip(1).collect();
    assert_eq!(sections.len(), 9);
    for (number, section) in sections.into_iter().enumerate() {
        for part in ["- **Where**: ", "- **Tests**: ", "- **Broken by hand**:"] {
            if !section.contains(part) {
                problems.push(format!("I{} has nothing after {part:?}", number + 1));
            }
        }
    }
    for name in quoted(&text) {
        let exists = match name.strip_suffix('*') {
            Some(all) => known.iter().any(|test| test.starts_with(all)),
            None => known.contains(name),
        };
        let is_test = name.split("::").count() > 2 || name.ends_with("::*");
        if is_test && !exists && name != "races::logout::x" {
            problems.push(format!("there is no test `{name}`"));
        }
    }
    for path in paths(&text, "docs") {
        if path.contains('/') && !root().join(&path).exists() {
            problems.push(format!("no file {path}"));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn what_a_table_gets_wrong_is_told() {
    let known = BTreeSet::from(["shared::id::known".to_owned()]);
    #[rustfmt::skip]
    let cases = [
        ("| 1 | a | b | `shared::id::known` |",            vec![]),
        ("| 1 | a | b | not yet: metrics |",               vec![]),
        ("| 1 | a | `shared/src/id.rs` | not yet: x |",    vec![]),
        ("| 1 | a | [b](features.md) | not yet: x |",      vec![]),
        ("| 1 | a | `/login` `id` | not yet: x |",         vec![]),
        ("| 1 | a | b | `shared::id::renamed` |",          vec!["there is no test `shared::id::renamed`"]),
        ("| 1 | a | b | `known` |",                        vec!["there is no test `known`"]),
        ("| 1 | a | b | c |",                              vec!["neither a test nor a reason"]),
        ("| 1 | a | b | not yet:  |",                      vec!["neither a test nor a reason"]),
        ("| 1 | a | b |  |",                               vec!["neither a test nor a reason"]),
        ("| 1 | a | `shared/src/ids.rs` | not yet: x |",   vec!["no file shared/src/ids.rs"]),
        ("| 1 | a | [b](feature.md) | not yet: x |",       vec!["no file docs/evidence/feature.md"]),
        ("| 1 | a | not yet: x |",                         vec!["3 columns, not 4"]),
        ("| 1 | a | b | not yet: x |\n| 1 | a | b | not yet: x |", vec!["there twice"]),
    ];
    for (rows, expected) in cases {
        let text = format!("# Title\n\n| id | a | b | tests |\n|---|---|---|---|\n{rows}\n");
        let found = problems(&table(&text), 4, &known);
        let expected: Vec<_> = expected
            .iter()
            .map(|text| format!("row 1: {text}"))
            .collect();
        assert_eq!(found, expected, "{rows}");
    }
}

#[test]
fn a_test_is_known_by_its_file_and_name() {
    let source = "#[test]\nfn plain() {}\n#[tokio::test]\nasync fn patient() {}\n#[test]\n#[ignore = \"x\"]\nfn ignored() {}\n\
                  // #[test]\nfn helper() {}\non_every_store! {\n    one\n    two\n}\non_every_engine! { three }\n";
    assert_eq!(names(source), ["plain", "patient", "one", "two", "three"]);
    let python = "class A:\n    def test_one(self):\n    def helper(self):\n        def test_nested(): pass\n";
    assert_eq!(between(python, "    def test_", "(", "test_"), ["test_one"]);
    #[rustfmt::skip]
    let cases = [
        ("shared/src/store/dynamodb/item.rs",      "shared::store::dynamodb::item"),
        ("functions/login/tests/login/main.rs",    "login"),
        ("functions/login/tests/login/fields.rs",  "login::fields"),
        ("functions/profile/tests/profile.rs",     "profile"),
        ("functions/authorizer/tests/corpus/tokens.rs", "authorizer::corpus::tokens"),
        ("tests/tests/template.rs",                "template"),
        ("tests/tests/races/logout.rs",            "races::logout"),
        ("sdk/node/test/client.mjs",               "sdk::node::client"),
        ("sdk/python/tests/test_client.py",        "sdk::python::test_client"),
    ];
    for (path, expected) in cases {
        assert_eq!(module(Path::new(path)), expected, "{path}");
    }
}

/// The tests' own page: an example is a part of the file that it is said to be from, but for the indentation.
#[test]
fn each_example_of_a_helper_is_from_a_test() {
    let plain = |text: &str| text.lines().map(str::trim).collect::<Vec<_>>().join("\n");
    let page = fs::read_to_string(root().join("tests/README.md")).unwrap();
    let mut examples = 0;
    for part in page.split("\nFrom `").skip(1) {
        let (file, rest) = part.split_once("`:\n\n```rust\n").unwrap();
        let (example, _) = rest.split_once("\n```").unwrap();
        let source = fs::read_to_string(root().join(file)).unwrap();
        assert!(
            plain(&source).contains(&plain(example)),
            "not in {file}: {example}"
        );
        examples += 1;
    }
    assert_eq!(examples, page.matches("```rust").count());
    assert!(examples > 10, "{examples} examples");
}

/// And each helper in its table is where the table says.
#[test]
fn each_helper_is_where_the_page_says() {
    let page = fs::read_to_string(root().join("tests/README.md")).unwrap();
    for row in table(&page) {
        let (names, place) = row.id.split_once(" (").unwrap();
        let place = place.trim_end_matches(')');
        let mut source = String::new();
        for place in place.split(", ") {
            let (room, name) = place.split_once([' ', ':']).unwrap();
            let name = name.trim_matches([':', '`']);
            let mut files: Vec<PathBuf> = match room {
                "support" => vec![format!("tests/support/src/{name}.rs").into()],
                "tests" => vec![format!("tests/src/{name}.rs").into()],
                _ => vec![format!("tests/tests/{name}").into()],
            };
            while let Some(file) = files.pop() {
                let full = root().join(&file);
                if full.is_dir() {
                    let entries = fs::read_dir(full).unwrap();
                    files.extend(entries.map(|entry| file.join(entry.unwrap().file_name())));
                } else {
                    source += &fs::read_to_string(full).unwrap();
                    source += "mod ";
                    source += file.file_stem().unwrap().to_str().unwrap();
                }
            }
        }
        for name in quoted(names) {
            let told = ["struct", "enum", "type", "trait", "fn", "mod"]
                .iter()
                .any(|kind| source.contains(&format!("{kind} {name}")));
            assert!(told, "{name} is not in {place}");
        }
    }
}

/// A row of a table: its first cell, and all of them.
struct Row {
    id: String,
    cells: Vec<String>,
}

fn check(file: &str, columns: usize) -> (Vec<Row>, Vec<String>) {
    let rows = table(&fs::read_to_string(root().join(file)).unwrap());
    let problems = problems(&rows, columns, &tests());
    let told = problems.iter().map(|problem| format!("{file}, {problem}"));
    (rows, told.collect())
}

/// The rows of all tables of a Markdown text, without their heads.
fn table(text: &str) -> Vec<Row> {
    let lines: Vec<_> = text.lines().collect();
    let is_head = |at: usize| {
        lines
            .get(at + 1)
            .is_some_and(|next| next.starts_with("|--"))
    };
    let row = |(at, line): (usize, &&str)| {
        let inner = line.strip_prefix('|')?.strip_suffix('|')?;
        if is_head(at) || inner.starts_with("--") {
            return None;
        }
        let cells: Vec<_> = inner
            .split(" | ")
            .map(|cell| cell.trim().to_owned())
            .collect();
        Some(Row {
            id: cells[0].clone(),
            cells,
        })
    };
    lines.iter().enumerate().filter_map(row).collect()
}

fn problems(rows: &[Row], columns: usize, tests: &BTreeSet<String>) -> Vec<String> {
    let mut problems = Vec::new();
    let mut seen = BTreeSet::new();
    for Row { id, cells } in rows {
        let mut problem = |text: String| problems.push(format!("row {id}: {text}"));
        if !seen.insert(id) {
            problem("there twice".to_owned());
        }
        if cells.len() != columns {
            problem(format!("{} columns, not {columns}", cells.len()));
            continue;
        }
        let last = cells.last().unwrap();
        let named = quoted(last);
        let reason = REASONS.iter().any(|reason| {
            let rest = last.strip_prefix(reason);
            rest.is_some_and(|rest| !rest.trim().is_empty())
        });
        if named.is_empty() && !reason {
            problem("neither a test nor a reason".to_owned());
        }
        for name in named.iter().filter(|name| !tests.contains(**name)) {
            problem(format!("there is no test `{name}`"));
        }
        for path in cells.iter().flat_map(|cell| paths(cell, EVIDENCE)) {
            if !root().join(&path).exists() {
                problem(format!("no file {path}"));
            }
        }
    }
    problems
}

/// What a cell has between backticks.
fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// The files that a cell names: between backticks from the root, in links from `folder`.
fn paths(cell: &str, folder: &str) -> Vec<String> {
    let is_path = |text: &&str| {
        text.split_once('/')
            .is_some_and(|(first, _)| !first.is_empty() && root().join(first).is_dir())
            || [".md", ".rs", ".toml", ".yaml"]
                .iter()
                .any(|end| text.ends_with(end))
    };
    let quoted = quoted(cell).into_iter().filter(is_path).map(str::to_owned);
    let links = cell
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    let links = links.map(|link| format!("{folder}/{}", link.split('#').next().unwrap()));
    quoted.chain(links).collect()
}

/// Every test of the workspace, and of the helpers in other languages.
fn tests() -> BTreeSet<String> {
    let mut files: Vec<PathBuf> = ["functions", "sdk", "shared", "tests", "tools"]
        .map(PathBuf::from)
        .into();
    let mut tests = BTreeSet::new();
    while let Some(path) = files.pop() {
        let full = root().join(&path);
        if full.is_dir() {
            let entries = fs::read_dir(full).unwrap();
            let entries = entries.map(|entry| path.join(entry.unwrap().file_name()));
            // What is installed or built has tests of its own.
            let ours = |path: &PathBuf| {
                let others = [".venv", "build", "node_modules", "target"];
                !others.iter().any(|other| path.ends_with(other))
            };
            files.extend(entries.filter(ours));
            continue;
        }
        let names: fn(&str) -> Vec<String> = match path.extension().and_then(|end| end.to_str()) {
            Some("rs") => names,
            Some("py") => |source: &str| between(source, "    def test_", "(", "test_"),
            Some("mjs") => |source: &str| between(source, "test(\"", "\"", ""),
            _ => continue,
        };
        let source = fs::read_to_string(full).unwrap();
        let module = module(&path);
        let names = names(&source);
        tests.extend(names.iter().map(|name| format!("{module}::{name}")));
    }
    tests
}

/// What the lines that begin with `before` have until `after`, with `head` before it.
fn between(source: &str, before: &str, after: &str, head: &str) -> Vec<String> {
    let lines = source.lines().filter_map(|line| {
        let (name, _) = line.strip_prefix(before)?.split_once(after)?;
        Some(format!("{head}{name}"))
    });
    lines.collect()
}

/// How the tests of a file are named.
fn module(path: &Path) -> String {
    let path = path.with_extension("");
    let mut parts: Vec<_> = path.iter().map(|part| part.to_str().unwrap()).collect();
    parts.retain(|part| !EVERYWHERE.contains(part));
    parts.dedup();
    parts.join("::")
}

/// The tests in a file: functions with the attribute, and those that a macro runs on several stores.
fn names(source: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut lines = source.lines().map(str::trim);
    while let Some(line) = lines.next() {
        if line == "#[test]" || line.starts_with("#[tokio::test") {
            let rest = lines.by_ref();
            let mut ignored = false;
            let head = rest.find(|line| {
                ignored |= line.starts_with("#[ignore");
                line.contains("fn ")
            });
            let name = head.and_then(|head| head.split("fn ").nth(1)?.split('(').next());
            names.extend(name.filter(|_| !ignored).map(str::to_owned));
        } else if line.starts_with("on_every_")
            && let Some((_, first)) = line.split_once("! {")
        {
            let mut listed = first;
            loop {
                names.extend(
                    listed
                        .trim_end_matches('}')
                        .split_whitespace()
                        .map(str::to_owned),
                );
                if listed.ends_with('}') {
                    break;
                }
                let Some(next) = lines.next() else { break };
                listed = next;
            }
        }
    }
    names
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}
