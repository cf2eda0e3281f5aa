//! The commands that the docs tell an operator to run are commands of this program.

use clap::error::ErrorKind;

use super::*;

/// What stands for a value of the reader's own is no fault of the docs.
const PLACEHOLDERS: [ErrorKind; 3] = [
    ErrorKind::ValueValidation,
    ErrorKind::MissingRequiredArgument,
    ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand,
];

const DOCS: [&str; 3] = [
    include_str!("../../../../README.md"),
    include_str!("../../../../docs/moving-in.md"),
    include_str!("../../../../docs/operations.md"),
];

/// Whether the program takes `line`, but for its values.
fn is_taken(line: &str) -> bool {
    match Arguments::try_parse_from(line.split_whitespace()) {
        Ok(_) => true,
        Err(error) => PLACEHOLDERS.contains(&error.kind()),
    }
}

#[test]
fn every_command_in_the_docs_is_one() {
    let mut found = 0;
    for text in DOCS {
        // Code in a sentence stands between two of these; a line of a block has no such neighbour.
        let spans = text.split('`').skip(1).step_by(2);
        let lines = text.lines().filter(|line| line.starts_with("sessionctl "));
        for told in spans.chain(lines) {
            let line = told.split(['#', '\n']).next().unwrap();
            // A list of alternatives is no command line.
            if line.starts_with("sessionctl ") && !line.contains('|') {
                assert!(is_taken(line), "{line}");
                found += 1;
            }
        }
    }
    assert!(found > 20, "{found}");
    for wrong in [
        "sessionctl sessions",
        "sessionctl session revoke --everybody",
        "sessionctl table mend",
    ] {
        assert!(!is_taken(wrong), "{wrong}");
    }
}
