//! A DynamoDB engine in memory, on a port of this machine: `cargo run -p tests --example engine -- [PORT]`.

use std::{
    env,
    error::Error,
    future,
    io::{self, Write},
    net::Ipv4Addr,
};

use local::engine::Engine;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let port = match env::args().nth(1) {
        Some(text) => text
            .parse()
            .map_err(|_| format!("{text}: not a port; give 0 to 65535, 0 for any free one"))?,
        None => 0,
    };
    let engine = Engine::start(None, (Ipv4Addr::LOCALHOST, port).into(), &[]).await?;
    writeln!(io::stdout(), "{}", engine.endpoint)?;
    future::pending().await
}
