//! Variables, one after the other, and what is wrong with them.

use std::{fmt, ops::RangeInclusive, str::FromStr};

use crate::near::nearest;

/// Reads one variable after the other and collects what is wrong.
pub(super) struct Reader<L> {
    pub(super) lookup: L,
    pub(super) problems: Vec<String>,
}

impl<L: Fn(&str) -> Option<String>> Reader<L> {
    pub(super) fn text(&self, name: &str) -> Option<String> {
        (self.lookup)(name).filter(|text| !text.is_empty())
    }

    pub(super) fn optional_number<N: FromStr + PartialOrd + fmt::Display>(
        &mut self,
        name: &str,
        range: RangeInclusive<N>,
    ) -> Option<N> {
        let text = self.text(name)?;
        let number = text.parse().ok().filter(|number| range.contains(number));
        if number.is_none() {
            self.problems.push(format!(
                "{name} is {text:?}, not a whole number from {} to {}",
                range.start(),
                range.end()
            ));
        }
        number
    }

    pub(super) fn number<N: FromStr + PartialOrd + fmt::Display>(
        &mut self,
        name: &str,
        range: RangeInclusive<N>,
        default: N,
    ) -> N {
        self.optional_number(name, range).unwrap_or(default)
    }

    pub(super) fn choice<T: Copy>(&mut self, name: &str, choices: &[(&str, T)], default: T) -> T {
        let Some(text) = self.text(name) else {
            return default;
        };
        let found = choices.iter().find(|(choice, _)| *choice == text);
        found.map_or_else(
            || {
                let names: Vec<_> = choices.iter().map(|(choice, _)| *choice).collect();
                let meant = meant(&text, &names);
                let meant = meant.map(|meant| format!(": did you mean {meant}?"));
                self.problems.push(format!(
                    "{name} is {text:?}, not {}{}",
                    names.join(" or "),
                    meant.unwrap_or_default()
                ));
                default
            },
            |(_, value)| *value,
        )
    }

    pub(super) fn switch(&mut self, name: &str, default: bool) -> bool {
        self.choice(name, &[("on", true), ("off", false)], default)
    }

    pub(super) fn table(&mut self, name: &str, default: &str) -> String {
        let table = self.text(name).unwrap_or_else(|| default.to_owned());
        let fits = (3..=255).contains(&table.len());
        if !fits
            || !table
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
        {
            self.problems.push(format!(
                "{name} is {table:?}, not a table's name (3 to 255 letters, digits, _ . or -)"
            ));
        }
        table
    }
}

/// The choice that was probably meant: one that is spelled nearly so, or what other software calls on and off.
fn meant<'a>(text: &str, names: &[&'a str]) -> Option<&'a str> {
    let text = text.to_ascii_lowercase();
    let word = match text.as_str() {
        "true" | "yes" | "1" | "enabled" | "enable" => "on",
        "false" | "no" | "0" | "disabled" | "disable" => "off",
        other => other,
    };
    let same = names.iter().find(|name| **name == word).copied();
    same.or_else(|| nearest(&text, names.iter().copied()))
}
