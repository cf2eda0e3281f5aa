//! Why a command is not done, and the exit code that says so.

use std::{borrow::Cow, fmt};

use dynamodb_session::{
    aws::secrets_manager::SecretError,
    fault::{FaultKind, StoreError},
};

/// What holds after a command that ended before it wrote.
pub(crate) const UNCHANGED: &str = "nothing was changed";

/// Why a command is not done. The text is all that a person gets: what is wrong, where, and what to do.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line or the input is wrong, or does not fit what the table holds.
    Input(String),
    /// A table or a secret does not do what it is asked.
    Fault(String),
    /// What was looked at is wrong in so many places; the text tells each, and goes to standard output.
    Found(String, usize),
    /// A signal of this number came; the text says what is changed.
    Ended(u8, Cow<'static, str>),
}

impl Failure {
    /// The exit code.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Input(_) => 2,
            Self::Fault(_) | Self::Found(..) => 1,
            // As a shell tells it.
            Self::Ended(signal, _) => 128 + signal,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(text) | Self::Fault(text) => f.write_str(text),
            Self::Found(_, 1) => f.write_str("one thing is wrong"),
            Self::Found(_, count) => write!(f, "{count} things are wrong"),
            Self::Ended(_, state) => write!(f, "interrupted: {state}"),
        }
    }
}

/// What the engine or the SDK said, and what to do about it as far as that can be told.
pub(crate) fn explain(error: &StoreError) -> String {
    const CASES: [(&str, &str); 4] = [
        (
            "others changed the record",
            "run the command again when they are done",
        ),
        (
            "ResourceNotFoundException",
            "the table is not there: see --user-table, --session-table, --endpoint-url and --region",
        ),
        (
            "AccessDenied",
            "the credentials need GetItem, PutItem, UpdateItem and DeleteItem on both tables",
        ),
        (
            "ValidationException",
            "is it a table of this system, with the partition key id (S)?",
        ),
    ];
    advise(&error.source.to_string(), error.kind, &CASES)
}

/// Like [`explain`], where the table of the sessions is read as a whole.
pub(crate) fn explain_scan(error: &StoreError) -> String {
    const CASES: [(&str, &str); 7] = [
        (
            "ProvisionedThroughputExceeded",
            "the table has no units left: run it again with fewer --max-read-units",
        ),
        (
            "Throttling",
            "the table is throttled: run it again with fewer --max-read-units",
        ),
        (
            "RequestLimitExceeded",
            "the account is throttled: run it again with fewer --max-read-units",
        ),
        (
            "ResourceNotFoundException",
            "the table is not there: see --session-table, --endpoint-url and --region",
        ),
        (
            "its key is not",
            "is it a table of this system, with the partition key id (S)?",
        ),
        (
            "AccessDenied",
            "the credentials need DescribeTable, Scan, GetItem and BatchGetItem on the table, and to end sessions UpdateItem and DeleteItem",
        ),
        (
            "ValidationException",
            "is it a table of this system, with the partition key id (S)?",
        ),
    ];
    advise(&error.source.to_string(), error.kind, &CASES)
}

/// Like [`explain`], where tables are made and compared.
pub(crate) fn explain_table(error: &StoreError) -> String {
    const CASES: [(&str, &str); 3] = [
        (
            "AccessDenied",
            "the credentials need DescribeTable, DescribeTimeToLive and DescribeContinuousBackups on both tables, and to make them CreateTable, UpdateTimeToLive and UpdateContinuousBackups",
        ),
        ("LimitExceeded", "run the command again later"),
        ("Throttling", "run the command again later"),
    ];
    advise(&error.source.to_string(), error.kind, &CASES)
}

/// Like [`explain`], for a predecessor's table and that of the sessions.
pub(crate) fn explain_import(error: &StoreError) -> String {
    const CASES: [(&str, &str); 6] = [
        (
            "its key is not",
            "is it a predecessor's table, with the partition key id (S)?",
        ),
        (
            "ProvisionedThroughputExceeded",
            "the table has too few units a second: see --max-read-units, or give it more",
        ),
        ("Throttling", "wait for the table, or see --max-read-units"),
        (
            "ResourceNotFoundException",
            "the table is not there: see TABLE, --session-table, --endpoint-url and --region",
        ),
        (
            "AccessDenied",
            "the credentials need DescribeTable, Scan and UpdateItem on the predecessor's table, GetItem and PutItem on that of the sessions",
        ),
        (
            "ValidationException",
            "is it a table of this system or of a predecessor, with the partition key id (S)?",
        ),
    ];
    advise(&error.source.to_string(), error.kind, &CASES)
}

/// Like [`explain`], for a secret.
pub(crate) fn explain_secret(error: &SecretError) -> String {
    const CASES: [(&str, &str); 2] = [
        (
            "AccessDenied",
            "the credentials need DescribeSecret, GetSecretValue, PutSecretValue and TagResource on the secret, and its key in KMS",
        ),
        (
            "InvalidRequest",
            "is the secret being deleted? `aws secretsmanager restore-secret` brings it back",
        ),
    ];
    advise(&error.to_string(), error.kind, &CASES)
}

/// What any service says of credentials.
const CREDENTIALS: [(&str, &str); 3] = [
    ("UnrecognizedClient", "check the AWS credentials"),
    ("InvalidSignature", "check the AWS credentials"),
    ("ExpiredToken", "renew the AWS credentials"),
];

fn advise(said: &str, kind: FaultKind, cases: &[(&str, &str)]) -> String {
    // The SDK tells all the places where it looked, on six lines.
    if said.contains("credential provider") || said.contains("loading credentials") {
        return "no AWS credentials were found: name a profile that has some by --profile or AWS_PROFILE, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY \
                (`aws configure export-credentials --format env` prints those of a single sign-on)"
            .to_owned();
    }
    let mut known = cases.iter().chain(&CREDENTIALS);
    let advice = known
        .find(|(sign, _)| said.contains(sign))
        .map_or_else(|| general_advice(kind), |(_, advice)| advice);
    format!("{said}; {advice}")
}

fn general_advice(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::Unavailable => {
            "check the endpoint and the network, and that there are AWS credentials, then run the command again"
        }
        FaultKind::Misconfigured => "check the endpoint, the region and the AWS credentials",
        FaultKind::Damaged => "mend or delete the item by hand",
    }
}
