//! Password users in `DynamoDB`: a table of their own, which the authorizer's role can't reach.
//!
//! | attribute | type | meaning |
//! |---|---|---|
//! | `id` | S | `p#` and the user's canonical name: the prefix keeps names apart from items of other kinds |
//! | `record` | S | a random name of this record: a record that was removed before had another |
//! | `hash` | S | the password's hash, a PHC string |
//! | `disabled` | BOOL | whether the user is barred from logging in |
//! | `version` | N | counts the writes |
//! | `created`, `changed` | N | Unix seconds |
//! | `marks` | L of S | random marks of the latest writes but the first |
//!
//! An item of `id` and `record` alone is a *claim*: the name was about to be added, and there is no such user.

mod request;
mod seen;

use aws_sdk_dynamodb::{
    Client, operation::update_item::builders::UpdateItemFluentBuilder, types::AttributeValue,
};

use self::request::{Written, number, random, text};
use super::{
    hash::PasswordHash,
    store::{UserRecord, UserStore},
};
use crate::{
    fault::{FaultKind, StoreError},
    time::UnixSeconds,
    user::UserName,
};

/// How often a write is decided again because others changed the record meanwhile.
const TRIES: usize = 100;

/// How often a claim of a name is tried while it is not answered.
const CLAIMS: usize = 3;

/// Users in one `DynamoDB` table.
///
/// The client gives an attempt up and makes another one; the first may land seconds later. So every write demands the
/// record as it was read: an attempt that lands after its answer, after another write or after a removal changes
/// nothing (docs/decisions/0010).
#[derive(Clone, Debug)]
pub struct DynamoUserStore {
    client: Client,
    table: String,
}

impl DynamoUserStore {
    /// A store over `table`, whose partition key is `id` (S).
    #[must_use]
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// Sets `field` of the user's record, if there is one.
    async fn change(
        &self,
        user: &UserName,
        now: UnixSeconds,
        field: &str,
        value: AttributeValue,
    ) -> Result<bool, StoreError> {
        let mark = random()?;
        let mut there = self.read(user).await?;
        for _ in 0..TRIES {
            let Some(seen) = there.filter(|seen| !seen.is_claim()) else {
                return Ok(false);
            };
            // The refused attempt was the second: the first one had been made, and its answer was lost.
            if seen.is_marked(&mark) {
                return Ok(true);
            }
            let update = |request: UpdateItemFluentBuilder| {
                request
                    .update_expression(
                        "SET #field = :value, changed = :now, #version = :next, marks = :marks",
                    )
                    .expression_attribute_names("#field", field)
                    .expression_attribute_values(":value", value.clone())
                    .expression_attribute_values(":now", number(now.0))
                    .expression_attribute_values(":next", number(seen.next_version()))
                    .expression_attribute_values(":marks", seen.marks_and(&mark))
            };
            there = match self.update(user, &seen, update).await? {
                Written::Made => return Ok(true),
                Written::Refused(there) => there,
            };
        }
        Err(self.contended())
    }

    fn contended(&self) -> StoreError {
        StoreError {
            kind: FaultKind::Unavailable,
            source: format!(
                "table {}: others changed the record each time before it could be written",
                self.table
            )
            .into(),
        }
    }
}

impl UserStore for DynamoUserStore {
    async fn find(&self, user: &UserName) -> Result<Option<UserRecord>, StoreError> {
        let there = self.read(user).await?;
        let record = there.filter(|seen| !seen.is_claim());
        record.map(|seen| seen.record()).transpose()
    }

    /// Claims the name, then puts the record in place of the claim: so that no attempt at either that arrives after the
    /// user was removed makes a user again.
    async fn add(
        &self,
        user: &UserName,
        hash: &PasswordHash,
        now: UnixSeconds,
    ) -> Result<bool, StoreError> {
        let mut claims = 0;
        let mut there = self.read(user).await?;
        for _ in 0..TRIES {
            let Some(seen) = there else {
                claims += 1;
                match self.claim(user).await {
                    Err(error) if error.kind != FaultKind::Unavailable || claims == CLAIMS => {
                        return Err(error);
                    }
                    // The next read shows whether the claim was made, and by whom.
                    _ => there = self.read(user).await?,
                }
                continue;
            };
            if !seen.is_claim() {
                // If the salt is this call's, an attempt of this call was made, and its answer was lost.
                return Ok(seen.holds(&text(hash)));
            }
            let fill = |request: UpdateItemFluentBuilder| {
                request
                    .update_expression(
                        "SET #hash = :hash, disabled = :no, #version = :zero, created = :now, changed = :now",
                    )
                    .expression_attribute_values(":hash", text(hash))
                    .expression_attribute_values(":no", AttributeValue::Bool(false))
                    .expression_attribute_values(":zero", number(0))
                    .expression_attribute_values(":now", number(now.0))
            };
            there = match self.update(user, &seen, fill).await? {
                Written::Made => return Ok(true),
                Written::Refused(there) => there,
            };
        }
        Err(self.contended())
    }

    async fn set_password(
        &self,
        user: &UserName,
        hash: &PasswordHash,
        now: UnixSeconds,
    ) -> Result<bool, StoreError> {
        self.change(user, now, "hash", text(hash)).await
    }

    async fn set_disabled(
        &self,
        user: &UserName,
        disabled: bool,
        now: UnixSeconds,
    ) -> Result<bool, StoreError> {
        let disabled = AttributeValue::Bool(disabled);
        self.change(user, now, "disabled", disabled).await
    }

    async fn remove(&self, user: &UserName) -> Result<bool, StoreError> {
        let Some(mut seen) = self.read(user).await? else {
            return Ok(false);
        };
        for _ in 0..TRIES {
            let there = match self.delete(user, &seen).await? {
                Written::Made => return Ok(!seen.is_claim()),
                Written::Refused(there) => there,
            };
            match there {
                Some(changed) if changed.is_of_record(&seen) => seen = changed,
                // The record that was seen is gone; anything there now was added since.
                _ => return Ok(!seen.is_claim()),
            }
        }
        Err(self.contended())
    }
}
