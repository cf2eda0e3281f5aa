//! Which modules of a crate use which: never in a circle, so that each can be read after those that it uses.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use super::sources::{collect, packages};

/// Module to the modules that it uses, those at the top of a crate.
type Graph = BTreeMap<String, BTreeSet<String>>;

#[test]
fn no_modules_of_a_crate_use_each_other() {
    for package in packages() {
        let graph = graph(&package.join("src"));
        let circle = circle(&graph);
        assert!(circle.is_empty(), "{}: {circle:?}", package.display());
    }
}

#[test]
fn a_circle_is_found() {
    let graph = |edges: &[(&str, &str)]| {
        let mut graph = Graph::new();
        for (from, to) in edges {
            graph
                .entry((*from).into())
                .or_default()
                .insert((*to).into());
        }
        graph
    };
    let line = graph(&[("a", "b"), ("b", "c"), ("a", "c")]);
    assert_eq!(circle(&line), [] as [&str; 0]);
    let ring = graph(&[("a", "b"), ("b", "c"), ("c", "d"), ("d", "b")]);
    assert_eq!(circle(&ring), ["a", "b", "c", "d"]);
    let used =
        used("use crate::{\n    a::{b, c},\n    d,\n};\nlet e = crate::f::g();\n// crate::h\n");
    assert_eq!(used, ["", "a", "d", "f"].map(String::from).into());
}

/// The modules of a crate at `src`. What `main.rs` and `lib.rs` use, all of them, is no edge, and neither is what tests use.
fn graph(src: &Path) -> Graph {
    let mut files = BTreeSet::new();
    if src.is_dir() {
        collect(src, &mut files);
    }
    let mut graph = Graph::new();
    for file in files {
        let module = file.strip_prefix(src).unwrap().with_extension("");
        let module = module.iter().next().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let mut used = used(code);
        used.remove(&module);
        graph.entry(module).or_default().extend(used);
    }
    let modules: BTreeSet<_> = graph.keys().cloned().collect();
    for used in graph.values_mut() {
        used.retain(|module| modules.contains(module));
    }
    graph
}

/// The first name of each path after `crate::`.
fn used(code: &str) -> BTreeSet<String> {
    let lines = code.lines().map(|line| line.split("//").next().unwrap());
    let code: String = lines.flat_map(|line| [line, "\n"]).collect();
    let mut used = BTreeSet::new();
    for path in code.split("crate::").skip(1) {
        let Some(list) = path.strip_prefix('{') else {
            used.insert(first(path));
            continue;
        };
        let (mut depth, mut item) = (0, String::new());
        for character in list.chars() {
            match character {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => used.extend([first(&std::mem::take(&mut item))]),
                _ => item.push(character),
            }
        }
        used.insert(first(&item));
    }
    used
}

/// The first name of a path.
fn first(path: &str) -> String {
    let in_name = |character: &char| character.is_alphanumeric() || *character == '_';
    path.trim_start().chars().take_while(in_name).collect()
}

/// The modules that are part of a circle or lead into one.
fn circle(graph: &Graph) -> Vec<&str> {
    let mut left: BTreeSet<_> = graph.keys().map(String::as_str).collect();
    loop {
        let done: Vec<_> = left
            .iter()
            .filter(|module| {
                graph[**module]
                    .iter()
                    .all(|used| !left.contains(used.as_str()))
            })
            .copied()
            .collect();
        if done.is_empty() {
            return left.into_iter().collect();
        }
        for module in done {
            left.remove(module);
        }
    }
}
