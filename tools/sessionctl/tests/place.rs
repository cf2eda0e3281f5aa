//! Where the tables are, and who may reach them.

use std::{env, fs, process};

use super::engine::{Engine, OLD, run, said, sessionctl};

#[tokio::test(flavor = "multi_thread")]
async fn without_credentials_or_region_it_is_told_what_to_set() {
    let far = ["--endpoint-url", "http://192.0.2.1:8000"];
    let mut command = sessionctl(&far);
    command
        .args(["user", "disable", "ada"])
        .env("AWS_EC2_METADATA_DISABLED", "true");
    let (code, text) = said(&run(command, ""));
    assert_eq!(code, 2);
    assert!(text.contains("no AWS region: set AWS_REGION"), "{text}");

    let mut command = sessionctl(&far);
    command
        .args(["user", "disable", "ada", "--region", "eu-west-1"])
        .env("AWS_EC2_METADATA_DISABLED", "true");
    let (code, text) = said(&run(command, ""));
    assert_eq!(code, 1);
    assert!(
        text.starts_with("sessionctl: nothing was changed"),
        "{text}"
    );
    assert!(
        text.contains("no AWS credentials were found: name a profile"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_and_endpoint_come_from_the_environment_unless_they_are_arguments() {
    let engine = Engine::start().await;
    for table in ["env_user", "env_session", "arg_user"] {
        engine.create_table(table, "id").await;
    }
    let in_environment = |arguments: &[&str]| {
        let mut command = sessionctl(arguments);
        command
            .env("AWS_ENDPOINT_URL_DYNAMODB", &engine.endpoint)
            .env("SESSION_USER_TABLE", "env_user")
            .env("SESSION_TABLE", "env_session");
        said(&run(command, OLD)).1
    };
    let text = in_environment(&["user", "add", "ada"]);
    assert!(
        text.starts_with("added ada to table env_user (http://127.0.0.1:"),
        "{text}"
    );
    let text = in_environment(&["user", "disable", "ada"]);
    assert!(
        text.contains("ended 0 sessions in table env_session"),
        "{text}"
    );
    let text = in_environment(&["--user-table", "arg_user", "user", "add", "ada"]);
    assert!(text.starts_with("added ada to table arg_user"), "{text}");
    assert_eq!(engine.record("ada").await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_brings_its_credentials_whatever_the_environment_holds() {
    let engine = Engine::start().await;
    let folder = env::temp_dir().join(format!("sessionctl-profile-{}", process::id()));
    fs::create_dir(&folder).unwrap();
    let config = folder.join("config");
    let profile = "[profile ours]\nregion = eu-west-1\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = none\n";
    fs::write(&config, profile).unwrap();
    let with = |name: &str, environment: &[(&str, &str)]| {
        let mut command = engine.command(&["user", "add", name, "--profile", name]);
        command
            .env("AWS_ACCESS_KEY_ID", "another")
            .env("AWS_SECRET_ACCESS_KEY", "none")
            .envs(environment.iter().copied())
            .env("AWS_CONFIG_FILE", &config)
            .env("AWS_SHARED_CREDENTIALS_FILE", folder.join("credentials"))
            .env("AWS_EC2_METADATA_DISABLED", "true");
        said(&run(command, OLD))
    };
    let (code, text) = with("ours", &[]);
    assert_eq!(code, 0, "{text}");
    assert!(engine.record("ours").await.is_some());
    // Keys in the environment don't stand in for a profile that is not there.
    let (code, text) = with("theirs", &[("AWS_REGION", "eu-west-1")]);
    assert_eq!(code, 2, "{text}");
    assert!(
        text.starts_with("sessionctl: there is no AWS profile theirs: "),
        "{text}"
    );
    assert_eq!(engine.record("theirs").await, None);
    fs::remove_dir_all(&folder).unwrap();
}
