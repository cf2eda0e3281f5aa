//! A name as somebody typed it, and the names under which its user may be stored.

use super::{InvalidUserName, UnfitUserName, UserName, sigma};

/// A user name, and the other names under which releases before this one may have stored its user.
///
/// Those releases lowered letters one by one: `ΓΙΏΡΓΟΣ` became `γιώργοσ`, which nobody writes. Such a user keeps the
/// stored name; the names differ in nothing but sigmas (docs/decisions/0019).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedName {
    name: UserName,
    /// What the text meant in those releases.
    former: UserName,
    /// What the name in capitals meant in those releases.
    capitals: UserName,
}

impl TypedName {
    /// Brings `text` into canonical form, or tells that it is not a name.
    pub fn parse(text: &str) -> Result<Self, InvalidUserName> {
        let former = UserName::lowered_one_by_one(text)?;
        Ok(Self {
            name: UserName(sigma::by_place(&former)),
            capitals: UserName(sigma::alike(&former)),
            former: UserName(former),
        })
    }

    /// Takes a name for a new user; see [`UserName::chosen`].
    pub fn chosen(text: &str) -> Result<Self, UnfitUserName> {
        UserName::chosen(text)?;
        Self::parse(text).map_err(UnfitUserName::Invalid)
    }

    /// The name in its canonical form, under which a new user is stored.
    #[must_use]
    pub fn name(&self) -> &UserName {
        &self.name
    }

    /// What the text itself meant when letters were lowered one by one: of a stored name, that very name.
    #[must_use]
    pub fn literal(&self) -> &UserName {
        &self.former
    }

    /// The names under which the user may be stored, each once: first what the text meant when letters were lowered one
    /// by one, so that two users who were stored then keep their own. There are one to three, as the text alone decides.
    #[must_use]
    pub fn stored(&self) -> Vec<&UserName> {
        each_once([&self.former, &self.name, &self.capitals])
    }
}

fn each_once<const N: usize>(names: [&UserName; N]) -> Vec<&UserName> {
    let mut once = Vec::with_capacity(N);
    for name in names {
        if !once.contains(&name) {
            once.push(name);
        }
    }
    once
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(text: &str) -> Vec<String> {
        let typed = TypedName::parse(text).unwrap();
        let stored = typed.stored().into_iter();
        stored.map(ToString::to_string).collect()
    }

    #[test]
    fn a_name_is_looked_up_under_what_it_meant_before_and_what_its_capitals_meant() {
        #[rustfmt::skip]
        let cases: [(&str, &[&str]); 10] = [
            ("Γιώργος",        &["γιώργος", "γιώργοσ"]),
            ("ΓΙΏΡΓΟΣ",        &["γιώργοσ", "γιώργος"]),
            ("γιώργοσ",        &["γιώργοσ", "γιώργος"]),
            ("Γιώργος ΠΑΠΆΣ",  &["γιώργος παπάσ", "γιώργος παπάς", "γιώργοσ παπάσ"]),
            ("ΑΝΤΏΝΗΣ.ΠΑΠΆΣ",  &["αντώνησ.παπάσ", "αντώνης.παπάς"]),
            ("σίςυφο",         &["σίςυφο", "σίσυφο"]),
            ("Σίσυφο",         &["σίσυφο"]),
            ("WEISS",          &["weiss"]),
            ("weiß",           &["weiß"]),
            ("ＡＤＡ",         &["ada"]),
        ];
        for (text, expected) in cases {
            assert_eq!(stored(text), expected, "{text}");
            let typed = TypedName::parse(text).unwrap();
            assert!(typed.stored().contains(&typed.name()), "{text}");
        }
    }

    /// So a stored name, as the operator reads it, is found first.
    #[test]
    fn a_stored_name_means_itself_first() {
        for text in [
            "γιώργοσ",
            "αντώνησ.παπάς",
            "i\u{307}stanbul",
            "ada  lovelace",
        ] {
            assert_eq!(stored(text)[0], text);
        }
    }

    #[test]
    fn every_spelling_of_a_name_has_one_form() {
        for text in [
            "ΓΙΏΡΓΟΣ ΠΑΠΆΣ",
            "Γιώργος ΠΑΠΆΣ",
            "γιώργοσ παπάς",
            "γιώργος παπάς",
        ] {
            let typed = TypedName::parse(text).unwrap();
            assert_eq!(typed.name().as_str(), "γιώργος παπάς", "{text}");
        }
    }
}
