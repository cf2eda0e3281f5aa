//! The parameters of a query.

use std::borrow::Cow;

/// A parameter is there twice (RFC 6749 section 3.1), or is not text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unfit;

/// The values of `names`, in their order; others are ignored. An empty value counts as none (RFC 6749 section 3.1).
pub(crate) fn read<'a, const N: usize>(
    query: &'a str,
    names: [&str; N],
) -> Result<[Option<Cow<'a, str>>; N], Unfit> {
    let mut values = [const { None }; N];
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let slots = names.iter().zip(&mut values);
        for (_, slot) in slots.filter(|(known, _)| **known == name) {
            let is_text = !value.contains('\u{fffd}');
            if !is_text || slot.replace(value.clone()).is_some() {
                return Err(Unfit);
            }
        }
    }
    Ok(values.map(|value| value.filter(|value| !value.is_empty())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_parameter_is_there_once() {
        for (query, expected) in [
            ("", Ok([None, None])),
            ("a=1&c=2&c=3", Ok([Some("1"), None])),
            ("b=%31&a=", Ok([None, Some("1")])),
            ("a=1&a=1", Err(Unfit)),
            ("a=1&%61=2", Err(Unfit)),
            ("a=&a=1", Err(Unfit)),
            ("a=%ff", Err(Unfit)),
        ] {
            let read = read(query, ["a", "b"]);
            let read = read
                .as_ref()
                .map(|values| values.each_ref().map(Option::as_deref));
            assert_eq!(read.map_err(|unfit| *unfit), expected, "{query}");
        }
    }
}
