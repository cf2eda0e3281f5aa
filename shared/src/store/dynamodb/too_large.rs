//! Items that would pass the 400 KB that `DynamoDB` takes (developer guide, "Quotas"). The error has no name of its own.

use aws_sdk_dynamodb::{
    error::{ProvideErrorMetadata, SdkError},
    operation::transact_write_items::TransactWriteItemsError,
};

/// Whether a write of one item was refused for its size.
pub(super) fn item<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    is_about_size(error.as_service_error().and_then(|error| error.message()))
}

/// Whether a transaction was refused for the size of one of its items: of one that it puts, or as it would be afterwards.
pub(super) fn transaction<R>(error: &SdkError<TransactWriteItemsError, R>) -> bool {
    match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
            let mut reasons = cancelled.cancellation_reasons().iter();
            reasons.any(|reason| is_about_size(reason.message()))
        }
        _ => item(error),
    }
}

fn is_about_size(message: Option<&str>) -> bool {
    message.is_some_and(|message| {
        message.contains("Item size") && message.contains("exceeded the maximum allowed size")
    })
}
