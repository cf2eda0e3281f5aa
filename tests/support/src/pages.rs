//! What browsers and other programs say about the page that has a request sent: the matrix of methods, sites and
//! origins.

use serde_json::{Value, json};

/// The configuration that [`Page::passes`] is true of.
pub const ALLOWED: (&str, &str) = ("SESSION_ALLOWED_ORIGINS", "https://app.example.com");

/// The CSRF token of the session of the events: `base64url(HMAC-SHA256(id, "csrf"))`, made by another program.
pub const CSRF: &str = "oP9v05KOQUD46KDgXgzPY-204OPKZ3yaVlJ8LoHd-RQ";

/// Methods that are known, and whether they change nothing.
pub const METHODS: [(&str, bool); 9] = [
    ("GET", true),
    ("HEAD", true),
    ("OPTIONS", true),
    ("TRACE", true),
    ("POST", false),
    ("PUT", false),
    ("PATCH", false),
    ("DELETE", false),
    ("get", false),
];

/// What is said of one page.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    site: Option<&'static str>,
    origin: Option<&'static str>,
    /// Whether what it has sent is to pass, be it a change.
    pub passes: bool,
}

/// All of them: each site with each origin.
pub fn pages() -> Vec<Page> {
    let sites = [
        "same-origin",
        "none",
        "same-site",
        "cross-site",
        "SAME-ORIGIN",
        "x",
    ];
    let origins = [
        "https://app.example.com",
        "https://api.example.com",
        "null",
        "http://api.example.com",
        "http://app.example.com",
        "https://app.example.com:8443",
        "https://app.example.com.evil.example",
        "https://APP.example.com",
        "https://evil.example",
        "https://app.example.com,https://app.example.com",
    ];
    let mut pages = Vec::new();
    for site in sites.into_iter().map(Some).chain([None]) {
        for origin in origins.into_iter().map(Some).chain([None]) {
            let passes = matches!(
                (site, origin),
                (Some("same-origin" | "none"), _)
                    | (
                        _,
                        Some("https://app.example.com" | "https://APP.example.com")
                    )
                    | (None, Some("https://api.example.com") | None)
            );
            pages.push(Page {
                site,
                origin,
                passes,
            });
        }
    }
    pages
}

impl Page {
    /// A page of another site.
    pub const FOREIGN: Self = Self {
        site: Some("cross-site"),
        origin: Some("https://evil.example"),
        passes: false,
    };

    /// What it adds to a request.
    #[must_use]
    pub fn headers(self) -> Vec<(&'static str, &'static str)> {
        let site = self.site.map(|site| ("sec-fetch-site", site));
        let origin = self.origin.map(|origin| ("origin", origin));
        site.into_iter().chain(origin).collect()
    }

    /// The event of a request that it has sent, in any format.
    #[must_use]
    pub fn sends(self, mut event: Value) -> Value {
        for (name, value) in self.headers() {
            add(&mut event, name, value);
        }
        event
    }
}

/// Adds a header to an event, described in each way in which the event describes headers.
pub fn add(event: &mut Value, name: &str, value: &str) {
    event["headers"][name] = json!(value);
    if event["multiValueHeaders"].is_object() {
        event["multiValueHeaders"][name] = json!([value]);
    }
}

/// Sets the method of a proxy's or an authorizer's event.
pub fn set_method(event: &mut Value, method: &str) {
    if event["version"] == "2.0" {
        event["requestContext"]["http"]["method"] = json!(method);
    } else if event["type"] == "TOKEN" {
        let arn = event["methodArn"].as_str().unwrap();
        event["methodArn"] = json!(arn.replace("/GET/", &format!("/{method}/")));
    } else {
        event["httpMethod"] = json!(method);
    }
}
