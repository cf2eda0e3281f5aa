//! How a logout goes on at the provider (OpenID Connect RP-Initiated Logout 1.0).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Variables, url};

/// All but RFC 3986's unreserved characters.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The address at which the provider ends its own session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndSession {
    /// `SESSION_OIDC_LOGOUT_URL`.
    pub url: String,
    /// `SESSION_OIDC_LOGOUT_FORM`.
    pub form: LogoutForm,
    /// The registered address to which the provider sends the browser afterwards (`SESSION_OIDC_POST_LOGOUT_URI`).
    pub return_uri: Option<String>,
}

/// Which parameters the address takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogoutForm {
    /// `client_id` and `post_logout_redirect_uri` (RP-Initiated Logout 1.0, section 2).
    Standard,
    /// `client_id` and `logout_uri` (Amazon Cognito Developer Guide, "The managed login sign-out endpoint").
    Cognito,
}

impl EndSession {
    /// Reads the group. `None`: a logout ends the session here alone.
    pub(super) fn from_variables(variables: &mut Variables<'_>) -> Option<Self> {
        let (name, form_name, return_name) = (
            "SESSION_OIDC_LOGOUT_URL",
            "SESSION_OIDC_LOGOUT_FORM",
            "SESSION_OIDC_POST_LOGOUT_URI",
        );
        let address = url(variables, name);
        let forms = [
            ("standard", LogoutForm::Standard),
            ("cognito", LogoutForm::Cognito),
        ];
        let form = variables.choice(form_name, &forms, LogoutForm::Standard);
        let return_uri = url(variables, return_name);
        if variables.text(name).is_none() {
            if variables.text(return_name).is_some() {
                variables.problem(format!(
                    "{return_name} takes {name}, the address at which the provider logs out"
                ));
            }
            return None;
        }
        if form == LogoutForm::Cognito && variables.text(return_name).is_none() {
            variables.problem(format!("{form_name} is cognito, which takes {return_name}"));
        }
        Some(Self {
            url: address?,
            form,
            return_uri,
        })
    }

    /// Where a browser goes to log out at the provider as well. It names no user and no token.
    #[must_use]
    pub fn location(&self, client_id: &str) -> String {
        let mark = if self.url.contains('?') { '&' } else { '?' };
        let client_id = utf8_percent_encode(client_id, ESCAPED);
        let mut location = format!("{}{mark}client_id={client_id}", self.url);
        if let Some(return_uri) = &self.return_uri {
            let name = match self.form {
                LogoutForm::Standard => "post_logout_redirect_uri",
                LogoutForm::Cognito => "logout_uri",
            };
            location.extend(["&", name, "="]);
            location.extend(utf8_percent_encode(return_uri, ESCAPED));
        }
        location
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_location_has_the_parameters_of_its_form() {
        let (standard, cognito) = (LogoutForm::Standard, LogoutForm::Cognito);
        #[rustfmt::skip]
        let cases = [
            ("https://a.example/end",     standard, Some("https://b.example/?x=1"), "https://a.example/end?client_id=a%20b%26c&post_logout_redirect_uri=https%3A%2F%2Fb.example%2F%3Fx%3D1"),
            ("https://a.example/end",     standard, None,                           "https://a.example/end?client_id=a%20b%26c"),
            ("https://a.example/end?p=1", standard, None,                           "https://a.example/end?p=1&client_id=a%20b%26c"),
            ("https://a.example/logout",  cognito,  Some("https://b.example/"),     "https://a.example/logout?client_id=a%20b%26c&logout_uri=https%3A%2F%2Fb.example%2F"),
        ];
        for (url, form, return_uri, expected) in cases {
            let (url, return_uri) = (url.to_owned(), return_uri.map(str::to_owned));
            let end = EndSession {
                url,
                form,
                return_uri,
            };
            assert_eq!(end.location("a b&c"), expected);
        }
    }
}
