//! The answers as the event crate, which is made from AWS's own samples, reads them.

use aws_lambda_events::apigw::{
    ApiGatewayCustomAuthorizerResponse, ApiGatewayV2CustomAuthorizerSimpleResponse,
};
use serde_json::from_value;
use support::{NOW, store::Counting};

use super::{Kind, ask};

#[tokio::test]
async fn each_answer_is_read_by_the_event_crate() {
    for kind in Kind::ALL {
        let event = support::event(kind.file());
        for (store, allowed) in [
            (Counting::seeded().await, true),
            (Counting::default(), false),
        ] {
            let variables = [("SESSION_DENY_STATUS", "403")];
            let (outcome, _) = ask(&event, store, &variables, NOW).await;
            let answer = outcome.unwrap();
            if kind == Kind::Http2 {
                let answer: ApiGatewayV2CustomAuthorizerSimpleResponse =
                    from_value(answer).unwrap();
                assert_eq!(answer.is_authorized, allowed);
            } else {
                let answer: ApiGatewayCustomAuthorizerResponse = from_value(answer).unwrap();
                let policy = answer.policy_document;
                assert_eq!(policy.version.as_deref(), Some("2012-10-17"), "{kind:?}");
                assert_eq!(policy.statement.len(), 1, "{kind:?}");
                assert!(answer.principal_id.is_some(), "{kind:?}");
            }
        }
    }
}
