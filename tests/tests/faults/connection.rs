//! No connection, and connections that died in the pool.

use std::{
    future::{Future, poll_fn},
    io,
    pin::Pin,
    task::Poll,
    time::Duration,
};

use support::clock::Clock;
use tests::{
    closed::Closed,
    functions::Functions,
    proxy::{Fault, Proxy, Rule},
};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    task::JoinSet,
};

use super::{
    call::{Outcome, ROUTES, call},
    house::House,
    trial::LIMIT,
};

/// A label of more than 63 characters: no resolver asks for it.
const NAMELESS: &str =
    "http://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.invalid:8000";

#[tokio::test(flavor = "multi_thread")]
async fn no_connection_is_a_failure_in_time() {
    let house = House::open().await;
    let (hole, closed) = (BlackHole::open().await, Closed::port());
    let mut calls = JoinSet::new();
    for (nth, (route, _)) in ROUTES.into_iter().enumerate() {
        let user = format!("user{nth}");
        house.direct.add_user(&user).await;
        let token = house.direct.log_in(&user).await;
        for endpoint in [&closed.endpoint, NAMELESS, &hole.endpoint] {
            let clock = Clock::without_connections();
            let functions = Functions::timed(endpoint, &house.direct.config, &clock);
            let case = format!("{route:?} {endpoint}");
            let (user, token) = (user.clone(), token.clone());
            calls.spawn(async move {
                let (outcome, answer) = call(route, &functions, &user, &token).await;
                let waited = clock.now();
                let good = outcome == Outcome::Failed && waited < LIMIT;
                let problem = format!("{case}: {outcome:?} in {waited:?}: {answer}");
                (!good).then_some(problem)
            });
        }
    }
    let problems = calls.join_all().await;
    house.close(problems.into_iter().flatten().collect()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_pooled_connection_costs_less_than_100_ms() {
    let house = House::open().await;
    house.direct.add_user("ada").await;
    let token = house.direct.log_in("ada").await;
    let proxy = Proxy::start(&house.tables.endpoint).await;
    let config = &house.direct.config;
    let functions = Functions::timed(&proxy.endpoint, config, &proxy.clock);
    assert!(functions.allows(&token).await);
    // Closed while it lies idle; and reset when it is used again, as after a freeze.
    for (fault, skip) in [(Fault::CloseAfter, 0), (Fault::ResetBefore, 1)] {
        for _ in 0..5 {
            proxy.calm();
            proxy.inject(Rule {
                target: None,
                skip,
                times: 1,
                fault: fault.clone(),
            });
            let before = proxy.clock.now();
            for _ in 0..2 {
                assert!(functions.allows(&token).await);
            }
            assert!(proxy.met().is_some());
            let cost = proxy.clock.now().saturating_sub(before);
            assert!(cost < Duration::from_millis(100), "{fault:?}: {cost:?}");
        }
    }
}

/// An address that no packet comes back from: a listener whose queue is full.
struct BlackHole {
    endpoint: String,
    _listener: TcpListener,
    _made: Vec<io::Result<TcpStream>>,
    _queue: Vec<Connecting>,
}

type Connecting = Pin<Box<dyn Future<Output = io::Result<TcpStream>> + Send>>;

impl BlackHole {
    async fn open() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(1).unwrap();
        let address = listener.local_addr().unwrap();
        // More than fit. Those that don't wait for ever, as all that come later.
        let mut queue: Vec<Connecting> = Vec::new();
        for _ in 0..16 {
            queue.push(Box::pin(TcpStream::connect(address)));
        }
        let mut made = Vec::new();
        poll_fn(|context| {
            queue.retain_mut(|connecting| match connecting.as_mut().poll(context) {
                Poll::Ready(connection) => {
                    made.push(connection);
                    false
                }
                Poll::Pending => true,
            });
            Poll::Ready(())
        })
        .await;
        assert!(!queue.is_empty(), "there was room for all");
        Self {
            endpoint: format!("http://{address}"),
            _listener: listener,
            _made: made,
            _queue: queue,
        }
    }
}
