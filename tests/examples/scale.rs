//! What `tests/bench-scale` drives: fills a table, times what a call, a login, a list and a logout cost, and soaks.
//!
//! `scale ENDPOINT fill FROM TO`, `scale ENDPOINT time SESSIONS BYTES REPEATS`, `scale ENDPOINT count SESSIONS BYTES FRONT`,
//! `scale ENDPOINT soak SECONDS RATE`. The table is `app_session`.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a measurement that can't be taken fails"
)]

#[path = "scale/fill.rs"]
mod fill;
#[path = "scale/soak.rs"]
mod soak;
#[path = "scale/user.rs"]
mod user;

use std::{
    env,
    io::{self, BufRead},
    str::FromStr,
    time::{Duration, Instant},
};

use aws_sdk_dynamodb::{Client, config::timeout::TimeoutConfig};
use dynamodb_session::{aws::client::connect_local, store::dynamodb::DynamoStore};
use serde_json::json;

use self::user::User;

const PATIENCE: Duration = Duration::from_mins(10);

const OPERATIONS: [&str; 4] = ["login", "call", "list", "logout"];

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match *arguments {
        [endpoint, "fill", from, to] => {
            fill::fill(&connect(endpoint), number(from), number(to)).await;
        }
        [endpoint, "time", sessions, bytes, repeats] => {
            let store = store(endpoint);
            time(&store, number(sessions), number(bytes), number(repeats)).await;
        }
        [endpoint, "count", sessions, bytes, front] => {
            let (setup, counted) = (store(endpoint), store(front));
            count(&setup, &counted, number(sessions), number(bytes)).await;
        }
        [endpoint, "soak", seconds, rate] => {
            let told = soak::soak(&store(endpoint), number(seconds), number(rate)).await;
            println!("{told}");
        }
        _ => panic!("see the first lines of tests/examples/scale.rs: {arguments:?}"),
    }
}

fn number<T: FromStr>(text: &str) -> T {
    let number = text.parse().ok();
    number.expect("a number")
}

fn store(endpoint: &str) -> DynamoStore {
    DynamoStore::new(connect(endpoint), "app_session".to_owned())
}

/// A client that no busy machine makes give up.
fn connect(endpoint: &str) -> Client {
    let limits = TimeoutConfig::builder()
        .connect_timeout(PATIENCE)
        .operation_attempt_timeout(PATIENCE)
        .operation_timeout(PATIENCE);
    let settings = connect_local(endpoint).config().to_builder();
    Client::from_conf(settings.timeout_config(limits.build()).build())
}

/// One operation of a user who has so many sessions afterwards, or before a logout.
async fn operate(store: &DynamoStore, user: &mut User, operation: &str) {
    match operation {
        "login" => user.log_in(store).await,
        "call" => user.call(store).await,
        "list" => user.list(store).await,
        _ => user.log_out(store).await,
    }
}

/// Prints the seconds of each operation, a line of JSON each. The first of each user warms up.
async fn time(store: &DynamoStore, sessions: usize, bytes: usize, repeats: usize) {
    let mut times = OPERATIONS.map(|operation| (operation, Vec::new()));
    for number in 0..=repeats {
        let mut user = User::new(&format!("timed-{sessions}-{bytes}-{number}"), bytes);
        user.fill(store, sessions - 1).await;
        for (operation, times) in &mut times {
            if *operation == "call" {
                user.write(store).await;
            }
            let begun = Instant::now();
            operate(store, &mut user, operation).await;
            if number > 0 {
                times.push(begun.elapsed().as_secs_f64());
            }
            if *operation == "login" {
                user.write(store).await;
            }
        }
        user.leave(store).await;
    }
    for (operation, times) in times {
        println!("{}", json!({"operation": operation, "seconds": times}));
    }
}

/// Does each operation once by way of `counted`, and waits for a line after each.
async fn count(setup: &DynamoStore, counted: &DynamoStore, sessions: usize, bytes: usize) {
    let mut user = User::new(&format!("counted-{sessions}-{bytes}"), bytes);
    user.fill(setup, sessions - 1).await;
    for operation in OPERATIONS {
        if operation == "call" {
            user.write(setup).await;
        }
        operate(counted, &mut user, operation).await;
        println!("{operation}");
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line).expect("a line");
        if operation == "login" {
            user.write(setup).await;
        }
    }
    user.leave(setup).await;
}
