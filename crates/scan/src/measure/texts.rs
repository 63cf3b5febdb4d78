//! What texts are like: their lengths and shapes, and how many say nothing.

use std::collections::HashMap;

use types::profile::Lengths;

use super::to_real;
use crate::sketch::Shapes;

/// Frequent texts are kept only where they may be told, and then no longer than this, and no more of a column or a table:
/// what comes often comes early.
const LONGEST: usize = 64;
const MOST: usize = 100_000;
const MOST_OF_TABLE: usize = 400_000;

#[derive(Clone, Debug, Default)]
pub(super) struct Texts {
    count: u64,
    characters: u64,
    shortest: Option<u64>,
    longest: u64,
    pub(super) empty: u64,
    pub(super) blank: u64,
    pub(super) shapes: Shapes,
    /// Texts that came more than once, by hash.
    kept: HashMap<u64, Box<str>>,
}

impl Texts {
    #[inline]
    pub(super) fn add(&mut self, bytes: &[u8], text: Option<&str>) {
        // Bytes that do not continue a character: the characters of UTF-8, and nearly those of anything else.
        let characters = bytes.iter().filter(|byte| (**byte & 0xC0) != 0x80).count() as u64;
        self.add_length(characters);
        match bytes.first() {
            None => self.empty += 1,
            Some(first) if *first <= b' ' || *first >= 0xC2 => {
                self.blank += u64::from(text.is_some_and(|text| text.trim().is_empty()));
            }
            Some(_) => {}
        }
        if let Some(text) = text {
            self.shapes.observe(text);
        }
    }

    #[inline]
    pub(super) fn add_length(&mut self, characters: u64) {
        self.count += 1;
        self.characters += characters;
        self.longest = self.longest.max(characters);
        self.shortest = Some(self.shortest.map_or(characters, |shortest| shortest.min(characters)));
    }

    /// How many texts are kept of one of so many columns.
    pub(super) fn most_beside(columns: usize) -> usize {
        MOST.min(MOST_OF_TABLE / columns.max(1))
    }

    /// A text that came again, which is kept if there are fewer than `most`: the number of its shape.
    pub(super) fn repeated(&mut self, hash: u64, text: Option<&str>, most: usize) -> u16 {
        let Some(text) = text else { return Shapes::OTHER };
        if self.kept.len() < most {
            let end = text.char_indices().nth(LONGEST).map_or(text.len(), |(at, _)| at);
            self.kept.entry(hash).or_insert_with(|| text.get(..end).unwrap_or_default().into());
        }
        self.shapes.number(text)
    }

    pub(super) fn kept(&self, hash: u64) -> Option<&str> {
        self.kept.get(&hash).map(AsRef::as_ref)
    }

    /// Adds another's, whose texts are kept while there are fewer than `most`; answers what its shapes are called here.
    pub(super) fn merge(&mut self, other: &Self, most: usize) -> Vec<u16> {
        self.count += other.count;
        self.characters += other.characters;
        self.longest = self.longest.max(other.longest);
        self.shortest = match (self.shortest, other.shortest) {
            (Some(ours), Some(theirs)) => Some(ours.min(theirs)),
            (ours, theirs) => ours.or(theirs),
        };
        self.empty += other.empty;
        self.blank += other.blank;
        for (hash, text) in &other.kept {
            if self.kept.len() >= most {
                break;
            }
            self.kept.entry(*hash).or_insert_with(|| text.clone());
        }
        self.shapes.merge(&other.shapes)
    }

    pub(super) fn lengths(&self) -> Option<Lengths> {
        let min = self.shortest?;
        Some(Lengths { min, max: self.longest, mean: to_real(self.characters) / to_real(self.count) })
    }

    pub(super) fn bytes(&self) -> usize {
        32 * 1024 + self.kept.len() * (LONGEST + 32)
    }
}
