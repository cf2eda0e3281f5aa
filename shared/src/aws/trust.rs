//! Whom a client trusts.

use std::path::PathBuf;

use aws_smithy_http_client::tls::TrustStore;
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

use super::client::ConnectError;

/// The roots that AWS's own endpoints chain up to: five to parse at start instead of a system's 145.
const AMAZON_ROOTS: [&[u8]; 5] = [
    include_bytes!("roots/amazon-root-ca-1.pem"),
    include_bytes!("roots/amazon-root-ca-2.pem"),
    include_bytes!("roots/amazon-root-ca-3.pem"),
    include_bytes!("roots/amazon-root-ca-4.pem"),
    include_bytes!("roots/starfield-services-root-g2.pem"),
];

/// Amazon's roots, or the certificates in the file `bundle`.
pub(super) fn store(bundle: Option<PathBuf>) -> Result<TrustStore, ConnectError> {
    let Some(path) = bundle else {
        let roots = TrustStore::empty();
        return Ok(AMAZON_ROOTS
            .into_iter()
            .fold(roots, TrustStore::with_pem_certificate));
    };
    let pem = std::fs::read(&path)
        .map_err(|error| ConnectError::UnreadableBundle(path.clone(), error))?;
    if !is_bundle(&pem) {
        return Err(ConnectError::InvalidBundle(path));
    }
    Ok(TrustStore::empty().with_pem_certificate(pem))
}

/// Whether the text is PEM certificates that rustls can use. The HTTP client does not check, and panics if it is not.
fn is_bundle(pem: &[u8]) -> bool {
    let mut roots = RootCertStore::empty();
    let parsable = CertificateDer::pem_slice_iter(pem)
        .all(|certificate| certificate.is_ok_and(|certificate| roots.add(certificate).is_ok()));
    parsable && !roots.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amazons_roots_are_well_formed() {
        for root in AMAZON_ROOTS {
            assert!(is_bundle(root));
        }
    }

    #[test]
    fn a_bundle_that_rustls_could_not_use_is_refused() {
        let root = AMAZON_ROOTS[2];
        let half = &root[..root.len() / 2];
        let no_certificate = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        for bundle in [
            b"".as_slice(),
            b"not PEM",
            half,
            no_certificate,
            &[root, no_certificate].concat(),
        ] {
            assert!(!is_bundle(bundle));
        }
        assert!(is_bundle(&AMAZON_ROOTS.concat()));
    }
}
