//! The id of a session, and the key that its item has.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use dynamodb_session::entropy::{Entropy, EntropyError};
use sha2::{Digest, Sha256};
use tower_sessions_core::session::Id;

/// Draws a new id: 16 bytes.
pub(crate) fn draw(entropy: &impl Entropy) -> Result<Id, EntropyError> {
    let mut bytes = [0; 16];
    entropy.fill(&mut bytes)?;
    Ok(Id(i128::from_le_bytes(bytes)))
}

/// The table's key: `"w#" base64url(SHA-256(id))`, of the 16 bytes that the cookie carries.
///
/// One way: a reader of the table learns no id. Neither does its form pass for one, which is 22 characters, nor its
/// prefix for that of a session of the authorizer's, which is `s#`.
pub(crate) fn key(id: Id) -> String {
    let hash = Sha256::digest(id.0.to_le_bytes());
    format!("w#{}", URL_SAFE_NO_PAD.encode(hash))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_the_hash_of_the_bytes_of_the_cookie() {
        let id: Id = "AAECAwQFBgcICQoLDA0ODw".parse().unwrap();
        // SHA-256 of the bytes 0 to 15, by another program.
        assert_eq!(key(id), "w#vkXLJgW_Nr695oSEGijw_UPGmFCj3OX-26aZKO46iZE");
    }
}
