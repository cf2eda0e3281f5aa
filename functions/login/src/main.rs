//! The Lambda behind POST /login.

use dynamodb_session::{
    entropy::SystemEntropy,
    password::{dynamodb::DynamoUserStore, hash::Verifier},
    store::dynamodb::DynamoStore,
};
use lambda::{Started, http};
use lambda_http::Error;
use login::Login;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let Started {
        config,
        client,
        keyring,
        ..
    } = lambda::start().await?;
    let login = Login {
        sessions: DynamoStore::new(client.clone(), config.tables.sessions.clone()),
        users: DynamoUserStore::new(client, config.tables.users.clone()),
        entropy: SystemEntropy,
        verifier: Verifier::new(&SystemEntropy)?,
        config,
    };
    http::serve(|request, now| http::with_keys(&keyring, now, login.handle(request, now))).await
}
