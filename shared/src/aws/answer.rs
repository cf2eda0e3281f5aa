//! An empty answer is a fault.

use aws_sdk_dynamodb::{
    config::{
        ConfigBag, Intercept, RuntimeComponents,
        interceptors::AfterDeserializationInterceptorContextRef,
    },
    error::BoxError,
};

/// Treats a success without a body as a fault.
///
/// `DynamoDB` answers at least `{}`. The SDK reads an empty body as if it were that: as "no such item", or "written".
/// An answer that was cut off before its first byte must be neither.
#[derive(Debug)]
pub(crate) struct Answered;

impl Intercept for Answered {
    fn name(&self) -> &'static str {
        "Answered"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.response().body().bytes();
        if context.output_or_error().is_ok() && body.is_none_or(<[u8]>::is_empty) {
            return Err("the answer is empty".into());
        }
        Ok(())
    }
}
