//! Nothing that is a credential is in an answer, a line or an item.

use std::sync::{Arc, Mutex};

use authorizer::Authorizer;
use dynamodb_session::provider::FlowKey;
use lambda::api::Api;
use oidc::Oidc;
use provider::behaviour::Endpoint;
use serde_json::json;
use support::NOW;
use tracing::subscriber::NoSubscriber;
use tracing_subscriber::fmt::MakeWriter;

use super::{SECRET, World, assert_failed, callback, session_cookie};

/// What is written to the log.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn no_answer_line_or_item_holds_a_credential() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(lines.clone())
        .with_max_level(tracing::Level::TRACE)
        .finish();
    // With one subscriber alone, a line that another test's thread comes by first would be switched off for all.
    let _second = tracing::Dispatch::new(NoSubscriber::default());
    let _guard = tracing::subscriber::set_default(subscriber);
    let world = World::new(&[
        ("SESSION_OIDC_CLAIMS", "name"),
        ("SESSION_OIDC_SCOPES", "openid,profile"),
    ])
    .await;
    let started = world.start("", None).await;
    let returned = world.back(&started, "ada");
    let query = form_urlencoded::parse(returned.query.as_bytes());
    let value = |name: &str| {
        query
            .clone()
            .find(|(known, _)| known == name)
            .unwrap()
            .1
            .into_owned()
    };
    let (code, state) = (value("code"), value("state"));
    // All that the table holds, while the login is under way and at the end.
    let items = format!("{:?}", world.function.store.inner);
    assert!(
        items.contains(FlowKey::of_state(&state).as_str()),
        "{items}"
    );
    let reply = world.callback(&returned).await;
    let failed = world.callback(&returned).await;
    assert_failed("again", &failed, 400, "too old");
    let broken = world.returned("", "ada").await;
    world
        .provider
        .err(|it| it.id_token.signature = provider::token::Signature::Broken);
    let rejected = world
        .send(callback(&broken.query, Some(&broken.cookie)))
        .await;
    assert_failed("broken", &rejected, 403, "be accepted");

    let session = world.session_of(&reply).await;
    let token = session_cookie(&reply).unwrap();
    let exchanges = world.provider.requests(Endpoint::Token);
    let verifier = exchanges[0].parameter("code_verifier").unwrap();
    assert_eq!(exchanges[0].parameter("code"), Some(code.as_str()));
    let basic = exchanges[0].authorization.clone().unwrap();
    let userinfo = world.provider.requests(Endpoint::Userinfo);
    let access_token = userinfo[0].authorization.clone().unwrap();
    let access_token = access_token.trim_start_matches("Bearer ");

    let lines = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(
        lines.contains("logged in") && lines.contains("signature"),
        "{lines}"
    );
    let debug = format!("{:?}", world.function);
    assert!(!debug.contains(SECRET), "{debug}");
    let answers = format!("{reply:?} {failed:?} {rejected:?}");
    let items = format!("{items} {:?} {session:?}", world.function.store.inner);
    let context = context_of(world, &token).await;
    #[rustfmt::skip]
    let canaries = [
        ("the code",              code.as_str()),
        ("the verifier",          verifier),
        ("the cookie's secret",   &returned.cookie),
        ("the client's secret",   SECRET),
        ("the client's header",   &basic),
        ("the access token",      access_token),
        ("an id token",           "eyJ"),
    ];
    for (name, canary) in canaries {
        for (place, text) in [
            ("a line", &lines),
            ("an answer", &answers),
            ("an item", &items),
            ("the context", &context),
        ] {
            assert!(!text.contains(canary), "{name} is in {place}");
        }
    }
    assert!(
        ![&lines, &items, &context]
            .iter()
            .any(|text| text.contains(&token))
    );
    // Neither is the state itself, which with the cookie would end the login.
    assert!(!items.contains(&state) && !lines.contains(&state));
}

/// What a backend is told of the caller, with who they are at the provider.
async fn context_of(world: World, token: &str) -> String {
    let Oidc { store, config, .. } = world.function;
    let api = Api {
        context_identity: true,
        ..Api::default()
    };
    let authorizer = Authorizer { store, config, api };
    let mut event = support::event("authorizer-http-api");
    event["cookies"] = json!([format!("__Host-id={token}")]);
    let answer = authorizer.answer(&event, NOW).await.unwrap();
    assert_eq!(answer["context"]["subject"], "248289761001", "{answer}");
    answer["context"].to_string()
}
