//! An act as a request to a function, or as a task of an operator.

use std::net::Ipv4Addr;

use dynamodb_session::time::UnixSeconds;
use serde_json::{Value, json};
use tests::functions::{Functions, event, http_authorizer};

use super::{
    act::Act,
    operator::Task,
    told::{PASSWORDS, Session, Told},
};

/// Seconds between two acts.
const STEP: u64 = 10;

/// Seconds after which every grace is over, and every wait of a user who mistyped: 30, and 16.
const WAIT: u64 = 40;

/// What is asked, when, and in which session.
#[derive(Debug)]
pub(crate) struct Ask {
    pub(crate) act: Act,
    pub(crate) now: UnixSeconds,
    /// The name of the session.
    pub(crate) session: Option<String>,
    request: Request,
}

#[derive(Debug)]
enum Request {
    /// An event of a route.
    Route(Value),
    /// An event of the authorizer.
    Authorizer(Value),
    /// What an operator does.
    Operator(Box<Task>),
    /// Nothing, but for the time that passes.
    Nothing,
}

impl Ask {
    /// Has time pass, and asks for `act`. `None`: it takes a session, or a user, that is missing.
    pub(crate) fn next(told: &mut Told, act: Act) -> Option<Self> {
        told.now = match act {
            Act::Idle => {
                let idle = told.config.lifetimes.timeouts.idle;
                told.session()?.used.plus(idle + STEP / 2)
            }
            Act::Wait => told.now.plus(WAIT),
            _ => told.now.plus(STEP),
        };
        Self::at_once(told, act)
    }

    /// Asks for `act` in the very second of the one before.
    pub(crate) fn at_once(told: &Told, act: Act) -> Option<Self> {
        let session = told.session().filter(|_| act.takes_a_session());
        let request = match act {
            Act::Wait => Request::Nothing,
            Act::Authorize | Act::Idle => authorizer(told, session?.token()),
            Act::Reuse => authorizer(told, session?.tokens.first()?),
            _ => match Task::of(act, told) {
                Some(task) => Request::Operator(Box::new(task)),
                None => Request::Route(route(told, act, session)?),
            },
        };
        Some(Self {
            act,
            now: told.now,
            session: session.map(|session| session.name.clone()),
            request,
        })
    }

    /// Asks, and returns the answer.
    pub(crate) async fn send(&self, functions: &mut Functions) -> Value {
        functions.now = self.now;
        match &self.request {
            Request::Route(event) => functions.send(event.clone()).await,
            Request::Authorizer(event) => match functions.authorize(event).await {
                Ok(answer) => answer,
                Err(fault) => fault.to_string().into(),
            },
            Request::Operator(task) => task.done(functions, self.now).await,
            Request::Nothing => Value::Null,
        }
    }
}

fn authorizer(told: &Told, token: &str) -> Request {
    Request::Authorizer(http_authorizer(&told.config.transport, Some(token)))
}

/// The event of a request to one of the routes.
fn route(told: &Told, act: Act, session: Option<&Session>) -> Option<Value> {
    let login = |password: &str| json!({"username": told.user, "password": password});
    let value = Told::value(told.now);
    let (ask, body) = match act {
        Act::Login | Act::LoginOver => {
            let record = told.record.as_ref().filter(|record| !record.disabled)?;
            let (password, _) = PASSWORDS[record.password];
            (("POST", "/login", ""), login(password))
        }
        Act::Guess => (("POST", "/login", ""), login("wrong")),
        Act::Logout => (("POST", "/logout", ""), Value::Null),
        Act::Everywhere => (("POST", "/logout", "everywhere=true"), Value::Null),
        Act::Show => (("GET", "/session", ""), Value::Null),
        Act::Patch | Act::PatchTagged | Act::Begin => {
            (("PATCH", "/session", ""), json!({"k": value}))
        }
        Act::PatchOther => (("PATCH", "/session", ""), json!({"m": value})),
        Act::Clear => (("DELETE", "/session/data", ""), Value::Null),
        Act::Rotate => (("POST", "/session/rotate", ""), Value::Null),
        Act::List => (("GET", "/sessions", ""), Value::Null),
        Act::EndOthers => (("DELETE", "/sessions", ""), Value::Null),
        Act::EndOne => {
            let other = &told.sessions[told.other(Some(&*session?.name))?].name;
            let path = format!("/sessions/{other}");
            return Some(of(told, session, ("DELETE", &path, ""), &Value::Null));
        }
        _ => return None,
    };
    let users_own = matches!(act, Act::Everywhere | Act::List | Act::EndOthers);
    if act.takes_a_session() && !session.is_some_and(|session| session.signed_in || !users_own) {
        return None;
    }
    let mut event = of(told, session, ask, &body);
    if act == Act::PatchTagged {
        event["headers"]["if-match"] = session?.tag.clone()?.into();
    }
    Some(event)
}

fn of(told: &Told, session: Option<&Session>, ask: (&str, &str, &str), body: &Value) -> Value {
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let token = session.map(Session::token);
    let mut event = event(&told.config.transport, ask, token, &body);
    // An address of the user's own: there is a limit for each.
    let number: u32 = told.user.trim_start_matches("user").parse().unwrap();
    let ip = Ipv4Addr::from_bits(0x0a00_0000 + number).to_string();
    event["requestContext"]["http"]["sourceIp"] = ip.into();
    event
}
