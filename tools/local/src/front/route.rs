//! Which route of the table a request is for, as an HTTP API matches it.

use axum::http::Method;
use lambda::routes::{ROUTES, Route};

/// The route of one request, as events name it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Matched<'a> {
    /// `METHOD /path`, with the names of parameters in braces.
    pub(super) key: String,
    /// What the path gives to the parameters.
    pub(super) parameters: Vec<(&'static str, &'a str)>,
}

impl<'a> Matched<'a> {
    /// The route of the table, which `path` is of.
    pub(super) fn of(route: &Route, path: &'a str) -> Self {
        Self {
            key: key(route),
            parameters: parameters(route, path).unwrap_or_default(),
        }
    }
}

/// `METHOD /path`, as events name the route.
#[must_use]
pub fn key(route: &Route) -> String {
    format!("{} {}", route.method, route.path)
}

/// The parameters that `path` gives to the route, by name; `None`: it is not of this route.
#[must_use]
pub fn parameters<'a>(route: &Route, path: &'a str) -> Option<Vec<(&'static str, &'a str)>> {
    let mut parameters = Vec::new();
    let (mut expected, mut given) = (route.path.split('/'), path.split('/'));
    loop {
        let (part, value) = match (expected.next(), given.next()) {
            (None, None) => return Some(parameters),
            (Some(part), Some(value)) => (part, value),
            _ => return None,
        };
        let name = part
            .strip_prefix('{')
            .and_then(|part| part.strip_suffix('}'));
        match name {
            Some(name) if !value.is_empty() => parameters.push((name, value)),
            None if part == value => {}
            _ => return None,
        }
    }
}

/// The route of a request: method and path byte for byte, except for parameters.
#[must_use]
pub fn find(method: &Method, path: &str) -> Option<&'static Route> {
    ROUTES
        .iter()
        .find(|route| route.method == method.as_str() && parameters(route, path).is_some())
}

#[cfg(test)]
mod tests {
    use lambda::routes::Function;

    use super::*;

    #[test]
    fn each_route_of_the_table_is_found() {
        for route in &ROUTES {
            let (method, path) = (route.method.parse().unwrap(), route.path);
            assert_eq!(
                find(
                    &method,
                    &path.replace("{ref}", "abc").replace("{file}", "page.js")
                ),
                Some(route)
            );
        }
    }

    #[test]
    fn routes_are_found_by_exact_method_and_path() {
        assert_eq!(
            find(&Method::POST, "/login").unwrap().function,
            Function::Login
        );
        assert!(find(&Method::GET, "/profile").unwrap().protected);
        let one = find(&Method::DELETE, "/sessions/abc").unwrap();
        assert_eq!(parameters(one, "/sessions/abc"), Some(vec![("ref", "abc")]));
        for (method, path) in [
            (Method::GET, "/login"),
            (Method::HEAD, "/profile"),
            (Method::GET, "/profile/"),
            (Method::GET, "/Profile"),
            (Method::GET, "//profile"),
            (Method::GET, "/%70rofile"),
            (Method::POST, "/"),
            (Method::GET, "/page/"),
            (Method::OPTIONS, "/login"),
            (Method::DELETE, "/sessions/"),
            (Method::DELETE, "/sessions/a/b"),
            (Method::GET, "/sessions/a"),
            (Method::DELETE, "/session"),
        ] {
            assert_eq!(find(&method, path), None, "{method} {path}");
        }
    }
}
