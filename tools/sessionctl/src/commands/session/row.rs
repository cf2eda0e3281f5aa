//! A session as a line.

use aws_sdk_dynamodb::primitives::{DateTime, DateTimeFormat};
use dynamodb_session::{
    session::Session,
    survey::{Dangling, family},
    time::UnixSeconds,
    user::UserName,
};
use serde_json::{Value, json};

use super::Found;

/// The lines of what was found, or `no sessions`; with `json` an object a line, and nothing where nothing was found.
pub(crate) fn list(found: &[Found], json: bool) -> String {
    let lines: Vec<_> = found
        .iter()
        .map(|one| {
            if json {
                object(one).to_string()
            } else {
                line(one)
            }
        })
        .collect();
    if lines.is_empty() && !json {
        return "no sessions".to_owned();
    }
    lines.join("\n")
}

/// Its fields, as `GET /sessions` names them.
pub(crate) fn object(found: &Found) -> Value {
    let (mut fields, dangling) = match found {
        Found::Session(live) => (of_session(&live.session), None),
        Found::Dangling(Dangling::Session(live)) => (of_session(&live.session), Some("session")),
        Found::Dangling(Dangling::Entry { user, session }) => (
            json!({"session": session.as_str(), "user": user.as_str()}),
            Some("entry"),
        ),
    };
    if let (Some(fields), Some(dangling)) = (fields.as_object_mut(), dangling) {
        fields.insert("dangling".to_owned(), dangling.into());
    }
    fields
}

pub(super) fn of_session(session: &Session) -> Value {
    json!({
        "session": session.reference.as_str(),
        "user": session.user.as_ref().map(UserName::as_str),
        "created_at": session.created.0,
        "last_used_at": session.accessed.0,
        "authenticated_at": session.authenticated.map(|at| at.0),
        "expires_at": session.expires().0,
        "idle_expires_at": session.idle_expires().0,
        "remembered": session.remembered,
        "ip": session.origin.ip,
        "agent": session.origin.agent,
    })
}

/// Text that somebody else wrote, with what would steer a terminal escaped.
pub(crate) fn plain(text: &str) -> String {
    let shown = |letter: char| {
        if letter.is_control() {
            letter.escape_default().to_string()
        } else {
            letter.into()
        }
    };
    text.chars().map(shown).collect()
}

fn line(found: &Found) -> String {
    let session = match found {
        Found::Session(live) | Found::Dangling(Dangling::Session(live)) => &live.session,
        Found::Dangling(Dangling::Entry { user, session }) => {
            let user = plain(user.as_str());
            return format!("{}  {user}  an entry without its session", session.as_str());
        }
    };
    let user = session.user.as_ref().map_or("anonymous", UserName::as_str);
    let ip = session.origin.ip.as_deref().unwrap_or("-");
    let (user, ip) = (plain(user), plain(ip));
    let client = family(session.origin.agent.as_deref());
    let mut line = format!(
        "{}  {user}  created {}  used {}  {ip}  {client}",
        session.reference.as_str(),
        time(session.created),
        time(session.accessed),
    );
    if session.remembered == Some(true) {
        line.push_str("  remembered");
    }
    if matches!(found, Found::Dangling(_)) {
        line.push_str("  a session that its user's item does not list");
    }
    line
}

/// A moment for people, in UTC.
pub(crate) fn time(moment: UnixSeconds) -> String {
    let seconds = i64::try_from(moment.0).unwrap_or(i64::MAX);
    let text = DateTime::from_secs(seconds).fmt(DateTimeFormat::DateTime);
    text.unwrap_or_else(|_| moment.0.to_string())
}
