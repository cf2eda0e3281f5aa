//! Signing keys that Secrets Manager keeps: fetched, kept, replaced, out of reach, and not those of another process.

mod drill;
mod ending;
mod keyring;
mod process;

/// Three keys.
const KEYS: [&str; 3] = [
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA=",
    "CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCA=",
];
