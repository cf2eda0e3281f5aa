//! How a function ends.

use std::{error::Error as StdError, iter};

use lambda_runtime::Error;

/// What hyper, the runtime's HTTP client, says of an answer that will not come. Its type is not among what the runtime
/// shows of itself.
const CLOSED: &str = "connection closed before message completed";

/// What serving events came to. An emulator such as `sam local` closes the connection of the Runtime API when it has its
/// answer: that is how it stops a function, and no failure of it.
pub fn ended(served: Result<(), Error>) -> Result<(), Error> {
    let Err(error) = served else { return Ok(()) };
    let mut causes = iter::successors(Some(error.as_ref() as &dyn StdError), |&error| {
        error.source()
    });
    if causes.any(|cause| cause.to_string().contains(CLOSED)) {
        tracing::info!(
            event = "stopped",
            "the Runtime API closed the connection: the function ends"
        );
        return Ok(());
    }
    Err(error)
}
