//! Where an API was called, as the gateway tells it and no header can.

use serde_json::{Map, Value};

/// The host and the stage of a call (`requestContext.domainName` and `requestContext.stage`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    host: Option<String>,
    /// The part of the path that names the stage, `""` where it names none.
    stage: String,
}

impl Address {
    /// What the event tells.
    pub(crate) fn of(event: &Map<String, Value>) -> Self {
        let context = event.get("requestContext");
        let text = |name: &str, more: &[u8]| {
            let text = context?.get(name)?.as_str()?;
            let legal = |byte: u8| byte.is_ascii_alphanumeric() || more.contains(&byte);
            let plain = !text.is_empty() && text.bytes().all(legal);
            plain.then(|| text.to_owned())
        };
        let stage = text("stage", b"-_");
        Self {
            host: text("domainName", b".-"),
            stage: stage.map_or_else(String::new, |stage| format!("/{stage}")),
        }
    }

    /// The address of `path`, of HTTPS; `None`: the event names no host.
    #[must_use]
    pub fn url(&self, path: &str) -> Option<String> {
        let host = self.host.as_ref()?;
        Some(format!("https://{host}{}{path}", self.stage))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_address_is_of_the_gateway_s_host_and_stage() {
        #[rustfmt::skip]
        let cases = [
            (json!({"domainName": "a1.execute-api.eu-west-1.amazonaws.com", "stage": "$default"}), Some("https://a1.execute-api.eu-west-1.amazonaws.com/x")),
            (json!({"domainName": "a1.execute-api.eu-west-1.amazonaws.com", "stage": "prod"}),     Some("https://a1.execute-api.eu-west-1.amazonaws.com/prod/x")),
            (json!({"domainName": "api.example.com"}),                                             Some("https://api.example.com/x")),
            (json!({"domainName": "a.example/x"}),                                                 None),
            (json!({"domainName": "user@a.example"}),                                              None),
            (json!({"domainName": ""}),                                                            None),
            (json!({"domainName": 7}),                                                             None),
            (json!({}),                                                                            None),
        ];
        for (context, expected) in cases {
            let event = json!({"requestContext": context, "headers": {"host": "evil.example"}});
            let address = Address::of(event.as_object().unwrap());
            assert_eq!(address.url("/x").as_deref(), expected, "{event}");
        }
    }
}
