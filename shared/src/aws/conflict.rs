//! Writes that meet another's transaction on the same item.

use aws_sdk_dynamodb::{
    config::{
        interceptors::InterceptorContext,
        retry::{ClassifyRetry, RetryAction},
    },
    operation::update_item::UpdateItemError,
};

/// Retries an update that was refused because of an ongoing transaction, so that a call that overlaps the logout of its
/// session is denied and does not fail. The SDK's own rules don't retry this error.
#[derive(Debug)]
pub(super) struct RetryConflicts;

impl ClassifyRetry for RetryConflicts {
    fn name(&self) -> &'static str {
        "RetryConflicts"
    }

    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let error = context.output_or_error().and_then(Result::err);
        let error = error.and_then(|error| error.as_operation_error()?.downcast_ref());
        if error.is_some_and(UpdateItemError::is_transaction_conflict_exception) {
            RetryAction::transient_error()
        } else {
            RetryAction::NoActionIndicated
        }
    }
}
