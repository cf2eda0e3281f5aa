//! The keys that the provider signs with.

use std::fmt;

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use ring::{
    rand::SystemRandom,
    rsa::PublicKeyComponents,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
        RSA_PSS_SHA256, RsaKeyPair,
    },
};
use serde_json::{Value, json};

use crate::patch;

/// A pair of keys with a name, and the one algorithm that it signs with.
pub struct Key {
    /// Its name in the set.
    pub kid: String,
    pair: Pair,
}

enum Pair {
    Rs256(Box<RsaKeyPair>),
    Ps256(Box<RsaKeyPair>),
    Es256(EcdsaKeyPair),
    EdDsa(Ed25519KeyPair),
}

/// One of two RSA keys, which are public: `ring` makes none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rsa {
    /// The one.
    First,
    /// The other.
    Second,
}

impl Rsa {
    fn pair(self) -> RsaKeyPair {
        let text = match self {
            Self::First => FIRST,
            Self::Second => SECOND,
        };
        let der = STANDARD.decode(text).ok();
        made(der.and_then(|der| RsaKeyPair::from_pkcs8(&der).ok()))
    }
}

impl Key {
    /// A key of 2048 bits, with RSASSA-PKCS1-v1_5.
    #[must_use]
    pub fn rs256(kid: &str, which: Rsa) -> Self {
        Self::new(kid, Pair::Rs256(Box::new(which.pair())))
    }

    /// The same key, with RSASSA-PSS.
    #[must_use]
    pub fn ps256(kid: &str, which: Rsa) -> Self {
        Self::new(kid, Pair::Ps256(Box::new(which.pair())))
    }

    /// A new key on P-256.
    #[must_use]
    pub fn es256(kid: &str) -> Self {
        let (algorithm, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
        let pair = EcdsaKeyPair::generate_pkcs8(algorithm, &random)
            .ok()
            .and_then(|der| EcdsaKeyPair::from_pkcs8(algorithm, der.as_ref(), &random).ok());
        Self::new(kid, Pair::Es256(made(pair)))
    }

    /// A new key on Ed25519.
    #[must_use]
    pub fn eddsa(kid: &str) -> Self {
        let pair = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new())
            .ok()
            .and_then(|der| Ed25519KeyPair::from_pkcs8(der.as_ref()).ok());
        Self::new(kid, Pair::EdDsa(made(pair)))
    }

    fn new(kid: &str, pair: Pair) -> Self {
        Self {
            kid: kid.to_owned(),
            pair,
        }
    }

    /// The name of its algorithm (RFC 7518 section 3.1, RFC 8037 section 3.1).
    #[must_use]
    pub fn algorithm(&self) -> &'static str {
        match self.pair {
            Pair::Rs256(_) => "RS256",
            Pair::Ps256(_) => "PS256",
            Pair::Es256(_) => "ES256",
            Pair::EdDsa(_) => "EdDSA",
        }
    }

    /// The public half (RFC 7517 section 4).
    #[must_use]
    pub fn jwk(&self) -> Value {
        let mut jwk = match &self.pair {
            Pair::Rs256(pair) | Pair::Ps256(pair) => {
                let PublicKeyComponents::<Vec<u8>> { n, e } = pair.public().into();
                json!({"kty": "RSA", "n": encode(n), "e": encode(e)})
            }
            Pair::Es256(pair) => {
                // An uncompressed point: 0x04, x, y.
                let point = pair.public_key().as_ref();
                let (x, y) = point.split_at_checked(33).unwrap_or_default();
                let x = x.strip_prefix(&[4]).unwrap_or_default();
                json!({"kty": "EC", "crv": "P-256", "x": encode(x), "y": encode(y)})
            }
            Pair::EdDsa(pair) => {
                json!({"kty": "OKP", "crv": "Ed25519", "x": encode(pair.public_key().as_ref())})
            }
        };
        let more = json!({"kid": self.kid, "use": "sig", "alg": self.algorithm()});
        patch::apply(&mut jwk, &more);
        jwk
    }

    /// The signature of a message.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        let rsa = |pair: &RsaKeyPair, padding| {
            let mut signature = vec![0; pair.public().modulus_len()];
            made(pair.sign(padding, &random, message, &mut signature).ok());
            signature
        };
        match &self.pair {
            Pair::Rs256(pair) => rsa(pair, &RSA_PKCS1_SHA256),
            Pair::Ps256(pair) => rsa(pair, &RSA_PSS_SHA256),
            Pair::Es256(pair) => made(pair.sign(&random, message).ok()).as_ref().to_vec(),
            Pair::EdDsa(pair) => pair.sign(message).as_ref().to_vec(),
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({:?}, {})", self.kid, self.algorithm())
    }
}

/// Base64url without padding, as all of JOSE writes bytes.
pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[expect(
    clippy::expect_used,
    reason = "fixed keys, and the system's randomness"
)]
fn made<T>(key: Option<T>) -> T {
    key.expect("a key that can be made and used")
}

/// Made for tests, in public: whoever reads this can sign with it.
const FIRST: &str = "\
    MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCk/X5nIbkdtyD3a30k09dbDPV3K3EhliNajFP+zL4Kwt1M7fy8\
    4M9PwCoqor9fqPxe5S76fBOuR9bemTyj+rSXHCAk7o3hnmuM6XYqpnsw9i4dQyVNF9ms9uG5oj69nSvq1VXUCq2ukb0xeHTno+9b\
    eV+XvMdDjI3aJFjkj+3PGYwz6DeMPtzibU6zIF6U/E0AVT7bmDRfcu7pHTHhO62Y4UA6wLZQUS0k44DRsrFXeNbI3q1aJD5HaHsd\
    n0gppvmrUb47b3KkWd+sjCFtjXOhx+3DpNF+gEawLdVNRq/hznNI7DD3YPrp23eso0P1L/73PDF9D2w0wLlbACjKeknzAgMBAAEC\
    ggEANaogJaJh6Ejq558mNsbSutJVuvu90etYN3kCTxPAUpa8TWvxM2w58hoyfOivr4kzARixdZbK/fpu6LtV7o46lBX5XJndO0AA\
    gnZjUY8R7cR9DlaLOO6jhi9ND0i2+Iy5PqpCPvR0Np4/t+oSuE9pqMqrLZshAxciAoyk/z7TXnNOnYfqhP/5kFe5ZSPUJI5swtFP\
    vwdBW1Rz3mC9u4DnmsJT+z9OdZH0vsx/YvdsjVm+uE3VGVyiuAfx41Soxhvpx8S6KcVJxgSrtWYhEAILlb1c2ADDPx7AFrE3a/Tj\
    F34qFM9xk6f0qsYaS7Y3kDc/9CooHyODs6wfbvOXzl8XxQKBgQDSCXDsKZSpO24Q13CW7Gm0f5xuORlD3+cMMx/fpwIdORsrLr4W\
    vzGu6hck50UG67h/gFP03YK+WeTCYZpoVW4PqLAbnegjL0Cx8Xu9D3Yc+au32Va/qqOgYHyWjNi/J8H26ziv/6JsrZIQPxUbgXrB\
    +eTHjnOlehQqGKvBeeJOrwKBgQDJGHm1MJ2MjHVpemtRBjWvxK07J5vfJL0zOv/JrsmFL3FDLKYHG6pUsqZiAs9VId8Yq98i7Kui\
    fry2q+hi+CDfWYUVYL/KWMG0c8J8r2HLz8vP6hTdkdudRNN9IHcsz8VVs6oq8tyzlpUu125B7k8W8EksUeUsksTIDQ+0zm+p/QKB\
    gHmiUAvj9Jygtxf3u9MbLAgEktHeLTx6cPJGtSGvNPE5fftfAWRo6tvR4v9TE01zuw/TgEtg8HNN2cWcAnCDcM6OsRX9N08Q8VVb\
    dH5DcvJKwGAi9DLhHgsldWE2RdtFqfVVuSlrUGPBjMHt1kpsjGvDTPMoEt70uLK8QNM1w5IvAoGAT8EtQ/csBPoP9u1ecpwL3tIa\
    AkQLRczEXPUhTVPNCM1wFjw2/Mq0GzNfWa/Tmuf8G0TPEoLa729kWO6FE/tkzjAq3/enGRFqga8Hi3vjRXn8U1F7RQT8HLuXRSED\
    IvqkQQEolDAN6AvoztMSH4PsSiSyYKl6QttSwCSt/f+BueECgYEAhxmA+tmEH4Dhx056B//M4wHzSgnwKNYpdBAzJhkFWH8rtYU7\
    rVOus/v1llwdXFECmWLcX/g7I0HKwKiej+cEOX2I6ip+uUs7YkXptRaoLZLDdg8qOPbFpkA+KV2V5ZZpPFGP07/yfbRNm7uS/tpe\
    2/w5CrG1S4H9eSsF8ga7DlA=";

/// Another one.
const SECOND: &str = "\
    MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7zJnZnabgb6luCnCllChHLazcyD7kYZlGFYtb663dmrni5KGB\
    bGzVwYgkqOfPJjYu1rUgfh+xRU4MjLtvt0770+QJRV5L+uPg9WV64SyyYynnzbxilFcP5/dQOkqS5JR09pSZEIt0QODHKVOUaBOg\
    F15Fcs+ES4NViGHvtdYoI2nnhDmDgQJ0JgPbLEzFdqsQoUaY9aAlgwbS5NBVhriXbqOdhwxjGkWKFEbkPF+pQb5UWTk+ivxvP92P\
    A4gs4k/sUH4L5fWxF7PsSGuq+/aby7HMQ8n/tJwv3eUeaz2sRSNuadQpu1etIijHzC01/f4AjoXakmZ/CncqCmA3KcpfAgMBAAEC\
    ggEAHAQVruYQHJWb3YuCKuQThCwssxJ5IMHsnIzJ6Zsa/h8UfGQ7hx7BN7xI4/XXVcsEtJpu5/DY0oMdIHh9h9jSrXUlT5AWgALm\
    1vWqP27IfQ5CafnXu48XU+CjlPI1Pie1JqPDHviIYqiWaoUK78NSVi+A7p8GP91cs42xKpJiZ0HraSXeoT9+SShBYE/t+Vi3zo6+\
    rwtGY/qxOpPDJRJFlS6P5tCNfFRpUFRkpdVEkt2uYI2iyFEIdQlP3cJJYfkOZKhpI3wC92pxu5YH8sxYtFjal56CwQbK2ENe7ORN\
    WWvt+GIdQi7Vbe5DRk/NwMRaJVsGn6eHbCBj2iL9/MjPeQKBgQD0boikCqx3WraLSCTuKQhjK4jFpVIomJCb4LQ0tRp3xrRvqedt\
    7G39+UsDZ/uGnvd41P26+P/On5oqp1HUPIZzcSzRPx3/1fBOmtaKYZgbGHe4emactSTKO9U7FXugdyPsgwyucXQXjErFBT9zjm8q\
    qhu/t+LdMaByiLjHqad0WQKBgQDEr+xa0gGs8WuZZQcpTR0Fvd2oJGG8vYwbDy0aJSG2BsOBQoJpRey93VAxMI57g9KM3rCdN+tn\
    U9zI12CWu3EeIxPq15UjSa4r5AWz7l6y90DaKT63iO+hzH1l1vGxnMTRMZjHSpJ8//4QHdFLxAR91gOUDIDoorJ1KBxxWzW9dwKB\
    gQDGgDVLMrfYvbxc5BvJpV0AXExYZeeQvEVDsXnnC+QQvTevLwWYyVaR2C/I9lrXeqVyZVYgzzG+tPJYDUVw3C479f71dxJ/v1fG\
    Hgx4mMUTzAz9rblDLgBQk8KYltus9tQfsFVOHSiwLuhRk+9xgoxY04hxa347L6AjI1EcJHSvEQKBgFEFu1KKUiBg7xcoc/PCjWMR\
    HJ8oJY7vciivbr/nbeSjEqRLtpcRM/3ejitFOlyNKA3Zql2JbJKLDFc7ydEt8+IbRxglqIz5zCLOcr71QdNtYSy9ctV+NmCrcTij\
    e7rTvowCZ1IpWQDfH1SaQ953J/aCU8UIBY5Pfz4dwOG9VfzvAoGAUYGqNYae+d0EOuS7Hbl9O1jukvTgOwgfgfOvOgTIBvS0wYKl\
    KBt6HN+VYnn7GvgcbLEfWY8izCGEhHKY+6488NR7CrZr9CBFEc35YWiTw9h4X3JPQj/EopVkwEuo6kznhBKvi2SFjATRIJJZtp+i\
    Z9jE81BhMPEdIFXrVS9bxBw=";
