//! The Lambda behind POST /logout.

use dynamodb_session::store::dynamodb::DynamoStore;
use lambda::{Started, http};
use lambda_http::Error;
use logout::Logout;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let Started {
        config,
        client,
        keyring,
        ..
    } = lambda::start().await?;
    let logout = Logout {
        sessions: DynamoStore::new(client, config.tables.sessions.clone()),
        config,
    };
    http::serve(|request, now| http::with_keys(&keyring, now, logout.handle(request, now))).await
}
