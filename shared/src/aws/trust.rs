//! Whom a client trusts.

use std::path::{Path, PathBuf};

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
pub(super) fn roots(bundle: Option<PathBuf>) -> Result<RootCertStore, ConnectError> {
    let Some(path) = bundle else {
        let mut roots = RootCertStore::empty();
        let pem = AMAZON_ROOTS.into_iter();
        let certificates = pem.flat_map(CertificateDer::pem_slice_iter).flatten();
        roots.add_parsable_certificates(certificates);
        return Ok(roots);
    };
    from_file(&path)
}

/// The certificates in a file, such as the one that `AWS_CA_BUNDLE` names.
pub fn from_file(path: &Path) -> Result<RootCertStore, ConnectError> {
    let pem = std::fs::read(path)
        .map_err(|error| ConnectError::UnreadableBundle(path.to_owned(), error))?;
    parse(&pem).ok_or_else(|| ConnectError::InvalidBundle(path.to_owned()))
}

/// The certificates of a PEM file, if it holds some and each is one that rustls can use.
fn parse(pem: &[u8]) -> Option<RootCertStore> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        roots.add(certificate.ok()?).ok()?;
    }
    (!roots.is_empty()).then_some(roots)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amazons_roots_are_well_formed() {
        for root in AMAZON_ROOTS {
            assert!(parse(root).is_some());
        }
        assert_eq!(roots(None).unwrap().len(), AMAZON_ROOTS.len());
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
            assert!(parse(bundle).is_none());
        }
        assert!(parse(&AMAZON_ROOTS.concat()).is_some());
    }
}
