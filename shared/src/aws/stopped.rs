//! For tests: where a client sends a request, and in whose name.

use aws_config::SdkConfig;
use aws_sdk_dynamodb::{
    config::{
        ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeTransmitInterceptorContextRef,
    },
    error::BoxError,
};

use crate::cause;

/// Lets no request out, and tells what it would have been.
#[derive(Debug)]
struct Stopped;

impl Intercept for Stopped {
    fn name(&self) -> &'static str {
        "Stopped"
    }

    fn read_after_signing(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request();
        let headers: Vec<_> = request
            .headers()
            .iter()
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        Err(format!("stopped before {}\n{}", request.uri(), headers.join("\n")).into())
    }
}

/// A request of a table, as a client with these settings makes it: its address, then its headers, a line each. Or why there is none.
pub(super) async fn of_tables(aws: &SdkConfig) -> String {
    use aws_sdk_dynamodb::{Client, config::Builder};
    let config = Builder::from(aws).interceptor(Stopped).build();
    let asked = Client::from_conf(config).list_tables().send().await;
    cause::chain(&asked.unwrap_err())
}

/// The same of a secret.
#[cfg(feature = "secrets-manager")]
pub(super) async fn of_secrets(aws: &SdkConfig) -> String {
    use aws_sdk_secretsmanager::{Client, config::Builder};
    let config = Builder::from(aws).interceptor(Stopped).build();
    let asked = Client::from_conf(config).list_secrets().send().await;
    cause::chain(&asked.unwrap_err())
}
