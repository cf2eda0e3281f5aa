//! Tables that are damaged, or out of reach.

use aws_sdk_dynamodb::types::AttributeValue;
use tests::closed::Closed;

use super::super::engine::{Engine, NEW, OLD, run, said, sessionctl};

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_is_told_with_its_place_and_what_to_do() {
    let engine = Engine::start().await;
    engine.create_table("other_key", "pk").await;
    let closed = Closed::port();
    #[rustfmt::skip]
    let cases: [(&[&str], &[&str]); 3] = [
        (&["--endpoint-url", &engine.endpoint, "--user-table", "missing"],
            &["nothing was changed: can't read the record of ada at http://127.0.0.1:", ": table missing: ResourceNotFoundException", "see --user-table"]),
        (&["--endpoint-url", &engine.endpoint, "--user-table", "other_key"],
            &["nothing was changed: can't read the record of ada", ": table other_key: ValidationException", "the partition key id (S)"]),
        (&["--endpoint-url", &closed.endpoint],
            &["nothing was changed: can't read the record of ada", &closed.endpoint, ": table app_user: ", "check the endpoint and the network"]),
    ];
    for (place, expected) in cases {
        for name in ["add", "passwd", "disable", "enable", "remove"] {
            let mut command = sessionctl(place);
            command.args(["user", name, "ada"]);
            let (code, text) = said(&run(command, OLD));
            assert_eq!(code, 1, "{text}");
            for part in expected {
                assert!(text.contains(part), "{part}\n{text}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_changed_before_the_fault_is_told_so() {
    let engine = Engine::start().await;
    run(engine.command(&["user", "add", "ada"]), OLD);
    assert!(engine.logs_in("ada", OLD).await);

    let broken = engine.command(&["user", "disable", "ada", "--session-table", "missing"]);
    let (code, text) = said(&run(broken, ""));
    assert_eq!(code, 1);
    assert!(text.contains("disabled ada in table app_user"), "{text}");
    assert!(
        text.contains("but the sessions of ada in table missing"),
        "{text}"
    );
    assert!(
        text.contains("`sessionctl user disable ada`, run again"),
        "{text}"
    );
    assert!(engine.record("ada").await.unwrap().disabled);
    assert_eq!(engine.session_count("ada").await, 1);

    let (code, text) = said(&run(engine.command(&["user", "disable", "ada"]), ""));
    assert_eq!(code, 0);
    assert!(text.contains("ended 1 session"), "{text}");
    assert_eq!(engine.session_count("ada").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_record_is_mended_by_a_new_password() {
    let engine = Engine::start().await;
    run(engine.command(&["user", "add", "ada"]), OLD);
    let update = engine.client.update_item().table_name("app_user");
    update
        .key("id", AttributeValue::S("p#ada".to_owned()))
        .update_expression("SET #hash = :hash")
        .expression_attribute_names("#hash", "hash")
        .expression_attribute_values(":hash", AttributeValue::S("$2b$12$abc".to_owned()))
        .send()
        .await
        .unwrap();
    assert!(!engine.logs_in("ada", OLD).await);
    let (code, text) = said(&run(engine.command(&["user", "passwd", "ada"]), NEW));
    assert_eq!(code, 0, "{text}");
    assert!(engine.logs_in("ada", NEW).await);
}
