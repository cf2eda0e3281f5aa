//! The algorithms of signatures, a fixed list: each is bound to a kind of key (RFC 8725 section 3.1).

/// How a token may be signed. Whoever sends one has no other choice: neither `none`, nor a shared secret, nor SHA-1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 section 3.3).
    Rs256,
    /// RSASSA-PSS with SHA-256 (section 3.5).
    Ps256,
    /// ECDSA on P-256 with SHA-256 (section 3.4).
    Es256,
    /// Ed25519 (RFC 8037 section 3.1).
    EdDsa,
}

impl Algorithm {
    /// The algorithm of a name; `None`: it is not taken.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "RS256" => Self::Rs256,
            "PS256" => Self::Ps256,
            "ES256" => Self::Es256,
            "EdDSA" | "Ed25519" => Self::EdDsa,
            _ => return None,
        })
    }
}
