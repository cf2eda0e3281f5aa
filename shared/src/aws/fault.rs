//! AWS's errors, sorted by what the caller does next.

use std::{error::Error, fmt};

use aws_sdk_dynamodb::error::{BuildError, ProvideErrorMetadata, SdkError};

use crate::{
    cause,
    fault::{FaultKind, StoreError},
};

/// Codes that no retry mends: the table, the secret, the role or the encryption key is not set up as it must be.
const MISCONFIGURED: [&str; 12] = [
    "AccessDeniedException",
    "DecryptionFailure",
    "IncompleteSignatureException",
    "InvalidSignatureException",
    "InvalidParameterException",
    // A secret that is being deleted.
    "InvalidRequestException",
    "KMSAccessDeniedException",
    "MissingAuthenticationTokenException",
    "ResourceNotFoundException",
    "SerializationException",
    "UnrecognizedClientException",
    "ValidationException",
];

/// The fault for an SDK error about `table`.
///
/// The service's own message is kept for the log; the raw response is not: it may hold an item.
pub fn from_sdk<E, R>(error: &SdkError<E, R>, table: &str) -> StoreError
where
    E: Error + ProvideErrorMetadata + Send + Sync + 'static,
    R: fmt::Debug + Send + Sync + 'static,
{
    StoreError {
        kind: kind(error),
        source: format!("table {table}: {}", describe(error)).into(),
    }
}

/// What the caller does next.
pub(crate) fn kind<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> FaultKind {
    match (error, error.code()) {
        (SdkError::ConstructionFailure(_), _) => FaultKind::Misconfigured,
        (_, Some(code)) if MISCONFIGURED.contains(&code) => FaultKind::Misconfigured,
        _ => FaultKind::Unavailable,
    }
}

/// The fault of a request that could not be put together.
pub(crate) fn from_build(error: BuildError) -> StoreError {
    StoreError {
        kind: FaultKind::Misconfigured,
        source: Box::new(error),
    }
}

/// The error and what caused it, in one line.
pub(crate) fn describe<E: Error + ProvideErrorMetadata + 'static, R: fmt::Debug + 'static>(
    error: &SdkError<E, R>,
) -> String {
    if let Some(code) = error.code() {
        return format!("{code}: {}", error.message().unwrap_or("no message"));
    }
    cause::chain(error)
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::{error::ErrorMetadata, operation::get_item::GetItemError};

    use super::*;

    #[test]
    fn no_further_try_mends_what_is_misconfigured() {
        let answered = |code: &str| {
            let metadata = ErrorMetadata::builder().code(code).build();
            SdkError::service_error(GetItemError::generic(metadata), ())
        };
        #[rustfmt::skip]
        let cases = [
            ("a request that can't be built", SdkError::construction_failure("rigged"), FaultKind::Misconfigured),
            ("no such table",                 answered("ResourceNotFoundException"),    FaultKind::Misconfigured),
            ("a role that may not",           answered("AccessDeniedException"),        FaultKind::Misconfigured),
            ("too many requests",             answered("ThrottlingException"),          FaultKind::Unavailable),
            ("no code",                       answered(""),                             FaultKind::Unavailable),
            ("no answer in time",             SdkError::timeout_error("rigged"),        FaultKind::Unavailable),
        ];
        for (name, error, expected) in cases {
            assert_eq!(kind(&error), expected, "{name}");
            assert_eq!(from_sdk(&error, "app").kind, expected, "{name}");
        }
    }
}
