//! The Lambda behind GET / and the files of its page.

use dynamodb_session::{config::Provider, transport::Mode};
use lambda::{http, log};
use lambda_http::Error;
use page::Page;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    log::start(None);
    // Its transport is not told: the page is deployed where there are cookies.
    let read = |variables: &mut _| Provider::from_variables(variables, Mode::Cookie);
    let page = Page::new(lambda::settings(read)?.as_ref());
    http::serve(|request, _| async { page.handle(&request) }).await
}
