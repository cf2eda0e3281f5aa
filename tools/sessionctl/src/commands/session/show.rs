//! One session, as it stands.

use std::fmt::Write;

use dynamodb_session::{data, session::Session, survey, time::UnixSeconds};
use serde_json::{Map, Value};

use super::{Found, Table, row};
use crate::{
    arguments::{Show, Which},
    failure::{Failure, UNCHANGED},
};

impl Table {
    /// Its times, and the size and the keys of its data; the values only where they are asked for.
    pub(super) async fn show(&self, show: &Show) -> Result<String, Failure> {
        let which = Which {
            session: Some(show.session.clone()),
            user: show.user.clone(),
            ..Which::default()
        };
        let found = self.find_sessions(&which, &show.reading).await?;
        // With its data, and as it stands now.
        for one in found {
            if let Found::Session(live) = one
                && let Some(live) = survey::follow(&self.store, live.key)
                    .await
                    .map_err(|error| self.unread(&error))?
            {
                return Ok(text(&live.session, show.data, show.reading.json));
            }
        }
        Err(Failure::Input(format!(
            "{} has no living session {}; {UNCHANGED}",
            self.place,
            show.session.as_str()
        )))
    }
}

fn text(session: &Session, values: bool, json: bool) -> String {
    let mut fields = row::of_session(session);
    let bytes = data::size(&session.data);
    let value = |text: &str| serde_json::from_str(text).unwrap_or(Value::Null);
    if let Some(fields) = fields.as_object_mut() {
        fields.insert("data_bytes".to_owned(), bytes.into());
        let keys: Vec<_> = session.data.keys().cloned().collect();
        fields.insert("data_keys".to_owned(), keys.into());
        if values {
            let data: Map<_, _> = session
                .data
                .iter()
                .map(|(key, text)| (key.clone(), value(text)))
                .collect();
            fields.insert("data".to_owned(), data.into());
        }
    }
    if json {
        return fields.to_string();
    }
    let mut text = String::new();
    for (name, value) in fields.as_object().into_iter().flatten() {
        let shown = match value {
            Value::Null => "-".to_owned(),
            Value::String(text) => row::plain(text),
            Value::Number(number) if name.ends_with("_at") => number
                .as_u64()
                .map_or_else(String::new, |at| row::time(UnixSeconds(at))),
            other => other.to_string(),
        };
        // Writing to a string does not fail.
        let _: std::fmt::Result = writeln!(text, "{name:<18} {shown}");
    }
    text.trim_end().to_owned()
}
