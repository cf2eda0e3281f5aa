//! How an attempt comes to be late, and what becomes of the next one.

use tests::proxy::{Fault, Proxy, Rule};

/// What the first attempt and the next ones meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Way {
    /// The first attempt is late; the second one is answered.
    Held,
    /// The first attempt is answered, and arrives again.
    Repeated,
    /// The answer to the first attempt is lost, the second one is answered, and the first arrives again.
    Lost,
    /// The first attempt is late, the second one is cancelled because of another transaction, the third is answered.
    Cancelled,
    /// The first attempt is late, another client writes, and then the second one is answered.
    Overtaken,
    /// The answer to the first attempt is lost, another client writes, the second attempt is answered, and the first
    /// arrives again.
    LostAndOvertaken,
    /// All attempts are late: the call fails.
    Failed,
}

impl Way {
    pub(crate) const ALL: [Self; 7] = [
        Self::Held,
        Self::Repeated,
        Self::Lost,
        Self::Cancelled,
        Self::Overtaken,
        Self::LostAndOvertaken,
        Self::Failed,
    ];

    /// Whether another client writes between the two attempts.
    pub(crate) fn is_overtaken(self) -> bool {
        matches!(self, Self::Overtaken | Self::LostAndOvertaken)
    }

    /// Has the `nth` request from now on go this way.
    pub(crate) fn prepare(self, proxy: &Proxy, nth: usize) {
        let meet = |skip, times, fault| {
            proxy.inject(Rule {
                target: None,
                skip,
                times,
                fault,
            });
        };
        proxy.calm();
        let first = match self {
            Self::Repeated => Fault::Repeat,
            Self::Lost | Self::LostAndOvertaken => Fault::ResetAfterAndRepeat,
            _ => Fault::Hold,
        };
        let times = if self == Self::Failed { usize::MAX } else { 1 };
        meet(nth, times, first);
        if self == Self::Cancelled {
            meet(nth + 1, 1, Fault::cancelled("TransactionConflict"));
        }
        if self.is_overtaken() {
            meet(nth + 1, 1, Fault::Park);
        }
    }
}
