//! The characters of Unicode's classes, as published, for the tests of tables that copy one.

use std::collections::BTreeSet;

use regex_syntax::hir::{Class, HirKind};

/// The characters of a class, such as `\p{Format}`.
pub(crate) fn characters(class: &str) -> BTreeSet<char> {
    let class = regex_syntax::parse(class).unwrap();
    let HirKind::Class(Class::Unicode(class)) = class.kind() else {
        panic!("{class:?}");
    };
    let ranges = class.iter();
    ranges
        .flat_map(|range| range.start()..=range.end())
        .collect()
}
