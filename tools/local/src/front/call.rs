//! One HTTP request, as an API's events describe it.

use std::{collections::BTreeMap, net::IpAddr};

use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderName, header, request::Parts},
};
use dynamodb_session::time::UnixSeconds;

/// Headers that concern the connection alone (RFC 9110, section 7.6.1), which no event has; nor has one those that
/// `Connection` names.
const HOP_BY_HOP: [HeaderName; 10] = [
    header::CONNECTION,
    header::EXPECT,
    HeaderName::from_static("keep-alive"),
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    HeaderName::from_static("proxy-connection"),
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// A request and what the gateway knows of it.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) id: String,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: Option<String>,
    /// Names in lower case, a repeated header's values joined by commas; no cookies.
    pub(super) headers: BTreeMap<String, String>,
    pub(super) cookies: Vec<String>,
    pub(super) body: Bytes,
    pub(super) source_ip: IpAddr,
    pub(super) now: UnixSeconds,
}

impl Call {
    pub(super) fn new(
        parts: &Parts,
        body: Bytes,
        peer: IpAddr,
        port: u16,
        id: String,
        now: UnixSeconds,
    ) -> Self {
        let mut headers = joined(&parts.headers);
        headers
            .entry("x-forwarded-for".to_owned())
            .and_modify(|others| *others = format!("{others}, {peer}"))
            .or_insert_with(|| peer.to_string());
        headers.insert("x-forwarded-port".to_owned(), port.to_string());
        headers.insert("x-forwarded-proto".to_owned(), "http".to_owned());
        Self {
            id,
            method: parts.method.to_string(),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().map(str::to_owned),
            headers,
            cookies: cookies(&parts.headers),
            body,
            source_ip: peer,
            now,
        }
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// All cookies as one header's value.
    pub(super) fn cookie_header(&self) -> String {
        self.cookies.join("; ")
    }

    /// The query's parameters, decoded, a repeated one's values joined by commas.
    pub(super) fn parameters(&self) -> BTreeMap<String, String> {
        let query = self.query.as_deref().unwrap_or_default();
        let pairs = form_urlencoded::parse(query.as_bytes());
        join(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())))
    }
}

/// The bytes of the request line and the headers as they are sent.
pub(super) fn head_bytes(parts: &Parts) -> usize {
    let target = parts
        .uri
        .path_and_query()
        .map_or(0, |target| target.as_str().len());
    let line = parts.method.as_str().len() + target + "  HTTP/1.1\r\n".len();
    let headers = parts.headers.iter();
    let headers = headers.map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len());
    line + headers.sum::<usize>()
}

/// Whether a header of `headers` concerns the connection alone.
pub(super) fn is_hop_by_hop(headers: &HeaderMap, name: &HeaderName) -> bool {
    let named = headers.get_all(header::CONNECTION).into_iter();
    let mut named = named.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    HOP_BY_HOP.contains(name)
        || named.any(|one| {
            one.trim_ascii()
                .eq_ignore_ascii_case(name.as_str().as_bytes())
        })
}

fn joined(headers: &HeaderMap) -> BTreeMap<String, String> {
    join(
        headers
            .iter()
            .filter(|(name, _)| **name != header::COOKIE && !is_hop_by_hop(headers, name))
            .map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes());
                (name.to_string(), value.into_owned())
            }),
    )
}

fn join(pairs: impl Iterator<Item = (String, String)>) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for (name, value) in pairs {
        all.entry(name)
            .and_modify(|values: &mut String| {
                values.push(',');
                values.push_str(&value);
            })
            .or_insert(value);
    }
    all
}

/// Each cookie of all cookie headers, with nothing trimmed but the one space that RFC 6265 puts between two.
fn cookies(headers: &HeaderMap) -> Vec<String> {
    let mut cookies = Vec::new();
    for line in headers.get_all(header::COOKIE) {
        let line = String::from_utf8_lossy(line.as_bytes());
        for (index, cookie) in line.split(';').enumerate() {
            let cookie = match cookie.strip_prefix(' ') {
                Some(rest) if index > 0 => rest,
                _ => cookie,
            };
            if !cookie.is_empty() {
                cookies.push(cookie.to_owned());
            }
        }
    }
    cookies
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn parts(target: &str, headers: &[(&str, &str)]) -> Parts {
        let mut request = Request::get(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    fn call(target: &str, headers: &[(&str, &str)]) -> Call {
        let (body, peer) = (Bytes::new(), "10.0.0.1".parse().unwrap());
        Call::new(
            &parts(target, headers),
            body,
            peer,
            3000,
            "local-1".to_owned(),
            UnixSeconds(0),
        )
    }

    #[test]
    fn headers_are_lower_case_and_joined_and_hold_no_cookie() {
        let call = call(
            "/profile",
            &[
                ("X-Id", "one"),
                ("x-ID", "two"),
                ("Cookie", "a=1"),
                ("Connection", "keep-alive, X-Hop"),
                ("Keep-Alive", "timeout=5"),
                ("X-Hop", "one"),
                ("X-Forwarded-For", "192.0.2.1"),
                ("X-Forwarded-Proto", "https"),
            ],
        );
        let headers: Vec<_> = call
            .headers
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        assert_eq!(
            headers,
            [
                ("x-forwarded-for", "192.0.2.1, 10.0.0.1"),
                ("x-forwarded-port", "3000"),
                ("x-forwarded-proto", "http"),
                ("x-id", "one,two"),
            ]
        );
        assert_eq!(call.header("x-id"), Some("one,two"));
    }

    #[test]
    fn cookies_are_taken_apart_and_left_as_they_are() {
        #[rustfmt::skip]
        let cases: [(&[&str], &[&str]); 6] = [
            (&["a=1; b=2"],         &["a=1", "b=2"]),
            (&["a=1;b=2", "c=3"],   &["a=1", "b=2", "c=3"]),
            (&["a=1;  b=2 ; ;; c"], &["a=1", " b=2 ", "c"]),
            (&["a=\"x y\""],        &["a=\"x y\""]),
            (&[""],                 &[]),
            (&[],                   &[]),
        ];
        for (lines, expected) in cases {
            let headers: Vec<_> = lines.iter().map(|line| ("cookie", *line)).collect();
            assert_eq!(call("/", &headers).cookies, expected, "{lines:?}");
        }
        assert_eq!(
            call("/", &[("cookie", "a=1;b=2")]).cookie_header(),
            "a=1; b=2"
        );
    }

    #[test]
    fn parameters_are_decoded_and_joined() {
        let call = call("/?a=1&b=%C3%A9+x&a=2&c", &[]);
        let parameters: Vec<_> = call.parameters().into_iter().collect();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            parameters,
            [pair("a", "1,2"), pair("b", "é x"), pair("c", "")]
        );
        assert_eq!(call.query.as_deref(), Some("a=1&b=%C3%A9+x&a=2&c"));
    }

    #[test]
    fn head_is_counted_as_it_is_sent() {
        let sent = "GET /a?b HTTP/1.1\r\nhost: h\r\nx: yz\r\n";
        assert_eq!(
            head_bytes(&parts("/a?b", &[("Host", "h"), ("X", "yz")])),
            sent.len()
        );
    }
}
