//! How both tables are keyed, and by what sessions expire: for tools that make tables. template.yaml says the same.

use aws_sdk_dynamodb::{
    Client,
    operation::{
        create_table::builders::CreateTableFluentBuilder,
        update_time_to_live::builders::UpdateTimeToLiveFluentBuilder,
    },
    types::{
        AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
        TableDescription, TimeToLiveSpecification,
    },
};

use crate::{aws::fault, fault::StoreError};

/// The partition key of both tables, a string.
const KEY: &str = "id";

/// The attribute by which items of the session table expire, in seconds since 1970.
pub const EXPIRY: &str = "expires";

/// A request that makes `table` with its key, paid for by the request.
pub fn create(client: &Client, table: &str) -> Result<CreateTableFluentBuilder, StoreError> {
    let attribute = AttributeDefinition::builder()
        .attribute_name(KEY)
        .attribute_type(ScalarAttributeType::S);
    let key = KeySchemaElement::builder()
        .attribute_name(KEY)
        .key_type(KeyType::Hash);
    Ok(client
        .create_table()
        .table_name(table)
        .attribute_definitions(attribute.build().map_err(fault::from_build)?)
        .key_schema(key.build().map_err(fault::from_build)?)
        .billing_mode(BillingMode::PayPerRequest))
}

/// A request that has the items of `table` expire by [`EXPIRY`].
pub fn expire(client: &Client, table: &str) -> Result<UpdateTimeToLiveFluentBuilder, StoreError> {
    let ttl = TimeToLiveSpecification::builder()
        .enabled(true)
        .attribute_name(EXPIRY);
    let ttl = ttl.build().map_err(fault::from_build)?;
    let request = client.update_time_to_live().table_name(table);
    Ok(request.time_to_live_specification(ttl))
}

/// Whether a table has the key that it must have.
#[must_use]
pub fn is_ours(table: &TableDescription) -> bool {
    let keys = table.key_schema().iter();
    let keys = keys.map(|key| (key.attribute_name(), key.key_type()));
    let is_text = table.attribute_definitions().iter().any(|attribute| {
        attribute.attribute_name() == KEY && *attribute.attribute_type() == ScalarAttributeType::S
    });
    keys.eq([(KEY, &KeyType::Hash)]) && is_text
}
