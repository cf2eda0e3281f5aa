//! The Lambda authorizer.

use authorizer::Authorizer;
use dynamodb_session::{store::dynamodb::DynamoStore, time::UnixSeconds};
use gateway::Started;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let Started {
        config,
        client,
        keyring,
    } = gateway::start().await?;
    let authorizer = Authorizer {
        store: DynamoStore::new(client, config.table.clone()),
        config,
    };
    let (authorizer, keyring) = (&authorizer, &keyring);
    lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| async move {
        let now = UnixSeconds::from_system_clock();
        keyring.refresh(now).await?;
        authorizer.answer(&event.payload, now).await
    }))
    .await
}
