//! Users who prove who they are with a password.
//!
//! A login names a user and shows a password; [`PasswordCredential`] checks it against the user's record in a
//! [`store::UserStore`] of its own table, which only the login and the operator's command can reach.

pub mod account;
#[cfg(feature = "dynamodb")]
pub mod dynamodb;
pub mod hash;
pub mod memory;
mod prepare;
#[cfg(test)]
mod races;
#[cfg(feature = "password-rules")]
pub mod rules;
pub mod store;

use std::{borrow::Cow, fmt};

use self::{
    hash::Verifier,
    prepare::Rule,
    store::{UserRecord, UserStore},
};
use crate::{
    audit::{Cause, Event},
    create::Credential,
    fault::{FaultKind, StoreError},
    user::UserName,
};

/// A password as it was received: 1 to 1024 bytes, neither trimmed nor cut (OWASP ASVS 5.0, 6.2.8). Keyboards send the
/// same letters in different forms of Unicode: what is hashed is one form of it (`prepare.rs`).
///
/// Deliberately neither `Clone`, `PartialEq` nor `Display`: it is checked against a hash, and goes nowhere else.
pub struct Password(String);

impl Password {
    /// The most bytes of a password: a longer one is refused before anything is computed from it.
    pub const MOST_BYTES: usize = 1024;

    /// The least characters (code points) of a new password that is the only factor (NIST SP 800-63B-4, 3.1.1.2).
    pub const LEAST_CHARACTERS: usize = 15;

    /// The same where it is one factor of two (same section).
    pub const LEAST_OF_TWO_FACTORS: usize = 8;

    /// Takes a password that a login presents, of 1 to 1024 bytes.
    pub fn received(text: String) -> Result<Self, InvalidPassword> {
        match text.len() {
            0 => Err(InvalidPassword::Empty),
            1..=Self::MOST_BYTES => Ok(Self(text)),
            _ => Err(InvalidPassword::TooLong),
        }
    }

    /// Takes a new password that is the only factor.
    pub fn chosen(text: String) -> Result<Self, InvalidPassword> {
        Self::chosen_of(text, Self::LEAST_CHARACTERS)
    }

    /// Takes a new password of at least so many characters: of [`Self::LEAST_OF_TWO_FACTORS`] even if `least` is fewer.
    pub fn chosen_of(text: String, least: usize) -> Result<Self, InvalidPassword> {
        let least = least.max(Self::LEAST_OF_TWO_FACTORS);
        let password = Self::received(text)?;
        if Rule::Opaque.apply(&password.0).chars().count() < least {
            return Err(InvalidPassword::TooShort(least));
        }
        Ok(password)
    }

    /// The text that is hashed by `rule`.
    fn text(&self, rule: Rule) -> Cow<'_, str> {
        rule.apply(&self.0)
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}

/// Why a text can't be a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidPassword {
    /// It is empty.
    Empty,
    /// A new password has fewer characters than this.
    TooShort(usize),
    /// It has more than 1024 bytes.
    TooLong,
}

impl fmt::Display for InvalidPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the password is empty"),
            Self::TooShort(least) => write!(
                f,
                "the password is too short: it needs at least {least} characters"
            ),
            Self::TooLong => write!(
                f,
                "the password is too long: it has room for {} bytes",
                Password::MOST_BYTES
            ),
        }
    }
}

impl std::error::Error for InvalidPassword {}

/// A password that a login presents, and what it is checked by.
#[derive(Debug)]
pub struct PasswordCredential<'a, U> {
    /// Where the users are.
    pub users: &'a U,
    /// What it shows.
    pub password: &'a Password,
    /// What checks it.
    pub verifier: &'a Verifier,
}

impl<U: UserStore> Credential for PasswordCredential<'_, U> {
    type Proof = UserRecord;

    /// One argon2 run, whether the password is right or wrong, the user unknown or disabled, the record damaged.
    async fn verify(&self, user: &UserName) -> Result<Option<UserRecord>, StoreError> {
        let record = match self.users.find(user).await {
            // A user of a provider has no password, whatever the table says.
            Ok(record) => record.filter(|record| !record.disabled && !user.is_provided()),
            // As for an unknown user: the answer must not tell that there is a record.
            Err(error) if error.kind == FaultKind::Damaged => {
                let source = Cause::alone(error.source.as_ref());
                Event::UserDamaged { user, source }.log();
                None
            }
            Err(error) => return Err(error),
        };
        let hash = record.as_ref().map(|record| &record.hash);
        let matches = self
            .verifier
            .verify(self.password, hash)
            .map_err(|error| StoreError {
                kind: FaultKind::Unavailable,
                source: Box::new(error),
            })?;
        Ok(record.filter(|_| matches))
    }

    /// Whether the record is still the one that was checked, untouched.
    async fn still_holds(&self, user: &UserName, proof: &UserRecord) -> Result<bool, StoreError> {
        match self.users.find(user).await {
            Ok(record) => Ok(record.as_ref() == Some(proof)),
            Err(error) if error.kind == FaultKind::Damaged => Ok(false),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        hash::{
            PasswordHash,
            tests::{cheap_hash, cheap_verifier, checks},
        },
        memory::MemoryUserStore,
        *,
    };
    use crate::time::UnixSeconds;

    const NOW: UnixSeconds = UnixSeconds(1);

    fn name(text: &str) -> UserName {
        UserName::parse(text).unwrap()
    }

    #[test]
    fn a_password_is_taken_within_its_lengths() {
        use InvalidPassword::{Empty, TooLong, TooShort};
        #[rustfmt::skip]
        let cases = [
            // name             text                     received       chosen
            ("empty",           String::new(),           Some(Empty),   Some(Empty)),
            ("a space",         " ".to_owned(),          None,          Some(TooShort(15))),
            ("14 characters",   "a".repeat(14),          None,          Some(TooShort(15))),
            ("14 of 4 bytes",   "\u{1f511}".repeat(14),  None,          Some(TooShort(15))),
            ("15 characters",   "a".repeat(15),          None,          None),
            ("15 spaces",       " ".repeat(15),          None,          None),
            // Eight letters, each of two code points.
            ("8 decomposed",    "u\u{308}".repeat(8),    None,          Some(TooShort(15))),
            ("15 decomposed",   "u\u{308}".repeat(15),   None,          None),
            ("64 characters",   "a".repeat(64),          None,          None),
            ("1024 bytes",      "a".repeat(1024),        None,          None),
            ("1025 bytes",      "a".repeat(1025),        Some(TooLong), Some(TooLong)),
            ("1025 in 513",     "\u{e9}".repeat(513),    Some(TooLong), Some(TooLong)),
            ("a megabyte",      "a".repeat(1 << 20),     Some(TooLong), Some(TooLong)),
        ];
        for (name, text, received, chosen) in cases {
            assert_eq!(Password::received(text.clone()).err(), received, "{name}");
            assert_eq!(Password::chosen(text).err(), chosen, "{name}");
        }
        for least in [0, 8] {
            let of = |length| Password::chosen_of("a".repeat(length), least).err();
            assert_eq!((of(7), of(8)), (Some(TooShort(8)), None), "{least}");
        }
    }

    #[test]
    fn debug_shows_nothing_of_a_password() {
        let password = Password::received("canary".to_owned()).unwrap();
        let credential = PasswordCredential {
            users: &MemoryUserStore::default(),
            password: &password,
            verifier: &cheap_verifier(),
        };
        assert_eq!(format!("{password:?}"), "Password(..)");
        assert!(!format!("{credential:?}").contains("canary"));
    }

    /// A store that fails in one way.
    #[derive(Debug)]
    struct Failing(FaultKind);

    impl Failing {
        fn fault(&self) -> StoreError {
            StoreError {
                kind: self.0,
                source: "rigged".into(),
            }
        }
    }

    impl UserStore for Failing {
        async fn find(&self, _: &UserName) -> Result<Option<UserRecord>, StoreError> {
            Err(self.fault())
        }

        async fn add(
            &self,
            _: &UserName,
            _: &PasswordHash,
            _: UnixSeconds,
        ) -> Result<bool, StoreError> {
            Err(self.fault())
        }

        async fn set_password(
            &self,
            _: &UserName,
            _: &PasswordHash,
            _: UnixSeconds,
        ) -> Result<bool, StoreError> {
            Err(self.fault())
        }

        async fn set_disabled(
            &self,
            _: &UserName,
            _: bool,
            _: UnixSeconds,
        ) -> Result<bool, StoreError> {
            Err(self.fault())
        }

        async fn remove(&self, _: &UserName) -> Result<bool, StoreError> {
            Err(self.fault())
        }
    }

    /// Whether the credential is right, and which argon2 were run to tell.
    async fn verify(
        users: &impl UserStore,
        user: &str,
        password: &str,
    ) -> (Result<bool, FaultKind>, Vec<String>) {
        let verifier = cheap_verifier();
        let credential = PasswordCredential {
            users,
            password: &Password::received(password.to_owned()).unwrap(),
            verifier: &verifier,
        };
        let answer = credential.verify(&name(user)).await;
        (
            answer
                .map(|proof| proof.is_some())
                .map_err(|error| error.kind),
            checks(&verifier),
        )
    }

    #[tokio::test]
    async fn every_answer_costs_one_argon2() {
        let users = MemoryUserStore::default();
        for user in ["ada", "bob", "oidc-ada"] {
            assert!(
                users
                    .add(&name(user), &cheap_hash("right"), NOW)
                    .await
                    .unwrap()
            );
        }
        assert!(users.set_disabled(&name("bob"), true, NOW).await.unwrap());
        let damaged = Failing(FaultKind::Damaged);
        #[rustfmt::skip]
        let cases = [
            ("right",             verify(&users, "ada", "right").await,   true),
            ("wrong",             verify(&users, "ada", "wrong").await,   false),
            ("unknown user",      verify(&users, "eve", "right").await,   false),
            ("disabled, right",   verify(&users, "bob", "right").await,   false),
            ("a provider's user", verify(&users, "oidc-ada", "right").await, false),
            ("disabled, wrong",   verify(&users, "bob", "wrong").await,   false),
            ("damaged record",    verify(&damaged, "ada", "right").await, false),
        ];
        for (name, (answer, checks), expected) in cases {
            assert_eq!(answer, Ok(expected), "{name}");
            assert_eq!(checks, ["m=8,t=1,p=1"], "{name}");
        }
    }

    #[tokio::test]
    async fn a_fault_of_the_store_is_no_answer() {
        for kind in [FaultKind::Unavailable, FaultKind::Misconfigured] {
            let (answer, checks) = verify(&Failing(kind), "ada", "right").await;
            assert_eq!(answer, Err(kind));
            assert!(checks.is_empty());
        }
    }

    #[tokio::test]
    async fn a_proof_holds_until_the_next_write() {
        let (ada, hash) = (name("ada"), cheap_hash("right"));
        let users = MemoryUserStore::default();
        let credential = PasswordCredential {
            users: &users,
            password: &Password::received("right".to_owned()).unwrap(),
            verifier: &cheap_verifier(),
        };
        users.add(&ada, &hash, NOW).await.unwrap();
        let mut proof = credential.verify(&ada).await.unwrap().unwrap();
        assert!(credential.still_holds(&ada, &proof).await.unwrap());

        users.set_password(&ada, &hash, NOW).await.unwrap();
        assert!(
            !credential.still_holds(&ada, &proof).await.unwrap(),
            "same hash"
        );
        proof = credential.verify(&ada).await.unwrap().unwrap();
        users.set_disabled(&ada, true, NOW).await.unwrap();
        assert!(
            !credential.still_holds(&ada, &proof).await.unwrap(),
            "disabled"
        );
        users.set_disabled(&ada, false, NOW).await.unwrap();
        assert!(
            !credential.still_holds(&ada, &proof).await.unwrap(),
            "enabled again"
        );

        users.remove(&ada).await.unwrap();
        users.add(&ada, &hash, NOW).await.unwrap();
        proof = credential.verify(&ada).await.unwrap().unwrap();
        users.remove(&ada).await.unwrap();
        assert!(
            !credential.still_holds(&ada, &proof).await.unwrap(),
            "removed"
        );
        users.add(&ada, &cheap_hash("right"), NOW).await.unwrap();
        assert!(
            !credential.still_holds(&ada, &proof).await.unwrap(),
            "added again"
        );
    }

    #[tokio::test]
    async fn a_proof_of_a_damaged_record_holds_no_longer_and_a_fault_is_no_answer() {
        let (ada, hash) = (name("ada"), cheap_hash("right"));
        let users = MemoryUserStore::default();
        users.add(&ada, &hash, NOW).await.unwrap();
        let proof = users.find(&ada).await.unwrap().unwrap();
        for (kind, expected) in [
            (FaultKind::Damaged, Ok(false)),
            (FaultKind::Unavailable, Err(FaultKind::Unavailable)),
            (FaultKind::Misconfigured, Err(FaultKind::Misconfigured)),
        ] {
            let credential = PasswordCredential {
                users: &Failing(kind),
                password: &Password::received("right".to_owned()).unwrap(),
                verifier: &cheap_verifier(),
            };
            let holds = credential.still_holds(&ada, &proof).await;
            assert_eq!(holds.map_err(|error| error.kind), expected);
        }
    }
}
