//! Filter patterns of `CloudWatch` Logs, as far as template.yaml uses them (its user guide, "Filter pattern syntax", JSON).
//!
//! ```text
//! pattern  = "{" any "}"
//! any      = all *("||" all)
//! all      = one *("&&" one)
//! one      = "(" any ")" / selector ("=" / "!=") (string / "*")
//! selector = "$" 1*("." name)
//! ```
//!
//! What AWS does not document is a panic: a pattern must not depend on it.

use std::{collections::BTreeMap, fs, iter::Peekable, path::Path, vec::IntoIter};

use serde_json::Value;

/// A pattern that was read.
#[derive(Debug)]
pub enum Pattern {
    /// One of them matches.
    Any(Vec<Self>),
    /// Each of them matches.
    All(Vec<Self>),
    /// The field is there.
    Exists(Vec<String>),
    /// The field is this text.
    Is(Vec<String>, String),
    /// The field is another text.
    IsNot(Vec<String>, String),
}

type Tokens = Peekable<IntoIter<String>>;

impl Pattern {
    /// Reads it.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let inner = text
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'));
        let mut tokens = tokens(inner.expect(text)).into_iter().peekable();
        let pattern = any(&mut tokens);
        assert_eq!(tokens.next(), None, "{text}");
        pattern
    }

    /// Those of template.yaml, each with the name of what it counts.
    #[must_use]
    pub fn of_template() -> BTreeMap<String, Self> {
        let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("../template.yaml");
        let template = fs::read_to_string(template).unwrap();
        let (_, lines) = template.split_once("\nMappings:\n  Lines:\n").unwrap();
        let (lines, _) = lines.split_once("\n\n").unwrap();
        let lines: Vec<_> = lines.lines().collect();
        let pairs = lines.chunks(2).map(|pair| {
            let name = pair[0].trim().trim_end_matches(':').to_owned();
            let text = pair[1].trim().strip_prefix("Pattern: '").unwrap();
            (name, Self::parse(text.strip_suffix('\'').unwrap()))
        });
        pairs.collect()
    }

    /// Whether it matches a line.
    #[must_use]
    pub fn matches(&self, line: &Value) -> bool {
        match self {
            Self::Any(patterns) => patterns.iter().any(|pattern| pattern.matches(line)),
            Self::All(patterns) => patterns.iter().all(|pattern| pattern.matches(line)),
            Self::Exists(path) => field(line, path).is_some(),
            Self::Is(path, text) => field(line, path).is_some_and(|found| found == text),
            Self::IsNot(path, text) => {
                let found = field(line, path);
                found.unwrap_or_else(|| panic!("no {path:?} to differ from {text}: {line}")) != text
            }
        }
    }
}

fn field<'a>(line: &'a Value, path: &[String]) -> Option<&'a Value> {
    let found = path.iter().try_fold(line, |found, name| found.get(name))?;
    assert!(found.is_string(), "{path:?} is {found}");
    Some(found)
}

fn any(tokens: &mut Tokens) -> Pattern {
    let mut patterns = vec![all(tokens)];
    while tokens.next_if(|token| token == "||").is_some() {
        patterns.push(all(tokens));
    }
    Pattern::Any(patterns)
}

fn all(tokens: &mut Tokens) -> Pattern {
    let mut patterns = vec![one(tokens)];
    while tokens.next_if(|token| token == "&&").is_some() {
        patterns.push(one(tokens));
    }
    Pattern::All(patterns)
}

fn one(tokens: &mut Tokens) -> Pattern {
    let first = tokens.next().expect("a pattern");
    if first == "(" {
        let inner = any(tokens);
        assert_eq!(tokens.next().as_deref(), Some(")"));
        return inner;
    }
    let path = first.strip_prefix("$.").expect("a selector").split('.');
    let path = path.map(str::to_owned).collect();
    let operator = tokens.next().expect("an operator");
    let value = tokens.next().expect("a value");
    let text = value
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    match (operator.as_str(), text) {
        ("=", Some(text)) => Pattern::Is(path, text.to_owned()),
        ("!=", Some(text)) => Pattern::IsNot(path, text.to_owned()),
        ("=", None) if value == "*" => Pattern::Exists(path),
        _ => panic!("{operator} {value}"),
    }
}

/// The words, brackets and operators. A text has no space, bracket, quote or asterisk in it.
fn tokens(text: &str) -> Vec<String> {
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    let tokens: Vec<_> = spaced.split_whitespace().map(str::to_owned).collect();
    for token in &tokens {
        let within = token.trim_matches('"');
        let plain = within
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "$._".contains(c));
        let known = ["(", ")", "=", "!=", "&&", "||", "*"].contains(&token.as_str());
        assert!(plain || known, "{token}");
    }
    tokens
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Pattern;

    #[test]
    fn a_pattern_matches_as_aws_documents_it() {
        let line = json!({"event": "denied", "reason": "forged", "record": {"status": "timeout"}});
        #[rustfmt::skip]
        let cases = [
            (r#"{ $.event = "denied" }"#,                                             true),
            (r#"{ $.event = "denie" }"#,                                              false),
            (r#"{ $.event = "login" || $.reason = "forged" }"#,                       true),
            (r#"{ $.event = "login" && $.reason = "forged" }"#,                       false),
            (r#"{ $.event = "login" && $.kind != "Damaged" }"#,                       false),
            (r#"{ $.event = "denied" && $.reason != "forged" }"#,                     false),
            (r#"{ $.event = "denied" && ($.reason = "x" || $.reason = "forged") }"#,  true),
            // && binds more closely than ||.
            (r#"{ $.event = "denied" || $.event = "x" && $.reason = "x" }"#,          true),
            (r#"{ $.record.status = "timeout" }"#,                                    true),
            (r#"{ $.record.errorType = "x" }"#,                                       false),
            (r"{ $.reason = * }",                                                     true),
            (r"{ $.kind = * }",                                                       false),
        ];
        for (pattern, expected) in cases {
            assert_eq!(
                Pattern::parse(pattern).matches(&line),
                expected,
                "{pattern}"
            );
        }
    }
}
