//! What one pass over a column adds up: NULLs, different values, the least and the greatest, the newest, what numbers
//! and texts are like. Two parts of a table measured apart merge to what one pass would have found.

mod clusters;
mod finish;
mod numbers;
mod point;
mod texts;
mod time;

use std::collections::HashMap;

use types::Timestamp;
use xxhash_rust::xxh3::xxh3_64;

use crate::sketch::{Examples, Shapes};
use clusters::Clusters;
use numbers::Numbers;
use texts::Texts;

pub(crate) use crate::sketch::Distinct;
pub(crate) use point::{DAY, Packed, Point};
pub(crate) use time::time_of;

/// How much of a table's rows was read.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reading {
    All,
    /// A sample of a table that has about so many rows.
    Sample {
        of: u64,
    },
    /// The first rows of such a table: no fair sample, so its figures have no bound.
    Part {
        of: u64,
    },
}

/// The running state of one column.
#[derive(Clone, Debug)]
pub(crate) struct Measure {
    nulls: u64,
    values: u64,
    /// `None` for types without a cheap equality.
    distinct: Option<Distinct>,
    least: Option<Point>,
    greatest: Option<Point>,
    newest: Option<i64>,
    /// Times after this are typing errors or plans, not arrivals.
    plausible_until: i64,
    /// A key of this one column: distinct by definition.
    unique: bool,
    numbers: Numbers,
    texts: Option<Box<Texts>>,
    examples: Examples,
    clusters: Clusters,
    /// The frequent values themselves may be told.
    values_allowed: bool,
    /// So many texts are kept for that.
    most_texts: usize,
    /// How frequent values are written that are neither texts nor have a place, by hash.
    names: HashMap<u64, Box<str>>,
    /// The table's name, which says what a column called `name` is.
    table: String,
}

impl Measure {
    /// For a column of a pass that starts at `now` (the database's clock, microseconds since 1970). A `unique` one is
    /// the only column of a key.
    pub(crate) fn new(now: i64, unique: bool, distinct: Option<Distinct>) -> Self {
        Self {
            nulls: 0,
            values: 0,
            distinct: distinct.map(|distinct| if unique { distinct.of_unique() } else { distinct }),
            least: None,
            greatest: None,
            newest: None,
            plausible_until: now.saturating_add(DAY),
            unique,
            numbers: Numbers::default(),
            texts: None,
            examples: Examples::default(),
            clusters: Clusters::default(),
            values_allowed: false,
            most_texts: 0,
            names: HashMap::new(),
            table: String::new(),
        }
    }

    /// Tells the table's name and how many columns it has, and whether frequent values may be told as they are.
    pub(crate) fn of_table(self, table: &str, columns: usize, values_allowed: bool) -> Self {
        let most_texts = if values_allowed { Texts::most_beside(columns) } else { 0 };
        Self { table: table.to_owned(), values_allowed, most_texts, ..self }
    }

    #[inline]
    pub(crate) fn null(&mut self) {
        self.nulls += 1;
    }

    /// A value whose equality is its hash; `None` when the type has none that is cheap.
    #[inline]
    pub(crate) fn value(&mut self, hash: Option<u64>, point: Option<Point>) {
        self.values += 1;
        if let (Some(distinct), Some(hash)) = (&mut self.distinct, hash) {
            let is_new = distinct.insert(hash, point, || Shapes::OTHER);
            // Card and telephone numbers are kept as numbers too; shorter ones say nothing.
            if is_new
                && let Some(Point::Integer(number @ 100_000_000..)) = point
                && self.examples.wants(hash)
            {
                self.examples.keep(hash, &number.to_string());
            }
        }
        if let Some(point) = point {
            self.place(point);
        }
    }

    /// A value without a place, and how it is written.
    #[inline]
    pub(crate) fn named(&mut self, hash: u64, name: impl FnOnce() -> String) {
        self.values += 1;
        let (names, most) = (&mut self.names, self.most_texts);
        let keep = || {
            if names.len() < most {
                names.entry(hash).or_insert_with(|| name().into());
            }
            Shapes::OTHER
        };
        if let Some(distinct) = &mut self.distinct {
            distinct.insert(hash, None, keep);
        }
    }

    /// A text, in UTF-8 unless the database keeps bytes that are not.
    #[inline]
    pub(crate) fn text(&mut self, bytes: &[u8]) {
        self.text_at(bytes, None);
    }

    /// A text that says a time, where times are kept as text.
    pub(crate) fn text_at(&mut self, bytes: &[u8], point: Option<Point>) {
        self.values += 1;
        let hash = xxh3_64(bytes);
        let texts = self.texts.get_or_insert_default();
        let text = std::str::from_utf8(bytes).ok();
        texts.add(bytes, text);
        let is_new = match &mut self.distinct {
            Some(distinct) => distinct.insert(hash, point, || texts.repeated(hash, text, self.most_texts)),
            None => false,
        };
        if is_new
            && self.examples.wants(hash)
            && let Some(text) = text
        {
            self.examples.keep(hash, text);
        }
        if let Some(point) = point {
            self.place(point);
        }
    }

    /// A text as a server sent it: itself, or, when it is too long for that, a byte 1, its length in characters, a colon
    /// and a hash. A short text that looks like that is taken for a long one, and so is a little longer than it was: its
    /// equality is the same.
    #[inline]
    pub(crate) fn text_or_hash(&mut self, sent: &[u8]) {
        match long_text_length(sent) {
            Some(characters) => self.long_text(xxh3_64(sent), characters),
            None => self.text(sent),
        }
    }

    /// A text too long to be sent: its hash and its length in characters.
    fn long_text(&mut self, hash: u64, characters: u64) {
        self.values += 1;
        self.texts.get_or_insert_default().add_length(characters);
        if let Some(distinct) = &mut self.distinct {
            distinct.insert(hash, None, || Shapes::OTHER);
        }
    }

    #[inline]
    fn place(&mut self, point: Point) {
        if self.least.is_none_or(|least| point.is_before(least)) {
            self.least = Some(point);
        }
        if self.greatest.is_none_or(|greatest| greatest.is_before(point)) {
            self.greatest = Some(point);
        }
        match point {
            Point::Integer(_) | Point::Real(_) => self.numbers.add(point.real()),
            Point::Instant(at) | Point::Day(at) => {
                if at <= self.plausible_until && self.newest.is_none_or(|newest| newest < at) {
                    self.newest = Some(at);
                }
            }
            Point::Clock(_) => {}
        }
    }

    /// Says that a page of the table ended: what comes next is on another.
    #[inline]
    pub(crate) fn end_page(&mut self) {
        self.clusters.end(self.nulls, self.values);
    }

    /// Adds what another part of the same column held.
    pub(crate) fn merge(&mut self, other: &Self) {
        let none = Vec::new();
        let shapes = match (&mut self.texts, &other.texts) {
            (Some(ours), Some(theirs)) => ours.merge(theirs, self.most_texts),
            (ours @ None, Some(theirs)) => ours.insert(Box::default()).merge(theirs, self.most_texts),
            (_, None) => none,
        };
        if let (Some(ours), Some(theirs)) = (&mut self.distinct, &other.distinct) {
            ours.merge(theirs, &shapes);
        }
        self.nulls += other.nulls;
        self.values += other.values;
        for point in [other.least, other.greatest].into_iter().flatten() {
            if self.least.is_none_or(|least| point.is_before(least)) {
                self.least = Some(point);
            }
            if self.greatest.is_none_or(|greatest| greatest.is_before(point)) {
                self.greatest = Some(point);
            }
        }
        for (hash, name) in &other.names {
            if self.names.len() < self.most_texts {
                self.names.entry(*hash).or_insert_with(|| name.clone());
            }
        }
        self.newest = self.newest.max(other.newest);
        self.plausible_until = self.plausible_until.max(other.plausible_until);
        self.numbers.merge(&other.numbers);
        self.examples.merge(&other.examples);
        self.clusters.merge(&other.clusters);
    }

    /// The newest plausible time.
    pub(crate) fn newest(&self) -> Option<Timestamp> {
        self.newest.and_then(|at| Timestamp::from_millis(at.div_euclid(1000)))
    }

    /// How many rows were counted.
    pub(crate) fn rows(&self) -> u64 {
        self.nulls + self.values
    }

    pub(crate) fn nulls(&self) -> u64 {
        self.nulls
    }

    /// The number of different values, unless it is only known roughly.
    pub(crate) fn exact_distinct(&self) -> Option<u64> {
        if self.unique {
            return Some(self.values);
        }
        self.distinct.as_ref().filter(|distinct| !distinct.is_sketched()).map(Distinct::count)
    }

    /// About how much memory this takes.
    pub(crate) fn bytes(&self) -> usize {
        let texts = self.texts.as_ref().map_or(0, |texts| texts.bytes());
        size_of::<Self>()
            + self.distinct.as_ref().map_or(0, Distinct::bytes)
            + texts
            + (self.examples.len() + self.names.len()) * 64
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of rows stay far below 2^53")]
pub(crate) fn to_real(count: u64) -> f64 {
    count as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float-to-integer cast saturates, and counts are never negative"
)]
pub(crate) fn whole(count: f64) -> u64 {
    count as u64
}

/// The length in characters that was sent instead of a long text.
fn long_text_length(sent: &[u8]) -> Option<u64> {
    let (1, rest) = sent.split_first()? else { return None };
    let (characters, _) = std::str::from_utf8(rest).ok()?.split_once(':')?;
    characters.parse().ok()
}

#[cfg(test)]
mod tests;
