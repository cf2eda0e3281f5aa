//! The Lambda authorizer.

use authorizer::{Authorizer, Fault, LIMIT};
use dynamodb_session::time::UnixSeconds;
use lambda::{Started, log};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, value::RawValue};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let Started {
        config,
        api,
        client,
        keyring,
        ..
    } = lambda::start().await?;
    let authorizer = Authorizer::new(&client, &config, api);
    let (authorizer, keyring) = (&authorizer, &keyring);
    let served = lambda_runtime::run(service_fn(|event: LambdaEvent<Box<RawValue>>| async move {
        log::of_request(event.context.request_id);
        let now = UnixSeconds::from_system_clock();
        // Read here: the runtime would note the path to each field, 1.2 % of a call.
        let event: Value = serde_json::from_str(event.payload.get()).unwrap_or_default();
        let answer = async {
            keyring.refresh(now).await?;
            authorizer.answer(&event, now).await
        };
        let answer = tokio::time::timeout(LIMIT, answer).await;
        answer.unwrap_or_else(|_| Err(Fault::overdue()))
    }));
    lambda::ended(served.await)
}
