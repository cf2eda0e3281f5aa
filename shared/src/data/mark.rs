//! The marks that writes of data leave, so that a write knows its own work again.

use std::fmt;

use crate::entropy::{Entropy, EntropyError};

/// A random name of one write of data.
///
/// The answer to a write may be lost, and the write sent again: the second attempt is refused, because the version has
/// moved. The write was made if and only if its mark is on the session.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Mark([u8; Self::BYTES]);

impl Mark {
    const BYTES: usize = 8;

    /// A mark that no other write has.
    pub fn draw(entropy: &impl Entropy) -> Result<Self, EntropyError> {
        let mut bytes = [0; Self::BYTES];
        entropy.fill(&mut bytes)?;
        Ok(Self(bytes))
    }
}

impl fmt::Debug for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mark({:016x})", u64::from_be_bytes(self.0))
    }
}

/// The marks of a session's latest writes of data, the newest last: 16 at most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks(Vec<Mark>);

impl Marks {
    /// More than the writes that others make while one waits for a lost answer, and few enough that an item without data
    /// stays within one write unit.
    const MOST: usize = 16;

    /// Whether the write of `mark` is among them.
    #[must_use]
    pub fn contains(&self, mark: Mark) -> bool {
        self.0.contains(&mark)
    }

    /// These and one more; the oldest leaves if there are too many.
    #[must_use]
    pub fn with(&self, mark: Mark) -> Self {
        let surplus = (self.0.len() + 1).saturating_sub(Self::MOST);
        Self(self.0.iter().copied().skip(surplus).chain([mark]).collect())
    }

    /// Whether there are none: no data was ever written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The marks one after the other, as the table holds them: 8 bytes each.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|mark| mark.0).collect()
    }

    /// Reads what [`Marks::to_bytes`] wrote; `None`: the bytes are something else.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (marks, rest) = bytes.as_chunks::<{ Mark::BYTES }>();
        rest.is_empty()
            .then(|| Self(marks.iter().copied().map(Mark).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(n: u8) -> Mark {
        Mark([n; Mark::BYTES])
    }

    #[test]
    fn the_latest_sixteen_are_kept() {
        let marks = (0..20).fold(Marks::default(), |marks, n| marks.with(mark(n)));
        let kept: Vec<_> = (0..20).filter(|n| marks.contains(mark(*n))).collect();
        assert_eq!(kept, (4..20).collect::<Vec<_>>());
        assert_eq!(marks.to_bytes().len(), 128);
    }

    #[test]
    fn what_was_written_reads_back_and_nothing_else_does() {
        let marks = Marks::default().with(mark(1)).with(mark(2));
        assert_eq!(Marks::from_bytes(&marks.to_bytes()), Some(marks));
        assert_eq!(Marks::from_bytes(&[]), Some(Marks::default()));
        assert_eq!(Marks::from_bytes(&[0; 12]), None);
    }
}
