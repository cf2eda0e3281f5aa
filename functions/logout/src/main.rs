//! The Lambda behind POST /logout.

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
    let logout = Logout::new(&client, &config);
    http::serve(|request, now| http::with_keys(&keyring, now, logout.handle(request, now))).await
}
