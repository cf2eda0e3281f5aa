//! The exchange of a code for tokens (RFC 6749 sections 2.3.1, 4.1.3 and 5.1).

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use form_urlencoded::{Serializer, byte_serialize};
use serde_json::Value;

use crate::{MOST_BYTES, flow::Verifier, members::Members, metadata::Metadata};

/// How a client proves to the provider who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Authentication {
    /// In the `Authorization` header (`client_secret_basic`).
    Basic,
    /// In the body (`client_secret_post`).
    Post,
    /// Not at all: PKCE alone ties the code to whoever asked for it (`none`).
    Public,
}

/// The provider takes no client that has what this one has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoAuthentication;

/// What is exchanged, and by whom.
pub struct Exchange<'a> {
    /// The code, as the browser brought it.
    pub code: &'a str,
    /// What it was asked for with.
    pub verifier: &'a Verifier,
    /// What the login was sent with.
    pub redirect_uri: &'a str,
    /// The client.
    pub client_id: &'a str,
    /// Its secret; `None`: it is a public client.
    pub secret: Option<&'a str>,
}

/// A request for the token endpoint: a POST of a form (`application/x-www-form-urlencoded`). Its `Debug` shows nothing.
pub struct TokenRequest {
    /// The `Authorization` header, if there is one.
    pub authorization: Option<String>,
    /// The body.
    pub body: String,
}

impl fmt::Debug for Exchange<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Exchange(..)")
    }
}

impl fmt::Debug for TokenRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenRequest(..)")
    }
}

impl Exchange<'_> {
    /// The request that makes the exchange, in the first way that both sides know.
    pub fn request(&self, metadata: &Metadata) -> Result<TokenRequest, NoAuthentication> {
        let way = authentication(metadata, self.secret.is_some())?;
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", self.code)
            .append_pair("redirect_uri", self.redirect_uri)
            .append_pair("code_verifier", self.verifier.expose());
        let secret = self.secret.unwrap_or_default();
        let authorization = match way {
            Authentication::Basic => Some(basic(self.client_id, secret)),
            Authentication::Post => {
                form.append_pair("client_id", self.client_id)
                    .append_pair("client_secret", secret);
                None
            }
            Authentication::Public => {
                form.append_pair("client_id", self.client_id);
                None
            }
        };
        let body = form.finish();
        Ok(TokenRequest {
            authorization,
            body,
        })
    }
}

/// How a client authenticates. A public one is sent as such, whatever the metadata say: many providers don't list `none`.
fn authentication(
    metadata: &Metadata,
    has_secret: bool,
) -> Result<Authentication, NoAuthentication> {
    let takes = |method: &str| metadata.token_methods.iter().any(|it| it == method);
    if !has_secret {
        Ok(Authentication::Public)
    } else if takes("client_secret_basic") {
        Ok(Authentication::Basic)
    } else if takes("client_secret_post") {
        Ok(Authentication::Post)
    } else {
        Err(NoAuthentication)
    }
}

/// Both parts are form-encoded before they are joined (RFC 6749 section 2.3.1).
fn basic(client_id: &str, secret: &str) -> String {
    let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let pair = format!("{}:{}", encoded(client_id), encoded(secret));
    format!("Basic {}", STANDARD.encode(pair))
}

/// The tokens of a provider's answer. They are used at once and kept nowhere; their `Debug` shows nothing.
pub struct Tokens {
    /// Who logged in.
    pub id_token: String,
    /// What the userinfo endpoint takes, if it came.
    pub access_token: Option<String>,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tokens(..)")
    }
}

/// The answer has no id token, or is not an answer at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoTokens;

impl Tokens {
    /// Reads the body of a 200. An access token of another type than `Bearer` is left out.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoTokens> {
        if bytes.len() > MOST_BYTES {
            return Err(NoTokens);
        }
        let Members(mut members) = serde_json::from_slice(bytes).map_err(|_| NoTokens)?;
        let mut text = |name: &str| match members.remove(name) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        let bearer = text("token_type").is_some_and(|it| it.eq_ignore_ascii_case("Bearer"));
        Ok(Self {
            id_token: text("id_token").ok_or(NoTokens)?,
            access_token: text("access_token").filter(|_| bearer),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        flow::{Secret, State},
        testing::metadata,
    };

    const TEXT: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";

    fn request(methods: &[&str], secret: Option<&str>) -> Result<TokenRequest, NoAuthentication> {
        let state = State::parse(TEXT).unwrap();
        let verifier = Secret::parse(TEXT).unwrap().verifier(&state);
        let exchange = Exchange {
            code: "c&d",
            verifier: &verifier,
            redirect_uri: "https://api.example/cb",
            client_id: "a:b",
            secret,
        };
        let mut metadata = metadata();
        metadata.token_methods = methods.iter().map(|it| (*it).to_owned()).collect();
        exchange.request(&metadata)
    }

    #[test]
    fn a_client_authenticates_in_the_first_way_that_both_know() {
        let (basic, post, none) = ("client_secret_basic", "client_secret_post", "none");
        let secret = Some("s s%+");
        #[rustfmt::skip]
        let cases = [
            // the provider's                 the client's  header  secret in the body
            (vec![basic, post],               secret,       Some((true,  false))),
            (vec![post, basic],               secret,       Some((true,  false))),
            (vec![post],                      secret,       Some((false, true))),
            (vec!["private_key_jwt", post],   secret,       Some((false, true))),
            (vec!["private_key_jwt"],         secret,       None),
            (vec![none],                      secret,       None),
            (vec![none],                      None,         Some((false, false))),
            // Many providers take public clients and don't say so.
            (vec![basic],                     None,         Some((false, false))),
        ];
        for (methods, secret, expected) in cases {
            let sent = request(&methods, secret).ok().map(|request| {
                let body = form_urlencoded::parse(request.body.as_bytes());
                let names: Vec<_> = body.map(|(name, _)| name.into_owned()).collect();
                assert_eq!(
                    names.contains(&"client_id".to_owned()),
                    request.authorization.is_none()
                );
                (
                    request.authorization.is_some(),
                    names.contains(&"client_secret".to_owned()),
                )
            });
            assert_eq!(sent, expected, "{methods:?} {secret:?}");
        }
    }

    /// A colon in the client's id, and whatever is in its secret, arrive as they are.
    #[test]
    fn basic_is_form_encoded() {
        let request = request(&["client_secret_basic"], Some("s s%+ü")).unwrap();
        let encoded = request.authorization.unwrap();
        let decoded = STANDARD
            .decode(encoded.strip_prefix("Basic ").unwrap())
            .unwrap();
        assert_eq!(decoded, b"a%3Ab:s+s%25%2B%C3%BC");
    }

    #[test]
    fn an_exchange_names_code_verifier_and_redirect() {
        let body = request(&["none"], None).unwrap().body;
        let pairs: Vec<_> = form_urlencoded::parse(body.as_bytes())
            .into_owned()
            .collect();
        let state = State::parse(TEXT).unwrap();
        let verifier = Secret::parse(TEXT).unwrap().verifier(&state);
        let expected = [
            ("grant_type", "authorization_code"),
            ("code", "c&d"),
            ("redirect_uri", "https://api.example/cb"),
            ("code_verifier", verifier.expose()),
            ("client_id", "a:b"),
        ];
        assert_eq!(
            pairs,
            expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
    }

    #[test]
    fn an_answer_has_an_id_token() {
        #[rustfmt::skip]
        let cases = [
            (r#"{"id_token":"i","access_token":"a","token_type":"Bearer"}"#, Ok(("i", Some("a")))),
            (r#"{"id_token":"i","access_token":"a","token_type":"bearer"}"#, Ok(("i", Some("a")))),
            (r#"{"id_token":"i","access_token":"a","token_type":"DPoP"}"#,   Ok(("i", None))),
            (r#"{"id_token":"i"}"#,                                         Ok(("i", None))),
            (r#"{"access_token":"a","token_type":"Bearer"}"#,                Err(NoTokens)),
            (r#"{"id_token":1}"#,                                           Err(NoTokens)),
            (r#"{"id_token":"i","id_token":"j"}"#,                          Err(NoTokens)),
            (r#"{"error":"invalid_grant"}"#,                                 Err(NoTokens)),
            ("<html>",                                                       Err(NoTokens)),
        ];
        for (text, expected) in cases {
            let tokens = Tokens::parse(text.as_bytes());
            let seen = tokens
                .as_ref()
                .map(|it| (&*it.id_token, it.access_token.as_deref()));
            assert_eq!(seen.map_err(|none| *none), expected, "{text}");
        }
        let large = format!(r#"{{"id_token":"{}"}}"#, "x".repeat(MOST_BYTES));
        assert!(Tokens::parse(large.as_bytes()).is_err());
    }

    #[test]
    fn debug_shows_no_secret() {
        let request = request(&["client_secret_post"], Some("canary")).unwrap();
        let tokens = Tokens::parse(br#"{"id_token":"canary"}"#).unwrap();
        assert_eq!(
            format!("{request:?} {tokens:?}"),
            "TokenRequest(..) Tokens(..)"
        );
    }
}
