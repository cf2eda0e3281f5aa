//! Events that no API sends: never a panic, and never an allow without the token.

use proptest::{collection::vec, prelude::*};
use serde_json::{Value, json};
use support::{
    NOW, TOKEN,
    arbitrary::{changed, json_value},
    store::Counting,
};
use tokio::runtime::Builder;

use super::{Kind, ask};

/// Whether the event is allowed.
fn allows(event: &Value, variables: &[(&str, &str)]) -> bool {
    let runtime = Builder::new_current_thread().build().unwrap();
    let (outcome, calls) = runtime.block_on(async {
        let store = Counting::seeded().await;
        ask(event, store, variables, NOW).await
    });
    assert!(calls.len() <= 1);
    outcome.is_ok_and(|answer| {
        answer["isAuthorized"] == true
            || answer["policyDocument"]["Statement"][0]["Effect"] == "Allow"
    })
}

fn samples() -> Vec<Value> {
    Kind::ALL.map(|kind| support::event(kind.file())).to_vec()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_json(event in json_value()) {
        prop_assert!(!allows(&event, &[]));
    }

    #[test]
    fn a_sample_with_parts_replaced(event in changed(samples())) {
        for transport in ["cookie", "header", "both"] {
            let allowed = allows(&event, &[("SESSION_TRANSPORT", transport)]);
            prop_assert!(!allowed || event.to_string().contains(TOKEN));
        }
    }

    #[test]
    fn any_text_for_a_cookie_header(bytes in vec(any::<u8>(), 0..200), text in ".{0,200}") {
        for text in [String::from_utf8_lossy(&bytes).into_owned(), text] {
            for kind in Kind::ALL {
                let event = kind.with(&[("Cookie", &text)]).unwrap();
                prop_assert!(!allows(&event, &[("SESSION_TRANSPORT", "both")]));
            }
        }
    }

    #[test]
    fn any_text_in_place_of_the_token(text in "\\PC{0,100}") {
        let mut event = support::event("authorizer-http-api");
        event["cookies"] = json!([format!("__Host-id={text}")]);
        prop_assert!(!allows(&event, &[]));
    }
}
