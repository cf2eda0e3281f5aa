//! The front that is trusted to tell the client's address.

use super::Variables;
use crate::front::{FORWARDED, Front, FrontSecrets, SECRET_HEADER};

impl Front {
    /// Reads the group. `None`: there is no front, and the address that `API Gateway` sees is the client's.
    pub fn from_variables(variables: &mut Variables<'_>) -> Option<Self> {
        let (name, hop_name, secrets_name) = (
            "SESSION_FRONT_HEADER",
            "SESSION_FRONT_HOP",
            "SESSION_FRONT_SECRETS",
        );
        let hop = variables.optional_number(hop_name, 1..=10_usize);
        let (header, secrets) = match (variables.text(name), variables.text(secrets_name)) {
            (None, None) => return None,
            (Some(header), Some(secrets)) => (header.to_ascii_lowercase(), secrets),
            _ => {
                variables.problem(format!(
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
            variables.problem(format!(
                "{name} is {header:?}, not the name of a header that has an address, such as CloudFront-Viewer-Address"
            ));
        }
        if header == FORWARDED && hop.is_none() {
            variables.problem(format!(
                "{hop_name} is not set, and {name} is X-Forwarded-For: say which of its addresses is the client's, counted \
                 from the right (2 for one front before API Gateway)"
            ));
        }
        match FrontSecrets::parse(&secrets) {
            Ok(secrets) => Some(Self {
                header,
                hop: hop.unwrap_or(1),
                secrets,
            }),
            Err(problem) => {
                variables.problem(format!("{secrets_name}: {problem}"));
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::tests::parse;

    #[test]
    fn a_front_has_a_header_a_secret_and_where_it_matters_a_hop() {
        const SECRET: &str = "a-secret-of-the-front-0123456789";
        let parse = |header: &str, hop: &str, secrets: &str| {
            let parsed = parse(&[
                ("SESSION_FRONT_HEADER", header),
                ("SESSION_FRONT_HOP", hop),
                ("SESSION_FRONT_SECRETS", secrets),
            ]);
            parsed.map(|config| config.front.map(|front| (front.header, front.hop)))
        };
        let front = |header: &str, hop| Ok(Some((header.to_owned(), hop)));
        assert_eq!(parse("", "", ""), Ok(None));
        let viewer = "CloudFront-Viewer-Address";
        assert_eq!(
            parse(viewer, "", SECRET),
            front("cloudfront-viewer-address", 1)
        );
        assert_eq!(
            parse("X-Forwarded-For", "2", SECRET),
            front("x-forwarded-for", 2)
        );
        #[rustfmt::skip]
        let cases = [
            (viewer,            "",   "",       "SESSION_FRONT_HEADER and SESSION_FRONT_SECRETS belong together"),
            ("",                "",   SECRET,   "SESSION_FRONT_HEADER and SESSION_FRONT_SECRETS belong together"),
            (viewer,            "",   "short",  "SESSION_FRONT_SECRETS: secret 1 is not 32 to 128 visible ASCII characters"),
            ("X-Forwarded-For", "",   SECRET,   "SESSION_FRONT_HOP is not set"),
            ("X-Forwarded-For", "0",  SECRET,   "SESSION_FRONT_HOP is \"0\", not a whole number from 1 to 10"),
            ("a b",             "",   SECRET,   "SESSION_FRONT_HEADER is \"a b\", not the name of a header"),
            ("X-Front-Secret",  "",   SECRET,   "SESSION_FRONT_HEADER is \"x-front-secret\", not the name of a header"),
        ];
        for (header, hop, secrets, expected) in cases {
            let error = parse(header, hop, secrets).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
            assert!(!error.contains(SECRET), "{error}");
        }
    }
}
