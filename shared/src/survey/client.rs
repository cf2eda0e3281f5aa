//! The client that a user agent names.

/// What a user agent has in it, and the client that it means: of two that fit, the earlier.
const FAMILIES: [(&str, &str); 17] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
    ("okhttp", "OkHttp"),
    ("Dart", "Dart"),
    ("CFNetwork", "CFNetwork"),
    ("python", "Python"),
    ("Python", "Python"),
    ("curl", "curl"),
    ("node", "Node.js"),
    ("Java", "Java"),
    ("Go-http-client", "Go"),
];

/// The client's name, such as `Firefox`; `other` where it is unknown, `none` where there is no user agent.
#[must_use]
pub fn family(agent: Option<&str>) -> &'static str {
    let Some(agent) = agent.filter(|agent| !agent.is_empty()) else {
        return "none";
    };
    let mut families = FAMILIES.iter();
    families
        .find(|(part, _)| agent.contains(part))
        .map_or("other", |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_are_known_by_their_user_agents() {
        #[rustfmt::skip]
        let cases = [
            (Some("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"), "Chrome"),
            (Some("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0"), "Edge"),
            (Some("Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0 Mobile/15E148 Safari/604.1"), "Chrome"),
            (Some("Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15"), "Safari"),
            (Some("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"), "Firefox"),
            (Some("curl/8.5.0"),             "curl"),
            (Some("python-requests/2.32"),   "Python"),
            (Some("<script>"),               "other"),
            (Some(""),                       "none"),
            (None,                           "none"),
        ];
        for (agent, expected) in cases {
            assert_eq!(family(agent), expected, "{agent:?}");
        }
    }
}
