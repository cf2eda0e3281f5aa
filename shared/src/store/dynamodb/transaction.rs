//! A change as the items of one transaction.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    error::BuildError,
    types::{AttributeValue, Delete, Put, TransactWriteItem, Update},
};

use super::item;
use crate::{
    id::SessionRef,
    store::{Change, UserEdit},
    user::UserName,
};

/// The items that make `change` in `table`: the session to put first.
pub(super) fn items(table: &str, change: &Change) -> Result<Vec<TransactWriteItem>, BuildError> {
    let put = change.put.iter().map(|(key, session)| {
        let put = Put::builder()
            .table_name(table)
            .set_item(Some(item::of_session(key, session)))
            .condition_expression("attribute_not_exists(id)")
            .build()?;
        Ok(TransactWriteItem::builder().put(put).build())
    });
    let deletes = change.delete.iter().map(|key| {
        let delete = Delete::builder()
            .table_name(table)
            .key("id", item::text(key.as_str()))
            .build()?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    });
    let users = change
        .users
        .iter()
        .map(|(user, edit)| user_item(table, user, edit));
    put.chain(deletes).chain(users).collect()
}

fn user_item(
    table: &str,
    user: &UserName,
    edit: &UserEdit,
) -> Result<TransactWriteItem, BuildError> {
    let key = item::text(&item::user_key(user));
    let update = match edit {
        UserEdit::Open { reference, entry } => {
            let sessions = HashMap::from([(reference.as_str().to_owned(), item::of_entry(entry))]);
            let put = Put::builder()
                .table_name(table)
                .item("id", key)
                .item("sessions", AttributeValue::M(sessions))
                .item("epoch", item::number(&0))
                .item("expires", item::seconds(entry.expires))
                .condition_expression("attribute_not_exists(id)")
                .build()?;
            return Ok(TransactWriteItem::builder().put(put).build());
        }
        UserEdit::Enter {
            reference,
            entry,
            epoch,
            cap,
            swept,
            drop,
        } => {
            let mut edit = Edit::of(drop);
            edit.name("#new", reference.as_str());
            edit.value(":entry", item::of_entry(entry));
            edit.value(":epoch", item::number(epoch));
            edit.value(":room", item::number(&(cap + drop.len())));
            edit.sets.push("#sessions.#new = :entry");
            edit.conditions.push("epoch = :epoch".to_owned());
            edit.conditions.push("size(#sessions) < :room".to_owned());
            edit.require_all();
            // The item outlives its last session, and a parallel login may have moved this further on.
            if entry.expires >= *swept {
                edit.value(":expires", item::seconds(entry.expires));
                edit.sets.push("expires = :expires");
                edit.conditions.push("expires <= :expires".to_owned());
            }
            edit.removes = edit.paths.clone();
            edit
        }
        UserEdit::Leave { drop } => {
            let mut edit = Edit::of(drop);
            // A list that is none can't be changed: it takes part in no transaction.
            edit.value(":map", item::text("M"));
            edit.conditions
                .push("attribute_type(#sessions, :map)".to_owned());
            edit.removes = edit.paths.clone();
            edit
        }
        UserEdit::EndAll { epoch, sessions } => {
            let mut edit = Edit::of(sessions);
            edit.value(":none", AttributeValue::M(HashMap::new()));
            edit.value(":epoch", item::number(epoch));
            edit.value(":next", item::number(&(epoch + 1)));
            edit.value(":count", item::number(&sessions.len()));
            edit.sets.push("#sessions = :none");
            edit.sets.push("epoch = :next");
            edit.conditions.push("epoch = :epoch".to_owned());
            edit.conditions.push("size(#sessions) = :count".to_owned());
            edit.require_all();
            edit
        }
    };
    let update = update.into_update(table, key)?;
    Ok(TransactWriteItem::builder().update(update).build())
}

/// The parts of an update of a user item. The names of sessions may begin with any character of base64url, so each is
/// an expression attribute name.
struct Edit {
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
    sets: Vec<&'static str>,
    removes: Vec<String>,
    conditions: Vec<String>,
    /// The entries that the edit is about.
    paths: Vec<String>,
}

impl Edit {
    fn of(sessions: &[SessionRef]) -> Self {
        let mut edit = Self {
            names: HashMap::from([("#sessions".to_owned(), "sessions".to_owned())]),
            values: HashMap::new(),
            sets: Vec::new(),
            removes: Vec::new(),
            conditions: Vec::new(),
            paths: Vec::new(),
        };
        for (index, reference) in sessions.iter().enumerate() {
            edit.name(&format!("#old{index}"), reference.as_str());
            edit.paths.push(format!("#sessions.#old{index}"));
        }
        edit
    }

    fn name(&mut self, placeholder: &str, name: &str) {
        self.names.insert(placeholder.to_owned(), name.to_owned());
    }

    fn value(&mut self, placeholder: &str, value: AttributeValue) {
        self.values.insert(placeholder.to_owned(), value);
    }

    /// Makes it a condition that every entry is still there.
    fn require_all(&mut self) {
        let there = self
            .paths
            .iter()
            .map(|path| format!("attribute_exists({path})"));
        self.conditions.extend(there);
    }

    fn into_update(self, table: &str, key: AttributeValue) -> Result<Update, BuildError> {
        let mut expression = String::new();
        if !self.sets.is_empty() {
            expression = format!("SET {} ", self.sets.join(", "));
        }
        if !self.removes.is_empty() {
            expression.push_str("REMOVE ");
            expression.push_str(&self.removes.join(", "));
        }
        Update::builder()
            .table_name(table)
            .key("id", key)
            .update_expression(expression)
            .condition_expression(self.conditions.join(" AND "))
            .set_expression_attribute_names(Some(self.names))
            .set_expression_attribute_values((!self.values.is_empty()).then_some(self.values))
            .build()
    }
}
