//! A table that does not answer: the client's limits end the wait, and nobody is logged out.

use std::{pin::Pin, sync::Arc, time::Duration};

use dynamodb_session_backend::{
    dynamodb_session::store::dynamodb::DynamoStore, error::Error, session::Session,
    testing::Sessions,
};
use http::StatusCode;
use serde_json::json;
use tests::{
    engine,
    functions::Functions,
    proxy::{Fault, Proxy, Rule},
};

use super::{
    behind::guarded,
    races::{log_in, log_out, rotate},
    serve::{cookies, post, serve},
};

/// The longest that a request waits for the table because of one fault.
const LIMIT: Duration = Duration::from_secs(3);

type Handler = fn(Session) -> Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

async fn change(session: Session) -> Result<(), Error> {
    session.set("n", &1)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_stalls_is_a_503_in_time() {
    let tables = engine::embedded().await;
    let proxy = Proxy::start(&tables.endpoint).await;
    let config = Arc::new(engine::config(&[]));
    let client = Functions::timed(&proxy.endpoint, &config, &proxy.clock).client;
    let store = DynamoStore::new(client, tables.config.tables.sessions.clone());
    let sessions = Sessions::over(Arc::new(store), &[("SESSION_COOKIE_LIFETIME", "idle")]);
    sessions.clock.set(tests::world::NOW);
    #[rustfmt::skip]
    let cases: [(_, _, _, Handler, _); 8] = [
        // at which request              behind the authorizer  what is lost  what the handler does        what is saved
        (("UpdateItem", 0),         false, Fault::Silence,      |it| Box::pin(change(it)),  0),
        (("UpdateItem", 1),         false, Fault::Silence,      |it| Box::pin(change(it)),  0),
        (("UpdateItem", 1),         false, Fault::SilenceAfter, |it| Box::pin(change(it)),  1),
        (("GetItem", 0),            true,  Fault::Silence,      |it| Box::pin(change(it)),  0),
        (("UpdateItem", 0),         true,  Fault::Silence,      |it| Box::pin(change(it)),  0),
        (("TransactWriteItems", 0), false, Fault::Silence,      |it| Box::pin(rotate(it)),  0),
        (("TransactWriteItems", 0), false, Fault::Silence,      |it| Box::pin(log_in(it)),  0),
        (("TransactWriteItems", 0), true,  Fault::Silence,      |it| Box::pin(log_out(it)), 0),
    ];
    for ((target, skip), behind, fault, handler, saved) in cases {
        let ada = sessions.seed("ada", &json!({})).await;
        let (layer, asked) = if behind {
            let asked = guarded(&sessions, &ada, &ada).await;
            (sessions.behind_authorizer(), asked)
        } else {
            (sessions.by_itself(), post(&ada))
        };
        let case = format!("{target} {skip} {behind} {fault:?}");
        proxy.inject(Rule {
            target: Some(target),
            skip,
            times: usize::MAX,
            fault,
        });
        let before = proxy.clock.now();
        let reply = serve(&layer, asked, handler).await;
        let waited = proxy.clock.now().saturating_sub(before);
        proxy.calm();
        assert_eq!(reply.status(), StatusCode::SERVICE_UNAVAILABLE, "{case}");
        assert!(cookies(&reply).is_empty(), "{case}");
        assert!(
            waited > Duration::ZERO && waited < LIMIT,
            "{case}: {waited:?}"
        );
        assert_eq!(sessions.find(&ada).await.unwrap().version, saved, "{case}");
        let again = serve(&sessions.by_itself(), post(&ada), change).await;
        assert_eq!(again.status(), StatusCode::OK, "{case}");
    }
}
