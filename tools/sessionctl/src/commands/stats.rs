//! What an operator counts.

use std::fmt::{self, Write};

use dynamodb_session::{
    id::SessionRef,
    session::Status,
    store::dynamodb::scan::{Seen, What},
    survey::{Dangling, Pairs, Stats, Steps},
    time::UnixSeconds,
};
use serde_json::{Map, Value, json};

use super::session::{Table, row};
use crate::{
    arguments::{self, Arguments},
    failure::Failure,
};

/// Counts over all items, or the list of those that are not ours.
pub(crate) async fn run(
    command: &arguments::Stats,
    arguments: &Arguments,
    environment: impl Fn(&str) -> Option<String>,
) -> Result<String, Failure> {
    let table = Table::find(arguments, environment).await?;
    let scan = table.scan(&command.reading);
    let now = UnixSeconds::from_system_clock();
    if command.unreadable {
        let mut lines = Vec::new();
        scan.each(|seen| lines.extend(unreadable(&seen, now, command.reading.json)))
            .await?;
        return Ok(lines.join("\n"));
    }
    let (mut stats, mut pairs) = (Stats::new(), Pairs::default());
    let units = scan
        .each(|seen| {
            pairs.add(&seen.what, now);
            stats.add(&seen, now);
        })
        .await?;
    let (mut sessions, mut entries) = (0_u64, 0_u64);
    for suspect in pairs.suspects() {
        let dangling = suspect.look(&table.store, now).await;
        match dangling.map_err(|error| table.unread(&error))? {
            Some(Dangling::Session(_)) => sessions += 1,
            Some(Dangling::Entry { .. }) => entries += 1,
            None => {}
        }
    }
    let mut object = object(&stats, command.by_prefix.as_deref());
    object.insert("dangling_sessions".to_owned(), sessions.into());
    object.insert("dangling_entries".to_owned(), entries.into());
    object.insert("read_units".to_owned(), units.into());
    if command.reading.json {
        return Ok(Value::Object(object).to_string());
    }
    let mut text = String::new();
    // Writing to a string does not fail.
    let _: fmt::Result = write(&mut text, &object);
    Ok(text.trim_end().to_owned())
}

/// The line of an item that is damaged or something else's.
fn unreadable(seen: &Seen, now: UnixSeconds, json: bool) -> Option<String> {
    let bytes = seen.bytes;
    let (kind, name) = match &seen.what {
        What::Session(live) if live.session.status(now, None) == Status::Implausible => {
            ("damaged session", Some(live.session.reference.as_str()))
        }
        What::DamagedSession(name) => ("damaged session", name.as_ref().map(SessionRef::as_str)),
        What::DamagedUser(user) => ("damaged user item", Some(user.as_str())),
        What::Foreign(prefix) => ("foreign", Some(prefix.as_str())),
        What::Session(_) | What::User(..) | What::Counter | What::Provider => return None,
    };
    Some(if json {
        json!({"kind": kind, "name": name, "bytes": bytes}).to_string()
    } else {
        format!("{kind}  {}  {bytes} bytes", row::plain(name.unwrap_or("-")))
    })
}

fn object(stats: &Stats, separator: Option<&str>) -> Map<String, Value> {
    let mut object = Map::new();
    let mut put = |name: &str, value: Value| drop(object.insert(name.to_owned(), value));
    put("users", stats.users().into());
    put("sessions", stats.living.into());
    put("anonymous", stats.anonymous.into());
    put("remembered", stats.remembered.into());
    put("by_age_seconds", steps(&stats.by_age));
    put("by_idle_seconds", steps(&stats.by_idle));
    put("by_client", json!(stats.by_client));
    if let Some(separator) = separator {
        put("users_by_prefix", json!(stats.by_prefix(separator)));
    }
    put("over", stats.over.into());
    put("rotated", stats.rotated.into());
    put("counters", stats.counters.into());
    put("provider", stats.provider.into());
    put("damaged", stats.damaged.into());
    put("foreign", json!(stats.foreign));
    put("by_item_bytes", steps(&stats.by_size));
    object
}

/// Objects with the first number that is not counted any more; the last has none.
fn steps(steps: &Steps) -> Value {
    let steps = steps.iter().map(|(limit, count)| {
        let below = (limit != u64::MAX).then_some(limit);
        json!({"below": below, "count": count})
    });
    steps.collect()
}

/// In which order a person reads them.
const ORDER: [&str; 17] = [
    "users",
    "users_by_prefix",
    "sessions",
    "anonymous",
    "remembered",
    "by_client",
    "by_age_seconds",
    "by_idle_seconds",
    "over",
    "rotated",
    "counters",
    "provider",
    "damaged",
    "foreign",
    "dangling_sessions",
    "dangling_entries",
    "by_item_bytes",
];

/// A line a number; what is counted by something is indented under its name, without zeros.
fn write(text: &mut String, object: &Map<String, Value>) -> fmt::Result {
    for name in ORDER {
        match object.get(name) {
            Some(Value::Object(counts)) => {
                writeln!(text, "{name}")?;
                for (what, count) in counts {
                    let what = if what.is_empty() { "(none)" } else { what };
                    writeln!(text, "  {:<18} {count}", row::plain(what))?;
                }
            }
            Some(Value::Array(steps)) => {
                writeln!(text, "{name}")?;
                for step in steps.iter().filter(|step| step["count"] != 0) {
                    let below = step["below"].as_u64();
                    let below = below.map_or("more".to_owned(), |below| format!("below {below}"));
                    writeln!(text, "  {below:<18} {}", step["count"])?;
                }
            }
            Some(number) => writeln!(text, "{name:<20} {number}")?,
            None => {}
        }
    }
    Ok(())
}
