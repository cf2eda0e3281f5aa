//! Which names can be the `Domain` of a cookie.

/// Names under which AWS gives out hosts to many customers: browsers drop a cookie for most of these names, and a
/// cookie for the rest would be sent to strangers' hosts.
const OF_AWS: [&str; 10] = [
    "amazonaws.com",
    "amazonaws.com.cn",
    "amazoncognito.com",
    "amplifyapp.com",
    "api.aws",
    "awsapprunner.com",
    "awsglobalaccelerator.com",
    "cloudfront.net",
    "elasticbeanstalk.com",
    "on.aws",
];

/// What is wrong with `domain`: browsers keep no cookie for the hosts under it, or should keep none. `None`: nothing
/// that can be told here. Other public suffixes, such as `co.uk`, are in a list that only browsers have.
pub(super) fn problem(domain: &str) -> Option<&'static str> {
    let lower = domain.trim_end_matches('.').to_ascii_lowercase();
    let last = lower.rsplit('.').next().unwrap_or_default();
    if lower.contains(':') || last.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some("is an address, and a cookie's domain is a name: leave it unset for one host");
    }
    if !lower.contains('.') {
        return Some(
            "is a single label, for which browsers keep no cookie: leave it unset for one host",
        );
    }
    let under = |suffix: &str| {
        let rest = lower.strip_suffix(suffix);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    OF_AWS.into_iter().any(under).then_some(
        "is AWS's own, with hosts of others under it: give a domain of yours, or leave it unset",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_a_name_of_ones_own() {
        #[rustfmt::skip]
        let good = ["example.com", "a.example.co.uk", "EXAMPLE.com", "myamazonaws.com", "amazonaws.com.example", "on.aws.example", "1.example", "example.1a"];
        for domain in good {
            assert_eq!(problem(domain), None, "{domain}");
        }
        #[rustfmt::skip]
        let bad = [
            "127.0.0.1", "192.0.2.10", "127.1", "1", "::1", "[::1]", "2001:db8::1", "example.com:443", "localhost", "com", "a", "",
            "amazonaws.com", "AmazonAWS.com", "amazonaws.com.cn", "execute-api.eu-west-1.amazonaws.com", "x.execute-api.eu-west-1.amazonaws.com",
            "cloudfront.net", "d1.cloudfront.net", "x.lambda-url.eu-west-1.on.aws", "on.aws", "main.d1.amplifyapp.com",
        ];
        for domain in bad {
            assert!(problem(domain).is_some(), "{domain}");
        }
    }
}
