//! The predecessor's table: read page by page, and marked row by row.

use aws_sdk_dynamodb::{
    Client,
    operation::update_item::UpdateItemError,
    types::{
        AttributeValue, ReturnConsumedCapacity, ReturnValue, ReturnValuesOnConditionCheckFailure,
    },
};

use super::{
    Left,
    row::{Item, MARK, Row},
};
use crate::{
    aws::fault,
    fault::{FaultKind, StoreError},
    id::SessionRef,
    store::dynamodb::too_large,
};

/// The table of dynamodb-session-web or -flask.
#[derive(Clone, Debug)]
pub struct OldTable {
    client: Client,
    table: String,
}

/// Rows that lie beside each other: of at most a megabyte.
#[derive(Debug)]
pub struct Page {
    /// The rows.
    pub rows: Vec<Row>,
    /// Read units that the page took.
    pub units: f64,
    /// Where the next one begins; `None`: this was the last.
    pub next: Option<Place>,
}

/// A place in the table: a key, and so a credential, which is shown nowhere.
pub struct Place(Item);

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Place(..)")
    }
}

impl OldTable {
    /// The table of this name.
    #[must_use]
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// The page that begins at this place, or else the first one. It is not read consistently, which halves its price: a row
    /// is read again as it is marked.
    pub async fn page(&self, at: Option<Place>) -> Result<Page, StoreError> {
        let request = self
            .client
            .scan()
            .table_name(&self.table)
            .set_exclusive_start_key(at.map(|Place(key)| key))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let output = request
            .send()
            .await
            .map_err(|error| fault::from_sdk(&error, &self.table))?;
        let units = output
            .consumed_capacity
            .and_then(|used| used.capacity_units);
        let rows = output.items.unwrap_or_default().into_iter();
        Ok(Page {
            rows: rows.map(|item| self.row(item)).collect::<Result<_, _>>()?,
            units: units.unwrap_or_default(),
            next: output.last_evaluated_key.map(Place),
        })
    }

    /// Marks the row with `reference` if it is there and has no mark, and returns how it stands then, or why nothing is marked.
    ///
    /// Whoever finds a mark of their own has made it, in an attempt whose answer was lost.
    pub(super) async fn mark(
        &self,
        row: &Row,
        reference: &SessionRef,
    ) -> Result<Result<Row, Left>, StoreError> {
        let request = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("id", AttributeValue::S(row.id.clone()))
            .update_expression("SET #mark = :reference")
            .condition_expression("attribute_exists(id) AND attribute_not_exists(#mark)")
            .expression_attribute_names("#mark", MARK)
            .expression_attribute_values(
                ":reference",
                AttributeValue::S(reference.as_str().to_owned()),
            )
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let item = match request.send().await {
            Ok(output) => output.attributes,
            Err(error) if too_large::item(&error) => return Ok(Err(Left::TooLarge)),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                    failed.item.clone()
                }
                _ => return Err(fault::from_sdk(&error, &self.table)),
            },
        };
        let Some(item) = item else {
            return Ok(Err(Left::Gone));
        };
        self.row(item).map(Ok)
    }

    fn row(&self, item: Item) -> Result<Row, StoreError> {
        Row::read(item).ok_or_else(|| StoreError {
            kind: FaultKind::Misconfigured,
            source: format!("table {}: its partition key is not id (S)", self.table).into(),
        })
    }
}
