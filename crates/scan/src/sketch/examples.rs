//! A fair choice among the different values of a column, for the rules that judge what they mean. It never leaves.

use std::collections::BTreeMap;

/// How many are kept.
const MOST: usize = 256;
/// Longer texts are cut: what tells an address or a key apart comes early.
const LONGEST: usize = 128;

/// The values with the least hashes: whatever order the rows come in, the choice is the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Examples {
    by_hash: BTreeMap<u64, Box<str>>,
}

impl Examples {
    /// Whether a value with this hash would be kept.
    pub(crate) fn wants(&self, hash: u64) -> bool {
        self.by_hash.len() < MOST || self.by_hash.last_key_value().is_some_and(|(last, _)| hash < *last)
    }

    pub(crate) fn keep(&mut self, hash: u64, text: &str) {
        let end = text.char_indices().nth(LONGEST).map_or(text.len(), |(at, _)| at);
        self.by_hash.entry(hash).or_insert_with(|| text.get(..end).unwrap_or_default().into());
        if self.by_hash.len() > MOST {
            self.by_hash.pop_last();
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (hash, text) in &other.by_hash {
            if self.wants(*hash) {
                self.keep(*hash, text);
            }
        }
    }

    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.by_hash.values().map(AsRef::as_ref)
    }

    pub(crate) fn len(&self) -> usize {
        self.by_hash.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_choice_does_not_depend_on_the_order_or_on_the_parts() {
        let texts: Vec<String> = (0..5000).map(|i| format!("value {i}")).collect();
        let chosen = |texts: &mut dyn Iterator<Item = &String>| {
            let mut examples = Examples::default();
            for text in texts {
                let hash = xxhash_rust::xxh3::xxh3_64(text.as_bytes());
                if examples.wants(hash) {
                    examples.keep(hash, text);
                }
            }
            examples
        };
        let all = |examples: &Examples| examples.texts().map(str::to_owned).collect::<Vec<_>>();
        let forwards = chosen(&mut texts.iter());
        assert_eq!(forwards.len(), MOST);
        assert_eq!(all(&forwards), all(&chosen(&mut texts.iter().rev())));
        let mut merged = chosen(&mut texts.iter().take(900));
        merged.merge(&chosen(&mut texts.iter().skip(900)));
        assert_eq!(all(&forwards), all(&merged));
    }
}
