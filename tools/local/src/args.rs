//! The command line.

use std::{collections::BTreeSet, net::SocketAddr, path::PathBuf};

use clap::Parser;

use crate::{
    front::backend::{Backend, HEADERS},
    start_error::StartError,
};

/// Starts the whole stack on this machine: the functions behind an HTTP front that speaks API Gateway's events, and a
/// DynamoDB engine inside the process. Variables SESSION_* of the environment configure it as they do the functions.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Args {
    /// Port of localhost, which is 127.0.0.1 and its like of IPv6, to serve on; 0 is any free one
    #[arg(long, default_value_t = 3000)]
    pub port: u16,

    /// File that keeps the tables, made if it is missing, and hidden from other users of this machine [default: they are
    /// kept in memory]
    #[arg(long, value_name = "PATH", conflicts_with = "endpoint_url")]
    pub file: Option<PathBuf>,

    /// Address that the DynamoDB engine listens on, such as 172.17.0.1:8000 or 0.0.0.0:8000 for containers to reach it; it
    /// asks nobody for credentials, but answers only to its address, to loopback names and addresses, and no web page
    /// [default: any free port of 127.0.0.1]
    #[arg(long, value_name = "ADDRESS:PORT", conflicts_with = "endpoint_url", value_parser = address)]
    pub engine: Option<SocketAddr>,

    /// Name by which clients ask for the engine, where they do so neither by localhost nor by an address, such as
    /// host.docker.internal; may be given several times
    #[arg(long, value_name = "NAME", conflicts_with = "endpoint_url", value_parser = host)]
    pub engine_host: Vec<String>,

    /// Puts what the sample events of events/ present into the engine: a session, and the user ada with a password that
    /// anybody can read there. Only into one in memory, for `sam local`
    #[arg(long, conflicts_with_all = ["endpoint_url", "file"])]
    pub samples: bool,

    /// DynamoDB that runs already, to use instead of the engine: tables that are missing are made there. Region and
    /// credentials are the environment's if it has an access key, and made up otherwise
    #[arg(long, value_name = "URL", value_parser = url)]
    pub endpoint_url: Option<String>,

    /// Origin of another port or host whose pages may call with the user's cookie; may be given several times, and takes
    /// the place of the variable for it
    #[arg(long, value_name = "http://localhost:PORT")]
    pub allow_origin: Vec<String>,

    /// Header that these pages may send besides those of the session, such as traceparent; may be given several times
    #[arg(long, value_name = "NAME", value_parser = header)]
    pub allow_header: Vec<String>,

    /// Path, and a server on another port that answers it and what is below it, behind the authorizer: it is told in headers
    /// whose call it is (docs/backends.md); may be given several times, for several paths
    #[arg(long, value_name = "/api=http://127.0.0.1:5000")]
    pub backend: Vec<Backend>,

    /// Starts an OpenID provider as well, on any free port of 127.0.0.1, and has users log in there: to try logins without
    /// registering anywhere. Its users have no passwords. It takes the place of the provider that variables name
    #[arg(long)]
    pub oidc: bool,
}

impl Args {
    /// The value that an option gives to a variable of the functions.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<String> {
        let given = name == "SESSION_ALLOWED_ORIGINS" && !self.allow_origin.is_empty();
        given.then(|| self.allow_origin.join(","))
    }

    /// What is wrong about the servers, given the name of the header that carries the token.
    pub fn check_backends(&self, token: &str) -> Result<(), StartError> {
        let mut paths = BTreeSet::new();
        for backend in &self.backend {
            if !paths.insert(backend.path()) {
                return Err(StartError(format!(
                    "two servers have the path {}: give one --backend for each path",
                    backend.path()
                )));
            }
        }
        if !paths.is_empty() && HEADERS.iter().any(|(_, name)| name == token) {
            return Err(StartError(format!(
                "SESSION_HEADER is {token}, which tells the server of --backend whose call it is: take another, such as x-id"
            )));
        }
        Ok(())
    }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| "give an IP address and a port, such as 127.0.0.1:8000".to_owned())
}

fn host(text: &str) -> Result<String, String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    if text.is_empty() || !text.bytes().all(allowed) {
        return Err("give the name alone, such as host.docker.internal".to_owned());
    }
    Ok(text.to_owned())
}

fn header(text: &str) -> Result<String, String> {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if !(1..=64).contains(&text.len()) || !text.bytes().all(legal) {
        return Err("give the name of one header, such as traceparent".to_owned());
    }
    Ok(text.to_owned())
}

fn url(text: &str) -> Result<String, String> {
    let wrong = || "give a URL such as http://127.0.0.1:8000".to_owned();
    let uri: axum::http::Uri = text.parse().map_err(|_| wrong())?;
    match uri.scheme_str() {
        Some("http" | "https") if uri.authority().is_some() => Ok(text.to_owned()),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> Result<Args, clap::Error> {
        Args::try_parse_from(std::iter::once("local").chain(args.iter().copied()))
    }

    #[test]
    fn without_options_everything_has_a_default() {
        let args = parse(&[]).unwrap();
        assert_eq!(args.port, 3000);
        assert!(args.file.is_none() && args.engine.is_none() && args.endpoint_url.is_none());
        assert_eq!(args.variable("SESSION_ALLOWED_ORIGINS"), None);
    }

    #[test]
    fn origins_stand_for_their_variable() {
        let args = parse(&["--allow-origin", "a", "--allow-origin", "b"]).unwrap();
        let origins = args.variable("SESSION_ALLOWED_ORIGINS");
        assert_eq!(origins.as_deref(), Some("a,b"));
        assert_eq!(args.variable("SESSION_TABLE"), None);
    }

    #[test]
    fn servers_have_paths_and_headers_of_their_own() {
        let (one, other) = ("/api=http://127.0.0.1:1", "/=http://127.0.0.1:2");
        #[rustfmt::skip]
        let cases: [(&[&str], &str, &str); 6] = [
            (&[],                                          "x-id",      ""),
            (&[],                                          "x-session", ""),
            (&["--backend", one, "--backend", other],      "x-id",      ""),
            (&["--backend", one, "--backend", one],        "x-id",      "two servers have the path /api: "),
            (&["--backend", other, "--backend", other],    "x-id",      "two servers have the path /: "),
            (&["--backend", one],                          "x-session", "SESSION_HEADER is x-session, "),
        ];
        for (args, token, expected) in cases {
            let told = parse(args).unwrap().check_backends(token);
            let told = told.map_or_else(|error| error.to_string(), |()| String::new());
            assert_eq!(told.is_empty(), expected.is_empty(), "{args:?} {told}");
            assert!(told.starts_with(expected), "{args:?} {told}");
        }
    }

    #[test]
    fn bad_options_are_refused() {
        #[rustfmt::skip]
        let cases: [&[&str]; 18] = [
            &["--port", "65536"],
            &["--port", "http"],
            &["--engine", "8000"],
            &["--engine", "localhost"],
            &["--engine-host", "host.docker.internal:8000"],
            &["--engine-host", "*"],
            &["--endpoint-url", "http://h", "--engine-host", "h"],
            &["--endpoint-url", "localhost:8000"],
            &["--endpoint-url", "ftp://localhost"],
            &["--endpoint-url", "http://h", "--file", "f"],
            &["--endpoint-url", "http://h", "--engine", "127.0.0.1:0"],
            &["--endpoint-url", "http://h", "--samples"],
            &["--file", "f", "--samples"],
            &["--allow-header", "*"],
            &["--allow-header", "traceparent,baggage"],
            &["--backend", "http://127.0.0.1:5000"],
            &["--backend", "/api=https://127.0.0.1:5000"],
            &["file"],
        ];
        for args in cases {
            assert_eq!(parse(args).unwrap_err().exit_code(), 2, "{args:?}");
        }
        for args in [
            ["--endpoint-url", "https://dynamodb.eu-west-1.amazonaws.com"],
            ["--engine", "[::1]:8000"],
            ["--engine-host", "host.docker.internal"],
        ] {
            assert!(parse(&args).is_ok(), "{args:?}");
        }
    }
}
