//! A login on its way to the provider and back: what ties its callback to the browser that began it.
//!
//! ```text
//! secret    = 32 random bytes, in a cookie of the browser's, one for all its tabs
//! state     = base64url(32 random bytes), one for each login
//! nonce     = base64url(HMAC-SHA256(secret, "oidc-nonce" 0x00 state))
//! verifier  = base64url(HMAC-SHA256(secret, "oidc-verifier" 0x00 state))
//! challenge = base64url(SHA-256(verifier))                  (RFC 7636 section 4.2, S256)
//! ```
//!
//! So the table holds neither nonce nor verifier, and whoever reads it can't end a login.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use dynamodb_session::entropy::{Entropy, EntropyError};
use form_urlencoded::Serializer;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::metadata::Metadata;

/// The bytes of a secret, and of a state.
const BYTES: usize = 32;

/// The characters of either in base64url.
const LENGTH: usize = 43;

/// What the browser's cookie holds while logins are under way: no `Clone`, no `Display`, and its `Debug` shows nothing.
#[derive(PartialEq, Eq)]
pub struct Secret([u8; BYTES]);

impl Secret {
    /// Draws a secret.
    pub fn generate(entropy: &impl Entropy) -> Result<Self, EntropyError> {
        random(entropy).map(Self)
    }

    /// Reads a cookie's value: 43 characters of base64url.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        parse(text).map(Self)
    }

    /// The value for the cookie, and for nothing else.
    #[must_use]
    pub fn expose(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// What the flow's item holds of it.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }

    /// The `nonce` parameter of the login with this `state`.
    #[must_use]
    pub fn nonce(&self, state: &State) -> String {
        self.tag(b"oidc-nonce\0", state)
    }

    /// The verifier of the login with this `state` (RFC 7636 section 4.1). It is a credential until the code is exchanged.
    #[must_use]
    pub fn verifier(&self, state: &State) -> Verifier {
        Verifier(self.tag(b"oidc-verifier\0", state))
    }

    fn tag(&self, label: &[u8], state: &State) -> String {
        #[expect(clippy::expect_used, reason = "a key of any length is taken")]
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("a key of any length");
        mac.update(label);
        mac.update(state.0.as_bytes());
        URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// What proves to the provider that the code is exchanged by whoever asked for it: its `Debug` shows nothing.
pub struct Verifier(String);

impl Verifier {
    /// The text for the exchange, and for nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The `code_challenge` parameter.
    #[must_use]
    pub fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(&self.0))
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verifier(..)")
    }
}

/// The `state` parameter of one login (RFC 6749 section 10.12).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State(String);

impl State {
    /// Draws a state.
    pub fn generate(entropy: &impl Entropy) -> Result<Self, EntropyError> {
        let bytes: [u8; BYTES] = random(entropy)?;
        Ok(Self(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Reads a parameter: 43 characters of base64url.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        parse(text).map(|_| Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn random(entropy: &impl Entropy) -> Result<[u8; BYTES], EntropyError> {
    let mut bytes = [0; BYTES];
    entropy.fill(&mut bytes)?;
    Ok(bytes)
}

fn parse(text: &str) -> Option<[u8; BYTES]> {
    if text.len() != LENGTH {
        return None;
    }
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}

/// Whether two texts are the same, in a time that does not tell where they differ.
#[must_use]
pub fn is_same(shown: &str, expected: &str) -> bool {
    let differing = shown
        .bytes()
        .zip(expected.bytes())
        .fold(0, |differing, (a, b)| differing | (a ^ b));
    shown.len() == expected.len() && differing == 0
}

/// What a provider is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The client.
    pub client_id: &'a str,
    /// Where the provider sends the browser.
    pub redirect_uri: &'a str,
    /// What is asked for, `openid` among it.
    pub scopes: &'a [String],
    /// The login.
    pub state: &'a State,
    /// The browser's secret.
    pub secret: &'a Secret,
    /// Whether the user has to prove anew who they are (`prompt=login` and `max_age=0`; `OpenID` Connect Core 1.0, section
    /// 3.1.2.1). A provider that is asked for `max_age` has to tell `auth_time`.
    pub prompt: bool,
}

/// The address at the provider where the browser goes to log in.
#[must_use]
pub fn authorization_url(metadata: &Metadata, request: &Request<'_>) -> String {
    let endpoint = &metadata.authorization_endpoint;
    let mut url = String::from(endpoint.as_str());
    url.push(if endpoint.contains('?') { '&' } else { '?' });
    let start = url.len();
    let mut query = Serializer::for_suffix(url, start);
    query
        .append_pair("response_type", "code")
        .append_pair("client_id", request.client_id)
        .append_pair("redirect_uri", request.redirect_uri)
        .append_pair("scope", &request.scopes.join(" "))
        .append_pair("state", request.state.as_str())
        .append_pair("nonce", &request.secret.nonce(request.state))
        .append_pair(
            "code_challenge",
            &request.secret.verifier(request.state).challenge(),
        )
        .append_pair("code_challenge_method", "S256");
    if request.prompt {
        query
            .append_pair("prompt", "login")
            .append_pair("max_age", "0");
    }
    query.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::metadata;

    const SECRET: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";

    #[test]
    fn nonce_and_verifier_belong_to_one_secret_and_one_state() {
        let secret = Secret::parse(SECRET).unwrap();
        let other = Secret([2; BYTES]);
        let [a, b] = [[3; BYTES], [4; BYTES]]
            .map(|bytes| State::parse(&URL_SAFE_NO_PAD.encode(bytes)).unwrap());
        let texts = [
            secret.nonce(&a),
            secret.nonce(&b),
            other.nonce(&a),
            secret.verifier(&a).0,
            secret.verifier(&b).0,
            other.verifier(&a).0,
        ];
        for (index, text) in texts.iter().enumerate() {
            assert_eq!(text.len(), LENGTH);
            assert!(!texts[..index].contains(text), "{index}");
        }
        assert_eq!(texts[0], Secret::parse(SECRET).unwrap().nonce(&a));
    }

    /// The example of RFC 7636, appendix B.
    #[test]
    fn the_challenge_is_that_of_the_rfc() {
        let verifier = Verifier("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned());
        assert_eq!(
            verifier.challenge(),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }

    #[test]
    fn a_secret_and_a_state_have_one_spelling() {
        let encoded = Secret::parse(SECRET).unwrap();
        assert_eq!(encoded.expose(), SECRET);
        #[rustfmt::skip]
        let bad = ["", "A", &SECRET[1..], &format!("{SECRET}A"), &format!("{SECRET}="), &SECRET.replace('E', "+"), &format!("{}F", &SECRET[..42])];
        for text in bad {
            assert!(
                Secret::parse(text).is_none() && State::parse(text).is_none(),
                "{text}"
            );
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let secret = Secret::parse(SECRET).unwrap();
        let state = State::parse(SECRET).unwrap();
        let shown = format!("{secret:?} {:?}", secret.verifier(&state));
        assert_eq!(shown, "Secret(..) Verifier(..)");
    }

    #[test]
    fn texts_of_one_length_that_differ_anywhere_are_not_the_same() {
        #[rustfmt::skip]
        let cases = [("abc", "abc", true), ("", "", true), ("abd", "abc", false), ("bbc", "abc", false), ("ab", "abc", false), ("abcd", "abc", false), ("", "abc", false)];
        for (shown, expected, same) in cases {
            assert_eq!(is_same(shown, expected), same, "{shown} {expected}");
        }
    }

    #[test]
    fn a_provider_is_asked_for_a_code_with_pkce_and_nonce() {
        let (secret, state) = (
            Secret::parse(SECRET).unwrap(),
            State::parse(SECRET).unwrap(),
        );
        let scopes = ["openid".to_owned(), "email".to_owned()];
        for (endpoint, prompt) in [
            ("https://a.example/authorize", false),
            ("https://a.example/authorize?p=b", true),
        ] {
            let mut metadata = metadata();
            metadata.authorization_endpoint = endpoint.to_owned();
            let url = authorization_url(
                &metadata,
                &Request {
                    client_id: "a&b",
                    redirect_uri: "https://api.example/login/oidc/callback",
                    scopes: &scopes,
                    state: &state,
                    secret: &secret,
                    prompt,
                },
            );
            let (path, query) = url.split_once('?').unwrap();
            assert_eq!(path, "https://a.example/authorize");
            let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect();
            let verifier = secret.verifier(&state);
            let mut expected: Vec<(&str, String)> = Vec::new();
            if prompt {
                expected.push(("p", "b".to_owned()));
            }
            expected.extend([
                ("response_type", "code".to_owned()),
                ("client_id", "a&b".to_owned()),
                (
                    "redirect_uri",
                    "https://api.example/login/oidc/callback".to_owned(),
                ),
                ("scope", "openid email".to_owned()),
                ("state", SECRET.to_owned()),
                ("nonce", secret.nonce(&state)),
                ("code_challenge", verifier.challenge()),
                ("code_challenge_method", "S256".to_owned()),
            ]);
            if prompt {
                expected.extend([("prompt", "login".to_owned()), ("max_age", "0".to_owned())]);
            }
            let expected: Vec<_> = expected
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect();
            assert_eq!(pairs, expected);
        }
    }
}
