//! One case: a request of an act, how its first attempt is late, and what happens before that arrives.

use std::fmt;

use super::{act::Act, scenarios::Scenario, way::Way};

#[derive(Clone, Copy, Debug)]
pub(crate) struct Case<'a> {
    pub(crate) scenario: &'a Scenario,
    /// Which of the act's writes, from 1.
    pub(crate) write: usize,
    /// Which of its requests that is, from 0.
    pub(crate) nth: usize,
    /// Its operation.
    pub(crate) target: &'a str,
    pub(crate) way: Way,
    /// What happens before it arrives.
    pub(crate) after: &'a str,
}

impl Case<'_> {
    /// Whether requests of this kind can be late in this way.
    pub(crate) fn is_possible(&self) -> bool {
        let between = self.scenario.between;
        match self.way {
            way if between == Some(Act::PatchTagged) => way == Way::Overtaken,
            Way::Held | Way::Repeated | Way::Lost => true,
            Way::Cancelled => self.target == "TransactWriteItems",
            Way::Overtaken => between.is_some(),
            Way::LostAndOvertaken => matches!(between, Some(Act::PatchOther | Act::Show)),
            // Of a session alone: who knows what else a call that failed did.
            Way::Failed => matches!(
                self.scenario.act,
                Act::Authorize
                    | Act::Show
                    | Act::List
                    | Act::Rotate
                    | Act::Patch
                    | Act::PatchTagged
                    | Act::Clear
            ),
        }
    }

    /// Whether the call must be acknowledged, or must not; `None`: it may.
    pub(crate) fn expected(&self) -> Option<bool> {
        let tagged = self.scenario.act == Act::PatchTagged;
        let guesses = matches!(self.scenario.act, Act::Login | Act::LoginOver | Act::Guess);
        match self.way {
            Way::Failed => None,
            // The other client's write is what the tag is there to notice, be it equal or not.
            Way::Overtaken if tagged => Some(false),
            Way::LostAndOvertaken if tagged && self.write == 1 => Some(false),
            // A turn whose answer is lost is taken.
            Way::Lost if guesses && self.target == "UpdateItem" => None,
            // It is sent once.
            _ if self.scenario.act == Act::Begin => None,
            _ => Some(true),
        }
    }
}

impl fmt::Display for Case<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scenario, write, after) = (self.scenario.name, self.write, self.after);
        write!(
            f,
            "{scenario}, {write} {}, {:?}, {after}",
            self.target, self.way
        )
    }
}
