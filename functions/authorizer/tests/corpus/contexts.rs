//! What a backend is told of a session: its data up to 4 KiB, no name where it is anonymous, and the same after a rotation.

use dynamodb_session::{
    provider::{Identity, Subject},
    session::{Rotation, Session},
    user::UserName,
};
use serde_json::{Value, json};
use support::{NOW, REFERENCE, TOKEN, key_of, session, store::Counting};

use super::{Expected, Kind, Variables, ask, check};

const ANONYMOUS: (&str, &str) = ("SESSION_ANONYMOUS", "on");
const OPEN: Variables<'_> = &[ANONYMOUS, ("SESSION_REQUIRE_USER", "off")];

fn with_data(texts: &[(&str, &str)]) -> Session {
    let data = texts
        .iter()
        .map(|(key, text)| ((*key).to_owned(), (*text).to_owned()));
    Session {
        data: data.collect(),
        ..session()
    }
}

fn anonymous() -> Session {
    Session {
        user: None,
        authenticated: None,
        ..session()
    }
}

async fn holding(session: Session) -> Counting {
    let store = Counting::default();
    store.put(TOKEN, session).await;
    store
}

/// The answer to a kind's sample that lets it through.
async fn allowed(kind: Kind, session: Session, variables: Variables<'_>) -> Value {
    let event = support::event(kind.file());
    let (outcome, calls) = ask(&event, holding(session).await, variables, NOW).await;
    assert_eq!(calls, ["touch"], "{kind:?}");
    outcome.unwrap()
}

#[tokio::test]
async fn data_is_json_text_up_to_4_kib_and_its_size_above() {
    // `{"k":"…"}` has eight characters around the text.
    let text = |bytes: usize| format!("\"{}\"", "x".repeat(bytes - 8));
    let (most, more) = (text(4096), text(4097));
    let quoted = "\"".repeat(2000);
    #[rustfmt::skip]
    let cases = [
        (vec![],                                    None,                                   None),
        (vec![("a", "9007199254740993"), ("b", "[ null, {\"c\":\"\u{1f600}\"} ]")],
            Some("{\"a\":9007199254740993,\"b\":[ null, {\"c\":\"\u{1f600}\"} ]}".to_owned()), None),
        (vec![("k", most.as_str())],                Some(format!("{{\"k\":{most}}}")),      None),
        (vec![("k", more.as_str())],                None,                                   Some(4096)),
        // What counts is the text that is sent, with what it escapes.
        (vec![(quoted.as_str(), "\"0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123\"")],
            None,                                                                           Some(2100)),
        // No JSON: told by its size, and never as text.
        (vec![("a", "[1,")],                        None,                                   Some(8)),
    ];
    for (texts, data, bytes) in cases {
        for kind in Kind::ALL {
            let answer = allowed(kind, with_data(&texts), &[]).await;
            let context = answer["context"].as_object().unwrap();
            assert_eq!(
                context.get("data"),
                data.as_ref().map(|text| json!(text)).as_ref()
            );
            assert_eq!(
                context.get("data_bytes"),
                bytes.map(|bytes| json!(bytes)).as_ref()
            );
            // API Gateway takes scalars alone.
            assert!(
                context
                    .values()
                    .all(|value| value.is_string() || value.is_u64())
            );
        }
    }
}

/// A cached answer of a REST API is said to break over a value that is JSON text.
#[tokio::test]
async fn data_is_told_in_the_form_that_is_set() {
    let texts = [("k", "\"\u{1f600}\\\"\"")];
    let json = "{\"k\":\"\u{1f600}\\\"\"}";
    let long = format!("\"{}\"", "x".repeat(4089));
    for kind in Kind::ALL {
        #[rustfmt::skip]
        let cases = [
            (&[][..],                                   Some(json)),
            (&[("SESSION_CONTEXT_DATA", "json")],       Some(json)),
            (&[("SESSION_CONTEXT_DATA", "base64url")],  Some("eyJrIjoi8J-YgFwiIn0")),
            (&[("SESSION_CONTEXT_DATA", "none")],       None),
        ];
        for (variables, expected) in cases {
            let answer = allowed(kind, with_data(&texts), variables).await;
            let context = &answer["context"];
            let told = context.get("data").map(|data| data.as_str().unwrap());
            assert_eq!(told, expected, "{kind:?} {variables:?}");
            let size = expected.is_none().then_some(13);
            assert_eq!(context.get("data_bytes").and_then(Value::as_u64), size);

            let answer = allowed(kind, with_data(&[("k", &long)]), variables).await;
            assert_eq!(
                answer["context"].get("data"),
                None,
                "{kind:?} {variables:?}"
            );
            assert_eq!(answer["context"]["data_bytes"], 4096);
            let none = allowed(kind, session(), variables).await;
            assert_eq!(none["context"].get("data"), None, "{kind:?} {variables:?}");
            assert_eq!(none["context"].get("data_bytes"), None);
        }
    }
}

/// AWS documents a limit of 8,192 bytes for what the authorizer of a WebSocket API answers. It is kept for every kind, and
/// counts what is sent: the data is JSON text within JSON, where each quote and backslash is written twice or more.
#[tokio::test]
async fn an_answer_has_8192_bytes_at_most_with_all_that_it_escapes() {
    for kind in Kind::ALL {
        for variables in [&[][..], &[("SESSION_HTTP_API_RESPONSE", "policy")]] {
            for longest in [false, true] {
                let mut largest = 0;
                for pairs in (0..2044).step_by(73).chain([2043, 2044]) {
                    let text = format!("\"{}\"", "\\\\".repeat(pairs));
                    let mut session = with_data(&[("k", &text)]);
                    if longest {
                        session.user = Some(UserName::parse(&"\"".repeat(256)).unwrap());
                    }
                    let answer = allowed(kind, session, variables).await;
                    let bytes = answer.to_string().len();
                    assert!(bytes <= 8192, "{kind:?}, {pairs}: {bytes}");
                    let context = answer["context"].as_object().unwrap();
                    if let Some(data) = context.get("data") {
                        assert_eq!(data, &json!(format!("{{\"k\":{text}}}")), "{kind:?}");
                        largest = bytes;
                    } else {
                        assert!(context["data_bytes"].is_u64(), "{kind:?}, {pairs}");
                        // It gave way because it had to.
                        assert!(bytes + 4 * pairs > 8192 - 40, "{kind:?}, {pairs}");
                    }
                }
                assert!(largest > 7000, "{kind:?}: {largest}");
            }
        }
    }
}

fn vouched(claims: Option<&str>) -> Session {
    let identity = Identity {
        issuer: "https://login.example".to_owned(),
        subject: Subject::parse("Ab|9").unwrap(),
        sid: Some("not told".to_owned()),
        claims: claims.map(str::to_owned),
    };
    let mut session = with_data(&[("k", "1")]);
    session.user = Some(identity.user());
    session.origin.identity = Some(Box::new(identity));
    session
}

#[tokio::test]
async fn who_the_user_is_at_their_provider_is_told_where_that_is_on() {
    const ON: (&str, &str) = ("SESSION_CONTEXT_IDENTITY", "on");
    const BASE64URL: (&str, &str) = ("SESSION_CONTEXT_DATA", "base64url");
    let json = r#"{"name":"Zoë"}"#;
    #[rustfmt::skip]
    let cases = [
        // claims       variables            issuer                         subject       claims
        (Some(json),    &[][..],             None,                          None,         None),
        (Some(json),    &[ON],               Some("https://login.example"), Some("Ab|9"), Some(json)),
        (Some(json),    &[ON, BASE64URL],    Some("https://login.example"), Some("Ab|9"), Some("eyJuYW1lIjoiWm_DqyJ9")),
        (None,          &[ON],               Some("https://login.example"), Some("Ab|9"), None),
    ];
    for kind in Kind::ALL {
        for (claims, variables, issuer, subject, told) in cases {
            let answer = allowed(kind, vouched(claims), variables).await;
            let names = ["issuer", "subject", "claims", "sid"];
            let texts = names.map(|name| answer["context"].get(name).and_then(Value::as_str));
            assert_eq!(
                texts,
                [issuer, subject, told, None],
                "{kind:?} {variables:?}"
            );
        }
        // Nobody vouches for a user with a password.
        let answer = allowed(kind, with_data(&[]), &[ON]).await;
        assert_eq!(answer["context"].get("issuer"), None, "{kind:?}");
    }
}

/// The data gives way first, then the claims.
#[tokio::test]
async fn an_answer_with_claims_has_8192_bytes_at_most() {
    for kind in Kind::ALL {
        for (characters, data, told) in [
            (3000, true, true),
            (7000, false, true),
            (9000, false, false),
        ] {
            let claims = format!("{{\"groups\":\"{}\"}}", "x".repeat(characters));
            let mut session = vouched(Some(&claims));
            session.data = with_data(&[("k", &format!("\"{}\"", "x".repeat(4000)))]).data;
            let answer = allowed(kind, session, &[("SESSION_CONTEXT_IDENTITY", "on")]).await;
            assert!(answer.to_string().len() <= 8192, "{kind:?}");
            let has = |name| answer["context"].get(name).is_some();
            assert_eq!(
                (has("data"), has("claims")),
                (data, told),
                "{kind:?} {characters}"
            );
            assert!(has("issuer") && has("subject"), "{kind:?}");
        }
    }
}

/// An anonymous session is refused, unless the deployment lets it through.
#[tokio::test]
async fn an_anonymous_session_is_let_through_only_where_no_user_is_required() {
    let refused: [Variables<'_>; 3] = [
        &[],
        &[ANONYMOUS],
        &[ANONYMOUS, ("SESSION_REQUIRE_USER", "on")],
    ];
    for kind in Kind::ALL {
        let event = support::event(kind.file());
        for variables in refused {
            let store = holding(anonymous()).await;
            check("anonymous", kind, &event, store, variables, Expected::Deny).await;
        }
        let visit = Session {
            data: with_data(&[("a", "1")]).data,
            ..anonymous()
        };
        let answer = allowed(kind, visit, OPEN).await;
        let expected = json!({
            "session": REFERENCE,
            "expires_at": NOW.0 - 60 + 43200,
            "data": "{\"a\":1}",
        });
        assert_eq!(answer["context"], expected, "{kind:?}");
        if kind != Kind::Http2 {
            assert_eq!(answer["principalId"], "ANONYMOUS", "{kind:?}");
        }
        // A user is let through there as well.
        let store = Counting::seeded().await;
        check("a user", kind, &event, store, OPEN, Expected::Allow).await;
        // An unknown session is refused there too.
        check(
            "unknown",
            kind,
            &event,
            Counting::default(),
            OPEN,
            Expected::Deny,
        )
        .await;
    }
}

/// Whoever reads principals takes no user for an anonymous session or a refusal, nor the other way round.
#[tokio::test]
async fn no_user_has_the_principal_of_an_anonymous_session_or_a_refusal() {
    let denying = [OPEN, &[("SESSION_DENY_STATUS", "403")]].concat();
    for kind in Kind::ALL {
        if kind == Kind::Http2 {
            continue;
        }
        let event = support::event(kind.file());
        let denied = ask(&event, Counting::default(), &denying, NOW).await.0;
        let anonymous = allowed(kind, anonymous(), OPEN).await;
        let others = [&denied.unwrap()["principalId"], &anonymous["principalId"]];
        assert_ne!(others[0], others[1], "{kind:?}");
        let names = ["anonymous", "denied", "Anonymous", "DENIED", "unknown"];
        let spelled = others.map(|other| other.as_str().unwrap());
        for name in names.into_iter().chain(spelled) {
            let user = UserName::parse(name).unwrap();
            let session = Session {
                user: Some(user.clone()),
                ..support::session()
            };
            let answer = allowed(kind, session, OPEN).await;
            assert_eq!(answer["principalId"], user.as_str(), "{kind:?}");
            assert!(!others.contains(&&answer["principalId"]), "{kind:?} {name}");
        }
    }
}

/// The token of the new id of [`rotated`].
fn new() -> String {
    format!("{}A", "B".repeat(42))
}

/// A store in which another id took the place of the samples', with a grace of 30 seconds.
async fn rotated() -> Counting {
    let rotation = |successor| {
        let grace_expires = NOW.plus(30);
        Some(Box::new(Rotation {
            successor,
            grace_expires,
        }))
    };
    let store = Counting::default();
    let renewed = Session {
        rotation: rotation(None),
        ..with_data(&[("a", "1")])
    };
    store.put(&new(), renewed).await;
    let old = Session {
        rotation: rotation(Some(key_of(&new()))),
        ..anonymous()
    };
    store.put(TOKEN, old).await;
    store
}

/// In the grace an old id serves the session under the new one, in two requests; after it neither serves.
#[tokio::test]
async fn a_rotated_id_serves_in_its_grace_alone() {
    for kind in Kind::ALL {
        let authorizer = super::authorizer(rotated().await, &[("SESSION_DENY_STATUS", "403")]);
        let event = support::event(kind.file());
        let answer = authorizer.answer(&event, NOW.plus(29)).await.unwrap();
        assert_eq!(answer["context"]["user"], "ada", "{kind:?}");
        assert_eq!(answer["context"]["data"], "{\"a\":1}", "{kind:?}");
        assert_eq!(authorizer.store.calls(), ["touch", "touch"], "{kind:?}");
        let denied = authorizer.answer(&event, NOW.plus(30)).await.unwrap();
        assert_eq!(denied["context"], Value::Null, "{kind:?}");
        let left = authorizer.store.session_of(&new()).await;
        assert!(left.is_none(), "{kind:?}");
    }
}

/// Not even an old id is denied, or let through, while it can't be told whose it was.
#[tokio::test]
async fn a_fault_on_the_way_to_a_successor_is_neither_an_allow_nor_a_denial() {
    let event = support::event("authorizer-http-api");
    for now in [NOW.plus(29), NOW.plus(30)] {
        let (_, calls) = ask(&event, rotated().await, &[], now).await;
        for sound in 0..calls.len() {
            let store = rotated().await;
            store.fail_after(sound);
            let (outcome, _) = ask(&event, store, &[], now).await;
            assert_eq!(outcome.unwrap_err().0, "StoreFault", "{calls:?}, {sound}");
        }
    }
}
