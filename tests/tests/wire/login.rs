//! Login, logout and start.

use dynamodb_session::aws::client;
use serde_json::json;
use tests::functions::PASSWORD;

use super::line::Line;

#[tokio::test]
async fn login_and_logout_ask_for_no_more_than_they_need() {
    let mut line = Line::open(&[("SESSION_MAX_PER_USER", "2")]).await;
    line.sent();
    // The first one finds no user item, so nothing vouches for the time since the password was checked: it looks again.
    let first = line.log_in("ada", None).await;
    assert_eq!(
        line.operations(),
        [
            "UpdateItem t#i",
            "UpdateItem t#a",
            "GetItem u#",
            "GetItem p#",
            "Put s#, Put u#",
            "GetItem p#",
            "DeleteItem t#a"
        ]
    );
    let second = line.log_in("ada", None).await;
    assert_eq!(
        line.operations(),
        [
            "UpdateItem t#i",
            "UpdateItem t#a",
            "GetItem u#",
            "GetItem p#",
            "Put s#, Update u#",
            "DeleteItem t#a"
        ]
    );
    let third = line.log_in("ada", Some(&second)).await;
    assert_eq!(
        line.operations(),
        [
            "UpdateItem t#i",
            "UpdateItem t#a",
            "GetItem u#",
            "GetItem p#",
            "GetItem s#",
            "Put s#, Delete s#, Update u#",
            "DeleteItem t#a"
        ]
    );
    // At the cap it looks once who leaves: of those in use the one used longest ago.
    line.log_in("ada", None).await;
    assert_eq!(
        line.operations(),
        [
            "UpdateItem t#i",
            "UpdateItem t#a",
            "GetItem u#",
            "GetItem p#",
            "BatchGetItem 2",
            "Put s#, Delete s#, Update u#",
            "DeleteItem t#a"
        ]
    );
    assert!(!line.authorize(Some(&first)).await);
    line.sent();
    // Someone else at the same browser.
    let eves = line.log_in("eve", Some(&third)).await;
    assert_eq!(
        line.operations(),
        [
            "UpdateItem t#i",
            "UpdateItem t#a",
            "GetItem u#",
            "GetItem p#",
            "GetItem s#",
            "GetItem u#",
            "Put s#, Delete s#, Update u#, Put u#",
            "GetItem p#",
            "DeleteItem t#a"
        ]
    );
    let functions = &line.functions;
    let wrong = functions.login("eve", "wrong", Some(&eves)).await;
    assert_eq!(wrong["statusCode"], 401);
    assert_eq!(
        line.operations(),
        [
            "UpdateItem t#i",
            "UpdateItem t#a",
            "GetItem u#",
            "GetItem p#"
        ]
    );
    let no_login = functions.login("", PASSWORD, None).await;
    assert_eq!(no_login["statusCode"], 400);
    assert_eq!(line.operations(), Vec::<String>::new());

    functions.logout(Some(&eves)).await;
    assert_eq!(line.operations(), ["GetItem s#", "Delete s#, Update u#"]);
    functions.logout(Some(&eves)).await;
    assert_eq!(line.operations(), ["GetItem s#"]);
    let last = line.log_in("ada", None).await;
    line.sent();
    line.functions.logout_everywhere(Some(&last)).await;
    assert_eq!(
        line.operations().join("; "),
        "UpdateItem s#; GetItem u#; Delete s#, Delete s#, Update u#; GetItem s#"
    );
}

/// What waits costs one write or two, and no hash.
#[tokio::test]
async fn a_login_that_waits_asks_for_its_turn_alone() {
    let line = Line::open(&[
        ("SESSION_LOGIN_FREE_FAILURES", "1"),
        ("SESSION_LOGIN_ADDRESS_PER_MINUTE", "2"),
    ])
    .await;
    line.functions.login("ada", "wrong", None).await;
    line.sent();
    let waits = line.functions.login("ada", PASSWORD, None).await;
    assert_eq!(waits["statusCode"], 429);
    assert_eq!(line.operations(), ["UpdateItem t#i", "UpdateItem t#a"]);
    let waits = line.functions.login("eve", PASSWORD, None).await;
    assert_eq!(waits["statusCode"], 429);
    assert_eq!(line.operations(), ["UpdateItem t#i"]);
}

/// The read that opens the connection decides nothing, so it is the cheaper kind: the one exception.
#[tokio::test]
async fn a_start_is_one_read_of_nothing() {
    let line = Line::open(&[]).await;
    line.proxy.calm();
    client::warm(&line.functions.client, &line.tables.config.tables.sessions)
        .await
        .unwrap();
    let bodies: Vec<_> = line
        .proxy
        .seen()
        .into_iter()
        .map(|seen| seen.body)
        .collect();
    let table = &line.tables.config.tables.sessions;
    assert_eq!(
        bodies,
        [json!({"TableName": table, "Key": {"id": {"S": "-"}}})]
    );
}
