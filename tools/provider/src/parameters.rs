//! Queries and forms.

use form_urlencoded::Serializer;

/// Names and values, decoded, in their order.
pub(crate) type Pairs = Vec<(String, String)>;

/// Reads a query, or the body of a form.
pub(crate) fn read(text: &[u8]) -> Pairs {
    form_urlencoded::parse(text).into_owned().collect()
}

/// The value of a parameter; `None`: it is missing or there more than once.
pub(crate) fn one<'a>(pairs: &'a Pairs, name: &str) -> Option<&'a str> {
    let mut values = pairs.iter().filter(|(known, _)| known == name);
    let (_, value) = values.next()?;
    values.next().is_none().then_some(value)
}

/// An address with parameters added.
pub(crate) fn add<'a>(
    address: &str,
    pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> String {
    let query = Serializer::new(String::new()).extend_pairs(pairs).finish();
    let separator = match (address.contains('?'), query.is_empty()) {
        (_, true) => "",
        (true, false) => "&",
        (false, false) => "?",
    };
    format!("{address}{separator}{query}")
}
