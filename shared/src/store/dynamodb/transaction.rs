//! A change as the items of one transaction.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    error::BuildError,
    types::{AttributeValue, ConditionCheck, Delete, Put, TransactWriteItem, Update},
};

use super::{ALIVE, item, notes};
use crate::{
    id::SessionRef,
    store::{AllEnded, Change, Delete as SessionDelete, Expected, Retire, Spent, UserEdit},
    user::UserName,
};

/// The items that make `change` in `table`: the session to put first, the notes last.
pub(super) fn items(table: &str, change: &Change) -> Result<Vec<TransactWriteItem>, BuildError> {
    let put = change.put.iter().map(|(key, session)| {
        let put = Put::builder()
            .table_name(table)
            .set_item(Some(item::of_session(key, session)))
            .condition_expression("attribute_not_exists(id)")
            .build()?;
        Ok(TransactWriteItem::builder().put(put).build())
    });
    let retire = change.retire.iter().map(|retire| retiring(table, retire));
    let deletes = change.delete.iter().map(|delete| deleting(table, delete));
    let users = change
        .users
        .iter()
        .map(|(user, edit)| user_item(table, user, edit));
    let spent = change.spent.iter().map(|spent| occupying(table, spent));
    let first = put.chain(retire).chain(deletes);
    let notes = change.notes.iter().map(|note| notes::write(table, note));
    first.chain(users).chain(spent).chain(notes).collect()
}

fn occupying(table: &str, spent: &Spent) -> Result<TransactWriteItem, BuildError> {
    let put = Put::builder()
        .table_name(table)
        .set_item(Some(item::of_spent(spent)))
        .condition_expression("attribute_not_exists(id)")
        .build()?;
    Ok(TransactWriteItem::builder().put(put).build())
}

fn retiring(table: &str, retire: &Retire) -> Result<TransactWriteItem, BuildError> {
    let update = Update::builder()
        .table_name(table)
        .key("id", item::text(retire.key.as_str()))
        .update_expression(
            "SET successor = :successor, grace_expires = :grace, #data = :none REMOVE marks",
        )
        .condition_expression(format!("{ALIVE} AND version = :version"))
        .expression_attribute_names("#data", "data")
        .expression_attribute_values(":successor", item::text(retire.successor.as_str()))
        .expression_attribute_values(":grace", item::seconds(retire.grace_expires))
        .expression_attribute_values(":none", AttributeValue::M(HashMap::new()))
        .expression_attribute_values(":version", item::number(&retire.version))
        .expression_attribute_values(":now", item::seconds(retire.now))
        .build()?;
    Ok(TransactWriteItem::builder().update(update).build())
}

fn deleting(table: &str, delete: &SessionDelete) -> Result<TransactWriteItem, BuildError> {
    let request = Delete::builder()
        .table_name(table)
        .key("id", item::text(delete.key.as_str()));
    let request = match delete.expected {
        Expected::Anything => request,
        Expected::Current => request.condition_expression("attribute_not_exists(successor)"),
        Expected::Version(version) => request
            .condition_expression("attribute_not_exists(successor) AND version = :version")
            .expression_attribute_values(":version", item::number(&version)),
    };
    Ok(TransactWriteItem::builder()
        .delete(request.build()?)
        .build())
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
        UserEdit::Absent => {
            let check = ConditionCheck::builder()
                .table_name(table)
                .key("id", key)
                .condition_expression("attribute_not_exists(id)")
                .build()?;
            return Ok(TransactWriteItem::builder().condition_check(check).build());
        }
        UserEdit::Enter {
            reference,
            entry,
            epoch,
            cap,
            swept,
            drop,
        } => {
            let mut parts = Parts::of(drop);
            parts.name("#new", reference.as_str());
            parts.value(":entry", item::of_entry(entry));
            parts.value(":epoch", item::number(epoch));
            parts.value(":room", item::number(&(cap + drop.len())));
            parts.sets.push("#sessions.#new = :entry");
            parts.conditions.push("epoch = :epoch".to_owned());
            parts.conditions.push("size(#sessions) < :room".to_owned());
            parts.require_all();
            // The item outlives its last session, and a parallel login may have moved its end further on.
            if entry.expires >= *swept {
                parts.value(":expires", item::seconds(entry.expires));
                parts.sets.push("expires = :expires");
                parts.conditions.push("expires <= :expires".to_owned());
            }
            parts.removes = parts.paths.clone();
            parts
        }
        UserEdit::Leave { drop } => {
            let mut parts = Parts::of(drop);
            // A list that is not a map can't be changed: the transaction is refused.
            parts.value(":map", item::text("M"));
            parts
                .conditions
                .push("attribute_type(#sessions, :map)".to_owned());
            parts.removes = parts.paths.clone();
            parts
        }
        UserEdit::Move {
            reference,
            from,
            to,
        } => {
            let mut parts = Parts::of(std::slice::from_ref(reference));
            parts.value(":from", item::text(from.as_str()));
            parts.value(":to", item::text(to.as_str()));
            parts.name("#key", "key");
            parts.sets.push("#sessions.#old0.#key = :to");
            parts
                .conditions
                .push("#sessions.#old0.#key = :from".to_owned());
            parts
        }
        UserEdit::Evict { drop, listed } => {
            let mut parts = Parts::of(drop);
            parts.value(":count", item::number(listed));
            parts.conditions.push("size(#sessions) = :count".to_owned());
            parts.require_all();
            parts.removes = parts.paths.clone();
            parts
        }
        UserEdit::EndAll {
            epoch,
            ended,
            sessions,
            keep,
        } => ending_all(*epoch, ended.as_ref(), sessions, keep),
    };
    let update = update.into_update(table, key)?;
    Ok(TransactWriteItem::builder().update(update).build())
}

/// The parts of [`UserEdit::EndAll`].
fn ending_all(
    epoch: u64,
    ended: Option<&AllEnded>,
    sessions: &[SessionRef],
    keep: &[SessionRef],
) -> Parts {
    let mut parts = Parts::of(sessions);
    parts.value(":epoch", item::number(&epoch));
    parts.value(":next", item::number(&(epoch + 1)));
    parts.value(":count", item::number(&(sessions.len() + keep.len())));
    parts.sets.push("epoch = :next");
    if let Some(AllEnded { at, expires }) = ended {
        parts.value(":ended", item::seconds(*at));
        parts.value(":expires", item::seconds(*expires));
        parts.sets.push("ended = :ended");
        parts.sets.push("expires = :expires");
    }
    parts.conditions.push("epoch = :epoch".to_owned());
    parts.conditions.push("size(#sessions) = :count".to_owned());
    parts.require_all();
    for (index, keep) in keep.iter().enumerate() {
        parts.name(&format!("#keep{index}"), keep.as_str());
        parts
            .conditions
            .push(format!("attribute_exists(#sessions.#keep{index})"));
    }
    parts.removes = parts.paths.clone();
    parts
}

/// The parts of an update of a user item. The names of sessions may begin with any character of base64url, so each is
/// an expression attribute name.
struct Parts {
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
    sets: Vec<&'static str>,
    removes: Vec<String>,
    conditions: Vec<String>,
    /// The entries that the edit is about.
    paths: Vec<String>,
}

impl Parts {
    fn of(sessions: &[SessionRef]) -> Self {
        let mut parts = Self {
            names: HashMap::from([("#sessions".to_owned(), "sessions".to_owned())]),
            values: HashMap::new(),
            sets: Vec::new(),
            removes: Vec::new(),
            conditions: Vec::new(),
            paths: Vec::new(),
        };
        for (index, reference) in sessions.iter().enumerate() {
            parts.name(&format!("#old{index}"), reference.as_str());
            parts.paths.push(format!("#sessions.#old{index}"));
        }
        parts
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
