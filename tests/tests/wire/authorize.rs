//! One round trip for a call with a token, and none for a call without.

use tests::functions::{NOW, http_authorizer, rest_authorizer};

use super::{
    line::{Line, tell},
    units::units,
};

/// A well-formed token that opens nothing.
const UNKNOWN: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

#[tokio::test]
async fn an_authorised_call_is_one_update_of_one_write_unit() {
    for settings in [
        &[][..],
        &[("SESSION_NOT_BEFORE", "1")],
        &[("SESSION_TRANSPORT", "both")],
    ] {
        let line = Line::open(settings).await;
        let functions = &line.functions;
        let token = functions.log_in("ada").await;
        line.sent();
        for _ in 0..2 {
            assert!(line.authorize(Some(&token)).await);
            let sent = line.sent();
            assert_eq!(sent.iter().map(tell).collect::<Vec<_>>(), ["UpdateItem s#"]);
            let body = sent[0].body.as_object().unwrap();
            assert_eq!(
                body.keys().collect::<Vec<_>>(),
                [
                    "ConditionExpression",
                    "ExpressionAttributeValues",
                    "Key",
                    "ReturnValues",
                    "ReturnValuesOnConditionCheckFailure",
                    "TableName",
                    "UpdateExpression"
                ]
            );
            assert_eq!(units(&line.tables.endpoint, &sent[0]).await, 1.0);
        }
        let event = rest_authorizer(&functions.config.transport, Some(&token));
        functions.authorize(&event).await.unwrap();
        assert_eq!(line.operations(), ["UpdateItem s#"]);
        assert_eq!(functions.session(Some(&token)).await["statusCode"], 200);
        assert_eq!(line.operations(), ["UpdateItem s#"]);
    }
}

#[tokio::test]
async fn a_denial_by_the_store_is_one_update_and_one_more_ends_an_idle_session() {
    let mut line = Line::open(&[]).await;
    let (idle, ended) = (
        line.functions.log_in("ada").await,
        line.functions.log_in("ada").await,
    );
    line.functions.logout(Some(&ended)).await;
    line.sent();
    for (now, token, updates) in [
        (NOW, UNKNOWN, 1),
        (NOW, &ended, 1),
        (NOW.plus(7200), &idle, 2),
        (NOW.plus(7200), &idle, 1),
        (NOW.plus(43200), &idle, 1),
    ] {
        line.functions.now = now;
        assert!(!line.authorize(Some(token)).await);
        assert_eq!(line.operations(), vec!["UpdateItem s#"; updates]);
        assert_eq!(line.functions.session(Some(token)).await["statusCode"], 401);
        assert_eq!(line.operations(), ["UpdateItem s#"]);
        assert_eq!(
            line.functions.logout_everywhere(Some(token)).await["statusCode"],
            401
        );
        assert_eq!(line.operations(), ["UpdateItem s#"]);
    }
}

#[tokio::test]
async fn a_malformed_token_asks_the_store_nothing() {
    let keys = [(
        "SESSION_SIGNING_KEYS",
        "c2Vzc2lvbi1zaWduaW5nLWtleS1vZi0zMi1ieXRlcyE",
    )];
    for settings in [&[][..], &keys] {
        let line = Line::open(settings).await;
        let functions = &line.functions;
        let real = functions.log_in("ada").await;
        let last = real.len() - 1;
        let flipped = if real.ends_with('A') { "E" } else { "A" };
        let forged = format!("{}{flipped}", &real[..last]);
        let key = line.tables.items().await.into_iter().find_map(|item| {
            let id = item["id"].as_s().unwrap().strip_prefix("s#")?;
            Some(id.to_owned())
        });
        let mut texts = vec![
            String::new(),
            "x".into(),
            real[..last].into(),
            format!("{real}A"),
            format!("{real}="),
        ];
        if settings.is_empty() {
            texts.push(format!("{real}.{UNKNOWN}"));
        } else {
            texts.extend([
                forged,
                UNKNOWN.into(),
                key.unwrap(),
                format!("{UNKNOWN}.{UNKNOWN}"),
            ]);
        }
        line.sent();
        for text in &texts {
            assert!(!line.authorize(Some(text)).await, "{text}");
            assert_eq!(
                functions.session(Some(text)).await["statusCode"],
                401,
                "{text}"
            );
            assert_eq!(
                functions.logout_everywhere(Some(text)).await["statusCode"],
                401,
                "{text}"
            );
        }
        // A logout asks for the session of an id, and for nothing where there is none.
        for (text, status) in [("", 204), ("x", 400), (&*format!(".{real}"), 400)] {
            let answer = functions.logout(Some(text)).await;
            assert_eq!(answer["statusCode"], status, "{text}");
        }
        // None at all, and two that differ.
        assert!(!line.authorize(None).await);
        assert_eq!(functions.session(None).await["statusCode"], 401);
        assert_eq!(functions.logout(None).await["statusCode"], 204);
        let mut event = http_authorizer(&functions.config.transport, Some(&real));
        event["headers"]["cookie"] = format!("__Host-id={UNKNOWN}").into();
        assert_eq!(
            functions.authorize(&event).await.unwrap()["isAuthorized"],
            false
        );
        // A logout alone would end each of them, but not everywhere.
        for (method, path, query, status) in [
            ("GET", "/session", "", 401),
            ("POST", "/logout", "everywhere=true", 400),
        ] {
            let mut event = functions.event(method, path, query, Some(&real), "");
            event["headers"]["cookie"] = format!("__Host-id={UNKNOWN}").into();
            let answer = functions.send(event).await;
            assert_eq!(answer["statusCode"], status, "{path}");
        }
        assert_eq!(line.operations(), Vec::<String>::new());
        assert!(line.authorize(Some(&real)).await);
    }
}
