//! No id is in the table, in a log or in an error.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use tower_sessions::{SessionStore, session::Id};
use tracing::level_filters::LevelFilter;

use super::{
    engine::Engine,
    site::{HOUR, ask, begun, site},
};

/// What was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_id_is_in_the_table_or_in_a_log() {
    let log = Log::default();
    let lines = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(move || lines.clone());
    // For the whole process: a line that another thread comes to first is written all the same.
    tracing::subscriber::set_global_default(subscriber.finish()).unwrap();

    let engine = Engine::start().await;
    let site = site(engine.store(), HOUR, None);
    let flushed = begun(&site).await;
    ask(&site, "/get", Some(&flushed)).await;
    ask(&site, "/flush", Some(&flushed)).await;
    ask(&site, "/get", Some(&flushed)).await;
    let cycled = begun(&site).await;
    let damaged = ask(&site, "/cycle_id", Some(&cycled))
        .await
        .cookie
        .unwrap()
        .value;
    ask(&site, "/fill", Some(&damaged)).await;
    let mut item = engine.items().await.remove(0);
    item.remove("data");
    let key = item["id"].as_s().unwrap().clone();
    engine.put(item).await;
    ask(&site, "/get", Some(&damaged)).await;
    let id = damaged.parse::<Id>().unwrap();
    let error = engine.store().load(&id).await.unwrap_err();

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    // Each of them logs: the middleware, the SDK with its requests, and what a damaged item is told with.
    for line in [
        "saving session",
        "is damaged",
        &key,
        "PutItem",
        "record not found in store",
    ] {
        assert!(log.contains(line), "{line}");
    }
    let everything = format!(
        "{log}\n{:?}\n{error:?} {error}\n{:?}",
        engine.items().await,
        engine.store()
    );
    for id in [flushed, cycled, damaged] {
        let number = id.parse::<Id>().unwrap().0;
        let hexadecimal = number
            .to_le_bytes()
            .map(|byte| format!("{byte:02x}"))
            .concat();
        let bytes = format!("{:?}", number.to_le_bytes());
        let decimal = number.to_string();
        for form in [id, decimal, hexadecimal, bytes] {
            assert!(!everything.contains(&form), "{form}");
        }
    }
}
