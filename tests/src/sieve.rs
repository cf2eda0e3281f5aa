//! Finds secrets in a text: whole or in part, as they are or spelled differently.

use std::{
    collections::{HashMap, HashSet},
    fmt::Write,
};

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE},
};

/// The least part of a spelling that counts as found.
const PART: usize = 12;

/// What is looked for first, in a text's every [`STRIDE`]th place: a part that is there has one of them.
const GRAM: usize = 4;
const STRIDE: usize = PART - GRAM + 1;

/// Secrets, cut into all their parts.
#[derive(Debug, Default)]
pub struct Sieve {
    parts: HashMap<[u8; PART], String>,
    grams: HashSet<[u8; GRAM]>,
}

impl Sieve {
    /// Looks for `secret` too, under that name.
    pub fn add(&mut self, name: &str, secret: &[u8]) {
        assert!(
            secret.len() >= PART,
            "{name} is too short to be told from chance"
        );
        for spelling in spellings(secret) {
            for part in spelling.windows(PART) {
                let part: [u8; PART] = part.try_into().expect("a part");
                self.parts.entry(part).or_insert_with(|| name.to_owned());
            }
            let grams = spelling.windows(GRAM);
            self.grams
                .extend(grams.filter_map(|gram| <[u8; GRAM]>::try_from(gram).ok()));
        }
    }

    /// The names of the secrets that occur in `text`, each with where it does.
    #[must_use]
    pub fn find(&self, text: &str) -> Vec<String> {
        let (bytes, mut found) = (text.as_bytes(), HashMap::new());
        for (nth, gram) in bytes.windows(GRAM).step_by(STRIDE).enumerate() {
            if !self.grams.contains(gram) {
                continue;
            }
            let last = nth * STRIDE;
            for at in last.saturating_sub(STRIDE - 1)..=last {
                let part = bytes.get(at..at + PART);
                if let Some(name) = part.and_then(|part| self.parts.get(part)) {
                    found.entry(name).or_insert(at);
                }
            }
        }
        let excerpt = |at: usize| {
            let part = &text.as_bytes()[at.saturating_sub(80)..text.len().min(at + 80)];
            String::from_utf8_lossy(part).into_owned()
        };
        found
            .into_iter()
            .map(|(name, at)| format!("{name}: {}", excerpt(at)))
            .collect()
    }
}

/// A secret as it may be written.
fn spellings(secret: &[u8]) -> Vec<Vec<u8>> {
    let mut spellings = vec![secret.to_vec(), decimal(secret), percent(secret)];
    let hex = secret.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    spellings.extend([hex.to_uppercase().into_bytes(), hex.into_bytes()]);
    for before in 0..3 {
        // In the middle of a longer text there are three ways to group its bytes.
        let longer = [&vec![0; before], secret].concat();
        let (first, last) = ((before * 8).div_ceil(6), longer.len() * 8 / 6);
        spellings.push(STANDARD.encode(&longer).as_bytes()[first..last].to_vec());
        spellings.push(URL_SAFE.encode(&longer).as_bytes()[first..last].to_vec());
    }
    if let Ok(text) = std::str::from_utf8(secret) {
        let quoted = [
            format!("{text:?}"),
            serde_json::Value::from(text).to_string(),
        ];
        spellings.extend(quoted.map(|quoted| quoted.trim_matches('"').as_bytes().to_vec()));
        spellings.extend([
            text.to_lowercase().into_bytes(),
            text.to_uppercase().into_bytes(),
        ]);
    }
    spellings
}

fn decimal(secret: &[u8]) -> Vec<u8> {
    let list = format!("{secret:?}");
    list.trim_matches(['[', ']']).as_bytes().to_vec()
}

fn percent(secret: &[u8]) -> Vec<u8> {
    let mut text = String::new();
    for byte in secret {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
            text.push(char::from(*byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text.into_bytes()
}
