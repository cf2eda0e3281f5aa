//! docs/configuration.md: each variable that is read has its row, and each example starts a function.

use std::{cell::RefCell, collections::BTreeSet};

use dynamodb_session::{
    aws::environment::Environment,
    config::{self, Config, ConfigError},
    time::UnixSeconds,
};
use lambda::api::{self, Api};

use super::read;

const PAGE: &str = "docs/configuration.md";

fn parse(lookup: &dyn Fn(&str) -> Option<String>) -> Result<(Config, Api), ConfigError> {
    config::read(&lookup, |variables| api::read(variables, UnixSeconds(0)))
}

/// The variables that the functions read.
pub(super) fn asked() -> BTreeSet<String> {
    let asked = RefCell::new(BTreeSet::new());
    let unset = |name: &str| {
        asked.borrow_mut().insert(name.to_owned());
        None
    };
    let _ = parse(&unset).unwrap();
    asked.into_inner()
}

#[test]
fn each_variable_that_is_read_has_one_row() {
    let page = read(PAGE);
    let mut rows: Vec<_> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `SESSION_")?.split('`').next())
        .map(|name| format!("SESSION_{name}"))
        .collect();
    rows.sort();
    let asked: Vec<_> = asked().into_iter().collect();
    assert_eq!(rows, asked);
}

#[test]
fn each_variable_of_aws_that_is_read_is_there() {
    let page = read(PAGE);
    let keys = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
    let container = ["AWS_CONTAINER_CREDENTIALS_FULL_URI"];
    let asked = RefCell::new(BTreeSet::new());
    for set in [&keys[..], &container, &[]] {
        let lookup = |name: &str| {
            asked.borrow_mut().insert(name.to_owned());
            set.contains(&name).then(|| "http://127.0.0.1".to_owned())
        };
        // Without a region there is none; what was asked for counts.
        let _ = config::read(&lookup, Environment::from_variables);
    }
    let asked = asked.into_inner();
    assert!(asked.len() > 15, "{asked:?}");
    let lost: Vec<_> = asked
        .iter()
        .filter(|it| !page.contains(&format!("`{it}`")))
        .collect();
    assert!(lost.is_empty(), "{lost:?}");
}

#[test]
fn each_group_has_an_example_that_starts_a_function() {
    let page = read(PAGE);
    let asked = asked();
    let groups: Vec<_> = page.split("\n## ").skip(1).collect();
    assert!(groups.len() > 10);
    for group in groups {
        let example = group.split("```sh\n").nth(1).expect(group);
        let example = example.split("```").next().unwrap();
        let set: Vec<_> = example
            .lines()
            .map(|line| line.split_once('=').expect(line))
            .collect();
        for (name, _) in &set {
            let of_aws = name.starts_with("AWS_");
            assert!(of_aws || asked.contains(*name), "{name} is not read");
            assert!(
                group.contains(&format!("| `{name}`")) || *name == "SESSION_ANONYMOUS",
                "{name} is of another group"
            );
        }
        let lookup = |name: &str| {
            let found = set.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        if let Err(error) = parse(&lookup) {
            panic!("{error}\n{example}");
        }
    }
}
