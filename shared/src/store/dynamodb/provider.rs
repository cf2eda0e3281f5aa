//! Flows (`f#…`), what a provider's session has brought (`i#…`), and who is barred (`b#…`), in the table of the sessions.

use std::collections::HashMap;

use aws_sdk_dynamodb::{error::SdkError, primitives::Blob, types::AttributeValue};

use super::{DynamoStore, item, notes, once};
use crate::{
    aws::fault,
    claim::Former,
    fault::{FaultKind, StoreError},
    flow::{Flow, FlowKey},
    id::SessionKey,
    identity::ProviderKey,
    store::ProviderStore,
    time::UnixSeconds,
    user::UserName,
};

type Item = HashMap<String, AttributeValue>;

/// The condition of a put that overwrites nothing.
const ABSENT: &str = "attribute_not_exists(id)";

/// The condition of a delete that says whether something was there.
const PRESENT: &str = "attribute_exists(id)";

impl ProviderStore for DynamoStore {
    async fn put_flow(&self, key: &FlowKey, flow: &Flow) -> Result<bool, StoreError> {
        self.put(of_flow(key, flow)).await
    }

    async fn flow(&self, key: &FlowKey, now: UnixSeconds) -> Result<Option<Flow>, StoreError> {
        let Some(item) = self.read(item::text(key.as_str())).await? else {
            return Ok(None);
        };
        let flow = read_flow(&item).ok_or_else(|| damaged("the item of a flow"))?;
        Ok((now < flow.expires()).then_some(flow))
    }

    async fn take_flow(&self, key: &FlowKey) -> Result<bool, StoreError> {
        self.delete(item::text(key.as_str())).await
    }

    async fn users_of(&self, sid: &ProviderKey) -> Result<Vec<UserName>, StoreError> {
        let Some(item) = self.read(notes::brought_key(sid)).await? else {
            return Ok(Vec::new());
        };
        let users = item.get("brought").and_then(|it| it.as_ss().ok());
        let users = users.ok_or_else(|| damaged("the item of a provider's session"))?;
        Ok(users.iter().cloned().map(UserName::from_stored).collect())
    }

    async fn bar(&self, user: &UserName, since: UnixSeconds) -> Result<(), StoreError> {
        let item = Item::from([
            ("id".to_owned(), notes::barred_key(user)),
            ("since".to_owned(), item::seconds(since)),
        ]);
        self.put(item).await.map(drop)
    }

    async fn unbar(&self, user: &UserName) -> Result<bool, StoreError> {
        self.delete(notes::barred_key(user)).await
    }

    async fn barred(&self, user: &UserName) -> Result<Option<UnixSeconds>, StoreError> {
        let Some(item) = self.read(notes::barred_key(user)).await? else {
            return Ok(None);
        };
        let since = item::moment(&item, "since");
        since
            .map(Some)
            .ok_or_else(|| damaged("the item of a barred user"))
    }
}

impl DynamoStore {
    /// Puts `item`, if nothing lies under its key; `false`: something does. It is sent once: a second attempt might come after the item
    /// was deleted, and put it again.
    async fn put(&self, item: Item) -> Result<bool, StoreError> {
        let put = self.client.put_item().table_name(&self.table);
        let put = put.set_item(Some(item)).condition_expression(ABSENT);
        match put.customize().config_override(once()).send().await {
            Ok(_) => Ok(true),
            Err(SdkError::ServiceError(error))
                if error.err().is_conditional_check_failed_exception() =>
            {
                Ok(false)
            }
            Err(error) => Err(fault::from_sdk(&error, &self.table)),
        }
    }

    /// Deletes what lies under `key`; `false`: nothing does. It is sent once: a second attempt might come after a new item was put.
    async fn delete(&self, key: AttributeValue) -> Result<bool, StoreError> {
        let delete = self.client.delete_item().table_name(&self.table);
        let delete = delete.key("id", key).condition_expression(PRESENT);
        match delete.customize().config_override(once()).send().await {
            Ok(_) => Ok(true),
            Err(SdkError::ServiceError(error))
                if error.err().is_conditional_check_failed_exception() =>
            {
                Ok(false)
            }
            Err(error) => Err(fault::from_sdk(&error, &self.table)),
        }
    }
}

fn of_flow(key: &FlowKey, flow: &Flow) -> Item {
    let boolean = AttributeValue::Bool;
    let presented = flow.presented.as_ref();
    let attributes = [
        ("id", Some(item::text(key.as_str()))),
        ("cookie", Some(AttributeValue::B(Blob::new(flow.cookie)))),
        ("presented", presented.map(|it| item::text(it.key.as_str()))),
        ("verified", presented.map(|it| boolean(it.verified))),
        ("return_to", flow.return_to.as_deref().map(item::text)),
        ("remember", Some(boolean(flow.remember))),
        ("recent", Some(boolean(flow.recent))),
        ("prompted", Some(boolean(flow.prompted))),
        ("started", Some(item::seconds(flow.started))),
        ("expires", Some(item::seconds(flow.expires()))),
    ];
    let attributes = attributes.into_iter();
    attributes
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect()
}

/// The flow in an item; `None` if a field is missing or has the wrong type.
fn read_flow(item: &Item) -> Option<Flow> {
    let key = item::optional(item, "presented", item::string).ok()?;
    let presented = match key {
        None => None,
        Some(key) => Some(Former {
            key: SessionKey::from_stored(key.to_owned()),
            verified: item::boolean(item, "verified")?,
            at: None,
        }),
    };
    let cookie = item.get("cookie")?.as_b().ok()?;
    Some(Flow {
        cookie: cookie.as_ref().try_into().ok()?,
        presented,
        return_to: item::optional(item, "return_to", item::string)
            .ok()?
            .map(str::to_owned),
        remember: item::boolean(item, "remember")?,
        recent: item::boolean(item, "recent")?,
        prompted: item::boolean(item, "prompted")?,
        started: item::moment(item, "started")?,
    })
}

fn damaged(what: &str) -> StoreError {
    StoreError {
        kind: FaultKind::Damaged,
        source: format!("{what} lacks a field, or a field has the wrong type").into(),
    }
}
