//! A secret of AWS Secrets Manager: its name, and what is read from it.

/// How long the text of a secret is used before it is read again: a new text is in use everywhere after this long,
/// unless the secret can't be reached.
pub const KEPT_SECONDS: u64 = 300;

/// The ARN of a secret, of any partition:
/// `arn:aws:secretsmanager:<region>:<account>:secret:<name>-<6 random characters>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretArn {
    text: String,
    region: String,
}

impl SecretArn {
    /// Checks what can be checked without asking for the secret. The error tells what is expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let parts: Vec<_> = text.split(':').collect();
        let fits = |part: &str, more: &[u8], longest: usize| {
            let known = |byte: u8| byte.is_ascii_alphanumeric() || more.contains(&byte);
            (1..=longest).contains(&part.len()) && part.bytes().all(known)
        };
        match parts[..] {
            [
                "arn",
                partition,
                "secretsmanager",
                region,
                account,
                "secret",
                name,
            ] if partition.starts_with("aws")
                    && fits(partition, b"-", 20)
                    && fits(region, b"-", 30)
                    && account.len() == 12
                    && account.bytes().all(|byte| byte.is_ascii_digit())
                    // The name itself has at most 512 of these, Secrets Manager adds a dash and six characters.
                    && fits(name, b"/_+=.@-", 519) =>
            {
                Ok(Self {
                    text: text.to_owned(),
                    region: region.to_owned(),
                })
            }
            // It may be a key that went into the wrong place, so it is not shown.
            _ => Err(
                "not the ARN of a secret (arn:aws:secretsmanager:<region>:<account>:secret:<name>)"
                    .to_owned(),
            ),
        }
    }

    /// The whole ARN.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The region that keeps the secret.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_has_seven_parts_that_name_a_secret() {
        let name = "n".repeat(520);
        #[rustfmt::skip]
        let cases = [
            ("arn:aws:secretsmanager:eu-west-1:123456789012:secret:keys-AbCdEf",          true),
            ("arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:a/b_c+d=e.f@g-1",  true),
            ("arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:k",         true),
            ("keys",                                                                      false),
            ("",                                                                          false),
            ("arn:aws:secretsmanager:eu-west-1:123456789012:secret:",                     false),
            ("arn:aws:secretsmanager:eu-west-1:123456789012:secret",                      false),
            ("arn:aws:secretsmanager:eu-west-1:123456789012:secret:keys:extra",           false),
            ("arn:aws:secretsmanager::123456789012:secret:keys",                          false),
            ("arn:aws:secretsmanager:eu-west-1:12345:secret:keys",                        false),
            ("arn:aws:secretsmanager:eu-west-1:12345678901x:secret:keys",                 false),
            ("arn:aws:ssm:eu-west-1:123456789012:secret:keys",                            false),
            ("arn:else:secretsmanager:eu-west-1:123456789012:secret:keys",                false),
            ("arn:aws:secretsmanager:eu-west-1:123456789012:secret:ke ys",                false),
            ("arn:aws:secretsmanager:eu west:123456789012:secret:keys",                   false),
            (" arn:aws:secretsmanager:eu-west-1:123456789012:secret:keys",                false),
            (&format!("arn:aws:secretsmanager:eu-west-1:123456789012:secret:{name}"),     false),
        ];
        for (text, expected) in cases {
            let parsed = SecretArn::parse(text);
            assert_eq!(parsed.is_ok(), expected, "{text}");
            if let Ok(arn) = parsed {
                assert_eq!(
                    (arn.as_str(), arn.region()),
                    (text, text.split(':').nth(3).unwrap())
                );
            }
        }
    }
}
