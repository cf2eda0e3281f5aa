//! Passwords that are refused because many people choose them (OWASP ASVS 5.0, 6.2.4; NIST SP 800-63B-4, 3.1.1.2).

use std::collections::HashSet;

/// One password a line, in lower case; `common/README.md` tells where they come from.
const LIST: &str = include_str!("common/passwords.txt");

/// Whether `password` as a whole, in any case, is a common one, or two of them in a row.
pub(super) fn is_common(password: &str) -> bool {
    let listed: HashSet<_> = LIST.lines().collect();
    let password = password.to_lowercase();
    // If the cut is at the very end, the second password is empty.
    let mut cuts = password.char_indices().map(|(at, c)| at + c.len_utf8());
    cuts.any(|at| {
        let (first, second) = password.split_at(at);
        listed.contains(first) && (second.is_empty() || listed.contains(second))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_passwords_are_known_as_a_whole_and_in_any_case() {
        #[rustfmt::skip]
        let cases = [
            // name                     password                          common
            ("the commonest",           "123456",                         true),
            ("of 8 characters",         "password",                       true),
            ("of 20 characters",        "q1w2e3r4t5y6u7i8o9p0",           true),
            ("another case",            "PassWord1",                      true),
            ("twice",                   "passwordpassword",               true),
            ("two, another case",       "IloveyouPrincess",               true),
            ("two, of 15",              "iloveyou1234567",                true),
            ("one character, often",    "111111111111111",                true),
            ("the last one",            LIST.lines().last().unwrap(),     true),
            ("one more character",      "q1w2e3r4t5y6u7i8o9p0~",          false),
            ("another end",              "iloveyou123456\u{e9}",           false),
            ("a space",                 "password password",              false),
            ("trailing space",          "password ",                      false),
            ("three",                   "horsebatterystaple",             false),
            ("a phrase",                "correct horse battery staple",   false),
            ("random",                  "K9GtzY8WIk4M-RSNdODo",           false),
            ("spaces",                  "               ",                false),
            ("no ASCII",                "\u{1f511}\u{1f511}\u{1f511}",    false),
            ("empty",                   "",                               false),
        ];
        for (name, password, expected) in cases {
            assert_eq!(is_common(password), expected, "{name}");
        }
        assert!(!is_common(&"password".repeat(128)), "1024 bytes");
    }

    #[test]
    fn the_list_is_in_the_form_that_is_looked_up() {
        assert!(LIST.lines().filter(|line| line.len() >= 8).count() > 3000);
        for line in LIST.lines() {
            assert!(!line.is_empty() && line == line.trim(), "{line:?}");
            assert_eq!(line, line.to_lowercase());
        }
    }
}
