//! No connection, and connections that died in the pool.

use std::time::{Duration, Instant};

use tests::{
    functions::Functions,
    proxy::{Fault, Proxy, Rule},
};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    task::JoinSet,
    time::timeout,
};

use super::{
    call::{Outcome, ROUTES, call},
    house::House,
    stage::LIMIT,
};

/// Nothing listens there.
const REFUSED: &str = "http://127.0.0.1:1";

/// A label of more than 63 characters: no resolver asks for it.
const NAMELESS: &str =
    "http://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.invalid:8000";

#[tokio::test(flavor = "multi_thread")]
async fn no_connection_is_a_failure_in_time() {
    let house = House::open().await;
    let hole = BlackHole::open().await;
    let mut calls = JoinSet::new();
    for (nth, (route, _)) in ROUTES.into_iter().enumerate() {
        let user = format!("user{nth}");
        house.direct.add_user(&user).await;
        let token = house.direct.log_in(&user).await;
        for endpoint in [REFUSED, NAMELESS, &hole.endpoint] {
            let functions = Functions::over(endpoint, &house.direct.config).await;
            let case = format!("{route:?} {endpoint}");
            let (user, token) = (user.clone(), token.clone());
            calls.spawn(async move {
                let began = Instant::now();
                let (outcome, answer) = call(route, &functions, &user, &token).await;
                let good = outcome == Outcome::Failed && began.elapsed() < LIMIT;
                let problem = format!("{case}: {outcome:?} in {:?}: {answer}", began.elapsed());
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
    let functions = Functions::over(&proxy.endpoint, &house.direct.config).await;
    let call = async || {
        let began = Instant::now();
        assert!(functions.allows(&token).await);
        began.elapsed()
    };
    call().await;
    // Closed while it lies idle; and reset when it is used again, as after a freeze.
    for (fault, skip) in [(Fault::CloseAfter, 0), (Fault::ResetBefore, 1)] {
        let (mut plain, mut dead) = (Vec::new(), Vec::new());
        for _ in 0..5 {
            proxy.calm();
            plain.push(call().await);
            proxy.calm();
            proxy.inject(Rule {
                target: None,
                skip,
                times: 1,
                fault: fault.clone(),
            });
            call().await;
            dead.push(call().await);
            assert!(proxy.met().is_some());
        }
        plain.sort();
        dead.sort();
        let cost = dead[2].saturating_sub(plain[2]);
        println!("{fault:?}: {:?} instead of {:?}", dead[2], plain[2]);
        assert!(cost < Duration::from_millis(100), "{fault:?}: {cost:?}");
    }
}

/// An address that no packet comes back from: a listener whose queue is full.
struct BlackHole {
    endpoint: String,
    _listener: TcpListener,
    _queue: Vec<TcpStream>,
}

impl BlackHole {
    async fn open() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(1).unwrap();
        let address = listener.local_addr().unwrap();
        let mut queue = Vec::new();
        while let Ok(stream) =
            timeout(Duration::from_millis(200), TcpStream::connect(address)).await
        {
            queue.push(stream.unwrap());
            assert!(queue.len() < 16, "the queue does not fill");
        }
        Self {
            endpoint: format!("http://{address}"),
            _listener: listener,
            _queue: queue,
        }
    }
}
