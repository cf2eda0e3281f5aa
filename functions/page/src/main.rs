//! The Lambda behind GET / and the files of its page.

use dynamodb_session::{config::Provider, transport::Mode};
use lambda::{http, log};
use lambda_http::Error;
use page::Page;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    log::start(None);
    // Its transport is not told: the page is deployed where there are cookies.
    let provider = lambda::settings(|variables| Provider::from_variables(variables, Mode::Cookie))?;
    let page = &Page::new(provider.as_ref());
    http::serve(|request, _| async move { page.handle(&request) }).await
}
