//! The notes of a change as items of its transaction: what a provider's session has brought (`i#…`), logouts at a provider (`l#…`),
//! used tokens (`j#…`), and who is barred (`b#…`).

use std::fmt::Write;

use aws_sdk_dynamodb::{
    error::BuildError,
    types::{AttributeValue, ConditionCheck, Put, TransactWriteItem, Update},
};

use super::item;
use crate::{identity::ProviderKey, store::Note, user::UserName};

/// The key of the item that says what a provider's session has brought.
pub(super) fn brought_key(sid: &ProviderKey) -> AttributeValue {
    item::text(&format!("i#{}", sid.as_str()))
}

/// The key of the item that bars a user.
pub(super) fn barred_key(user: &UserName) -> AttributeValue {
    item::text(&format!("b#{}", user.as_str()))
}

fn logout_key(of: &ProviderKey) -> AttributeValue {
    item::text(&format!("l#{}", of.as_str()))
}

fn token_key(token: &ProviderKey) -> AttributeValue {
    item::text(&format!("j#{}", token.as_str()))
}

/// What `note` is in a transaction over `table`.
pub(super) fn write(table: &str, note: &Note) -> Result<TransactWriteItem, BuildError> {
    let check = |key| ConditionCheck::builder().table_name(table).key("id", key);
    let put = |key| Put::builder().table_name(table).item("id", key);
    let absent = "attribute_not_exists(id)";
    let check = match note {
        Note::NotBarred(user) => check(barred_key(user)).condition_expression(absent),
        Note::Unused(token) => check(token_key(token)).condition_expression(absent),
        Note::NotLoggedOut { of, issued } => check(logout_key(of))
            .condition_expression("attribute_not_exists(id) OR issued < :issued")
            .expression_attribute_values(":issued", item::seconds(*issued)),
        Note::BroughtThese { sid, users } if users.is_empty() => {
            check(brought_key(sid)).condition_expression(absent)
        }
        Note::BroughtThese { sid, users } => {
            let mut check = check(brought_key(sid));
            let mut condition = "size(brought) = :count".to_owned();
            for (index, user) in users.iter().enumerate() {
                // Writing to a string never fails.
                let _ = write!(condition, " AND contains(brought, :user{index})");
                let user = item::text(user.as_str());
                check = check.expression_attribute_values(format!(":user{index}"), user);
            }
            check
                .condition_expression(condition)
                .expression_attribute_values(":count", item::number(&users.len()))
        }
        Note::Brought {
            sid,
            user,
            expires,
            outlived,
        } => {
            let update = Update::builder()
                .table_name(table)
                .key("id", brought_key(sid))
                .expression_attribute_values(
                    ":users",
                    AttributeValue::Ss(vec![user.as_str().to_owned()]),
                )
                .expression_attribute_values(":expires", item::seconds(*expires));
            let update = if *outlived {
                update
                    .update_expression("ADD brought :users")
                    .condition_expression("expires > :expires")
            } else {
                update
                    .update_expression("SET expires = :expires ADD brought :users")
                    .condition_expression("attribute_not_exists(id) OR expires <= :expires")
            };
            return Ok(TransactWriteItem::builder().update(update.build()?).build());
        }
        Note::LoggedOut {
            of,
            issued,
            expires,
        } => {
            let put = put(logout_key(of))
                .item("issued", item::seconds(*issued))
                .item("expires", item::seconds(*expires))
                .condition_expression("attribute_not_exists(id) OR issued <= :issued")
                .expression_attribute_values(":issued", item::seconds(*issued));
            return Ok(TransactWriteItem::builder().put(put.build()?).build());
        }
        Note::Used { token, expires } => {
            let put = put(token_key(token))
                .item("expires", item::seconds(*expires))
                .condition_expression(absent);
            return Ok(TransactWriteItem::builder().put(put.build()?).build());
        }
    };
    Ok(TransactWriteItem::builder()
        .condition_check(check.build()?)
        .build())
}
