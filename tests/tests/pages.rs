//! Every page says at once whom it is for, every link in one leads somewhere, and so does every answer to "where is the rule".

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Pages that anybody begins with.
const FOR_ALL: [&str; 4] = [
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "CHANGELOG.md",
];

#[test]
fn each_page_of_the_documentation_begins_with_whom_it_is_for() {
    for (path, text) in pages() {
        let decision = path.parent().is_some_and(|it| it.ends_with("decisions"))
            && !path.ends_with("README.md");
        if FOR_ALL.iter().any(|name| path == Path::new(name)) || decision {
            continue;
        }
        let second = text.split("\n\n").nth(1).unwrap_or_default();
        assert!(
            second.starts_with("For who"),
            "{}: {second}",
            path.display()
        );
    }
}

#[test]
fn each_link_leads_to_a_file_and_a_heading_that_are_there() {
    let mut problems = Vec::new();
    for (path, text) in pages() {
        let links = text.split("](").skip(1);
        let links = links.filter_map(|rest| rest.split(')').next());
        for link in links.filter(|link| !link.contains("://") && !link.contains('\n')) {
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() {
                path.clone()
            } else {
                path.parent().unwrap().join(file)
            };
            let there = root().join(&target);
            let there = there.exists() && {
                heading.is_empty()
                    || headings(&fs::read_to_string(there).unwrap()).any(|known| known == heading)
            };
            if !there {
                problems.push(format!("{}: {link}", path.display()));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn each_rule_is_where_the_page_for_contributors_says() {
    let page = fs::read_to_string(root().join("CONTRIBUTING.md")).unwrap();
    let rows: Vec<_> = page
        .lines()
        .filter(|line| line.starts_with("| … "))
        .collect();
    assert_eq!(rows.len(), 12);
    for row in rows {
        let quoted = || row.split('`').skip(1).step_by(2);
        let (files, names): (Vec<_>, Vec<_>) = quoted().partition(|text| text.contains('/'));
        let source: String = files
            .iter()
            .map(|file| fs::read_to_string(root().join(file)).expect(row))
            .collect();
        assert!(!names.is_empty(), "{row}");
        for name in names {
            let kinds = [
                format!("fn {name}("),
                format!("static {name}:"),
                format!("fn {name}<"),
            ];
            assert!(kinds.iter().any(|it| source.contains(it)), "{name}: {row}");
        }
    }
}

/// The names that GitHub gives to the headings of a page.
fn headings(text: &str) -> impl Iterator<Item = String> {
    let headings = text.lines().filter_map(|line| {
        line.trim_start_matches('#')
            .strip_prefix(' ')
            .filter(|_| line.starts_with('#'))
    });
    headings.map(|heading| {
        let kept = heading
            .chars()
            .filter(|c| c.is_alphanumeric() || *c == ' ' || *c == '-' || *c == '_');
        kept.collect::<String>().to_lowercase().replace(' ', "-")
    })
}

/// All pages, by their paths from the root.
fn pages() -> Vec<(PathBuf, String)> {
    let mut pages = Vec::new();
    for folder in ["", "docs", "docs/decisions", "docs/evidence"] {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|it| it == "md") {
                let text = fs::read_to_string(&path).unwrap();
                pages.push((Path::new(folder).join(path.file_name().unwrap()), text));
            }
        }
    }
    pages
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
