//! Items that would pass the 400 KB that `DynamoDB` takes (developer guide, "Quotas"). The error has no name of its own.

use aws_sdk_dynamodb::{
    error::{ProvideErrorMetadata, SdkError},
    operation::transact_write_items::TransactWriteItemsError,
};

/// Whether a write of one item was refused for its size.
pub(crate) fn item<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    is_about_size(error.as_service_error().and_then(|error| error.message()))
}

/// Whether a transaction was refused for the size of one of its items: of an item that it puts, or of one as it would
/// be after an update.
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

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::{
        error::ErrorMetadata,
        operation::update_item::UpdateItemError,
        types::{CancellationReason, error::TransactionCanceledException},
    };

    use super::*;

    const SIZE: &str = "Item size to update has exceeded the maximum allowed size";

    /// `DynamoDB` tells of a transaction's items in its reasons, and of one item in its message.
    #[test]
    fn an_item_that_is_too_large_is_known_by_its_message() {
        #[rustfmt::skip]
        let cases = [
            (SIZE,                                                            true),
            ("Item size has exceeded the maximum allowed size",               true),
            ("Item size is fine",                                             false),
            ("Item collection has exceeded the maximum allowed size",         false),
            ("The conditional request failed",                                false),
        ];
        for (message, expected) in cases {
            let metadata = ErrorMetadata::builder().message(message).build();
            let error = UpdateItemError::generic(metadata);
            assert_eq!(item(&SdkError::service_error(error, ())), expected);

            let reason = CancellationReason::builder().message(message).build();
            let other = CancellationReason::builder().code("None").build();
            let cancelled = TransactionCanceledException::builder()
                .message("Transaction cancelled, please refer to the reasons")
                .cancellation_reasons(other)
                .cancellation_reasons(reason)
                .build();
            let error = TransactWriteItemsError::TransactionCanceledException(cancelled);
            let told = transaction(&SdkError::service_error(error, ()));
            assert_eq!(told, expected, "{message}");
        }
    }
}
