//! The Lambda authorizer.

use authorizer::{Authorizer, Fault, LIMIT};
use dynamodb_session::time::UnixSeconds;
use lambda::Started;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let Started {
        config,
        api,
        client,
        keyring,
    } = lambda::start().await?;
    let authorizer = Authorizer::new(&client, &config, api);
    let (authorizer, keyring) = (&authorizer, &keyring);
    let served = lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| async move {
        let now = UnixSeconds::from_system_clock();
        let answer = async {
            keyring.refresh(now).await?;
            authorizer.answer(&event.payload, now).await
        };
        let answer = tokio::time::timeout(LIMIT, answer).await;
        answer.unwrap_or_else(|_| Err(Fault::overdue()))
    }));
    lambda::ended(served.await)
}
