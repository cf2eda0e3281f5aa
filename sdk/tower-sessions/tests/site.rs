//! A small site over the store, and who asks it.

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header},
    routing::get,
};
use http_body_util::BodyExt;
use time::{Duration, OffsetDateTime};
use tower::ServiceExt;
use tower_sessions::{Expiry, Session, SessionManagerLayer, SessionStore, session::Error};

/// What the site's session lives by, if nothing is said.
pub(crate) const HOUR: Option<Duration> = Some(Duration::HOUR);

/// What a handler answers: an error of the session is a 500, as an application would have it.
type Answered = Result<String, (StatusCode, String)>;

/// The routes, of which each does what its name says.
fn routes() -> Router {
    Router::new()
        .route("/", get(|_: Session| async { "" }))
        .route(
            "/insert",
            get(|session| answer(session, async |it| it.insert("foo", 42).await)),
        )
        .route(
            "/get",
            get(|session| answer(session, async |it| it.get::<u32>("foo").await)),
        )
        .route(
            "/get_value",
            get(|session| answer(session, async |it| it.get_value("foo").await)),
        )
        .route(
            "/remove_value",
            get(|session| answer(session, async |it| it.remove_value("foo").await)),
        )
        .route(
            "/cycle_id",
            get(|session| answer(session, async |it| it.cycle_id().await)),
        )
        .route(
            "/flush",
            get(|session| answer(session, async |it| it.flush().await)),
        )
        .route(
            "/flush_and_insert",
            get(|session| {
                answer(session, async |it| {
                    it.flush().await?;
                    it.insert("foo", 42).await
                })
            }),
        )
        .route(
            "/clear",
            get(|session| {
                answer(session, async |it| {
                    it.clear().await;
                    Ok(())
                })
            }),
        )
        .route(
            "/fill",
            get(|session| {
                answer(session, async |it| {
                    it.insert("foo", "x".repeat(500_000)).await
                })
            }),
        )
        .route(
            "/set_expiry",
            get(|session| {
                answer(session, async |it| {
                    let tomorrow = OffsetDateTime::now_utc() + Duration::DAY;
                    it.set_expiry(Some(Expiry::AtDateTime(tomorrow)));
                    Ok(())
                })
            }),
        )
        .route(
            "/remove_expiry",
            get(|session| {
                answer(session, async |it| {
                    it.set_expiry(Some(Expiry::OnSessionEnd));
                    Ok(())
                })
            }),
        )
}

async fn answer<T: std::fmt::Debug>(
    session: Session,
    work: impl AsyncFnOnce(&Session) -> Result<T, Error>,
) -> Answered {
    match work(&session).await {
        Ok(value) => Ok(format!("{value:?}")),
        Err(error) => Err((StatusCode::INTERNAL_SERVER_ERROR, error.to_string())),
    }
}

/// The site, whose sessions live for `idle` after a change, and whose cookie is for `domain`.
pub(crate) fn site<S: SessionStore + Clone>(
    store: S,
    idle: Option<Duration>,
    domain: Option<&'static str>,
) -> Router {
    let mut layer = SessionManagerLayer::new(store);
    if let Some(idle) = idle {
        layer = layer.with_expiry(Expiry::OnInactivity(idle));
    }
    if let Some(domain) = domain {
        layer = layer.with_domain(domain);
    }
    routes().layer(layer)
}

/// An answer of the site.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: String,
    /// `Set-Cookie`, if there is one.
    pub(crate) cookie: Option<SetCookie>,
}

/// A `Set-Cookie`, taken apart.
#[derive(Debug)]
pub(crate) struct SetCookie {
    pub(crate) name: String,
    pub(crate) value: String,
    attributes: Vec<(String, String)>,
}

impl SetCookie {
    fn parse(line: &str) -> Self {
        let mut pairs = line.split("; ").map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (name.to_owned(), value.to_owned())
        });
        let (name, value) = pairs.next().unwrap();
        Self {
            name,
            value,
            attributes: pairs.collect(),
        }
    }

    /// An attribute's value; empty for those that have none.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// `Max-Age`, in seconds.
    pub(crate) fn max_age(&self) -> Option<i64> {
        Some(self.attribute("Max-Age")?.parse().unwrap())
    }
}

/// Asks a route, with this value of the session's cookie.
pub(crate) async fn ask(site: &Router, route: &str, id: Option<&str>) -> Answer {
    let mut request = Request::get(route);
    if let Some(id) = id {
        request = request.header(header::COOKIE, format!("id={id}"));
    }
    let request = request.body(Body::empty()).unwrap();
    let (head, body) = site.clone().oneshot(request).await.unwrap().into_parts();
    let cookies: Vec<_> = head.headers.get_all(header::SET_COOKIE).iter().collect();
    assert!(cookies.len() < 2, "{cookies:?}");
    let cookie = cookies
        .first()
        .map(|line| SetCookie::parse(line.to_str().unwrap()));
    let body = body.collect().await.unwrap().to_bytes();
    Answer {
        status: head.status,
        body: String::from_utf8(body.to_vec()).unwrap(),
        cookie,
    }
}

/// The id of a session in which `foo` is 42.
pub(crate) async fn begun(site: &Router) -> String {
    ask(site, "/insert", None).await.cookie.unwrap().value
}
