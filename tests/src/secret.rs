//! A password, as far as a login and the operator can tell: it is right or not, it changes, its user is disabled.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use dynamodb_session::{create::Credential, fault::StoreError, user::UserName};
use support::gate::{Gate, Verb};

use crate::stepped::{Event, Journal};

/// What the user's record says.
#[derive(Debug, Default)]
pub struct Secret {
    password: AtomicU64,
    disabled: AtomicBool,
}

impl Secret {
    /// The password, a number that grows with every change.
    #[must_use]
    pub fn password(&self) -> u64 {
        self.password.load(Ordering::SeqCst)
    }

    /// Changes the password.
    pub fn change(&self) {
        self.password.fetch_add(1, Ordering::SeqCst);
    }

    /// Disables the user.
    pub fn disable(&self) {
        self.disabled.store(true, Ordering::SeqCst);
    }

    fn is(&self, password: u64) -> bool {
        self.password() == password && !self.disabled.load(Ordering::SeqCst)
    }
}

/// A password that a login shows.
#[derive(Debug)]
pub struct Shown<'a> {
    /// What it is checked against.
    pub secret: &'a Secret,
    /// The password.
    pub password: u64,
    /// The number of the login.
    pub login: usize,
    /// Where it pauses.
    pub gate: &'a Gate,
    /// Where it writes that it was verified.
    pub journal: &'a Journal,
}

impl Credential for Shown<'_> {
    type Proof = ();

    async fn verify(&self, _: &UserName) -> Result<Option<()>, StoreError> {
        let verify = async {
            self.journal.add(Event::Verified(self.login));
            self.secret.is(self.password).then_some(())
        };
        Ok(self.gate.call(Verb::Verify, verify).await)
    }

    async fn still_holds(&self, _: &UserName, (): &()) -> Result<bool, StoreError> {
        let holds = async { self.secret.is(self.password) };
        Ok(self.gate.call(Verb::StillHolds, holds).await)
    }
}
