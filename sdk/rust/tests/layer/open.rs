//! The table of a server that is not in Lambda.

use std::{
    env, fs,
    process::{self, Command},
};

use dynamodb_session_backend::{
    dynamodb_session::{create::Vouched, user::UserName},
    open::{OpenError, open, open_anywhere},
};
use http::StatusCode;
use tests::engine;

use super::serve::{request, serve};

/// Region, endpoint and credentials are in files of a profile alone. Each environment needs a process of its own.
#[tokio::test]
async fn a_server_elsewhere_finds_its_table_by_a_profile() {
    const TABLE: &str = "TABLE_OF_THE_CHILD";
    if let Some(table) = env::var_os(TABLE) {
        let table = table.into_string().unwrap();
        let lookup = |name: &str| (name == "SESSION_TABLE").then(|| table.clone());
        assert!(matches!(open(lookup).await, Err(OpenError::Config(_))));
        let layer = open_anywhere(lookup).await.unwrap().by_itself();
        let reply = serve(&layer, request("POST", None), |it| async move {
            let ada = UserName::parse("ada").unwrap();
            it.log_in(ada, Vouched::just_now()).await
        });
        assert_eq!(reply.await.status(), StatusCode::OK);
        return;
    }
    let tables = engine::embedded().await;
    let folder = env::temp_dir().join(format!("a-server-elsewhere-{}", process::id()));
    fs::create_dir_all(&folder).unwrap();
    let [config, credentials] = ["config", "credentials"].map(|name| folder.join(name));
    let settings = format!(
        "[profile shop]\nregion = eu-west-1\nendpoint_url = {}\n",
        tables.endpoint
    );
    fs::write(&config, settings).unwrap();
    let keys = "[shop]\naws_access_key_id = local\naws_secret_access_key = local\n";
    fs::write(&credentials, keys).unwrap();
    let mut child = Command::new(env::current_exe().unwrap());
    child
        .args([
            "open::a_server_elsewhere_finds_its_table_by_a_profile",
            "--exact",
        ])
        .env_clear()
        .env(TABLE, &tables.config.tables.sessions)
        .env("AWS_PROFILE", "shop")
        .env("AWS_CONFIG_FILE", &config)
        .env("AWS_SHARED_CREDENTIALS_FILE", &credentials);
    let output = tokio::task::spawn_blocking(move || child.output());
    let output = output.await.unwrap().unwrap();
    fs::remove_dir_all(folder).unwrap();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(output.status.success(), "{said}");
    // The session, and the item that lists it.
    assert_eq!(tables.items().await.len(), 2, "{said}");
}
