//! The steps by which a key is replaced, so that no session ends.

/// A step of the replacement of a key. Each has to be everywhere before the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A new key is accepted; nothing is signed with it yet.
    Accept,
    /// The new key signs; the old one is still accepted.
    Sign,
    /// The new key alone is accepted.
    Drop,
}
