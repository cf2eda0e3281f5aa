//! The scopes under which a browser may keep cookies of our name: today's, and those of earlier settings.
//!
//! A browser keeps one cookie for each domain, path and partition, sends all that match, and does not say which is
//! which. A cookie that is left over from earlier settings would make every request ambiguous, so it is removed
//! wherever its scope can be named.

use std::fmt;

use super::{CookieSettings, SameSite, is_attribute_byte, is_domain};

/// A `Domain`, if any, and a `Path`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// `Domain`; `None`: the host alone.
    pub domain: Option<String>,
    /// `Path`.
    pub path: String,
}

/// A text that is not a scope.
#[derive(Debug, PartialEq, Eq)]
pub struct InvalidScope(String);

impl fmt::Display for InvalidScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(text) = self;
        write!(
            f,
            "{text:?} is no scope: give a domain and a path, such as example.com/app, or one of the two"
        )
    }
}

impl Scope {
    /// Reads scopes with commas between: `example.com/app`, `example.com` for its path `/`, `/app` for the host alone.
    pub fn list(text: &str) -> Result<Vec<Self>, InvalidScope> {
        text.split(',').map(str::trim).map(Self::parse).collect()
    }

    fn parse(text: &str) -> Result<Self, InvalidScope> {
        let (domain, path) = text.split_at(text.find('/').unwrap_or(text.len()));
        let domain = Some(domain).filter(|domain| !domain.is_empty());
        let sound =
            !text.is_empty() && domain.is_none_or(is_domain) && path.bytes().all(is_attribute_byte);
        if !sound {
            return Err(InvalidScope(text.to_owned()));
        }
        Ok(Self {
            domain: domain.map(str::to_owned),
            path: if path.is_empty() { "/" } else { path }.to_owned(),
        })
    }
}

impl CookieSettings {
    /// The `Set-Cookie` values that remove the cookie from every scope but its own: the host alone and the domain, each with the
    /// path and with `/`, and the former scopes, partitioned and not. They go before the value that sets or clears the cookie.
    ///
    /// A name with `__Host-` has one scope; there is a partition of it to clear where `SameSite=None` may have made one, or where
    /// that scope is listed.
    #[must_use]
    pub fn clear_others(&self) -> Vec<String> {
        let scope = |domain: Option<&str>, path: &str| Scope {
            domain: domain.map(str::to_owned),
            path: path.to_owned(),
        };
        let domain = self.domain.as_deref();
        let near = [
            scope(None, "/"),
            scope(None, &self.path),
            scope(domain, "/"),
            scope(domain, &self.path),
        ];
        let mut scopes: Vec<&Scope> = Vec::new();
        for scope in near.iter().chain(&self.former) {
            if !scopes.contains(&scope) {
                scopes.push(scope);
            }
        }
        let mut others = Vec::new();
        for scope in scopes {
            for partitioned in [false, true] {
                let known = !self.has_prefix("__Host-")
                    || self.same_site == SameSite::None
                    || self.former.contains(scope);
                let other = self.elsewhere(scope, partitioned);
                let own = (&other.domain, &other.path, partitioned)
                    == (&self.domain, &self.path, self.partitioned);
                // A value that a browser drops removes nothing.
                if !own && (known || !partitioned) && other.problems().is_empty() {
                    others.push(other.clear());
                }
            }
        }
        others
    }

    /// The cookie in another scope.
    fn elsewhere(&self, scope: &Scope, partitioned: bool) -> Self {
        Self {
            domain: scope.domain.clone(),
            path: scope.path.clone(),
            same_site: if partitioned {
                SameSite::None
            } else {
                self.same_site
            },
            partitioned,
            former: Vec::new(),
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The scopes of `values`, each as its `Domain`, `Path` and partition.
    fn scopes(values: &[String]) -> Vec<String> {
        let scope = |value: &String| {
            let attribute = |name: &str| value.split("; ").find_map(|part| part.strip_prefix(name));
            assert!(
                value.contains("=; ") && value.contains("; Max-Age=0; "),
                "{value}"
            );
            let partitioned = value.ends_with("; Partitioned");
            format!(
                "{}{}{}",
                attribute("Domain=").unwrap_or_default(),
                attribute("Path=").unwrap(),
                if partitioned { " partitioned" } else { "" }
            )
        };
        values.iter().map(scope).collect()
    }

    fn named(name: &str, domain: Option<&str>, path: &str, former: &str) -> CookieSettings {
        CookieSettings {
            name: name.to_owned(),
            domain: domain.map(str::to_owned),
            path: path.to_owned(),
            former: if former.is_empty() {
                Vec::new()
            } else {
                Scope::list(former).unwrap()
            },
            ..CookieSettings::default()
        }
    }

    #[test]
    fn every_scope_that_can_be_named_is_cleared_but_the_own() {
        let none = |settings| CookieSettings {
            same_site: SameSite::None,
            ..settings
        };
        let partitioned = |settings| CookieSettings {
            partitioned: true,
            ..none(settings)
        };
        let plain = CookieSettings {
            secure: false,
            ..named("id", None, "/", "/app")
        };
        #[rustfmt::skip]
        let cases: [(&str, CookieSettings, &[&str]); 9] = [
            ("the default",       CookieSettings::default(),                    &[]),
            ("embedded",          none(CookieSettings::default()),              &["/ partitioned"]),
            ("partitioned",       partitioned(CookieSettings::default()),       &["/"]),
            ("listed",            named("__Host-id", None, "/", "/"),           &["/ partitioned"]),
            ("the host alone",    named("id", None, "/", ""),                   &["/ partitioned"]),
            ("a path",            named("id", None, "/app", ""),                &["/", "/ partitioned", "/app partitioned"]),
            ("a domain",          named("__Secure-id", Some("a.example"), "/", ""),
                &["/", "/ partitioned", "a.example/ partitioned"]),
            ("former ones",       named("id", None, "/", "b.example,a.example/app, /"),
                &["/ partitioned", "b.example/", "b.example/ partitioned", "a.example/app", "a.example/app partitioned"]),
            ("over plain HTTP",   plain,                                        &["/app"]),
        ];
        for (name, settings, expected) in cases {
            assert_eq!(settings.problems(), Vec::<String>::new(), "{name}");
            assert_eq!(scopes(&settings.clear_others()), expected, "{name}");
        }
        let both = named("id", Some("a.example"), "/app", "");
        assert_eq!(
            both.clear_others().len(),
            7,
            "four scopes, in both partitions, without the own"
        );
    }

    #[test]
    fn a_list_of_scopes_is_read_or_its_fault_is_named() {
        let scope = |domain: Option<&str>, path: &str| Scope {
            domain: domain.map(str::to_owned),
            path: path.to_owned(),
        };
        assert_eq!(
            Scope::list("example.com, /app,a.example/b/c").unwrap(),
            [
                scope(Some("example.com"), "/"),
                scope(None, "/app"),
                scope(Some("a.example"), "/b/c")
            ]
        );
        for bad in [
            "",
            "a.example,",
            ".a.example",
            "a b",
            "https://a.example/",
            "a.example:8443",
            "/a;b",
            "/\u{e9}",
        ] {
            let error = Scope::list(bad).unwrap_err().to_string();
            assert!(error.contains("is no scope"), "{bad}: {error}");
        }
    }
}
