//! The list of what is logged: no field can hold a credential, and docs/operations.md tells each line.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use dynamodb_session::audit::Event;

/// The types of fields: public names, what was typed as a user's name, kinds, addresses, numbers, and errors in their own
/// words. A text is none of them, and neither is anything that holds one of ours.
const TYPES: [&str; 11] = [
    "&'a SessionRef",
    "&'a Unknown",
    "&'a UserName",
    "Cause",
    "Counted",
    "Denial",
    "IpAddr",
    "Kind",
    "TokenName",
    "u64",
    "usize",
];

/// The fields of each event at each level.
type Lines = BTreeMap<(String, String), BTreeSet<String>>;

#[test]
fn no_field_is_of_a_type_that_can_hold_a_credential() {
    let fields = Event::LINES.iter().flat_map(|line| line.fields);
    let bare = |of: &'static str| {
        let inner = of
            .strip_prefix("Option<")
            .and_then(|of| of.strip_suffix('>'));
        inner.unwrap_or(of)
    };
    let types: BTreeSet<_> = fields.map(|(_, of)| bare(of)).collect();
    assert_eq!(types, TYPES.into());
}

#[test]
fn a_user_is_named_as_typed_where_a_login_is_not_done() {
    let typed = |line: &&dynamodb_session::audit::Line| {
        line.fields.iter().any(|(name, _)| *name == "user")
            && !line.fields.iter().any(|(name, _)| *name == "session")
    };
    let events: Vec<_> = Event::LINES
        .iter()
        .filter(typed)
        .map(|line| line.event)
        .collect();
    // The record of the last one was found, so that its user has been added.
    // A provider's user has a name that nobody types.
    let typed = ["user_damaged", "login_refused", "login_throttled"];
    let provided = ["login_barred", "login_outdated", "login_outdated"];
    assert_eq!(events, [&typed[..], &provided].concat());
}

#[test]
fn the_page_tells_each_line_its_level_and_its_fields() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/operations.md");
    let page = fs::read_to_string(page).unwrap();
    let mut told = Lines::new();
    for table in page.split("| `event` |").skip(1) {
        let rows = table
            .lines()
            .skip(2)
            .take_while(|line| line.starts_with('|'));
        for row in rows {
            let cells: Vec<_> = row.split(" | ").collect();
            let event = quoted(cells[0]).remove(0);
            let fields = told.entry((event, cells[1].to_owned())).or_default();
            fields.extend(quoted(cells[2]));
        }
    }
    let mut known = Lines::new();
    for line in Event::LINES {
        let names = line.fields.iter().map(|(name, _)| (*name).to_owned());
        let fields = known.entry((line.event.to_owned(), line.level.to_owned()));
        // Each line has a message.
        let names = names.filter(|name| name != "message");
        fields.or_default().extend(names);
    }
    assert_eq!(told, known);
}

/// What stands between backticks.
fn quoted(text: &str) -> Vec<String> {
    text.split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}
