//! The Lambda behind GET / and the files of its page.

use lambda::{http, log};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    log::start(None);
    http::serve(|request, _| async move { page::handle(&request) }).await
}
