//! The Lambda behind /session and /sessions.

use lambda::{Started, http};
use lambda_http::Error;
use session::SessionApi;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let Started {
        config,
        client,
        keyring,
        ..
    } = lambda::start().await?;
    let session = SessionApi::new(&client, &config);
    http::serve(|request, now| http::with_keys(&keyring, now, session.handle(request, now))).await
}
