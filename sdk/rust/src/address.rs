//! The address of a request's client, from what no header can change.

#[cfg(any(feature = "axum", feature = "lambda"))]
use std::net::IpAddr;

#[cfg(any(feature = "axum", feature = "lambda"))]
use http::Extensions;

/// The peer of the connection, where axum tells it (`into_make_service_with_connect_info`). Behind a proxy it is the proxy's.
#[cfg(feature = "axum")]
#[must_use]
pub fn peer(extensions: &Extensions) -> Option<IpAddr> {
    use axum::extract::ConnectInfo;
    let peer = extensions.get::<ConnectInfo<std::net::SocketAddr>>()?;
    Some(peer.0.ip())
}

/// The address that API Gateway saw.
#[cfg(feature = "lambda")]
#[must_use]
pub fn api_gateway(extensions: &Extensions) -> Option<IpAddr> {
    use lambda_http::request::RequestContext;
    let address = match extensions.get::<RequestContext>()? {
        RequestContext::ApiGatewayV1(context) => context.identity.source_ip.as_deref(),
        RequestContext::ApiGatewayV2(context) => context.http.source_ip.as_deref(),
        _ => None,
    };
    address?.parse().ok()
}
