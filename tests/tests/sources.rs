//! Every source file is part of a program: a test in one that no `mod` names would never run, and nobody would be told.

use std::{
    collections::BTreeSet,
    fs,
    path::{Component, Path, PathBuf},
};

#[test]
fn every_source_file_is_part_of_a_program() {
    let mut reached = BTreeSet::new();
    let mut all = BTreeSet::new();
    for package in packages() {
        for root in roots(&package) {
            follow(&root, &root, &mut reached);
        }
        collect(&package, &mut all);
    }
    assert!(all.len() > 200, "{} files", all.len());
    let lost: Vec<_> = all.difference(&reached).collect();
    assert!(lost.is_empty(), "no mod names {lost:#?}");
}

/// What two packages share is a package: a file that each of them includes is compiled twice, and half of it unused.
#[test]
fn no_package_includes_a_file_of_another() {
    for package in packages() {
        let mut reached = BTreeSet::new();
        for root in roots(&package) {
            follow(&root, &root, &mut reached);
        }
        let foreign = reached.iter().filter(|file| !file.starts_with(&package));
        let foreign: Vec<_> = foreign.collect();
        assert!(foreign.is_empty(), "{}: {foreign:?}", package.display());
    }
}

/// A token is verified, and a function's request is read, where it comes in: what comes after is given what was read.
#[test]
fn a_request_is_read_in_one_place() {
    let once = [
        (
            "Claim::verify(",
            &[
                "functions/authorizer/src/call.rs",
                "shared/lambda/src/incoming.rs",
            ][..],
        ),
        (
            "Incoming::read(",
            &[
                "functions/login/src/lib.rs",
                "functions/logout/src/lib.rs",
                "functions/oidc/src/lib.rs",
                "functions/session/src/lib.rs",
            ],
        ),
    ];
    let root = plain(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."));
    let mut all = BTreeSet::new();
    for package in packages() {
        if package.starts_with(root.join("functions")) || package == root.join("shared/lambda") {
            collect(&package.join("src"), &mut all);
        }
    }
    assert!(all.len() > 20, "{} files", all.len());
    for (call, places) in once {
        let mut found = Vec::new();
        for file in &all {
            let text = fs::read_to_string(file).unwrap();
            let (code, _) = text.split_once("#[cfg(test)]").unwrap_or((&text, ""));
            let name = file.strip_prefix(&root).unwrap().to_str().unwrap();
            found.extend(code.matches(call).map(|_| name.to_owned()));
        }
        assert_eq!(found, places, "{call}");
    }
}

/// Two packages build documentation tests: in another one an example in a comment would never run.
#[test]
fn no_comment_holds_an_example_that_never_runs() {
    let mut all = BTreeSet::new();
    for package in packages() {
        if !package.ends_with("shared") && !package.ends_with("sdk/tower-sessions") {
            collect(&package, &mut all);
        }
    }
    for file in all {
        let text = fs::read_to_string(&file).unwrap();
        let comments = text.lines().filter_map(|line| {
            let line = line.trim_start();
            line.strip_prefix("///").or(line.strip_prefix("//!"))
        });
        let fences = comments.filter_map(|line| line.trim().strip_prefix("```"));
        for opening in fences.step_by(2) {
            let told = ["text", "ignore"].contains(&opening);
            assert!(told, "{}: {opening}", file.display());
        }
    }
}

/// Every line that names an `event` is one of the list in shared/src/audit.rs, whose fields hold no credential; and what
/// is linked into a function has no other line, which would be lost below WARN. `tools/local` talks besides.
#[test]
fn each_line_of_a_log_is_of_the_list() {
    let mut files = BTreeSet::new();
    for folder in ["shared", "functions", "sdk", "tools"] {
        collect(
            &Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("..")
                .join(folder),
            &mut files,
        );
    }
    let mut found = Vec::new();
    let macros = ["error", "warn", "info", "debug", "trace", "event"];
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let imported = code
            .lines()
            .filter(|line| line.trim_start().starts_with("use tracing::"))
            .any(|line| {
                line.contains("::*")
                    || macros
                        .iter()
                        .any(|name| line.ends_with(&format!("::{name};")))
            });
        assert!(
            !imported,
            "{}: a macro of tracing is called by its path",
            file.display()
        );
        let talks = file.iter().any(|part| part == "tools");
        for line in code.split("tracing::").skip(1) {
            let Some((name, arguments)) = line.split_once("!(") else {
                continue;
            };
            let arguments = arguments.split(");").next().unwrap();
            if macros.contains(&name) && (!talks || arguments.contains("event =")) {
                found.push(format!("{}: tracing::{name}!", file.display()));
            }
        }
    }
    let [only] = &found[..] else {
        panic!("{found:#?}");
    };
    assert!(
        only.ends_with("shared/src/audit.rs: tracing::event!"),
        "{only}"
    );
}

/// What serves events tells the log whose lines come: the tests run the functions by a program of their own.
#[test]
fn what_serves_events_names_each_request_to_the_log() {
    let mut files = BTreeSet::new();
    for folder in ["shared/lambda/src", "functions"] {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        collect(&root.join(folder), &mut files);
    }
    let texts = files.iter().map(|file| fs::read_to_string(file).unwrap());
    let serves: Vec<_> = texts
        .filter(|text| text.contains("lambda_runtime::run("))
        .collect();
    assert_eq!(serves.len(), 2);
    for text in serves {
        assert!(
            text.contains("log::of_request(event.context.request_id);"),
            "{text}"
        );
    }
}

/// Cargo joins the features of the packages that it builds together: that of one function would be every function's.
#[test]
fn no_function_is_built_with_the_list_of_common_passwords() {
    let has_it = |manifest: PathBuf| {
        let text = fs::read_to_string(&manifest).unwrap();
        text.contains("\"password-rules\"")
    };
    let (tool, others): (Vec<_>, Vec<_>) = packages()
        .into_iter()
        .filter(|package| !package.ends_with("shared"))
        .partition(|package| package.ends_with("tools/sessionctl"));
    assert!(
        tool.iter()
            .all(|package| has_it(package.join("Cargo.toml")))
    );
    for package in others {
        assert!(!has_it(package.join("Cargo.toml")), "{}", package.display());
    }
}

/// The folders of the packages, of whichever workspace.
pub(super) fn packages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut packages = [
        "shared",
        "shared/lambda",
        "shared/oidc",
        "sdk/rust",
        "sdk/rust/examples/lambda",
        "sdk/tower-sessions",
        "tests",
        "tests/compare_/routes",
        "tests/support",
    ]
    .map(|package| root.join(package))
    .to_vec();
    for group in ["functions", "tools"] {
        let entries = fs::read_dir(root.join(group)).unwrap();
        packages.extend(entries.map(|entry| entry.unwrap().path()));
    }
    packages.iter().map(|package| plain(package)).collect()
}

/// The files that Cargo builds a package's programs from: those of its layout, and those that its manifest names.
fn roots(package: &Path) -> Vec<PathBuf> {
    let manifest = fs::read_to_string(package.join("Cargo.toml")).unwrap();
    let named = manifest
        .lines()
        .filter_map(|line| line.strip_prefix("path = "));
    let named = named.map(|path| package.join(path.trim_matches('"')));
    let laid_out = ["src/lib.rs", "src/main.rs"].map(|file| package.join(file));
    let mut roots: Vec<_> = named.chain(laid_out).collect();
    for folder in ["src/bin", "examples"] {
        let entries = fs::read_dir(package.join(folder)).into_iter().flatten();
        roots.extend(entries.map(|entry| entry.unwrap().path()));
    }
    roots.retain(|root| root.is_file());
    roots
}

/// Notes a file and those of its modules. `root` is one whose modules lie beside it.
fn follow(file: &Path, root: &Path, reached: &mut BTreeSet<PathBuf>) {
    if !file.is_file() || !reached.insert(plain(file)) {
        return;
    }
    let beside = file.parent().unwrap();
    let is_mod = file == root || file.ends_with("mod.rs");
    let below = if is_mod {
        beside.to_owned()
    } else {
        file.with_extension("")
    };
    let text = fs::read_to_string(file).unwrap();
    let mut path = None;
    for line in text.lines().map(str::trim) {
        if let Some(named) = line.strip_prefix("#[path = \"") {
            path = named.strip_suffix("\"]");
        } else if let Some(name) = module(line) {
            if let Some(path) = path.take() {
                let file = beside.join(path);
                follow(&file, &file, reached);
            } else {
                let nested = below.join(name).join("mod.rs");
                follow(&below.join(format!("{name}.rs")), root, reached);
                follow(&nested, root, reached);
            }
        }
    }
}

/// The module that a line declares, if its body is another file.
fn module(line: &str) -> Option<&str> {
    let (before, name) = line.strip_suffix(';')?.rsplit_once("mod ")?;
    let visible = before.trim_end().rsplit(' ').next()?;
    (visible.is_empty() || visible.starts_with("pub")).then_some(name)
}

/// All source files below a folder.
pub(super) fn collect(folder: &Path, files: &mut BTreeSet<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|it| it == "rs") {
            files.insert(path);
        }
    }
}

/// The path without `..`, so that two ways to a file are one.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        if part == Component::ParentDir {
            plain.pop();
        } else {
            plain.push(part);
        }
    }
    plain
}
