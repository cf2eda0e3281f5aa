//! Where the tables are, and a client that reaches them.

use std::{net::IpAddr, path::PathBuf, time::Duration};

use aws_config::{SdkConfig, timeout::TimeoutConfig};
use aws_sdk_dynamodb::Client;
use dynamodb_session::{
    aws::{
        chain::{self, Connection},
        client::{self, ConnectError},
    },
    config::{self, Tables},
};
use http::{Uri, uri::Scheme};

use crate::{arguments::Arguments, failure::Failure};

/// The tables to work on.
#[derive(Debug)]
pub(crate) struct Target {
    /// A client of the engine that holds them.
    pub(crate) client: Client,
    /// The engine, for messages: its URL, or the AWS region.
    pub(crate) engine: String,
    /// Name of the table of users.
    pub(crate) user_table: String,
    /// Name of the table of sessions.
    pub(crate) session_table: String,
}

impl Target {
    /// Takes what the arguments say, and else what the environment says.
    pub(crate) async fn find(
        arguments: &Arguments,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Failure> {
        let environment = |name: &str| environment(name).filter(|value| !value.is_empty());
        let tables = tables(arguments, environment)?;
        let region = arguments.region.clone();
        let aws = settings(arguments, environment, "AWS_ENDPOINT_URL_DYNAMODB", region).await?;
        let endpoint = aws.endpoint_url().map(str::to_owned);
        let region = || aws.region().map(ToString::to_string);
        Ok(Self {
            engine: endpoint.or_else(region).unwrap_or_default(),
            client: client::with_settings(&aws),
            user_table: tables.users,
            session_table: tables.sessions,
        })
    }
}

/// The settings of a client of the service whose endpoint the variable `named` tells.
pub(crate) async fn settings(
    arguments: &Arguments,
    environment: impl Fn(&str) -> Option<String>,
    named: &str,
    region: Option<String>,
) -> Result<SdkConfig, Failure> {
    let environment = |name: &str| environment(name).filter(|value| !value.is_empty());
    let endpoint = arguments
        .endpoint_url
        .clone()
        .or_else(|| environment(named))
        .or_else(|| environment("AWS_ENDPOINT_URL"));
    let local = endpoint.as_deref().map(is_local).transpose()?;
    let credentials = ["AWS_ACCESS_KEY_ID", "AWS_PROFILE"];
    let aws = match &endpoint {
        // An engine on this machine checks no credentials. So nobody needs any, and real ones are not sent in the clear
        // unless they were asked for.
        Some(endpoint)
            if local == Some(true)
                && arguments.profile.is_none()
                && credentials.iter().all(|name| environment(name).is_none()) =>
        {
            client::settings_local(endpoint)
        }
        _ => chain::settings(Connection {
            endpoint,
            region,
            profile: arguments.profile.clone(),
            ca_bundle: environment("AWS_CA_BUNDLE").map(PathBuf::from),
        })
        .await
        .map_err(|error| {
            let of = match &arguments.profile {
                Some(name) if !matches!(error, ConnectError::NoProfile(_)) => {
                    format!(" (AWS profile {name})")
                }
                _ => String::new(),
            };
            Failure::Input(format!("{error}{of}"))
        })?,
    };
    Ok(patient(aws))
}

/// A person waits longer than a gateway does.
fn patient(aws: SdkConfig) -> SdkConfig {
    let limits = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(10))
        .operation_attempt_timeout(Duration::from_secs(20))
        .operation_timeout(Duration::from_mins(1));
    aws.into_builder().timeout_config(limits.build()).build()
}

/// The names of the tables, by the rules that the functions have for them.
fn tables(
    arguments: &Arguments,
    environment: impl Fn(&str) -> Option<String>,
) -> Result<Tables, Failure> {
    let lookup = |name: &str| match name {
        "SESSION_TABLE" => arguments
            .session_table
            .clone()
            .or_else(|| environment(name)),
        "SESSION_USER_TABLE" => arguments.user_table.clone().or_else(|| environment(name)),
        _ => None,
    };
    config::read(&lookup, Tables::from_variables).map_err(|error| {
        Failure::Input(format!(
            "{error}; --session-table and --user-table stand for these variables"
        ))
    })
}

/// Whether the URL is plain http to this machine.
fn is_local(endpoint: &str) -> Result<bool, Failure> {
    let wrong = || {
        Failure::Input(format!(
            "the endpoint {endpoint:?} is no URL such as http://127.0.0.1:8000: see --endpoint-url"
        ))
    };
    let url: Uri = endpoint.parse().map_err(|_| wrong())?;
    let (scheme, host) = url.scheme().zip(url.host()).ok_or_else(wrong)?;
    if *scheme != Scheme::HTTP && *scheme != Scheme::HTTPS {
        return Err(wrong());
    }
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let here = host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
    Ok(here && *scheme == Scheme::HTTP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_on_this_machine_is_known() {
        #[rustfmt::skip]
        let cases = [
            ("http://127.0.0.1:8000",              Some(true)),
            ("http://127.1.2.3",                   Some(true)),
            ("http://[::1]:8000/",                 Some(true)),
            ("http://localhost:8000",              Some(true)),
            ("https://localhost:8000",             Some(false)),
            ("http://192.0.2.1:8000",              Some(false)),
            ("http://localhost.example.com:8000",  Some(false)),
            ("http://127.0.0.1.example.com",       Some(false)),
            ("http://127.0.0.1@example.com",       Some(false)),
            ("https://dynamodb.eu-west-1.amazonaws.com", Some(false)),
            ("127.0.0.1:8000",                     None),
            ("localhost",                          None),
            ("/tmp",                               None),
            ("ftp://127.0.0.1",                    None),
            ("http://",                            None),
            ("",                                   None),
        ];
        for (endpoint, expected) in cases {
            assert_eq!(is_local(endpoint).ok(), expected, "{endpoint}");
        }
    }
}
