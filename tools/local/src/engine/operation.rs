//! `DynamoDB`'s operations by name: each reads its request, asks the database, and writes the answer.

use dynoxide::{Database, DynoxideError};
use serde::{Serialize, de::DeserializeOwned};

/// Runs one operation on the JSON of a request: the JSON of the answer.
pub(super) type Operation = fn(&Database, &str) -> Result<String, DynoxideError>;

/// The operation that `X-Amz-Target` names; `None`: no operation has that name.
pub(super) fn find(target: &str) -> Option<Operation> {
    let name = target
        .strip_prefix("DynamoDB_20120810.")
        .or_else(|| target.strip_prefix("DynamoDBStreams_20120810."))?;
    #[rustfmt::skip]
    let operation: Operation = match name {
        "BatchExecuteStatement" => |database, body| run(body, |request| database.batch_execute_statement(request)),
        "BatchGetItem"          => |database, body| run(body, |request| database.batch_get_item(request)),
        "BatchWriteItem"        => |database, body| run(body, |request| database.batch_write_item(request)),
        "CreateTable"           => |database, body| run(body, |request| database.create_table(request)),
        "DeleteItem"            => |database, body| run(body, |request| database.delete_item(request)),
        "DeleteTable"           => |database, body| run(body, |request| database.delete_table(request)),
        "DescribeStream"        => |database, body| run(body, |request| database.describe_stream(request)),
        "DescribeTable"         => |database, body| run(body, |request| database.describe_table(request)),
        "DescribeTimeToLive"    => |database, body| run(body, |request| database.describe_time_to_live(request)),
        "ExecuteStatement"      => |database, body| run(body, |request| database.execute_statement(request)),
        "ExecuteTransaction"    => |database, body| run(body, |request| database.execute_transaction(request)),
        "GetItem"               => |database, body| run(body, |request| database.get_item(request)),
        "GetRecords"            => |database, body| run(body, |request| database.get_records(request)),
        "GetShardIterator"      => |database, body| run(body, |request| database.get_shard_iterator(request)),
        "ListStreams"           => |database, body| run(body, |request| database.list_streams(request)),
        "ListTables"            => |database, body| run(body, |request| database.list_tables(request)),
        "ListTagsOfResource"    => |database, body| run(body, |request| database.list_tags_of_resource(request)),
        "PutItem"               => |database, body| run(body, |request| database.put_item(request)),
        "Query"                 => |database, body| run(body, |request| database.query(request)),
        "Scan"                  => |database, body| run(body, |request| database.scan(request)),
        "SearchVectors"         => |database, body| run(body, |request| database.search_vectors(request)),
        "TagResource"           => |database, body| run(body, |request| database.tag_resource(request)),
        "TransactGetItems"      => |database, body| run(body, |request| database.transact_get_items(request)),
        "TransactWriteItems"    => |database, body| run(body, |request| database.transact_write_items(request)),
        "UntagResource"         => |database, body| run(body, |request| database.untag_resource(request)),
        "UpdateItem"            => |database, body| run(body, |request| database.update_item(request)),
        "UpdateTable"           => |database, body| run(body, |request| database.update_table(request)),
        "UpdateTimeToLive"      => |database, body| run(body, |request| database.update_time_to_live(request)),
        _ => return None,
    };
    Some(operation)
}

fn run<Request: DeserializeOwned, Answer: Serialize>(
    body: &str,
    ask: impl FnOnce(Request) -> Result<Answer, DynoxideError>,
) -> Result<String, DynoxideError> {
    let request = serde_json::from_str(body).map_err(|error| unreadable(&error))?;
    serde_json::to_string(&ask(request)?)
        .map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}

/// The faults of a request that `DynamoDB` calls not valid, and not unreadable.
const MISFITS: [&str; 4] = [
    "missing field",
    "unknown variant",
    "invalid type: null",
    "AttributeValue",
];

/// The exception for a request that is not the operation's. The database's readers begin their messages with its kind.
fn unreadable(error: &serde_json::Error) -> DynoxideError {
    let message = error.to_string();
    let kind = message
        .split_once(':')
        .filter(|(kind, _)| kind.starts_with("VALIDATION") || kind.starts_with("SERIALIZATION"));
    match kind {
        Some((kind, rest)) if kind.starts_with("SERIALIZATION") => {
            DynoxideError::SerializationException(rest.to_owned())
        }
        Some((_, rest)) => DynoxideError::ValidationException(rest.to_owned()),
        None if MISFITS.iter().any(|part| message.contains(part)) => {
            DynoxideError::ValidationException(message)
        }
        None => DynoxideError::SerializationException(message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_found_by_their_whole_name() {
        for target in [
            "DynamoDB_20120810.GetItem",
            "DynamoDBStreams_20120810.GetRecords",
        ] {
            assert!(find(target).is_some(), "{target}");
        }
        for target in [
            "GetItem",
            "DynamoDB_20120810.getitem",
            "DynamoDB_20120810.",
            "DynamoDB_20110810.GetItem",
            "",
        ] {
            assert!(find(target).is_none(), "{target}");
        }
    }

    #[test]
    fn a_request_that_can_not_be_read_is_the_clients_fault_and_shows_no_marker() {
        let database = Database::memory().unwrap();
        for body in [
            "{}",
            "[]",
            "{",
            r#"{"TableName":7,"Key":{}}"#,
            r#"{"TableName":"t","Item":{"id":{"NULL":false}}}"#,
            r#"{"TableName":"t","Item":{"id":{"N":"x"}}}"#,
            r#"{"TableName":"t","Item":{"id":{"S":"a","N":"1"}}}"#,
            r#"{"TableName":"t","Item":{"id":{"BOOL":"maybe"}}}"#,
        ] {
            let error = find("DynamoDB_20120810.PutItem").unwrap()(&database, body).unwrap_err();
            assert_eq!(error.status_code(), 400, "{body}: {error}");
            let json = error.to_json();
            assert!(
                !json.contains("VALIDATION") && !json.contains("SERIALIZATION"),
                "{body}: {json}"
            );
        }
    }
}
