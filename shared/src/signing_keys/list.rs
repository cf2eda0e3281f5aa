//! The list of keys as an operator handles it: made, and changed step by step so that no session ends.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{SigningKeys, step::Step};
use crate::entropy::{Entropy, EntropyError};

/// The text of a list of keys, oldest first: the form that [`SigningKeys::parse`] reads.
///
/// Like the keys themselves: no `Clone`, no `Display`, and nothing in `Debug`.
#[derive(PartialEq, Eq)]
pub struct KeyList(Vec<String>);

impl KeyList {
    /// Reads a list. The error tells what to mend and never shows a key.
    pub fn parse(text: &str) -> Result<Self, String> {
        SigningKeys::parse(text)?;
        Ok(Self(
            text.split(',').map(|key| key.trim().to_owned()).collect(),
        ))
    }

    /// A list of one new key.
    pub fn generate(entropy: &impl Entropy) -> Result<Self, EntropyError> {
        Ok(Self(vec![key(entropy)?]))
    }

    /// The list after `step`, which takes a new key from `new`. The error tells which step comes first.
    pub fn after(mut self, step: Step, new: Self) -> Result<Self, String> {
        let keys = &mut self.0;
        let newest = keys.len().saturating_sub(1);
        match step {
            Step::Accept if keys.len() >= SigningKeys::MOST => Err(format!(
                "the list has {} keys, the most there can be: drop the old ones before you accept another",
                keys.len()
            )),
            Step::Accept => {
                keys.splice(newest..newest, new.0);
                Ok(self)
            }
            Step::Sign if newest == 0 => Err(
                "the list has one key, and it signs: accept a new one before you sign with it"
                    .to_owned(),
            ),
            Step::Sign => {
                keys.swap(newest - 1, newest);
                Ok(self)
            }
            Step::Drop if newest == 0 => {
                Err("the list has one key, and it signs: there is no old one to drop".to_owned())
            }
            Step::Drop => {
                keys.drain(..newest);
                Ok(self)
            }
        }
    }

    /// The step that led from `previous` to this list, if one did.
    #[must_use]
    pub fn step_since(&self, previous: &Self) -> Option<Step> {
        let (now, before) = (self.0.as_slice(), previous.0.as_slice());
        let [rest @ .., second, last] = now else {
            return (before.len() > 1 && now.last() == before.last()).then_some(Step::Drop);
        };
        let is = |parts: &[&[String]]| parts.concat() == before;
        let last = std::slice::from_ref(last);
        if is(&[rest, last]) {
            Some(Step::Accept)
        } else if is(&[rest, last, std::slice::from_ref(second)]) {
            Some(Step::Sign)
        } else {
            None
        }
    }

    /// The text to store, and to show nowhere else.
    #[must_use]
    pub fn expose(&self) -> String {
        self.0.join(",")
    }
}

impl fmt::Debug for KeyList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyList({})", self.0.len())
    }
}

fn key(entropy: &impl Entropy) -> Result<String, EntropyError> {
    let mut bytes = [0; SigningKeys::LEAST_BYTES];
    entropy.fill(&mut bytes)?;
    Ok(STANDARD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    const B: &str = "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA=";
    const C: &str = "CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCA=";
    const N: &str = "NNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNA=";

    fn list(keys: &[&str]) -> KeyList {
        KeyList::parse(&keys.join(", ")).unwrap()
    }

    /// The keys before, the step, and the keys after.
    type Case = (
        &'static [&'static str],
        Step,
        Result<&'static [&'static str], &'static str>,
    );

    #[test]
    fn each_step_changes_one_thing() {
        #[rustfmt::skip]
        let cases: [Case; 8] = [
            (&[A],             Step::Accept, Ok(&[N, A])),
            (&[A, B],          Step::Accept, Ok(&[A, N, B])),
            (&[A, B, C, B40],  Step::Accept, Err("the list has 4 keys, the most there can be: drop the old ones before you accept another")),
            (&[N, A],          Step::Sign,   Ok(&[A, N])),
            (&[B, N, A],       Step::Sign,   Ok(&[B, A, N])),
            (&[A],             Step::Sign,   Err("the list has one key, and it signs: accept a new one before you sign with it")),
            (&[B, A, N],       Step::Drop,   Ok(&[N])),
            (&[A],             Step::Drop,   Err("the list has one key, and it signs: there is no old one to drop")),
        ];
        for (before, step, expected) in cases {
            let after = list(before).after(step, list(&[N]));
            assert_eq!(
                after,
                expected.map(list).map_err(str::to_owned),
                "{step:?} {}",
                before.len()
            );
            if let Ok(after) = after {
                assert_eq!(after.step_since(&list(before)), Some(step));
                assert!(SigningKeys::parse(&after.expose()).is_ok());
            }
        }
    }

    /// Forty bytes, in the alphabet of URLs.
    const B40: &str = "________________________________________AAAAAAAAAAAAAA";

    #[test]
    fn a_list_that_no_step_made_is_known() {
        #[rustfmt::skip]
        let cases: [(&[&str], &[&str]); 5] = [
            (&[A], &[A]), (&[A], &[B]), (&[A, B], &[A, B]), (&[A, B], &[C]), (&[A, B, C], &[C, A, B]),
        ];
        for (before, now) in cases {
            assert_eq!(list(now).step_since(&list(before)), None);
        }
    }

    #[test]
    fn a_new_key_is_32_random_bytes_that_debug_does_not_show() {
        let new = || KeyList::generate(&crate::entropy::SystemEntropy).unwrap();
        let (one, other) = (new(), new());
        assert_ne!(one.expose(), other.expose());
        assert_eq!(STANDARD.decode(one.expose()).unwrap().len(), 32);
        assert_eq!(format!("{one:?}"), "KeyList(1)");
        assert!(KeyList::parse("c2hvcnQ").is_err());
    }
}
