//! Keys of a provider that only tests know.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use ring::{
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
        RSA_PSS_SHA256, RsaKeyPair, RsaPublicKeyComponents,
    },
};
use serde_json::{Value, json};

use crate::{jwks::Jwks, metadata::Metadata};

/// Made for these tests with `openssl genpkey`, and used nowhere else.
const RSA: &str = "\
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

/// A pair of keys.
pub(crate) enum TestKey {
    Rsa(Box<RsaKeyPair>),
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

pub(crate) fn rsa() -> TestKey {
    let der = STANDARD.decode(RSA).unwrap();
    TestKey::Rsa(Box::new(RsaKeyPair::from_pkcs8(&der).unwrap()))
}

pub(crate) fn p256() -> TestKey {
    let random = SystemRandom::new();
    let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
    let der = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
    TestKey::P256(EcdsaKeyPair::from_pkcs8(algorithm, der.as_ref(), &random).unwrap())
}

pub(crate) fn ed25519() -> TestKey {
    let der = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
    TestKey::Ed25519(Ed25519KeyPair::from_pkcs8(der.as_ref()).unwrap())
}

impl TestKey {
    /// The public half, with a name.
    pub(crate) fn jwk(&self, kid: &str) -> Value {
        let mut jwk = match self {
            Self::Rsa(pair) => {
                let RsaPublicKeyComponents { n, e } =
                    RsaPublicKeyComponents::<Vec<u8>>::from(pair.public());
                json!({"kty": "RSA", "n": encode(&n), "e": encode(&e)})
            }
            Self::P256(pair) => {
                let point = pair.public_key().as_ref();
                json!({"kty": "EC", "crv": "P-256", "x": encode(&point[1..33]), "y": encode(&point[33..])})
            }
            Self::Ed25519(pair) => {
                json!({"kty": "OKP", "crv": "Ed25519", "x": encode(pair.public_key().as_ref())})
            }
        };
        jwk["kid"] = json!(kid);
        jwk
    }

    /// A set of this key alone, named `a`.
    pub(crate) fn jwks(&self) -> Jwks {
        jwks(&[self.jwk("a")])
    }

    /// A token: RSA signs as PS256 where the header says so.
    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        self.sign_text(&header.to_string(), &claims.to_string())
    }

    /// The same of texts that need not be JSON.
    pub(crate) fn sign_text(&self, header: &str, claims: &str) -> String {
        let signed = format!(
            "{}.{}",
            encode(header.as_bytes()),
            encode(claims.as_bytes())
        );
        let (random, message) = (SystemRandom::new(), signed.as_bytes());
        let signature = match self {
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                if header.contains("PS256") {
                    pair.sign(&RSA_PSS_SHA256, &random, message, &mut signature)
                } else {
                    pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                }
                .unwrap();
                signature
            }
            Self::P256(pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
            Self::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
        };
        format!("{signed}.{}", encode(&signature))
    }
}

/// A set of keys.
pub(crate) fn jwks(keys: &[Value]) -> Jwks {
    Jwks::parse(json!({"keys": keys}).to_string().as_bytes()).unwrap()
}

pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The metadata of a provider with all there is.
pub(crate) fn document() -> Value {
    json!({
        "issuer": "https://a.example",
        "authorization_endpoint": "https://a.example/authorize",
        "token_endpoint": "https://a.example/token",
        "jwks_uri": "https://a.example/keys",
        "userinfo_endpoint": "https://a.example/me",
        "authorization_response_iss_parameter_supported": true,
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
        "something_else": [1],
    })
}

/// The same, read.
pub(crate) fn metadata() -> Metadata {
    let text = document().to_string();
    Metadata::parse(text.as_bytes(), "https://a.example").unwrap()
}
