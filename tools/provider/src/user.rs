//! Who can log in.

use serde_json::{Value, json};

/// A user of the provider. They have no password: whoever chooses the name is logged in.
#[derive(Clone, Debug)]
pub struct User {
    /// What the login page's button says, and a test.
    pub name: String,
    /// The subject: `sub`.
    pub subject: String,
    /// What else is told about them: the scope `profile` gives `name`, `preferred_username` and `groups`, `email` gives
    /// `email` and `email_verified`.
    pub claims: Value,
}

impl User {
    /// A user with these claims.
    #[must_use]
    pub fn new(name: &str, subject: &str, claims: Value) -> Self {
        Self {
            name: name.to_owned(),
            subject: subject.to_owned(),
            claims,
        }
    }

    /// Two users with verified addresses, one of them in a group, and one whose address is not verified.
    #[must_use]
    pub fn samples() -> Vec<Self> {
        let user = |name: &str, subject: &str, full: &str, verified: bool| {
            let email = format!("{name}@example.com");
            let claims = json!({"name": full, "preferred_username": name, "email": email, "email_verified": verified});
            Self::new(name, subject, claims)
        };
        let mut ada = user("ada", "248289761001", "Ada Lovelace", true);
        if let Some(claims) = ada.claims.as_object_mut() {
            claims.insert("groups".to_owned(), json!(["staff"]));
        }
        vec![
            ada,
            user("ben", "248289761002", "Ben Bitdiddle", true),
            user("eve", "248289761003", "Eve Unverified", false),
        ]
    }

    /// What the scopes tell about them (`OpenID` Connect Core 1.0, section 5.4).
    pub(crate) fn told(&self, scopes: &[String]) -> Vec<(String, Value)> {
        let claims = self.claims.as_object().into_iter().flatten();
        let told = claims.filter(|(name, _)| {
            let scope = if name.starts_with("email") {
                "email"
            } else {
                "profile"
            };
            scopes.iter().any(|it| it == scope)
        });
        told.map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }
}
