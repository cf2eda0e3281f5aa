//! In whose name a function asks AWS: by credentials in its environment, or by those that an endpoint beside it hands out.

use aws_config::{ecs::EcsCredentialsProvider, provider_config::ProviderConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider, SharedHttpClient};

use super::endpoints;
use crate::variables::Variables;

const KEY: &str = "AWS_ACCESS_KEY_ID";
const SECRET: &str = "AWS_SECRET_ACCESS_KEY";
const PATH: &str = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
const ADDRESS: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
const TOKEN: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
const TOKEN_FILE: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";

/// Where credentials come from.
#[derive(Debug)]
pub(super) enum Source {
    /// The environment: they hold as long as the process lives.
    Keys(Credentials),
    /// An endpoint that hands them out, each for a while (AWS SDKs and Tools Reference Guide, "Container credential
    /// provider").
    Container,
}

impl Source {
    /// What the variables name, keys before an endpoint. `None`: there was a problem.
    pub(super) fn from_variables(variables: &mut Variables<'_>) -> Option<Self> {
        match (variables.text(KEY), variables.text(SECRET)) {
            (Some(key), Some(secret)) => {
                let token = variables.text("AWS_SESSION_TOKEN");
                let mut keys = Credentials::builder()
                    .provider_name("environment")
                    .access_key_id(key)
                    .secret_access_key(secret);
                keys.set_session_token(token);
                keys.set_account_id(variables.text("AWS_ACCOUNT_ID").map(Into::into));
                Some(Self::Keys(keys.build()))
            }
            (key, secret) => container(variables, key.is_some() != secret.is_some()),
        }
    }

    /// What signs requests in this name. A cache renews what a container hands out before it expires.
    pub(super) fn provider(self, http_client: &SharedHttpClient) -> SharedCredentialsProvider {
        match self {
            Self::Keys(keys) => SharedCredentialsProvider::new(keys),
            Self::Container => {
                let settings =
                    ProviderConfig::without_region().with_http_client(http_client.clone());
                let provider = EcsCredentialsProvider::builder().configure(&settings);
                SharedCredentialsProvider::new(provider.build())
            }
        }
    }
}

/// An endpoint, if it is what can be used. `half`: there are half the keys.
fn container(variables: &mut Variables<'_>, half: bool) -> Option<Source> {
    let is_path = |text: &str| text.starts_with('/').then_some(());
    let path = variables.parsed(PATH, "a path such as /v2/credentials", is_path);
    let address = endpoints::url(variables, ADDRESS);
    if variables.text(PATH).or(variables.text(ADDRESS)).is_none() {
        variables.problem(if half {
            format!("{KEY} and {SECRET} belong together: set both")
        } else {
            format!(
                "no AWS credentials: {KEY} and {SECRET} are unset, and so is {ADDRESS}; Lambda sets them for the \
                 function's role, and an engine that checks none takes any two keys"
            )
        });
        return None;
    }
    // The SDK's provider reads these itself, and takes an empty one as it is.
    for name in [PATH, TOKEN_FILE, TOKEN] {
        if variables.is_empty(name) {
            variables.problem(format!("{name} is empty: give it a value, or remove it"));
        }
    }
    path.or(address.map(|_| ())).map(|()| Source::Container)
}

#[cfg(test)]
mod tests {
    use std::{
        env, fs,
        io::{BufRead, BufReader, Write},
        net::{TcpListener, TcpStream},
        process::{self, Command},
        sync::{Arc, Mutex},
        thread,
        time::{Duration, SystemTime, UNIX_EPOCH},
    };

    use aws_smithy_async::time::TimeSource;

    use crate::{
        aws::{environment::Environment, stopped},
        variables::{self, ConfigError},
    };

    /// Whether this process is one that asks.
    const CHILD: &str = "ASK_FOR_CREDENTIALS";

    /// When credentials are asked for first: 15 January 2027, 8:00.
    const EIGHT: u64 = 1_800_000_000;

    fn read(variables: &[(&str, &str)]) -> Result<Environment, ConfigError> {
        let lookup = |name: &str| {
            let mut all = variables.iter().chain(&[("AWS_REGION", "eu-west-1")]);
            let found = all.find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        variables::read(&lookup, Environment::from_variables)
    }

    #[test]
    fn who_has_no_credentials_or_unfit_ones_is_told_what_to_set() {
        const ADDRESS: (&str, &str) = (super::ADDRESS, "http://127.0.0.1:9/");
        #[rustfmt::skip]
        let cases = [
            (&[][..],                                             "no AWS credentials: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are unset"),
            (&[(super::KEY, ""), (super::SECRET, "")],            "no AWS credentials: "),
            (&[(super::ADDRESS, ""), (super::PATH, "")],          "no AWS credentials: "),
            (&[(super::KEY, "AKIDEXAMPLE")],                      "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY belong together: set both"),
            (&[(super::SECRET, "canary")],                        "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY belong together: set both"),
            (&[(super::ADDRESS, "127.0.0.1:9")],                  "AWS_CONTAINER_CREDENTIALS_FULL_URI is \"127.0.0.1:9\", not a URL such as "),
            (&[(super::PATH, "v2")],                              "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is \"v2\", not a path such as /v2/credentials"),
            (&[ADDRESS, (super::PATH, "")],                       "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is empty: give it a value, or remove it"),
            (&[ADDRESS, (super::TOKEN, "")],                      "AWS_CONTAINER_AUTHORIZATION_TOKEN is empty: give it a value, or remove it"),
            (&[ADDRESS, (super::TOKEN_FILE, "")],                 "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE is empty: give it a value, or remove it"),
        ];
        for (variables, expected) in cases {
            let told = read(variables).unwrap_err();
            assert!(
                told.0.len() == 1 && told.0[0].starts_with(expected),
                "{variables:?}: {told}"
            );
            assert!(!told.to_string().contains("canary"), "{told}");
        }
        read(&[ADDRESS]).unwrap();
        read(&[(super::PATH, "/v2/credentials")]).unwrap();
        // Where there are keys, nobody asks an endpoint.
        read(&[
            (super::KEY, "AKIDEXAMPLE"),
            (super::SECRET, "canary"),
            (super::TOKEN, ""),
        ])
        .unwrap();
    }

    /// The time that a client goes by.
    #[derive(Clone, Debug)]
    struct Hands(Arc<Mutex<SystemTime>>);

    impl TimeSource for Hands {
        fn now(&self) -> SystemTime {
            *self.0.lock().unwrap()
        }
    }

    /// Asks as a function does that is told by this process's environment: at eight, within the hour, and shortly before
    /// nine, when the file of the token has another one.
    async fn ask() {
        let lookup = |name: &str| env::var_os(name).and_then(|value| value.into_string().ok());
        let environment = variables::read(&lookup, Environment::from_variables).unwrap();
        let hands = Hands(Arc::new(Mutex::new(UNIX_EPOCH)));
        let aws = environment
            .settings()
            .unwrap()
            .into_builder()
            .time_source(hands.clone())
            .build();
        for after in [0, 3_540, 3_596] {
            *hands.0.lock().unwrap() = UNIX_EPOCH + Duration::from_secs(EIGHT + after);
            if let Some(file) = lookup(super::TOKEN_FILE).filter(|_| after == 3_596) {
                fs::write(file, "two").unwrap();
            }
            eprintln!("{}", stopped::of_tables(&aws).await);
            #[cfg(feature = "secrets-manager")]
            stopped::of_secrets(&aws).await;
        }
    }

    /// Hands out credentials for an hour, to any number of callers. The key's name is that of the caller's token, and how
    /// many were handed out. Returns its URL.
    fn endpoint() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!(
            "http://{}/2021-04-23/credentials",
            listener.local_addr().unwrap()
        );
        thread::spawn(move || {
            for (nth, stream) in listener.incoming().map_while(Result::ok).enumerate() {
                serve(stream, nth + 1);
            }
        });
        url
    }

    fn serve(mut stream: TcpStream, nth: usize) {
        let mut lines = BufReader::new(stream.try_clone().unwrap())
            .lines()
            .map_while(Result::ok);
        assert_eq!(
            lines.next().unwrap(),
            "GET /2021-04-23/credentials HTTP/1.1"
        );
        let headers: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
        let token = headers
            .iter()
            .find_map(|line| line.strip_prefix("authorization: "));
        let token = token.unwrap_or("nobody");
        let hour = 8 + nth;
        let body = format!(
            r#"{{"AccessKeyId":"{token}{nth}","SecretAccessKey":"canary","Token":"passing","Expiration":"2027-01-15T{hour:02}:00:00Z"}}"#
        );
        let length = body.len();
        write!(
            stream,
            "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        )
        .unwrap();
    }

    /// What the requests of a process are signed with, or why they are not. The SDK's provider reads the environment of its
    /// process, so that each environment needs one of its own: it runs the test `name`, with the variable `CHILD`.
    fn asked(name: &str, variables: &[(&str, &str)]) -> Vec<String> {
        let mut child = Command::new(env::current_exe().unwrap());
        child
            .args([name, "--nocapture"])
            .env_clear()
            .envs([(CHILD, "yes"), ("AWS_REGION", "eu-west-1")])
            .envs(variables.iter().copied());
        let said = String::from_utf8(child.output().unwrap().stderr).unwrap();
        let told = said.lines().filter_map(|line| {
            if let Some((_, signed)) = line.split_once("Credential=") {
                return signed.split('/').next().map(str::to_owned);
            }
            let (_, problem) = line.split_once("provider was not properly configured: ")?;
            Some(problem.to_owned())
        });
        told.collect()
    }

    #[tokio::test]
    async fn a_container_hands_out_credentials_that_are_renewed_before_they_expire() {
        if env::var_os(CHILD).is_some() {
            return ask().await;
        }
        let file = env::temp_dir().join(format!("credentials-{}", process::id()));
        let file = file.to_str().unwrap();
        #[rustfmt::skip]
        let cases = [
            (&[][..],                                                   ["nobody1", "nobody1", "nobody2"]),
            (&[(super::TOKEN, "fixed")],                                ["fixed1", "fixed1", "fixed2"]),
            (&[(super::TOKEN, "fixed"), (super::TOKEN_FILE, file)],     ["one1", "one1", "two2"]),
            (&[(super::KEY, ""), (super::SECRET, "")],                  ["nobody1", "nobody1", "nobody2"]),
            (&[(super::KEY, "AKIDEXAMPLE")],                            ["nobody1", "nobody1", "nobody2"]),
            (&[(super::KEY, "AKIDEXAMPLE"), (super::SECRET, "canary")], ["AKIDEXAMPLE"; 3]),
        ];
        for (variables, expected) in cases {
            fs::write(file, "one").unwrap();
            let endpoint = endpoint();
            let all = [&[(super::ADDRESS, &*endpoint)], variables].concat();
            let name = "a_container_hands_out_credentials_that_are_renewed_before_they_expire";
            assert_eq!(asked(name, &all), expected, "{variables:?}");
        }
        fs::remove_file(file).unwrap();
    }

    #[tokio::test]
    async fn nobody_far_away_is_asked_in_the_clear() {
        if env::var_os(CHILD).is_some() {
            return ask().await;
        }
        let address = [
            (super::ADDRESS, "http://192.0.2.1/"),
            (super::TOKEN, "canary"),
        ];
        let told = asked("nobody_far_away_is_asked_in_the_clear", &address);
        let expected = "invalid full URI for ECS provider (URI did not refer to an allowed IP address): http://192.0.2.1/";
        assert_eq!(told, [expected; 3]);
    }
}
