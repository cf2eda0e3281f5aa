//! A token is verified once, however much of a request's way asks for what it names.

use std::sync::{Arc, Mutex};

use dynamodb_session::{
    claim::Claim,
    config::Config,
    entropy::{Entropy, EntropyError, SystemEntropy},
    signing_keys::SigningKeys,
    token::{self, TokenFormat},
    transport::Presented,
};
use lambda::http;
use session::SessionApi;
use support::{NOW, TOKEN, config, pages::CSRF, reply::Reply, store::Counting};

use super::{ask::Ask, cross_site::REQUIRED, renew::asking};

const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const OTHER: &str = "_____________________________________________w";

/// Randomness that is drawn once a request is under way: other keys have taken the place of those that it came under.
#[derive(Debug)]
struct Rekeying {
    config: Arc<Config>,
    draws: Mutex<usize>,
}

impl Entropy for Rekeying {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        *self.draws.lock().unwrap() += 1;
        let other = SigningKeys::parse(OTHER).unwrap();
        self.config.policy.format.keys.replace(&other);
        SystemEntropy.fill(bytes)
    }
}

/// The token of the samples, signed.
fn signed(key: &str) -> String {
    let unsigned = TokenFormat {
        id_bytes: 32,
        keys: SigningKeys::default(),
    };
    let claim = Claim::verify(Presented::Token(TOKEN), &unsigned);
    let keys = SigningKeys::parse(key).unwrap();
    let token = token::issue(claim.id().unwrap(), &keys);
    token.expose().to_owned()
}

/// It shows its CSRF token, changes data and has its cookie renewed: whatever verified the token again would refuse it.
#[tokio::test]
async fn a_token_is_verified_once_in_a_request() {
    let ask = Ask::patch("{\"a\":1}")
        .token(&signed(KEY))
        .header("x-csrf-token", CSRF);
    for event in asking(ask, "renew=true") {
        let config = config(&[REQUIRED, ("SESSION_SIGNING_KEYS", KEY)]);
        let function = SessionApi {
            sessions: Counting::seeded().await,
            entropy: Rekeying {
                config: Arc::clone(&config),
                draws: Mutex::default(),
            },
            config,
        };
        let answer = http::answer(event, |request| function.handle(request, NOW)).await;
        let reply = Reply::of(&answer);
        assert_eq!(reply.status, 200, "{}", reply.body);
        assert!(*function.entropy.draws.lock().unwrap() > 0);
        let cookie = format!("__Host-id={};", signed(OTHER));
        let [renewed] = reply.cookies.as_slice() else {
            panic!("{:?}", reply.cookies);
        };
        assert!(renewed.starts_with(&cookie), "{renewed}");
    }
}
