//! Data as a caller's own type.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use super::{Data, DataError, Edit, to_json};

/// Reads the data as `T`: a struct or map with string keys. Keys that `T` does not know are passed over.
///
/// An error means that the stored data has another shape, for example an older one. It stays as it is.
pub fn read<T: DeserializeOwned>(data: &Data) -> Result<T, DataError> {
    Ok(serde_json::from_str(to_json(data)?.get())?)
}

/// The edit that turns `old` into `new`. It names only the keys that differ, so keys that others write meanwhile, and
/// keys that `T` does not know, stay as they are.
///
/// Take `old` from [`read`]: a caller that could not read the data must not write over it.
pub fn edit_between<T: Serialize>(old: &T, new: &T) -> Result<Edit, DataError> {
    let (old, mut new) = (members(old)?, members(new)?);
    let remove: BTreeSet<_> = old
        .keys()
        .filter(|key| !new.contains_key(*key))
        .cloned()
        .collect();
    new.retain(|key, json| old.get(key) != Some(json));
    Ok(Edit::Merge { set: new, remove })
}

fn members<T: Serialize>(value: &T) -> Result<BTreeMap<String, String>, DataError> {
    let json = serde_json::to_string(value)?;
    let members: BTreeMap<String, Box<RawValue>> = serde_json::from_str(&json)?;
    Ok(members
        .into_iter()
        .map(|(key, json)| (key, json.get().to_owned()))
        .collect())
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Basket {
        items: Vec<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        coupon: Option<String>,
    }

    fn basket(items: &[u64], coupon: Option<&str>) -> Basket {
        Basket {
            items: items.to_vec(),
            coupon: coupon.map(str::to_owned),
        }
    }

    #[test]
    fn what_a_type_does_not_know_or_change_is_left_alone() {
        let mut held = Data::from([
            ("items".to_owned(), "[1, 9007199254740993]".to_owned()),
            ("coupon".to_owned(), "\"x\"".to_owned()),
            ("theme".to_owned(), "\"dark\"".to_owned()),
        ]);
        let old: Basket = read(&held).unwrap();
        assert_eq!(old, basket(&[1, 9_007_199_254_740_993], Some("x")));
        let edit = edit_between(&old, &basket(&[1, 9_007_199_254_740_993], None)).unwrap();
        let remove = BTreeSet::from(["coupon".to_owned()]);
        let set = BTreeMap::new();
        assert_eq!(edit, Edit::Merge { set, remove });
        edit.apply(&mut held);
        assert_eq!(held.keys().collect::<Vec<_>>(), ["items", "theme"]);
    }

    #[test]
    fn data_of_another_shape_is_an_error() {
        let wrong_type = Data::from([("items".to_owned(), "\"many\"".to_owned())]);
        let missing = Data::new();
        let no_json = Data::from([("items".to_owned(), "[".to_owned())]);
        for held in [wrong_type, missing, no_json] {
            let error = read::<Basket>(&held).unwrap_err().to_string();
            assert!(error.contains("does not fit the type"), "{error}");
        }
        assert!(edit_between(&1, &2).is_err());
    }
}
