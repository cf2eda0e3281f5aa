//! What the program says once it serves: where its page is, who can log in, and four commands that try it.

use std::{fmt::Write, net::SocketAddr};

use dynamodb_session::{config::Config, transport::Mode};

use crate::{cookie, demo, front::backend::Backend};

/// What the greeting tells.
#[derive(Debug)]
pub struct Greeting<'a> {
    /// Where the front listens.
    pub address: SocketAddr,
    /// The URL of `DynamoDB`.
    pub endpoint: &'a str,
    /// Where the tables are kept, in words.
    pub kept: &'a str,
    /// The servers behind the authorizer.
    pub backends: &'a [Backend],
    /// The configuration.
    pub config: &'a Config,
    /// The demo user's password, if it was made just now.
    pub password: Option<&'a str>,
    /// The issuer of the provider of `--oidc`.
    pub trial: Option<&'a str>,
}

impl Greeting<'_> {
    /// The text, in lines.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { endpoint, kept, .. } = self;
        let mut text = self.page().unwrap_or_default();
        // Writing to a string does not fail.
        let _: std::fmt::Result = writeln!(
            text,
            "Serving on {} (DynamoDB: {endpoint}, {kept}). Ctrl-C stops it.",
            self.url()
        );
        for backend in self.backends {
            // Nor here.
            let _: std::fmt::Result = writeln!(text, "Behind the authorizer: {backend}");
        }
        if let Some(issuer) = self.trial {
            text.push_str(&self.at_provider(issuer));
        }
        // Nor here.
        let _: std::fmt::Result = match self.password {
            Some(password) => writeln!(text, "User {}, password {password}", demo::USER),
            None => writeln!(
                text,
                "User {user}, with the password that was printed when it was made. To set a new one:\n\
                 cargo run -p sessionctl -- user passwd {user} --endpoint-url {endpoint}{}",
                self.table_options(),
                user = demo::USER
            ),
        };
        if self.config.transport.mode != Mode::Header {
            text.push_str(&cookie::sentence(&self.config.transport.cookie));
            text.push('\n');
        }
        text.push_str("\nTry it in another terminal, one line after the other:\n\n");
        for command in self.commands() {
            text.push_str(&command);
            text.push('\n');
        }
        text
    }

    /// The line that names the page; `None`: it has no cookie to log in with, or a server is named for `/`.
    fn page(&self) -> Option<String> {
        let has_cookie = self.config.transport.mode != Mode::Header;
        let is_free = self.backends.iter().all(|it| it.path() != "/");
        (has_cookie && is_free).then(|| format!("Open http://localhost:{}/\n", self.address.port()))
    }

    /// How to try logins at the provider of `--oidc`. The browser has to come by the name that the provider sends it back to.
    fn at_provider(&self, issuer: &str) -> String {
        let port = self.address.port();
        format!(
            "OpenID provider {issuer}, with users ada, ben and eve, who have no passwords:\n\
             \x20 open http://localhost:{port}/login/oidc?return_to=/session to log in there, and once more to come back without being asked;\n\
             \x20 open {issuer} to log out there, which ends the session here as well.\n"
        )
    }

    /// The URL to call. If the pages that may call are of this machine, it has their host's name: to a browser the
    /// address is another site, which gets no cookie.
    fn url(&self) -> String {
        if self.config.guard.allowed.has_host("localhost") {
            format!("http://localhost:{}", self.address.port())
        } else {
            format!("http://{}", self.address)
        }
    }

    /// The options that tell sessionctl the names of the tables, if these are not its defaults.
    fn table_options(&self) -> String {
        let mut options = String::new();
        for (option, name, expected) in [
            ("session-table", &self.config.tables.sessions, "app_session"),
            ("user-table", &self.config.tables.users, "app_user"),
        ] {
            if name != expected {
                // Writing to a string does not fail.
                let _: std::fmt::Result = write!(options, " --{option} {name}");
            }
        }
        options
    }

    /// Log in, use the session, log out, and use it once more in vain.
    #[must_use]
    pub fn commands(&self) -> [String; 4] {
        let url = self.url();
        let login = format!(
            "{url}/login -H 'content-type: application/json' -d '{{\"username\":\"{}\",\"password\":\"{}\"}}'",
            demo::USER,
            self.password.unwrap_or("PASSWORD")
        );
        let csrf_token = self.config.guard.csrf_token;
        let (login, token) = match self.config.transport.mode {
            Mode::Cookie | Mode::Both if csrf_token => (
                format!(
                    "csrf=$(curl -sc cookies.txt {login} | sed 's/.*\"csrf_token\":\"\\([^\"]*\\)\".*/\\1/')"
                ),
                "-b cookies.txt -H \"x-csrf-token: $csrf\"".to_owned(),
            ),
            Mode::Cookie | Mode::Both => (
                format!("curl -iw '\\n' -c cookies.txt {login}"),
                "-b cookies.txt".to_owned(),
            ),
            Mode::Header => {
                let transport = &self.config.transport;
                let (header, out) = (&transport.header, transport.handed_out_in());
                let scheme = if header == "authorization" {
                    "Bearer "
                } else {
                    ""
                };
                (
                    format!("id=$(curl -si {login} | tr -d '\\r' | sed -n 's/^{out}: //p')"),
                    format!("-H \"{header}: {scheme}$id\""),
                )
            }
        };
        [
            login,
            format!("curl -iw '\\n' {token} {url}/profile"),
            format!("curl -iw '\\n' {token} -X POST {url}/logout"),
            format!("curl -iw '\\n' {token} {url}/profile"),
        ]
    }
}

#[cfg(test)]
mod tests {
    use dynamodb_session::time::UnixSeconds;

    use super::*;

    fn text(variables: &[(&str, &str)], password: Option<&str>) -> String {
        let lookup = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Greeting {
            address: "127.0.0.1:3000".parse().unwrap(),
            endpoint: "http://127.0.0.1:8000",
            kept: "in memory",
            backends: &[],
            config: &Config::parse(lookup, UnixSeconds(0)).unwrap(),
            password,
            trial: None,
        }
        .text()
    }

    #[test]
    fn a_new_user_gets_commands_that_work() {
        assert_eq!(
            text(&PLAIN, Some("secret")),
            r#"Open http://localhost:3000/
Serving on http://127.0.0.1:3000 (DynamoDB: http://127.0.0.1:8000, in memory). Ctrl-C stops it.
User demo, password secret
Cookie dynamodb-session-local, not Secure, for plain HTTP. With SESSION_COOKIE_SECURE=on in the environment it is __Host-id, as deployed.

Try it in another terminal, one line after the other:

curl -iw '\n' -c cookies.txt http://127.0.0.1:3000/login -H 'content-type: application/json' -d '{"username":"demo","password":"secret"}'
curl -iw '\n' -b cookies.txt http://127.0.0.1:3000/profile
curl -iw '\n' -b cookies.txt -X POST http://127.0.0.1:3000/logout
curl -iw '\n' -b cookies.txt http://127.0.0.1:3000/profile
"#
        );
        let header = text(&[("SESSION_TRANSPORT", "header")], Some("secret"));
        assert!(header.contains("curl -iw '\\n' -H \"x-id: $id\" http://127.0.0.1:3000/profile\n"));
    }

    const PLAIN: [(&str, &str); 2] = [
        ("SESSION_COOKIE_NAME", cookie::NAME),
        ("SESSION_COOKIE_SECURE", "off"),
    ];

    fn with_backends(backends: &[Backend]) -> String {
        Greeting {
            address: "127.0.0.1:3000".parse().unwrap(),
            endpoint: "http://127.0.0.1:8000",
            kept: "in memory",
            backends,
            config: &Config::parse(|_: &str| None, UnixSeconds(0)).unwrap(),
            password: Some("secret"),
            trial: None,
        }
        .text()
    }

    #[test]
    fn servers_behind_the_authorizer_are_named() {
        let backends = ["/api=http://127.0.0.1:5000", "/=http://localhost:5173/"];
        let told = with_backends(&backends.map(|text| text.parse().unwrap()));
        let lines = "Behind the authorizer: /api at http://127.0.0.1:5000\nBehind the authorizer: / at http://localhost:5173\n";
        assert!(told.contains(lines), "{told}");
    }

    #[test]
    fn the_provider_of_oidc_is_told_with_what_to_open() {
        let issuer = "http://127.0.0.1:4000";
        let config = Config::parse(|_: &str| None, UnixSeconds(0)).unwrap();
        let greeting = Greeting {
            address: "127.0.0.1:3001".parse().unwrap(),
            endpoint: "http://127.0.0.1:8000",
            kept: "in memory",
            backends: &[],
            config: &config,
            password: None,
            trial: Some(issuer),
        };
        let told = greeting.text();
        let lines: Vec<_> = told
            .lines()
            .filter(|line| line.contains("open http"))
            .collect();
        assert!(
            told.contains(&format!("\nOpenID provider {issuer}, ")),
            "{told}"
        );
        let [log_in, log_out] = lines[..] else {
            panic!("{told}")
        };
        assert!(log_in.contains("open http://localhost:3001/login/oidc?return_to=/session "));
        assert!(log_out.contains(&format!("open {issuer} ")));
        assert!(!text(&PLAIN, None).contains("OpenID"));
    }

    #[test]
    fn the_page_is_named_first_where_there_is_one() {
        let open = |told: String| told.starts_with("Open http://localhost:3000/\n");
        for (transport, expected) in [("cookie", true), ("both", true), ("header", false)] {
            let told = text(&[("SESSION_TRANSPORT", transport)], None);
            assert_eq!(open(told), expected, "{transport}");
        }
        for (backend, expected) in [
            ("/api=http://127.0.0.1:5000", true),
            ("/=http://127.0.0.1:5000", false),
        ] {
            let told = with_backends(&[backend.parse().unwrap()]);
            assert_eq!(open(told), expected, "{backend}");
        }
    }

    /// A page at `http://localhost:5173` that calls `http://127.0.0.1:3000` is of another site, and gets no cookie.
    #[test]
    fn pages_of_this_machine_are_told_the_name_that_they_have() {
        for (origin, url) in [
            ("http://localhost:5173", "http://localhost:3000"),
            (
                "https://a.example,https://localhost",
                "http://localhost:3000",
            ),
            ("http://127.0.0.1:5173", "http://127.0.0.1:3000"),
            ("https://localhost.example", "http://127.0.0.1:3000"),
        ] {
            let told = text(&[("SESSION_ALLOWED_ORIGINS", origin)], Some("secret"));
            assert!(told.contains(&format!("\nServing on {url} ")), "{told}");
            let commands = told.split_once("\n\n").unwrap().1;
            assert_eq!(commands.matches(&format!(" {url}/")).count(), 4, "{told}");
        }
    }

    #[test]
    fn a_bearer_token_is_sent_as_one() {
        let bearer = [
            ("SESSION_TRANSPORT", "header"),
            ("SESSION_HEADER", "Authorization"),
        ];
        let told = text(&bearer, Some("secret"));
        assert!(told.contains("sed -n 's/^x-id: //p'"), "{told}");
        assert!(told.contains("-H \"authorization: Bearer $id\""), "{told}");
    }

    #[test]
    fn a_known_user_gets_a_way_to_set_a_password() {
        let command =
            "cargo run -p sessionctl -- user passwd demo --endpoint-url http://127.0.0.1:8000";
        let known = text(&[], None);
        assert!(known.contains(&format!("\n{command}\n")), "{known}");
        assert!(known.contains("\"password\":\"PASSWORD\""));
        let tables = [
            ("SESSION_TABLE", "a.sessions"),
            ("SESSION_USER_TABLE", "a.users"),
        ];
        let known = text(&tables, None);
        let command = format!("{command} --session-table a.sessions --user-table a.users\n");
        assert!(known.contains(&command), "{known}");
    }
}
