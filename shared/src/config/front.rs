//! The front that is trusted to tell the client's address.

use super::reader::Reader;
use crate::front::{FORWARDED, Front, FrontSecrets, SECRET_HEADER};

impl<L: Fn(&str) -> Option<String>> Reader<L> {
    /// `None`: there is none, and the address that `API Gateway` sees is the client's.
    pub(super) fn front(&mut self) -> Option<Front> {
        let (name, hop_name, secrets_name) = (
            "SESSION_FRONT_HEADER",
            "SESSION_FRONT_HOP",
            "SESSION_FRONT_SECRETS",
        );
        let hop = self.optional_number(hop_name, 1..=10_usize);
        let (header, secrets) = match (self.text(name), self.text(secrets_name)) {
            (None, None) => return None,
            (Some(header), Some(secrets)) => (header.to_ascii_lowercase(), secrets),
            _ => {
                self.problems.push(format!(
                    "{name} and {secrets_name} belong together: without a secret anybody could send the header"
                ));
                return None;
            }
        };
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if !(1..=64).contains(&header.len())
            || !header.bytes().all(legal)
            || header == SECRET_HEADER
        {
            self.problems.push(format!(
                "{name} is {header:?}, not the name of a header that has an address, such as CloudFront-Viewer-Address"
            ));
        }
        if header == FORWARDED && hop.is_none() {
            self.problems.push(format!(
                "{hop_name} is not set, and {name} is X-Forwarded-For: say which of its addresses is the client's, counted \
                 from the right (2 for one front before API Gateway)"
            ));
        }
        match FrontSecrets::parse(&secrets) {
            Ok(secrets) => Some(Front {
                header,
                hop: hop.unwrap_or(1),
                secrets,
            }),
            Err(problem) => {
                self.problems.push(format!("{secrets_name}: {problem}"));
                None
            }
        }
    }
}
