//! One case: a request of an act, how its first attempt is late, and what happens before that arrives.

use std::fmt;

use crate::{act::Act, deeds::Deed, way::Way};

#[derive(Clone, Copy, Debug)]
pub(crate) struct Case<'a> {
    pub(crate) deed: &'a Deed,
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
        let between = self.deed.between;
        match self.way {
            Way::Held | Way::Repeated | Way::Lost => true,
            Way::Cancelled => self.target == "TransactWriteItems",
            Way::Overtaken => between.is_some(),
            Way::LostAndOvertaken => matches!(between, Some(Act::PatchOther | Act::Show)),
            // Of a session alone: who knows what else a call that failed did.
            Way::Failed => matches!(
                self.deed.act,
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

    /// Whether the call need not succeed.
    pub(crate) fn may_fail(&self) -> bool {
        match self.way {
            Way::Failed => true,
            // The other client's write is what the tag is there to notice.
            Way::Overtaken if self.deed.act == Act::PatchTagged => true,
            Way::LostAndOvertaken if self.deed.act == Act::PatchTagged => self.write == 1,
            // A turn whose answer is lost is taken.
            Way::Lost if self.target == "UpdateItem" => {
                matches!(self.deed.act, Act::Login | Act::LoginOver | Act::Guess)
            }
            // It is sent once.
            _ => self.deed.act == Act::Begin,
        }
    }
}

/// As the table of those that are not mended yet has it.
impl fmt::Display for Case<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (deed, write, after) = (self.deed.name, self.write, self.after);
        write!(
            f,
            "{deed}, {write} {}, {:?}, {after}",
            self.target, self.way
        )
    }
}
