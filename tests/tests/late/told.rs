//! What was acknowledged: the tokens that were handed out, what was written, and what the operator was told.

use std::sync::Arc;

use dynamodb_session::{config::Config, time::UnixSeconds};
use serde_json::{Map, Value, json};
use tests::functions::{HASH, NOW, PASSWORD, token};

use super::{act::Act, ask::Ask};

/// Passwords, each with its hash at the least cost.
pub(crate) const PASSWORDS: [(&str, &str); 4] = [
    (PASSWORD, HASH),
    (
        "another horse another staple",
        "$argon2id$v=19$m=8,t=1,p=1$c2FsdG9mYW5vdGhlcm8$65fej8cNQhkb09l5AMLIn+3pQ/bpHXkOTD5ILOSBSwA",
    ),
    (
        "a third horse a third staple",
        "$argon2id$v=19$m=8,t=1,p=1$c2FsdG9mYW90aGlyZG8$JxEJOpdMhzXkuvUPq/asH9ov4aFvIlkT+RIVZspY1P0",
    ),
    (
        "fourth horse a fourth staple",
        "$argon2id$v=19$m=8,t=1,p=1$c2FsdG9mZm91cnRoaG9yc2U$ikoEkObGaN1Sw/j7ZKNXvMrOtupwpiJiDesG/sA2yPw",
    ),
];

/// All that was acknowledged about one user and their browser.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) config: Arc<Config>,
    pub(crate) user: String,
    pub(crate) now: UnixSeconds,
    /// The user as the operator left them.
    pub(crate) record: Option<Record>,
    /// Which of the passwords comes next.
    pub(crate) next: usize,
    /// Wrong passwords since a right one, or since the operator had them forgotten.
    pub(crate) guesses: u64,
    /// Every session that anyone was given, from the first to the last.
    pub(crate) sessions: Vec<Session>,
}

#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) password: usize,
    pub(crate) disabled: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) name: String,
    /// The tokens that were handed out for it, the last one in use.
    pub(crate) tokens: Vec<String>,
    pub(crate) signed_in: bool,
    pub(crate) over: bool,
    pub(crate) data: Map<String, Value>,
    /// When it was last used.
    pub(crate) used: UnixSeconds,
    /// The `ETag` that was shown last.
    pub(crate) tag: Option<String>,
}

impl Session {
    pub(crate) fn token(&self) -> &str {
        self.tokens.last().unwrap()
    }
}

impl Told {
    pub(crate) fn nothing(config: &Arc<Config>, user: String) -> Self {
        Self {
            config: Arc::clone(config),
            user,
            now: NOW,
            record: None,
            next: 0,
            guesses: 0,
            sessions: Vec::new(),
        }
    }

    /// The session: the living one that was begun last.
    pub(crate) fn session(&self) -> Option<&Session> {
        self.sessions.iter().rev().find(|session| !session.over)
    }

    /// The user's living sessions, the oldest first.
    pub(crate) fn living(&self) -> impl Iterator<Item = &Session> {
        let sessions = self.sessions.iter();
        sessions.filter(|session| session.signed_in && !session.over)
    }

    /// Notes what `answer` acknowledges; an error if it is nothing.
    pub(crate) fn note(&mut self, ask: &Ask, answer: &Value) -> Result<(), String> {
        let (act, now, name) = (ask.act, ask.now, ask.session.as_deref());
        if !act.is_acknowledged_by(answer) {
            return Err(format!("{act:?} was not acknowledged: {answer}"));
        }
        let own = self.used(ask);
        let tag = answer["headers"]["etag"].as_str().map(str::to_owned);
        if let (Some(own), Some(tag)) = (own, tag) {
            self.sessions[own].tag = Some(tag);
        }
        match act {
            Act::Login | Act::LoginOver => self.logged_in(own, now, answer),
            Act::Guess => self.guesses += 1,
            Act::Begin => self.begun(now, answer),
            Act::Patch | Act::PatchTagged => self.patched(own, "k", now),
            Act::PatchOther => self.patched(own, "m", now),
            Act::Clear => {
                let session = &mut self.sessions[own.unwrap()];
                session.data.clear();
                session.tag = None;
            }
            Act::Rotate => {
                let token = self.handed(answer);
                self.sessions[own.unwrap()].tokens.push(token);
            }
            Act::Logout | Act::Reuse | Act::Idle => self.sessions[own.unwrap()].over = true,
            Act::Everywhere => self.end_all(),
            Act::EndOthers => {
                let others = self.sessions.iter_mut();
                others
                    .filter(|session| session.signed_in && Some(&*session.name) != name)
                    .for_each(|session| session.over = true);
            }
            Act::EndOne => {
                let other = self.other(name).unwrap();
                self.sessions[other].over = true;
            }
            Act::Add => {
                self.record = Some(Record {
                    password: self.next,
                    disabled: false,
                });
                self.next += 1;
            }
            Act::Passwd => {
                self.record.as_mut().unwrap().password = self.next;
                self.next += 1;
                self.end_all();
            }
            Act::Disable => {
                self.record.as_mut().unwrap().disabled = true;
                self.end_all();
            }
            Act::Enable => self.record.as_mut().unwrap().disabled = false,
            Act::Remove => {
                self.record = None;
                self.end_all();
            }
            Act::Unlock => self.guesses = 0,
            Act::Authorize | Act::Show | Act::List | Act::Wait => {}
        }
        Ok(())
    }

    /// Notes that the session was used, and returns its place.
    pub(crate) fn used(&mut self, ask: &Ask) -> Option<usize> {
        let mut sessions = self.sessions.iter();
        let own = sessions.position(|session| Some(&session.name) == ask.session.as_ref())?;
        let session = &mut self.sessions[own];
        session.used = session.used.max(ask.now);
        Some(own)
    }

    /// The oldest living session other than the one named `name`.
    pub(crate) fn other(&self, name: Option<&str>) -> Option<usize> {
        self.sessions
            .iter()
            .position(|session| session.signed_in && !session.over && Some(&*session.name) != name)
    }

    /// What a PATCH at `now` writes: never the same twice.
    pub(crate) fn value(now: UnixSeconds) -> Value {
        json!(now.0)
    }

    fn patched(&mut self, own: Option<usize>, key: &str, now: UnixSeconds) {
        let data = &mut self.sessions[own.unwrap()].data;
        data.insert(key.to_owned(), Self::value(now));
    }

    fn logged_in(&mut self, presented: Option<usize>, now: UnixSeconds, answer: &Value) {
        let mut data = Map::new();
        if let Some(presented) = presented {
            self.sessions[presented].over = true;
            data.clone_from(&self.sessions[presented].data);
        }
        if self.living().count() >= self.config.logins.max_per_user {
            let others = self.sessions.iter_mut();
            let others = others.filter(|session| session.signed_in && !session.over);
            // Of those used at the same time the oldest.
            others.min_by_key(|session| session.used).unwrap().over = true;
        }
        self.guesses = 0;
        self.handed_out(answer, true, data, now);
    }

    fn begun(&mut self, now: UnixSeconds, answer: &Value) {
        let data = [("k".to_owned(), Self::value(now))].into_iter().collect();
        self.handed_out(answer, false, data, now);
    }

    fn handed_out(
        &mut self,
        answer: &Value,
        signed_in: bool,
        data: Map<String, Value>,
        used: UnixSeconds,
    ) {
        let (shown, token) = (body(answer), self.handed(answer));
        self.sessions.push(Session {
            name: shown["session"].as_str().unwrap().to_owned(),
            tokens: vec![token],
            signed_in,
            over: false,
            data,
            used,
            tag: answer["headers"]["etag"].as_str().map(str::to_owned),
        });
    }

    fn handed(&self, answer: &Value) -> String {
        token(&self.config.transport, answer).unwrap()
    }

    fn end_all(&mut self) {
        let sessions = self.sessions.iter_mut();
        sessions
            .filter(|session| session.signed_in)
            .for_each(|session| session.over = true);
    }
}

/// The JSON in the body of an answer.
pub(crate) fn body(answer: &Value) -> Value {
    serde_json::from_str(answer["body"].as_str().unwrap_or_default()).unwrap_or_default()
}
