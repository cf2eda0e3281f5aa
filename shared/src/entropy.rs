//! Where random bytes come from.

use std::fmt;

use rand::{TryRng, rngs::SysRng};

/// A source of unpredictable bytes.
///
/// A trait, so that a test can draw the same id twice; programs use [`SystemEntropy`].
pub trait Entropy: Send + Sync {
    /// Fills `bytes`, or fails and leaves them unusable.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError>;
}

/// The operating system's cryptographically secure generator (OWASP ASVS 5.0, 7.2.3).
#[derive(Clone, Copy, Debug)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        SysRng.try_fill_bytes(bytes).map_err(|_| EntropyError)
    }
}

/// The source gave no bytes, so nothing random can be made.
#[derive(Debug, PartialEq, Eq)]
pub struct EntropyError;

impl fmt::Display for EntropyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the operating system gave no random bytes")
    }
}

impl std::error::Error for EntropyError {}
