//! Two axum routes on one of several session layers: `routes LAYER ENGINE` serves them on any free port, and says on which.
//!
//! `GET /api/who` tells who is logged in, `POST /api/count` counts in the session, and `POST /login` logs ada in.

mod ours;
mod theirs;

use std::{
    env,
    error::Error,
    io::{self, Write},
    net::{Ipv4Addr, SocketAddr},
};

/// Who logs in.
const USER: &str = "ada";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (layer, engine) = (arguments.next(), arguments.next());
    let (Some(layer), Some(engine)) = (layer.as_deref(), engine.as_deref()) else {
        return Err("give a layer and the URL of a DynamoDB engine".into());
    };
    let app = match layer {
        "by-itself" => ours::by_itself(engine)?,
        "behind-authorizer" => ours::behind_authorizer(engine)?,
        "tower-sessions" => theirs::app(engine, false),
        "tower-sessions-always" => theirs::app(engine, true),
        _ => return Err(format!("{layer}: not a layer; src/main.rs has them").into()),
    };
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    writeln!(io::stdout(), "http://{}", listener.local_addr()?)?;
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).await?;
    Ok(())
}
