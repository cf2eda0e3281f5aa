//! The Lambda behind /login/oidc, its callback, /logout/oidc and /logout/backchannel.

use dynamodb_session::aws::trust;
use lambda::{Started, http};
use lambda_http::Error;
use oidc::{Oidc, fetch};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let Started {
        config,
        client,
        keyring,
        aws,
        ca_bundle,
        ..
    } = lambda::start().await?;
    let own = ca_bundle.as_deref().map(trust::from_file).transpose();
    let fetch = fetch::Client::new(own.map_err(|error| error.to_string())?);
    let oidc = Oidc::new(&client, &config, &aws, fetch)
        .ok_or("there is no provider: set SESSION_OIDC_ISSUER")?;
    http::serve(|request, now| http::with_keys(&keyring, now, oidc.handle(request, now))).await
}
