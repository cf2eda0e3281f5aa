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

static ROUTES: [Route; 4] = [
    open("POST /login", Function::Login),
    open("POST /logout", Function::Logout),
    open("GET /session", Function::Session),
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
}

/// The route of a request: method and path byte for byte.
#[must_use]
pub fn find(method: &Method, path: &str) -> Option<&'static Route> {
    ROUTES
        .iter()
        .find(|route| route.method_and_path() == (method.as_str(), path))
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
        for (method, path) in [
            (Method::GET, "/login"),
            (Method::HEAD, "/profile"),
            (Method::GET, "/profile/"),
            (Method::GET, "/Profile"),
            (Method::GET, "//profile"),
            (Method::GET, "/%70rofile"),
            (Method::GET, "/"),
            (Method::OPTIONS, "/login"),
        ] {
            assert_eq!(find(&method, path), None, "{method} {path}");
        }
    }
}
