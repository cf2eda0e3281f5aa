//! The variables of one deployment, read one after the other, and what is wrong with them.

use std::{error::Error, fmt, ops::RangeInclusive, str::FromStr};

use crate::near::nearest;

/// All that is wrong with a configuration, one sentence each. It names variables and never shows a secret.
#[derive(Debug, PartialEq, Eq)]
pub struct ConfigError(pub Vec<String>);

/// The sentence about a variable that is ignored. It has its name, and no value.
#[derive(Debug, PartialEq, Eq)]
pub struct Unknown(String);

impl Unknown {
    /// What is told of the variable `name`, which is close to `meant`.
    pub(crate) fn new(name: &str, meant: Option<&str>) -> Self {
        let meant = meant.map(|meant| format!(": did you mean {meant}?"));
        let meant = meant.unwrap_or_default();
        Self(format!(
            "{name} is no variable of the functions, and is ignored{meant}"
        ))
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Reads groups of variables and collects what is wrong with any of them, so that all problems are told at once.
pub struct Variables<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    problems: Vec<String>,
}

/// Reads the groups that `groups` asks for, through `lookup`. An empty value counts as unset.
pub fn read<T>(
    lookup: &dyn Fn(&str) -> Option<String>,
    groups: impl FnOnce(&mut Variables<'_>) -> T,
) -> Result<T, ConfigError> {
    let mut variables = Variables {
        lookup,
        problems: Vec::new(),
    };
    let read = groups(&mut variables);
    if variables.problems.is_empty() {
        Ok(read)
    } else {
        Err(ConfigError(variables.problems))
    }
}

impl Variables<'_> {
    /// The value of a variable, if it is set.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        (self.lookup)(name).filter(|text| !text.is_empty())
    }

    /// Whether a variable is there, and empty.
    #[must_use]
    pub fn is_empty(&self, name: &str) -> bool {
        (self.lookup)(name).is_some_and(|text| text.is_empty())
    }

    /// Notes a sentence about what is wrong. It names the variable and shows no secret.
    pub fn problem(&mut self, sentence: String) {
        self.problems.push(sentence);
    }

    /// What `parse` makes of the variable, if it is set. `accepted` says what `parse` takes.
    pub fn parsed<T>(
        &mut self,
        name: &str,
        accepted: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.text(name)?;
        let parsed = parse(&text);
        if parsed.is_none() {
            self.problem(format!("{name} is {text:?}, not {accepted}"));
        }
        parsed
    }

    /// A whole number in `range`, if the variable is set.
    pub fn optional_number<N: FromStr + PartialOrd + fmt::Display>(
        &mut self,
        name: &str,
        range: RangeInclusive<N>,
    ) -> Option<N> {
        let accepted = format!("a whole number from {} to {}", range.start(), range.end());
        self.parsed(name, &accepted, |text| {
            let number = text.parse().ok();
            number.filter(|number| range.contains(number))
        })
    }

    /// A whole number in `range`.
    pub fn number<N: FromStr + PartialOrd + fmt::Display>(
        &mut self,
        name: &str,
        range: RangeInclusive<N>,
        default: N,
    ) -> N {
        self.optional_number(name, range).unwrap_or(default)
    }

    /// One of several values, by their names.
    pub fn choice<T: Copy>(&mut self, name: &str, choices: &[(&str, T)], default: T) -> T {
        let Some(text) = self.text(name) else {
            return default;
        };
        let found = choices.iter().find(|(choice, _)| *choice == text);
        found.map_or_else(
            || {
                let names: Vec<_> = choices.iter().map(|(choice, _)| *choice).collect();
                let meant = meant(&text, &names);
                let meant = meant.map(|meant| format!(": did you mean {meant}?"));
                self.problem(format!(
                    "{name} is {text:?}, not {}{}",
                    names.join(" or "),
                    meant.unwrap_or_default()
                ));
                default
            },
            |(_, value)| *value,
        )
    }

    /// `true` or `false`, in small letters or capitals: AWS's words for on and off.
    pub fn truth(&mut self, name: &str) -> Option<bool> {
        let truth = |text: &str| text.to_ascii_lowercase().parse().ok();
        self.parsed(name, "true or false", truth)
    }

    /// `on` or `off`.
    pub fn switch(&mut self, name: &str, default: bool) -> bool {
        self.choice(name, &[("on", true), ("off", false)], default)
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid configuration: {}", self.0.join("; "))
    }
}

impl Error for ConfigError {}

/// The choice that was probably meant: one that is spelled nearly so, or the words of other software for on and off.
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
