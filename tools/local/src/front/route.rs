//! The routes, as template.yaml has them.

use axum::http::Method;

/// A function behind a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// `login`.
    Login,
    /// `logout`.
    Logout,
    /// `session`.
    Session,
    /// `profile`.
    Profile,
}

/// One route of the API.
#[derive(Debug, PartialEq, Eq)]
pub struct Route {
    /// `METHOD /path`, as events name it.
    pub key: &'static str,
    /// The function that answers.
    pub function: Function,
    /// Whether the authorizer is asked first.
    pub protected: bool,
}

static ROUTES: [Route; 10] = [
    open("POST /login", Function::Login),
    open("POST /logout", Function::Logout),
    open("GET /session", Function::Session),
    open("PATCH /session", Function::Session),
    open("DELETE /session/data", Function::Session),
    open("POST /session/rotate", Function::Session),
    open("GET /sessions", Function::Session),
    open("DELETE /sessions", Function::Session),
    open("DELETE /sessions/{ref}", Function::Session),
    Route {
        key: "GET /profile",
        function: Function::Profile,
        protected: true,
    },
];

const fn open(key: &'static str, function: Function) -> Route {
    Route {
        key,
        function,
        protected: false,
    }
}

impl Route {
    /// The method and the path of the key.
    #[must_use]
    pub fn method_and_path(&self) -> (&'static str, &'static str) {
        self.key.split_once(' ').unwrap_or((self.key, ""))
    }

    /// The parameters that `path` gives to the route, by name; `None`: it is not of this route.
    #[must_use]
    pub fn parameters<'a>(&self, path: &'a str) -> Option<Vec<(&'static str, &'a str)>> {
        let (_, template) = self.method_and_path();
        let mut parameters = Vec::new();
        let (mut expected, mut given) = (template.split('/'), path.split('/'));
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
}

/// The route of a request: method and path byte for byte, but for parameters.
#[must_use]
pub fn find(method: &Method, path: &str) -> Option<&'static Route> {
    ROUTES.iter().find(|route| {
        route.method_and_path().0 == method.as_str() && route.parameters(path).is_some()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_are_found_by_exact_method_and_path() {
        assert_eq!(
            find(&Method::POST, "/login").unwrap().function,
            Function::Login
        );
        assert!(find(&Method::GET, "/profile").unwrap().protected);
        let one = find(&Method::DELETE, "/sessions/abc").unwrap();
        assert_eq!(one.parameters("/sessions/abc"), Some(vec![("ref", "abc")]));
        for (method, path) in [
            (Method::GET, "/login"),
            (Method::HEAD, "/profile"),
            (Method::GET, "/profile/"),
            (Method::GET, "/Profile"),
            (Method::GET, "//profile"),
            (Method::GET, "/%70rofile"),
            (Method::GET, "/"),
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
