//! The faults, and what a single one of them does to a call.

use tests::proxy::Fault;

/// What a single fault does to a call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Single {
    /// Nothing that a client could see.
    Hidden,
    /// The call fails: nobody can tell that trying again would help.
    Shown,
}

#[derive(Clone, Debug)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) fault: Fault,
    pub(crate) single: Single,
    /// The operations that it can befall; none: all.
    only: &'static [&'static str],
}

impl Kind {
    pub(crate) fn befalls(&self, target: &str) -> bool {
        self.only.is_empty() || self.only.contains(&target)
    }
}

/// Those that are over at once.
pub(crate) fn quick() -> Vec<Kind> {
    use Single::{Hidden, Shown};
    #[rustfmt::skip]
    let kinds = vec![
        // Throttled
        error(400, "ProvisionedThroughputExceededException", Hidden),
        error(400, "ThrottlingException",                    Hidden),
        error(400, "RequestLimitExceeded",                   Hidden),
        cancelled("ThrottlingError",                         Hidden),
        cancelled("ProvisionedThroughputExceeded",           Hidden),
        // Failing
        error(500, "InternalServerError",                    Hidden),
        error(503, "ServiceUnavailable",                     Hidden),
        any("a page, 500",             Fault::Page(500),     Hidden),
        // Overtaken by another transaction
        of(&["UpdateItem"], error(400, "TransactionConflictException", Hidden)),
        of(&["TransactWriteItems"], error(400, "TransactionInProgressException", Hidden)),
        cancelled("TransactionConflict",                     Hidden),
        // Misconfigured
        error(400, "ResourceNotFoundException",              Shown),
        error(400, "AccessDeniedException",                  Shown),
        error(400, "ValidationException",                    Shown),
        error(400, "UnrecognizedClientException",            Shown),
        error(400, "KMSAccessDeniedException",               Shown),
        error(400, "KMSDisabledException",                   Shown),
        error(400, "SomethingNewException",                  Shown),
        cancelled("ValidationError",                         Shown),
        cancelled("AccessDenied",                            Shown),
        // Cut off
        any("reset before",            Fault::ResetBefore,   Hidden),
        any("reset after",             Fault::ResetAfter,    Hidden),
        any("half an answer",          Fault::Half,          Hidden),
        any("half, of no length",      Fault::HalfUnframed,  Shown),
        any("no answer but the head",  Fault::HeadUnframed,  Shown),
        // Not DynamoDB
        any("a page, 403",             Fault::Page(403),     Shown),
        any("a page, 200",             Fault::Page(200),     Shown),
        any("no HTTP",                 Fault::Garbage,       Shown),
        any("no object",               answer(200, "[1]"),   Shown),
        any("an empty answer",         answer(200, ""),      Shown),
        of(&["UpdateItem"], any("no item", answer(200, "{}"),   Shown)),
        any("an empty error",          answer(400, ""),      Shown),
        any("an error without a code", answer(400, "{}"),    Shown),
    ];
    kinds
}

/// Those that a client waits for in vain.
pub(crate) fn slow() -> Vec<Kind> {
    let writes = &["UpdateItem", "TransactWriteItems", "DeleteItem"];
    vec![
        any("silence", Fault::Silence, Single::Hidden),
        of(
            writes,
            any("silence after", Fault::SilenceAfter, Single::Hidden),
        ),
        any("a byte and no more", Fault::OneByte, Single::Hidden),
    ]
}

fn any(name: &'static str, fault: Fault, single: Single) -> Kind {
    Kind {
        name,
        fault,
        single,
        only: &[],
    }
}

fn of(only: &'static [&'static str], kind: Kind) -> Kind {
    Kind { only, ..kind }
}

fn error(status: u16, code: &'static str, single: Single) -> Kind {
    any(code, Fault::error(status, code), single)
}

fn cancelled(reason: &'static str, single: Single) -> Kind {
    let kind = any(reason, Fault::cancelled(reason), single);
    of(&["TransactWriteItems"], kind)
}

fn answer(status: u16, body: &str) -> Fault {
    Fault::Answer(status, body.to_owned())
}
