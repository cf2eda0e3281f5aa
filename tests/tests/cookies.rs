//! docs/cookies.md: what is set, sent and cleared. Each row of its tables is sent to the functions.

use std::{fs, sync::Arc};

use dynamodb_session::config::Config;
use serde_json::{Value, json};
use tests::{
    engine::{Tables, embedded},
    functions::{Functions, NOW, PASSWORD},
};

/// The cells of a row.
type Row = Vec<String>;

#[tokio::test]
async fn each_row_of_the_table_is_what_the_functions_answer() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/cookies.md");
    let rows = rows(&fs::read_to_string(path).unwrap());
    let of = |columns: usize| rows.iter().filter(move |row| row.len() == columns);
    assert!(of(3).count() == 2 && of(5).count() >= 35, "{rows:?}");
    for settings in of(3) {
        let tables = embedded().await;
        let functions = functions(&tables, &settings[0]);
        let others: Vec<_> = settings[2]
            .split(", ")
            .filter(|scope| *scope != "–")
            .collect();
        for (user, row) in of(5).filter(|row| row[0] == settings[0]).enumerate() {
            // One of its own: at the cap another's session would end.
            let user = format!("user-{user}");
            functions.add_user(&user).await;
            let answer = ask(&functions, &user, &row[1], &row[2]).await;
            assert_eq!(
                answer["statusCode"].to_string(),
                row[3],
                "{row:?}: {answer}"
            );
            let written = written(&answer);
            let mut expected = Vec::new();
            for part in row[4].split(", ").filter(|part| *part != "–") {
                match part {
                    "others" => {
                        expected.extend(others.iter().map(|scope| format!("clear {scope}")));
                    }
                    own => expected.push(format!("{own} {}", settings[1])),
                }
            }
            assert_eq!(written, expected, "{row:?}");
        }
    }
}

/// The functions with the settings of this name.
fn functions(tables: &Tables, settings: &str) -> Functions {
    let mut variables = vec![
        ("SESSION_TABLE", tables.config.tables.sessions.as_str()),
        ("SESSION_USER_TABLE", &tables.config.tables.users),
        ("SESSION_ANONYMOUS", "on"),
        ("SESSION_LOGIN_ADDRESS_PER_MINUTE", "0"),
    ];
    if settings == "domain" {
        variables.extend([
            ("SESSION_COOKIE_NAME", "id"),
            ("SESSION_COOKIE_DOMAIN", "example.com"),
            ("SESSION_COOKIE_PATH", "/app"),
            ("SESSION_COOKIE_FORMER_SCOPES", "old.example"),
        ]);
    }
    let lookup = |name: &str| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    let config = Config::parse(lookup, NOW).unwrap();
    Functions::over(&tables.endpoint, &Arc::new(config))
}

/// The answer to a request as the table has it.
async fn ask(functions: &Functions, user: &str, request: &str, presents: &str) -> Value {
    let (target, note) = request.trim_start_matches('`').split_once('`').unwrap();
    let (method, target) = target.split_once(' ').unwrap();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let name = &functions.config.transport.cookie.name;
    let (first, second) = (functions.log_in(user).await, functions.log_in(user).await);
    let cookies = match presents {
        "nothing" => vec![],
        "one" => vec![format!("{name}={first}")],
        "two" => vec![format!("{name}={first}"), format!("{name}={second}")],
        "quoted" => vec![format!("{name}=\"{first}\"")],
        "joined by a comma" => vec![format!("{name}={first}, {name}={first}")],
        other => panic!("{other}"),
    };
    let password = if note.contains("wrong") {
        "wrong"
    } else {
        PASSWORD
    };
    let body = match path {
        "/login" => json!({"username": user, "password": password}).to_string(),
        _ => json!({"a": 1}).to_string(),
    };
    let mut reference = String::new();
    if path.ends_with("{ref}") {
        let mut event = functions.event("GET", "/session", "", None, "");
        event["cookies"] = json!([format!("{name}={first}")]);
        let shown = functions.send(event).await;
        let shown: Value = serde_json::from_str(shown["body"].as_str().unwrap()).unwrap();
        shown["session"]
            .as_str()
            .unwrap()
            .clone_into(&mut reference);
    }
    let mut event = functions.event(
        method,
        &path.replace("{ref}", &reference),
        query,
        None,
        &body,
    );
    event["routeKey"] = json!(format!("{method} {path}"));
    event["requestContext"]["routeKey"] = event["routeKey"].clone();
    event["pathParameters"] = json!({"ref": reference});
    if !cookies.is_empty() {
        event["cookies"] = json!(cookies);
    }
    functions.send(event).await
}

/// The cookies of an answer, each as what is done to which scope.
fn written(answer: &Value) -> Vec<String> {
    let cookies = answer["cookies"].as_array().into_iter().flatten();
    let cookies = cookies.map(|cookie| {
        let cookie = cookie.as_str().unwrap();
        let part = |name: &str| cookie.split("; ").find_map(|part| part.strip_prefix(name));
        let (_, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
        let cleared = part("Max-Age=") == Some("0");
        assert_eq!(value.is_empty(), cleared, "{cookie}");
        assert!(
            part("Expires=").is_some() && part("HttpOnly").is_some(),
            "{cookie}"
        );
        format!(
            "{} {}{}{}",
            if cleared { "clear" } else { "set" },
            part("Domain=").unwrap_or_default(),
            part("Path=").unwrap(),
            if cookie.ends_with("; Partitioned") {
                " partitioned"
            } else {
                ""
            }
        )
    });
    cookies.collect()
}

/// The rows of all tables, without their heads. Code loses its quotes where it is a cell's whole or a list.
fn rows(text: &str) -> Vec<Row> {
    let cells = |line: &str| -> Option<Row> {
        let inner = line.strip_prefix("| ")?.strip_suffix(" |")?;
        let mut cells: Row = inner.split(" | ").map(str::to_owned).collect();
        if cells.len() == 3 {
            cells = cells.iter().map(|cell| cell.replace('`', "")).collect();
        }
        (cells[0] != "settings").then_some(cells)
    };
    text.lines().filter_map(cells).collect()
}
