//! Who may ask the engine, which takes no credentials: clients that call it by a name that it was given, and no web
//! page.
//!
//! A page can send any request to a port of this machine. The browser adds `Origin` to each request that could change
//! something, or `Host` names the page's own site, whose name was made to point here (DNS rebinding). So a request with
//! an `Origin` is refused, and so is one with a name that the operator did not give.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, header, request::Parts, uri::Authority};

/// The hosts that requests may be for: this machine's loopback names and addresses, always; and those below.
#[derive(Clone, Debug)]
pub(super) struct Hosts {
    /// Where the engine listens. If that is every address of the machine, a request may be for any address: the name of
    /// a page's site is never an address.
    address: IpAddr,
    names: Vec<String>,
}

/// Why a request is refused, and what to do.
pub(super) type Refusal = &'static str;

const FROM_A_PAGE: Refusal =
    "The engine answers no web page, and this request has an Origin header. Ask it from a program.";

const UNKNOWN_HOST: Refusal = "The engine is not known by the Host of this request. Ask it as localhost or 127.0.0.1, or by the \
    address of --engine, or start it with --engine-host NAME.";

impl Hosts {
    pub(super) fn new(address: SocketAddr, names: &[String]) -> Self {
        Self {
            address: address.ip().to_canonical(),
            names: names.to_vec(),
        }
    }

    /// Whether the request may be answered.
    pub(super) fn admit(&self, request: &Parts) -> Result<(), Refusal> {
        if request.headers.contains_key(header::ORIGIN) {
            return Err(FROM_A_PAGE);
        }
        let target = request.uri.authority();
        let host = host(&request.headers).ok_or(UNKNOWN_HOST)?;
        if self.know(&host) && target.is_none_or(|target| self.know(target)) {
            Ok(())
        } else {
            Err(UNKNOWN_HOST)
        }
    }

    fn know(&self, authority: &Authority) -> bool {
        if authority.as_str().contains('@') {
            return false;
        }
        let host = authority.host();
        let bare = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        if let Ok(ip) = bare.unwrap_or(host).parse::<IpAddr>() {
            let ip = ip.to_canonical();
            ip.is_loopback() || self.address.is_unspecified() || ip == self.address
        } else {
            let mut names = self.names.iter().map(String::as_str).chain(["localhost"]);
            names.any(|name| name.eq_ignore_ascii_case(host))
        }
    }
}

/// The one `Host` of a request.
fn host(headers: &HeaderMap) -> Option<Authority> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let (host, None) = (hosts.next()?, hosts.next()) else {
        return None;
    };
    host.to_str().ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn admits(engine: &str, names: &[&str], host: &str) -> bool {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let request = Request::builder().header("host", host).body(()).unwrap();
        let hosts = Hosts::new(engine.parse().unwrap(), &names);
        hosts.admit(&request.into_parts().0).is_ok()
    }

    #[test]
    fn what_the_operator_names_is_known_beside_loopback() {
        const DOCKER: &str = "host.docker.internal";
        #[rustfmt::skip]
        let cases: [(&str, &[&str], &str, bool); 16] = [
            // engine              names      Host                          admitted
            ("127.0.0.1:8000",     &[],       "localhost:8000",             true),
            ("172.17.0.1:8000",    &[],       "172.17.0.1:8000",            true),
            ("172.17.0.1:8000",    &[],       "172.17.0.1:9000",            true),
            ("172.17.0.1:8000",    &[],       "127.0.0.1:8000",             true),
            ("172.17.0.1:8000",    &[],       "172.17.0.2:8000",            false),
            ("127.0.0.1:8000",     &[],       "172.17.0.1:8000",            false),
            ("0.0.0.0:8000",       &[],       "172.17.0.1:8000",            true),
            ("0.0.0.0:8000",       &[],       "[fe80::1]:8000",             true),
            ("[::]:8000",          &[],       "192.168.1.5:8000",           true),
            ("0.0.0.0:8000",       &[],       "evil.example:8000",          false),
            ("0.0.0.0:8000",       &[],       "172.17.0.1.nip.example:80",  false),
            ("127.0.0.1:8000",     &[],       "host.docker.internal:8000",  false),
            ("127.0.0.1:8000",     &[DOCKER], "host.docker.internal:8000",  true),
            ("127.0.0.1:8000",     &[DOCKER], "Host.Docker.Internal",       true),
            ("127.0.0.1:8000",     &[DOCKER], "evil.docker.internal:8000",  false),
            ("[::ffff:10.0.0.1]:1", &[],      "10.0.0.1:8000",              true),
        ];
        for (engine, names, host, expected) in cases {
            assert_eq!(admits(engine, names, host), expected, "{engine} {host}");
        }
    }
}
