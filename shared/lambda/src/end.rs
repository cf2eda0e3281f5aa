//! How a function ends.

use std::{error::Error as StdError, iter};

use dynamodb_session::audit::Event;
use lambda_runtime::Error;

/// The message of hyper, the runtime's HTTP client, for an answer that will not come. The runtime does not export the
/// type of this error.
const CLOSED: &str = "connection closed before message completed";

/// How serving events ended. An emulator such as `sam local` stops a function by closing the connection of the Runtime
/// API once it has its answer: that is not a failure.
pub fn ended(served: Result<(), Error>) -> Result<(), Error> {
    let Err(error) = served else { return Ok(()) };
    let mut causes = iter::successors(Some(error.as_ref() as &dyn StdError), |&error| {
        error.source()
    });
    if causes.any(|cause| cause.to_string().contains(CLOSED)) {
        Event::Stopped {}.log();
        return Ok(());
    }
    Err(error)
}
