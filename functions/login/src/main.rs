//! The Lambda behind POST /login.

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
    let login = Login::new(&client, &config)?;
    http::serve(|request, now| http::with_keys(&keyring, now, login.handle(request, now))).await
}
