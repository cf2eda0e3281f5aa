//! Which resource a path names.

/// A resource of this function.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Route<'a> {
    Session,
    Data,
    Rotate,
    Sessions,
    One(&'a str),
}

impl<'a> Route<'a> {
    /// The resource at the end of `path`: a stage's name or a base path mapping may come before it.
    pub(crate) fn of(path: &'a str) -> Option<Self> {
        let mut segments = path.rsplit('/');
        match (segments.next()?, segments.next()?) {
            ("data", "session") => Some(Self::Data),
            ("rotate", "session") => Some(Self::Rotate),
            (name, "sessions") => Some(Self::One(name)),
            ("session", _) => Some(Self::Session),
            ("sessions", _) => Some(Self::Sessions),
            _ => None,
        }
    }

    /// The methods that it takes, for `Allow` (RFC 9110 section 10.2.1).
    pub(crate) fn methods(&self) -> &'static str {
        match self {
            Self::Session => "GET, PATCH",
            Self::Data | Self::One(_) => "DELETE",
            Self::Rotate => "POST",
            Self::Sessions => "GET, DELETE",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_path_names_the_resource() {
        #[rustfmt::skip]
        let cases = [
            ("/session",             Some(Route::Session)),
            ("/prod/session",        Some(Route::Session)),
            ("/auth/v1/session",     Some(Route::Session)),
            ("/session/data",        Some(Route::Data)),
            ("/prod/session/rotate", Some(Route::Rotate)),
            ("/sessions",            Some(Route::Sessions)),
            ("/sessions/abc",        Some(Route::One("abc"))),
            ("/sessions/session",    Some(Route::One("session"))),
            ("/sessions/",           Some(Route::One(""))),
            ("/session/",            None),
            ("/session/other",       None),
            ("/sessionx",            None),
            ("session",              None),
            ("/",                    None),
            ("",                     None),
        ];
        for (path, expected) in cases {
            assert_eq!(Route::of(path), expected, "{path}");
        }
    }
}
