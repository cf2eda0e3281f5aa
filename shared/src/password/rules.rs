//! What a new password may not be, besides too short (NIST SP 800-63B-4, 3.1.1.2; OWASP ASVS 5.0, 6.2.4 and 6.2.11).

mod common;

use std::fmt;

use super::{Password, prepare::Rule};
use crate::user::UserName;

/// Takes a new password of `user`, unless it is among the first that somebody would guess.
///
/// Its length is [`Password::chosen_of`]'s to check. A login takes any password: a user who has a weak one keeps it.
pub fn check(password: &Password, user: &UserName) -> Result<(), WeakPassword> {
    let text = password.text(Rule::Opaque);
    // A user who was stored long ago may have the name in another form.
    let name = UserName::parse(user.as_str());
    if name.is_ok() && UserName::parse(&text) == name {
        Err(WeakPassword::UserName)
    } else if common::is_common(&text) {
        Err(WeakPassword::Common)
    } else {
        Ok(())
    }
}

/// Why a password is among the first that somebody would guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WeakPassword {
    /// It is the user's name, in any spelling of it.
    UserName,
    /// Many people choose it, or two such passwords in a row.
    Common,
}

impl fmt::Display for WeakPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = match self {
            Self::UserName => "the user's name",
            Self::Common => "a common one, or two of them in a row",
        };
        write!(f, "the password is {reason}: choose another")
    }
}

impl std::error::Error for WeakPassword {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_that_is_among_the_first_guesses_is_refused() {
        use WeakPassword::{Common, UserName as Name};
        #[rustfmt::skip]
        let cases = [
            // name                 password                  refused
            ("the name",            "ada@example.com",        Err(Name)),
            ("another case",        "Ada@Example.COM",        Err(Name)),
            ("another width",       "\u{ff21}da@example.com", Err(Name)),
            ("two common ones",     "Password1password1",     Err(Common)),
            ("a common one",        "123456",                 Err(Common)),
            ("the name and more",   "ada@example.com!",       Ok(())),
            ("a space before it",   " ada@example.com",       Ok(())),
            ("another name",        "ada@example.org",        Ok(())),
            ("a phrase",            "correct horse battery",  Ok(())),
        ];
        let user = UserName::parse("ada@example.com").unwrap();
        for (name, text, expected) in cases {
            let password = Password::received(text.to_owned()).unwrap();
            assert_eq!(check(&password, &user), expected, "{name}");
        }
    }

    #[test]
    fn a_refusal_says_what_to_do_and_shows_no_password() {
        let user = UserName::parse("canary").unwrap();
        let password = Password::received("CANARY".to_owned()).unwrap();
        let told = check(&password, &user).unwrap_err().to_string();
        assert_eq!(told, "the password is the user's name: choose another");
    }
}
