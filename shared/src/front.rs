//! A front before `API Gateway`, such as a CDN, that is trusted to tell whom it forwards for.
//!
//! Behind a front, the address that `API Gateway` sees is the front's: all clients would share one throttle, and every
//! device would show that address. Anybody may call an HTTP API past its front, so a header counts only beside a secret
//! that the front adds.

use std::{fmt, net::IpAddr};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::transport::{Presented, Source, header};

/// The header that carries the secret, in lower case.
pub const SECRET_HEADER: &str = "x-front-secret";

/// The header of `CloudFront` that has the viewer's address, a colon and its port (its developer guide, "Add request
/// headers to the origin").
const VIEWER: &str = "cloudfront-viewer-address";

/// The header to which each hop appends the address that it was called from.
pub(crate) const FORWARDED: &str = "x-forwarded-for";

/// The front of a deployment.
#[derive(Debug)]
pub struct Front {
    /// The header that tells the client's address, in lower case.
    pub header: String,
    /// Which entry of `X-Forwarded-For` is the client's, counted from the right: 1 is the last one.
    pub hop: usize,
    /// The secrets that prove that a request comes from the front.
    pub secrets: FrontSecrets,
}

/// Secrets of a front, any of which it may send, so that one can be replaced by another. Only tags of them are kept: no
/// `Clone`, no `PartialEq`.
pub struct FrontSecrets(Vec<Vec<u8>>);

impl fmt::Debug for FrontSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FrontSecrets({})", self.0.len())
    }
}

impl FrontSecrets {
    /// Reads secrets separated by commas. The error tells which one is wrong and never shows it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let secrets: Vec<_> = text.split(',').map(str::trim).collect();
        let legal = |secret: &str| {
            (32..=128).contains(&secret.len()) && secret.bytes().all(|byte| byte.is_ascii_graphic())
        };
        if secrets.len() > 4 {
            return Err("there are more than 4 secrets".to_owned());
        }
        match secrets.iter().position(|secret| !legal(secret)) {
            Some(index) => Err(format!(
                "secret {} is not 32 to 128 visible ASCII characters without a comma",
                index + 1
            )),
            None => Ok(Self(secrets.into_iter().map(sign).collect())),
        }
    }

    /// Whether `shown` is one of them, compared in constant time.
    fn verify(&self, shown: &str) -> bool {
        let equal = |tag: &Vec<u8>| mac(shown).verify_slice(tag).is_ok();
        self.0.iter().fold(false, |found, tag| found | equal(tag))
    }
}

fn sign(secret: &str) -> Vec<u8> {
    mac(secret).finalize().into_bytes().to_vec()
}

fn mac(secret: &str) -> Hmac<Sha256> {
    #[expect(
        clippy::expect_used,
        reason = "HMAC takes a key of any length (RFC 2104 section 2)"
    )]
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key of any length");
    mac.chain_update(b"front")
}

impl Front {
    /// The address of the client that the front forwards for. `None`: the request does not come through the front, or
    /// the header is missing, there twice, or not an address.
    #[must_use]
    pub fn client(&self, sources: &[Source<'_>]) -> Option<IpAddr> {
        let Presented::Token(secret) = header(sources, SECRET_HEADER) else {
            return None;
        };
        if !self.secrets.verify(secret) {
            return None;
        }
        let Presented::Token(text) = header(sources, &self.header) else {
            return None;
        };
        let address = match self.header.as_str() {
            VIEWER => text.rsplit_once(':')?.0,
            FORWARDED => text.rsplit(',').nth(self.hop.checked_sub(1)?)?.trim(),
            _ => text,
        };
        let bare = address
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        bare.unwrap_or(address).parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "a-secret-of-the-front-0123456789";
    const NEXT: &str = "the-next-secret-of-the-front-012";

    fn front(header: &str, hop: usize) -> Front {
        let secrets = FrontSecrets::parse(&format!("{SECRET}, {NEXT}")).unwrap();
        let header = header.to_owned();
        Front {
            header,
            hop,
            secrets,
        }
    }

    fn client(front: &Front, headers: &[(&str, &str)]) -> Option<String> {
        let found = front.client(&[headers.to_vec()]);
        found.map(|address| address.to_string())
    }

    #[test]
    fn the_address_is_what_the_header_tells_and_nothing_else() {
        #[rustfmt::skip]
        let cases = [
            (VIEWER,      1, "203.0.113.9:46532",                 Some("203.0.113.9")),
            (VIEWER,      1, "2001:db8::1:46532",                 Some("2001:db8::1")),
            (VIEWER,      1, "[2001:db8::1]:46532",               Some("2001:db8::1")),
            (VIEWER,      1, "203.0.113.9",                       None),
            (VIEWER,      1, "203.0.113.9:1,198.51.100.1:1",      None),
            (VIEWER,      1, "",                                  None),
            (VIEWER,      1, "unknown:1",                         None),
            (FORWARDED,   1, "198.51.100.1, 203.0.113.9",         Some("203.0.113.9")),
            (FORWARDED,   2, "6.6.6.6, 203.0.113.9, 192.0.2.1",   Some("203.0.113.9")),
            (FORWARDED,   2, "6.6.6.6,2001:db8::1,192.0.2.1",     Some("2001:db8::1")),
            (FORWARDED,   2, "203.0.113.9",                       None),
            (FORWARDED,   1, "203.0.113.9, ",                     None),
            (FORWARDED,   1, "unknown",                           None),
            (FORWARDED,   1, "203.0.113.9:443",                   None),
            ("x-real-ip", 1, "203.0.113.9",                       Some("203.0.113.9")),
            ("x-real-ip", 1, "2001:db8::1",                       Some("2001:db8::1")),
            ("x-real-ip", 1, "203.0.113.9,203.0.113.9",           None),
            ("x-real-ip", 1, " 203.0.113.9",                      None),
        ];
        for (name, hop, value, expected) in cases {
            let front = front(name, hop);
            let upper = name.to_ascii_uppercase();
            let found = client(&front, &[(SECRET_HEADER, SECRET), (&upper, value)]);
            assert_eq!(found.as_deref(), expected, "{name}: {value}");
        }
    }

    #[test]
    fn without_the_secret_nothing_is_told() {
        let front = front(VIEWER, 1);
        let address = (VIEWER, "203.0.113.9:1");
        let other = SECRET.replace('a', "b");
        let twice = format!("{SECRET},{SECRET}");
        for secret in [SECRET, NEXT] {
            assert!(client(&front, &[address, ("X-Front-Secret", secret)]).is_some());
        }
        for secret in [
            "",
            "x",
            &other,
            &SECRET[1..],
            &twice,
            &SECRET.to_ascii_uppercase(),
        ] {
            assert_eq!(
                client(&front, &[address, (SECRET_HEADER, secret)]),
                None,
                "{secret}"
            );
        }
        assert_eq!(client(&front, &[address]), None);
        let secret = (SECRET_HEADER, SECRET);
        assert_eq!(client(&front, &[secret]), None);
        assert_eq!(client(&front, &[secret, secret, address]), None);
        assert_eq!(client(&front, &[secret, address, address]), None);
        // As API Gateway describes them twice.
        let source = vec![secret, address];
        assert!(front.client(&[source.clone(), source]).is_some());
    }

    #[test]
    fn a_secret_counts_however_often_it_is_listed_up_to_four_times() {
        for times in 1..=4 {
            let secrets = FrontSecrets::parse(&[SECRET; 4][..times].join(",")).unwrap();
            assert!(secrets.verify(SECRET), "{times}");
            assert!(!secrets.verify(NEXT), "{times}");
        }
    }

    #[test]
    fn secrets_are_long_and_never_shown() {
        let long = "x".repeat(129);
        let five = [SECRET; 5].join(",");
        for bad in [
            "",
            "short",
            &SECRET[1..],
            &long,
            &format!("{SECRET},"),
            &five,
            &format!("{SECRET} x"),
        ] {
            let problem = FrontSecrets::parse(bad).unwrap_err();
            assert!(!problem.contains(SECRET), "{problem}");
        }
        let front = front(VIEWER, 1);
        assert!(!format!("{front:?}").contains(SECRET));
        assert!(format!("{front:?}").contains("FrontSecrets(2)"));
    }
}
