//! Which tables there are.

use super::Variables;

/// The names of the tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tables {
    /// Sessions, user items and counters (`SESSION_TABLE`).
    pub sessions: String,
    /// Users and the hashes of their passwords (`SESSION_USER_TABLE`).
    pub users: String,
}

impl Default for Tables {
    fn default() -> Self {
        Self {
            sessions: "app_session".to_owned(),
            users: "app_user".to_owned(),
        }
    }
}

impl Tables {
    /// Reads the group.
    pub fn from_variables(variables: &mut Variables<'_>) -> Self {
        let default = Self::default();
        Self {
            sessions: table(variables, "SESSION_TABLE", default.sessions),
            users: table(variables, "SESSION_USER_TABLE", default.users),
        }
    }
}

fn table(variables: &mut Variables<'_>, name: &str, default: String) -> String {
    let table = variables.text(name).unwrap_or(default);
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    if !(3..=255).contains(&table.len()) || !table.bytes().all(legal) {
        variables.problem(format!(
            "{name} is {table:?}, not a table's name (3 to 255 letters, digits, _ . or -)"
        ));
    }
    table
}
