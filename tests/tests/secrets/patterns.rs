//! What template.yaml counts: each pattern matches the lines that it is for, and no other, of all that functions log.

use std::{
    collections::BTreeSet,
    env, fs,
    net::{IpAddr, Ipv4Addr},
};

use dynamodb_session::{
    admission::Counted,
    audit::{Cause, Event, Kind, TokenName},
    authorize::Denial,
    config::unknown,
    fault::{FaultKind, StoreError},
    id::SessionRef,
    user::UserName,
};
use serde_json::{Value, json};
use tests::pattern::Pattern;
use tracing_subscriber::layer::SubscriberExt;

use crate::lines::Lines;

/// Whether `metric` is to count a line of ours.
fn counts(metric: &str, line: &Value) -> bool {
    let is = |events: &[&str]| {
        line["event"]
            .as_str()
            .is_some_and(|event| events.contains(&event))
    };
    let denied = |reasons: &[&str]| {
        let reason = line["reason"].as_str();
        is(&["denied"]) && reason.is_some_and(|reason| reasons.contains(&reason))
    };
    let damaged = line["kind"] == "Damaged";
    match metric {
        "StoreFaults" => is(&["store_fault"]) && !damaged,
        "KeysFaults" => is(&["keys_fault"]),
        "Damaged" => {
            denied(&["damaged"]) || is(&["store_fault"]) && damaged || is(&["user_damaged"])
        }
        "Reused" => is(&["reused"]),
        "Guesses" => denied(&["unknown", "forged"]),
        "CrossSite" => denied(&["cross_site"]),
        "LoginsThrottled" => is(&["login_throttled"]),
        "Crashes" => false,
        "Denials" | "DeniedBy" => is(&["denied"]),
        "Logins" => is(&["login"]),
        "LoginsRefused" => is(&["login_refused"]),
        "SessionsBegun" => is(&["login", "visit"]),
        "SessionsEnded" => is(&["logout", "revoke", "provider_logout"]),
        "SessionsEndedAtOnce" => is(&["logout_everywhere", "revoke_others"]),
        _ => panic!("{metric} counts nothing that this test knows"),
    }
}

/// Compares each pattern with what it is for, over lines that functions wrote; returns which have matched.
pub(crate) fn check(lines: &str) -> BTreeSet<String> {
    let patterns = Pattern::of_template();
    let mut matched = BTreeSet::new();
    for line in lines.lines() {
        let line: Value = serde_json::from_str(line).expect(line);
        for (metric, pattern) in &patterns {
            let counted = pattern.matches(&line);
            assert_eq!(counted, counts(metric, &line), "{metric}: {line}");
            if counted {
                matched.insert(metric.clone());
            }
        }
    }
    matched
}

#[test]
fn each_line_that_there_is_is_counted_by_its_patterns_alone() {
    let lines = every_line();
    let matched = check(&lines);
    let all: BTreeSet<_> = Pattern::of_template().into_keys().collect();
    let never: Vec<_> = all.difference(&matched).collect();
    assert_eq!(never, ["Crashes"]);
    let told = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        let text = |field: &str| line[field].as_str().unwrap().to_owned();
        (text("event"), text("level"))
    };
    let told: BTreeSet<_> = lines.lines().map(told).collect();
    let known = Event::LINES
        .iter()
        .map(|line| (line.event.to_owned(), line.level.to_owned()));
    assert_eq!(told, known.collect());
}

/// Those of a deployment, a file that `E2E_LINES` names: tests/deploy-local gives all that the end-to-end suite left there.
#[test]
fn each_line_of_a_deployment_is_counted_by_its_patterns_alone() {
    #[expect(
        clippy::disallowed_methods,
        reason = "the deployment's lines are named like its address, from outside"
    )]
    let file = env::var("E2E_LINES");
    if let Ok(file) = file {
        let counted = check(&fs::read_to_string(file).unwrap());
        assert!(counted.len() > 5, "{counted:?}");
    }
}

/// Lambda's lines, in the form of its Telemetry API (developer guide, "Lambda Telemetry API Event schema reference"). A REST
/// API's 401 is an error of the function, which is no crash; whether its report says `success` or `error` is not documented.
#[test]
fn time_outs_failed_starts_and_crashes_are_counted_and_a_401_is_not() {
    let line = |of: &str, status: &str, error: Option<&str>| {
        let mut record =
            json!({"requestId": "8f1c", "status": status, "metrics": {"durationMs": 5000.0}});
        if of == "platform.initReport" {
            record = json!({"initializationType": "on-demand", "phase": "init", "status": status, "metrics": {"durationMs": 9.7}});
        }
        if let Some(error) = error {
            record["errorType"] = error.into();
        }
        json!({"time": "2026-08-09T12:34:56.789Z", "type": of, "record": record})
    };
    let (report, start) = ("platform.report", "platform.initReport");
    #[rustfmt::skip]
    let cases = [
        (line(report, "success", None),                             false),
        (line(report, "error",   Some("Unauthorized")),             false),
        (line(report, "error",   Some("Runtime.Unknown")),          false),
        (line(report, "error",   Some("Function.Unauthorized")),    false),
        (line(report, "timeout", None),                             true),
        (line(report, "timeout", Some("Sandbox.Timedout")),         true),
        (line(report, "error",   Some("Runtime.ExitError")),        true),
        (line(report, "failure", Some("Runtime.ExitError")),        true),
        (line(report, "error",   Some("Runtime.OutOfMemory")),      true),
        (line(start,  "success", None),                             false),
        (line(start,  "error",   Some("Runtime.ExitError")),        true),
        (line(start,  "failure", Some("Runtime.ExitError")),        true),
        (line(start,  "timeout", None),                             true),
        (json!({"time": "2026-08-09T12:34:56.789Z", "type": "platform.start", "record": {"requestId": "8f1c", "version": "$LATEST"}}), false),
    ];
    for (line, expected) in cases {
        for (metric, pattern) in Pattern::of_template() {
            let counted = expected && metric == "Crashes";
            assert_eq!(pattern.matches(&line), counted, "{metric}: {line}");
        }
    }
}

/// Each event, with each reason and kind, as the functions' log has it.
fn every_line() -> String {
    let lines = Lines::default();
    let writer = lines.clone();
    let layer = lambda::log::layer(Some("TRACE"), move || writer.clone());
    let subscriber = tracing_subscriber::registry().with(layer);
    tracing::subscriber::with_default(subscriber, || {
        log_faults();
        log_denials();
        log_the_provider_s();
        log_the_rest();
    });
    lines.take()
}

fn error() -> Cause {
    Cause::chain(&StoreError {
        kind: FaultKind::Unavailable,
        source: "throttled".into(),
    })
}

fn session() -> SessionRef {
    SessionRef::parse("QYvuP-3nT9ZAPsvOyG7uBg").unwrap()
}

fn log_faults() {
    let session = &session();
    let kinds = [
        Kind::Store(FaultKind::Unavailable),
        Kind::Store(FaultKind::Misconfigured),
        Kind::Store(FaultKind::Damaged),
        Kind::Entropy,
    ];
    for kind in kinds {
        Event::StoreFault {
            kind,
            error: error(),
        }
        .log();
        Event::GuessesKept {
            session,
            kind,
            error: error(),
        }
        .log();
        Event::CookieKept {
            session,
            kind,
            error: error(),
        }
        .log();
        Event::Unreached {
            kind,
            error: error(),
        }
        .log();
        Event::KeysMissing {
            kind,
            error: error(),
        }
        .log();
        Event::KeysKept {
            kind,
            error: error(),
        }
        .log();
        Event::UsesUnread {
            kind,
            error: error(),
        }
        .log();
    }
}

fn log_denials() {
    let session = &session();
    let reasons = [
        Denial::Absent,
        Denial::Ambiguous,
        Denial::Oversized,
        Denial::Malformed,
        Denial::Forged,
        Denial::Unknown,
        Denial::Idle,
        Denial::Expired,
        Denial::Superseded,
        Denial::Replaced,
        Denial::Reused,
        Denial::Anonymous,
        Denial::CrossSite,
        Denial::CsrfToken,
    ];
    for reason in reasons {
        let token = Some(TokenName::of("x"));
        Event::Denied {
            reason,
            session: None,
            token,
        }
        .log();
        Event::Denied {
            reason,
            session: Some(session),
            token: None,
        }
        .log();
    }
    Event::Damaged {
        reason: Denial::Damaged,
        session: Some(session),
        token: None,
    }
    .log();
}

/// What comes of logins and logouts at a provider.
fn log_the_provider_s() {
    let session = &session();
    let user = &UserName::parse("ada").unwrap();
    Event::FlowThrottled {
        by: Counted::Address,
        ip: None,
        seconds: 1,
    }
    .log();
    Event::FlowRejected { error: error() }.log();
    Event::LogoutRejected { error: error() }.log();
    Event::ProviderFault { error: error() }.log();
    Event::LoginBarred { user }.log();
    Event::LoginOutlived { user }.log();
    Event::LoginLoggedOut { user }.log();
    Event::ProviderLogout { user, session }.log();
}

fn log_the_rest() {
    let session = &session();
    let user = &UserName::parse("ada").unwrap();
    let ip = Some(IpAddr::V4(Ipv4Addr::LOCALHOST));
    for by in [Counted::Address, Counted::Account, Counted::Device] {
        Event::LoginThrottled {
            by,
            user,
            ip,
            seconds: 1,
        }
        .log();
    }
    for message in &unknown(["SESSION_X"], true, |_| ()) {
        Event::UnknownVariable { message }.log();
    }
    Event::Allowed { session }.log();
    Event::Reused { session }.log();
    Event::TouchFailed { session }.log();
    Event::DataLeftBehind { session }.log();
    Event::UserDamaged {
        user,
        source: error(),
    }
    .log();
    Event::Closed { seconds: 1 }.log();
    Event::UnknownEvent { error: error() }.log();
    Event::Stopped {}.log();
    Event::Login { user, session }.log();
    Event::LoginRefused { user }.log();
    Event::Logout { session }.log();
    Event::LogoutEverywhere {
        user,
        session,
        ended: 2,
    }
    .log();
    Event::Rotate { session }.log();
    Event::Visit { session }.log();
    Event::VisitThrottled { ip, seconds: 1 }.log();
    Event::Revoke { user, session }.log();
    Event::RevokeOthers {
        user,
        session,
        ended: 2,
    }
    .log();
    Event::HandlerFailed {
        session: Some(session),
    }
    .log();
    Event::HeadersMerged {}.log();
    Event::NoLayer {}.log();
    Event::NotGuarded { error: error() }.log();
    Event::OtherSession {
        session,
        told: session,
    }
    .log();
    Event::SessionMisused { error: error() }.log();
}
