//! The secret of the signing keys.

use dynamodb_session::signing_keys::SigningKeys;
use serde_json::json;

use super::{list, of_type, secret_arn, template, text};

#[test]
fn a_created_secret_holds_a_key_that_the_functions_accept_and_outlives_the_stack() {
    let template = template();
    let secrets: Vec<_> = of_type(&template, "AWS::SecretsManager::Secret").collect();
    let [(id, secret)] = secrets.as_slice() else {
        panic!("one secret")
    };
    assert_eq!(*id, "SigningKeysSecretResource");
    assert_eq!(secret["Condition"], "CreateSecret");
    assert_eq!(secret["DeletionPolicy"], "Retain");
    assert_eq!(secret["UpdateReplacePolicy"], "Retain");
    let generated = &secret["Properties"]["GenerateSecretString"];
    assert_eq!(
        *generated,
        json!({"PasswordLength": 44, "ExcludePunctuation": true, "IncludeSpace": false})
    );
    let length = usize::try_from(generated["PasswordLength"].as_u64().unwrap()).unwrap();
    for character in ('0'..='9').chain('A'..='Z').chain('a'..='z') {
        let key = String::from(character).repeat(length);
        assert!(SigningKeys::parse(&key).is_ok(), "{key}");
    }
}

/// `sessionctl keys rotate drop` waits for as long as a session may live by these.
#[test]
fn a_created_secret_is_tagged_with_the_variables_that_say_how_long_sessions_live() {
    let template = template();
    let secret = &template["Resources"]["SigningKeysSecretResource"];
    let tags = list(&secret["Properties"]["Tags"]);
    let names: Vec<_> = tags.iter().map(|tag| text(&tag["Key"])).collect();
    let expected = [
        "SESSION_TIMEOUT_PRESET",
        "SESSION_IDLE_TIMEOUT_SECONDS",
        "SESSION_ABSOLUTE_TIMEOUT_SECONDS",
        "SESSION_REMEMBER_SECONDS",
    ];
    assert_eq!(names, expected);
    let variables = &template["Globals"]["Function"]["Environment"]["Variables"];
    for tag in tags {
        let name = text(&tag["Key"]);
        assert!(variables[name].is_object(), "{name}");
        assert_eq!(tag["Value"], variables[name], "{name}");
    }
}

#[test]
fn the_functions_are_told_the_secret_only_where_there_is_one() {
    let template = template();
    let variable = &template["Globals"]["Function"]["Environment"]["Variables"]["SESSION_SIGNING_KEYS_SECRET_ARN"];
    assert_eq!(
        *variable,
        json!({"!If": ["CreateSecret", {"!Ref": "SigningKeysSecretResource"},
            {"!If": ["UseSecret", {"!Ref": "SigningKeysSecret"}, ""]}]})
    );
    assert_eq!(
        template["Parameters"]["SigningKeysSecret"]["Default"],
        "none"
    );
    let output = &template["Outputs"]["SigningKeysSecretArn"];
    assert_eq!(output["Condition"], "UseSecret");
    assert_eq!(output["Value"], secret_arn());
    let rule = &template["Rules"]["KeysAreInOnePlace"]["Assertions"][0]["Assert"];
    assert_eq!(
        *rule,
        json!({"!Or": [{"!Equals": [{"!Ref": "SigningKeys"}, ""]}, {"!Equals": [{"!Ref": "SigningKeysSecret"}, "none"]}]})
    );
}
