//! What the page that starts a login asks for.

use crate::parameters;
pub use crate::parameters::Unfit;

/// The start of a login: `?return_to=…&remember=true&recent=true`, each parameter optional.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Start {
    /// Where the browser goes next. Whether it may go there is the caller's to decide.
    pub return_to: Option<String>,
    /// Whether the session is to be remembered.
    pub remember: bool,
    /// Whether the user has to prove anew who they are.
    pub recent: bool,
}

impl Start {
    /// Reads a query.
    pub fn parse(query: &str) -> Result<Self, Unfit> {
        let [return_to, remember, recent] =
            parameters::read(query, ["return_to", "remember", "recent"])?;
        Ok(Self {
            return_to: return_to.map(std::borrow::Cow::into_owned),
            remember: switch(remember.as_deref())?,
            recent: switch(recent.as_deref())?,
        })
    }
}

/// `on` is what a browser sends for a ticked box.
fn switch(value: Option<&str>) -> Result<bool, Unfit> {
    match value {
        None | Some("false") => Ok(false),
        Some("true" | "on") => Ok(true),
        Some(_) => Err(Unfit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_has_three_parameters_at_most_once_each() {
        let start = |return_to: Option<&str>, remember, recent| {
            let return_to = return_to.map(str::to_owned);
            Ok(Start {
                return_to,
                remember,
                recent,
            })
        };
        #[rustfmt::skip]
        let cases = [
            ("",                                       start(None, false, false)),
            ("return_to=%2Fapp%3Fa%3D1&recent=true",   start(Some("/app?a=1"), false, true)),
            ("remember=on&other=1&other=2",            start(None, true, false)),
            ("remember=false",                         start(None, false, false)),
            ("remember=1",                             Err(Unfit)),
            ("recent=yes",                             Err(Unfit)),
            ("remember=true&remember=true",            Err(Unfit)),
            ("return_to=/a&return_to=/b",              Err(Unfit)),
        ];
        for (query, expected) in cases {
            assert_eq!(Start::parse(query), expected, "{query}");
        }
    }
}
