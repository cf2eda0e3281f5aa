use super::*;

/// Rows as dynamodb-session-web 0.2.9 (Python 3.11) wrote them into `DynamoDB` Local, for ids of these tests.
const WEB: &str = r#"{"foo": "bar", "one": 1, "none": null, "nested": {"\u00e9": ["\ud800", 1000000000000000000000000000000]}}"#;
const CREATED: u64 = 1_795_791_271;

fn item() -> Item {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let number = |number: &str| AttributeValue::N(number.to_owned());
    Item::from([
        (
            "id".to_owned(),
            text("kppVJdgqUVmY1EztFYdHrDvRaTU6l2uYM_Qwsg5jcZs"),
        ),
        (
            "created".to_owned(),
            text("2026-11-27T14:54:31.919082+00:00"),
        ),
        (
            "accessed".to_owned(),
            text("2026-11-27T14:54:41.919156+00:00"),
        ),
        ("idle_timeout".to_owned(), number("7200")),
        ("absolute_timeout".to_owned(), number("43200")),
        ("expires".to_owned(), number("1795798481")),
        ("data".to_owned(), text(WEB)),
    ])
}

fn reference() -> SessionRef {
    SessionRef::parse("AAAAAAAAAAAAAAAAAAAAAA").unwrap()
}

fn judged(item: Item, terms: Terms<'_>, now: u64) -> Result<(SessionKey, Session), Left> {
    Row::read(item)
        .unwrap()
        .session(&reference(), terms, UnixSeconds(now))
}

#[test]
fn a_session_is_carried_over_as_it_is() {
    let (key, session) = judged(item(), Terms::default(), CREATED + 20).unwrap();
    // base64url(SHA-256(the id's bytes)), computed apart from this code.
    assert_eq!(
        key.as_str(),
        "s#LD0bNuA5-BDZUP-rfkS1Zx7yBEVQCuoxUnyUYFNYKQo"
    );
    assert_eq!(session.reference, reference());
    assert_eq!(session.created, UnixSeconds(CREATED));
    assert_eq!(session.accessed, UnixSeconds(CREATED + 10));
    let timeouts = Timeouts {
        idle: 7200,
        absolute: 43_200,
    };
    assert_eq!(session.timeouts, timeouts);
    assert_eq!((session.user, session.authenticated), (None, None));
    // Whatever Python writes comes through as it is, but for the order.
    let expected = [
        ("foo", r#""bar""#),
        (
            "nested",
            r#"{"\u00e9": ["\ud800", 1000000000000000000000000000000]}"#,
        ),
        ("none", "null"),
        ("one", "1"),
    ];
    let data = session
        .data
        .iter()
        .map(|(key, json)| (key.as_str(), json.as_str()));
    assert!(data.eq(expected), "{:?}", session.data);
}

#[test]
fn each_row_that_is_left_has_its_reason() {
    let text = |text: &str| Some(AttributeValue::S(text.to_owned()));
    let number = |number: &str| Some(AttributeValue::N(number.to_owned()));
    #[rustfmt::skip]
    let cases = [
        // name                      field               value                              after   reason
        ("alive",                    "other",            text("kept out"),                     20, None),
        ("its last idle second",     "other",            text("x"),                          7209, None),
        ("idle",                     "other",            text("x"),                          7210, Some(Left::Expired)),
        ("expired by its row",       "expires",          number("1795791291"),                 20, Some(Left::Expired)),
        ("expired by its timeouts",  "expires",          number("1895791291"),             43_200, Some(Left::Expired)),
        ("an hour east",             "created",          text("2026-11-27T15:54:31+01:00"),    20, None),
        ("without a fraction",       "accessed",         text("2026-11-27T14:54:41+00:00"),    20, None),
        ("created in the future",    "created",          text("2026-11-28T14:54:31+00:00"),    20, Some(Left::Damaged)),
        ("before 1970",              "created",          text("1969-11-28T14:54:31+00:00"),    20, Some(Left::Damaged)),
        ("without a zone",           "created",          text("2026-11-27T14:54:31"),          20, Some(Left::Damaged)),
        ("a ghost",                  "data",             None,                                 20, Some(Left::Damaged)),
        ("no idle timeout",          "idle_timeout",     None,                                 20, Some(Left::Damaged)),
        ("half a second",            "idle_timeout",     number("0.5"),                        20, Some(Left::Damaged)),
        ("no absolute timeout",      "absolute_timeout", None,                                 20, Some(Left::Damaged)),
        ("timeouts that are text",   "absolute_timeout", text("43200"),                        20, Some(Left::Damaged)),
        ("no deadline",              "expires",          None,                                 20, Some(Left::Damaged)),
        ("signed",                   "id",               text("f4fNd0kul3-rlEWAzTiwEv2Ehp7xOIG-zgUqnOduOV8.1IhZ5ZFVZd87OOUnouJE5L6gSgs"), 20, Some(Left::Signed)),
        ("signed and expired",       "id",               text("x.y"),                        7210, Some(Left::Expired)),
        ("16 bytes",                 "id",               text("NyG-gypDC1RhcNQpYY7xKg"),       20, Some(Left::Length)),
        ("two spellings of an id",   "id",               text("kppVJdgqUVmY1EztFYdHrDvRaTU6l2uYM_Qwsg5jcZt"), 20, Some(Left::Length)),
        ("an item of ours",          "id",               text("s#kppVJdgqUVmY1EztFYdHrDvRaTU6l2uYM_Qwsg5jcZs"), 20, Some(Left::Length)),
        ("no data",                  "data",             text("{}"),                           20, None),
        ("a list",                   "data",             text("[]"),                           20, Some(Left::Data)),
        ("not JSON",                 "data",             text("{\"nan\": NaN}"),               20, Some(Left::Data)),
        ("infinite",                 "data",             text("{\"n\": -Infinity}"),           20, Some(Left::Data)),
        ("an empty key",             "data",             text("{\"\": 1}"),                    20, Some(Left::Data)),
        ("data that is a map",       "data",             Some(AttributeValue::M(Item::new())), 20, Some(Left::Damaged)),
        ("a user",                   "data",             text("{\"user_id\": \"ada\"}"),       20, Some(Left::User)),
        ("a user by number",         "data",             text("{\"user_id\": 42}"),            20, Some(Left::User)),
        ("logged out",               "data",             text("{\"user_id\": null}"),          20, None),
        ("marked by another",        MARK,               text("BAAAAAAAAAAAAAAAAAAAAA"),       20, Some(Left::Before)),
        ("marked by this attempt",   MARK,               text("AAAAAAAAAAAAAAAAAAAAAA"),       20, None),
        ("marked by whomever",       MARK,               Some(AttributeValue::Bool(true)),     20, Some(Left::Before)),
        ("marked and expired",       MARK,               text("BAAAAAAAAAAAAAAAAAAAAA"),     7210, Some(Left::Before)),
    ];
    let terms = Terms {
        user_key: Some("user_id"),
        ..Terms::default()
    };
    for (name, field, value, after, left) in cases {
        let mut item = item();
        item.remove(field);
        item.extend(value.map(|value| (field.to_owned(), value)));
        assert_eq!(judged(item, terms, CREATED + after).err(), left, "{name}");
    }
}

#[test]
fn a_user_in_the_data_is_data_unless_the_key_is_told() {
    let mut item = item();
    let user = AttributeValue::S(r#"{"user_id": "ada"}"#.to_owned());
    item.insert("data".to_owned(), user);
    let (_, session) = judged(item, Terms::default(), CREATED).unwrap();
    assert_eq!(session.user, None);
    assert_eq!(session.data["user_id"], "\"ada\"");
}

#[test]
fn what_ended_all_older_sessions_ends_these() {
    for (not_before, left) in [(CREATED, None), (CREATED + 1, Some(Left::Superseded))] {
        let terms = Terms {
            not_before: Some(UnixSeconds(not_before)),
            ..Terms::default()
        };
        assert_eq!(judged(item(), terms, CREATED + 1).err(), left);
    }
}

#[test]
fn no_row_shows_its_id() {
    assert_eq!(format!("{:?}", Row::read(item()).unwrap()), "Row(..)");
    let numbered = ("id".to_owned(), AttributeValue::N("1".to_owned()));
    assert!(Row::read(Item::from([numbered])).is_none());
}
