//! The Lambda behind /session and /sessions.

use dynamodb_session::{entropy::SystemEntropy, store::dynamodb::DynamoStore};
use lambda::{Started, http};
use lambda_http::Error;
use session::SessionRoute;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let Started {
        config,
        client,
        keyring,
        ..
    } = lambda::start().await?;
    let session = SessionRoute {
        sessions: DynamoStore::new(client, config.tables.sessions.clone()),
        entropy: SystemEntropy,
        config,
    };
    http::serve(|request, now| http::with_keys(&keyring, now, session.handle(request, now))).await
}
