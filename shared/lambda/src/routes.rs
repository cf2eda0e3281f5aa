//! The routes of the API: one table, to which template.yaml, docs/http.md, the local front and the functions are held.

use dynamodb_session::reply::{self, Response};
use lambda_http::{Request, http::StatusCode};

use crate::place::Place;

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
    /// `page`.
    Page,
    /// `oidc`, where there is a provider.
    Oidc,
}

/// One route of the API.
#[derive(Debug, PartialEq, Eq)]
pub struct Route {
    /// The method that it takes.
    pub method: &'static str,
    /// Its path, with the names of parameters in braces.
    pub path: &'static str,
    /// The function that answers.
    pub function: Function,
    /// Whether the authorizer is asked first.
    pub protected: bool,
}

/// All routes. If a path fits two, the earlier one is meant.
pub static ROUTES: [Route; 16] = [
    open("POST", "/login", Function::Login),
    open("POST", "/logout", Function::Logout),
    open("GET", "/session", Function::Session),
    open("PATCH", "/session", Function::Session),
    open("DELETE", "/session/data", Function::Session),
    open("POST", "/session/rotate", Function::Session),
    open("GET", "/sessions", Function::Session),
    open("DELETE", "/sessions", Function::Session),
    open("DELETE", "/sessions/{ref}", Function::Session),
    Route {
        protected: true,
        ..open("GET", "/profile", Function::Profile)
    },
    open("GET", "/login/oidc", Function::Oidc),
    open("GET", "/login/oidc/callback", Function::Oidc),
    open("GET", "/logout/oidc", Function::Oidc),
    open("POST", "/logout/backchannel", Function::Oidc),
    open("GET", "/page/{file}", Function::Page),
    // Under any prefix, so that every path fits it: it comes last.
    open("GET", "/", Function::Page),
];

const fn open(method: &'static str, path: &'static str, function: Function) -> Route {
    Route {
        method,
        path,
        function,
        protected: false,
    }
}

/// The route of `function` that `request` is for, and the value of its parameter, `""` if it has none; or the 404 or
/// 405 to answer.
///
/// The end of the route that `API Gateway` matched decides, so that a function may stand under any prefix. If the route
/// takes any path or is not told, the end of the path decides.
#[expect(
    clippy::result_large_err,
    reason = "the error is the answer, which is moved once"
)]
pub fn find(request: &Request, function: Function) -> Result<(&'static Route, &str), Response> {
    let place = request.extensions().get::<Place>();
    let fitting: Vec<_> = place.map_or_else(Vec::new, |place| {
        of(function)
            .filter_map(|route| Some((route, place.parameter(route.path)?)))
            .collect()
    });
    if fitting.is_empty() {
        return Err(not_found(function));
    }
    let method = request.method().as_str();
    let found = fitting.iter().find(|(route, _)| route.method == method);
    found
        .copied()
        .ok_or_else(|| method_not_allowed(fitting.iter().map(|(route, _)| *route)))
}

/// The 405 for a method that no route of `function` takes, for a function that stands under any path.
#[must_use]
pub fn check_method(request: &Request, function: Function) -> Option<Response> {
    let method = request.method().as_str();
    let known = of(function).any(|route| route.method == method);
    (!known).then(|| method_not_allowed(of(function)))
}

/// The 404 that names the paths of `function`.
#[must_use]
pub fn not_found(function: Function) -> Response {
    let mut paths: Vec<_> = of(function).map(|route| route.path).collect();
    paths.dedup();
    let paths = paths.join(", ");
    let detail = format!("There is no such resource. This function has {paths}.");
    reply::problem(StatusCode::NOT_FOUND, &detail)
}

fn of(function: Function) -> impl Iterator<Item = &'static Route> {
    ROUTES
        .iter()
        .filter(move |route| route.function == function)
}

fn method_not_allowed(routes: impl Iterator<Item = &'static Route>) -> Response {
    let methods: Vec<_> = routes.map(|route| route.method).collect();
    reply::method_not_allowed(&methods.join(", "))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// The key of the route that `event` is for, and its parameter; else the status of the answer.
    fn found(method: &str, event: &Value) -> Result<String, u16> {
        let mut request = Request::default();
        *request.method_mut() = method.parse().unwrap();
        let place = Place::of(event.as_object().unwrap());
        request.extensions_mut().insert(place);
        match find(&request, Function::Session) {
            Ok((route, "")) => Ok(format!("{} {}", route.method, route.path)),
            Ok((route, value)) => Ok(format!("{} {} {value}", route.method, route.path)),
            Err(answer) => Err(answer.status().as_u16()),
        }
    }

    #[test]
    fn the_route_that_was_matched_decides_and_not_the_path() {
        let show = || Ok("GET /session".to_owned());
        let end_one = || Ok("DELETE /sessions/{ref} abc".to_owned());
        let not_found = || Err(404);
        #[rustfmt::skip]
        let cases = [
            ("REST, trailing slash",   "GET",    json!({"resource": "/session", "path": "/session/"}),                 show()),
            ("REST, mapping",          "GET",    json!({"resource": "/session", "path": "/sessions/session"}),         show()),
            ("REST, prefix",           "GET",    json!({"resource": "/auth/v1/session", "path": "/auth/v1/session"}),  show()),
            ("HTTP, trailing slash",   "GET",    json!({"routeKey": "GET /session/", "rawPath": "/session/"}),         show()),
            ("HTTP, stage",            "GET",    json!({"routeKey": "GET /session", "rawPath": "/prod/session"}),      show()),
            ("HTTP, mapping",          "GET",    json!({"routeKey": "GET /session", "rawPath": "/sessions/session"}),  show()),
            ("HTTP, prefix",           "GET",    json!({"routeKey": "GET /auth/session", "rawPath": "/auth/session"}), show()),
            ("HTTP, prefix sessions",  "GET",    json!({"routeKey": "GET /sessions/session", "rawPath": "/x"}),        show()),
            ("any method",             "GET",    json!({"routeKey": "ANY /session", "rawPath": "/session"}),           show()),
            ("another path",           "GET",    json!({"routeKey": "GET /session", "rawPath": "/sessions"}),          show()),
            ("another path, REST",     "GET",    json!({"resource": "/session", "path": "/sessions"}),                 show()),
            ("parameter",              "DELETE", json!({"routeKey": "DELETE /sessions/{ref}", "rawPath": "/sessions/session", "pathParameters": {"ref": "abc"}}), end_one()),
            ("parameter, renamed",     "DELETE", json!({"resource": "/my/sessions/{id}", "path": "/", "pathParameters": {"id": "abc", "ref": "x"}}), end_one()),
            ("parameter of a prefix",  "GET",    json!({"routeKey": "GET /{tenant}/session", "rawPath": "/a/session", "pathParameters": {"tenant": "a"}}), show()),
            ("no parameter",           "DELETE", json!({"routeKey": "DELETE /sessions/{ref}", "rawPath": "/sessions/abc"}), Ok("DELETE /sessions/{ref}".to_owned())),
            ("another method",         "PUT",    json!({"routeKey": "ANY /session", "rawPath": "/session"}),           Err(405)),
            ("another route",          "GET",    json!({"routeKey": "GET /profile", "rawPath": "/session"}),           not_found()),
            ("another route, REST",    "GET",    json!({"resource": "/profile", "path": "/session"}),                  not_found()),
        ];
        for (name, method, event, expected) in cases {
            assert_eq!(found(method, &event), expected, "{name}");
        }
    }

    #[test]
    fn the_path_decides_where_the_route_says_nothing() {
        let cases = [
            json!({"routeKey": "$default", "rawPath": "PATH"}),
            json!({"routeKey": "ANY /{proxy+}", "rawPath": "/x/PATH", "pathParameters": {"proxy": "PATH"}}),
            json!({"routeKey": "ANY /auth/{proxy+}", "rawPath": "PATH"}),
            json!({"resource": "/{proxy+}", "path": "/x", "pathParameters": {"proxy": "PATH"}}),
            json!({"resource": "$default", "path": "PATH"}),
            json!({"resource": null, "routeKey": 7, "path": "PATH"}),
            json!({"path": "PATH"}),
            json!({"rawPath": "PATH"}),
        ];
        #[rustfmt::skip]
        let paths = [
            ("GET",    "/session",             Ok("GET /session")),
            ("GET",    "/session/",            Ok("GET /session")),
            ("PATCH",  "/prod/session",        Ok("PATCH /session")),
            ("GET",    "/sessions/",           Ok("GET /sessions")),
            ("GET",    "/sessions/session",    Ok("GET /session")),
            ("POST",   "/a/session/rotate",    Ok("POST /session/rotate")),
            ("DELETE", "/session/data",        Ok("DELETE /session/data")),
            ("DELETE", "/sessions/abc",        Ok("DELETE /sessions/{ref} abc")),
            ("DELETE", "/sessions/session",    Ok("DELETE /sessions/{ref} session")),
            ("GET",    "/sessions/abc",        Err(405)),
            ("DELETE", "/session",             Err(405)),
            ("GET",    "/session/other",       Err(404)),
            ("GET",    "/sessionx",            Err(404)),
            ("GET",    "/",                    Err(404)),
            ("GET",    "",                     Err(404)),
        ];
        for event in &cases {
            for (method, path, expected) in paths {
                let event = event.to_string().replace("PATH", path);
                let event = serde_json::from_str(&event).unwrap();
                let expected = expected.map(str::to_owned);
                assert_eq!(found(method, &event), expected, "{method} {event}");
            }
        }
    }

    #[test]
    fn a_catch_all_under_one_of_the_routes_is_read_as_the_whole_path() {
        let event = |rest: &str| json!({"resource": "/session/{rest+}", "path": "/", "pathParameters": {"rest": rest}});
        let rotate = Ok("POST /session/rotate".to_owned());
        assert_eq!(found("POST", &event("rotate")), rotate);
        assert_eq!(found("POST", &event("/rotate/")), rotate);
        assert_eq!(found("POST", &event("other")), Err(404));
    }
}
