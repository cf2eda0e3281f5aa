//! A source of bytes that remembers what it gave, gives the same again on demand, and whose n-th draw sorts the same
//! way in every run: what a task does next may depend on the order of names.

use std::sync::{Mutex, MutexGuard, PoisonError};

use dynamodb_session::{
    entropy::{Entropy, EntropyError, SystemEntropy},
    id::SessionId,
};

/// Counts: a draw is its number, then bytes that are this source's own.
#[derive(Debug)]
pub struct Counting {
    own: [u8; 8],
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    draws: Vec<Vec<u8>>,
    /// What the next draws of as many bytes give.
    again: Vec<Vec<u8>>,
}

impl Default for Counting {
    fn default() -> Self {
        let mut own = [0; 8];
        SystemEntropy.fill(&mut own).expect("random bytes");
        Self {
            own,
            state: Mutex::default(),
        }
    }
}

impl Counting {
    /// Everything of `bytes` bytes that was drawn, in order.
    #[must_use]
    pub fn drawn(&self, bytes: usize) -> Vec<Vec<u8>> {
        let state = self.state();
        let fitting = state.draws.iter().filter(|draw| draw.len() == bytes);
        fitting.cloned().collect()
    }

    /// Has the next draw of as many bytes give these.
    pub fn draw_again(&self, bytes: &[u8]) {
        self.state().again.push(bytes.to_vec());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        let mut state = self.state();
        let mut again = state.again.iter();
        let again = again.position(|draw| draw.len() == bytes.len());
        if let Some(index) = again {
            bytes.copy_from_slice(&state.again.remove(index));
        } else {
            let number = state.draws.len() as u64;
            let draw = number.to_be_bytes().into_iter().chain(self.own);
            for (byte, drawn) in bytes.iter_mut().zip(draw.chain(std::iter::repeat(0))) {
                *byte = drawn;
            }
        }
        state.draws.push(bytes.to_vec());
        Ok(())
    }
}

/// The id of these bytes.
#[must_use]
pub fn id(bytes: &[u8]) -> SessionId {
    SessionId::generate(bytes.len(), &Given(bytes)).expect("as many bytes as there are")
}

/// Gives these bytes.
struct Given<'a>(&'a [u8]);

impl Entropy for Given<'_> {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        bytes.copy_from_slice(self.0);
        Ok(())
    }
}
