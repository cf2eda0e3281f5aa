//! The Lambda behind GET /profile.

use lambda::{http, log};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    log::start(None);
    http::serve(|request, _| async move { profile::handle(&request) }).await
}
