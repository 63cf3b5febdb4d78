//! Rules that are judged row by row.

use std::cmp::Ordering;
use std::collections::HashSet;

use regex::bytes::{Regex, RegexBuilder};

use super::value::{Bound, Domain, Value, uuid};

/// The most memory that a compiled pattern takes, and its cache while it runs.
const PATTERN_BYTES: usize = 1024 * 1024;
const CACHE_BYTES: usize = 256 * 1024;

/// Why a rule is not judged.
pub(super) type Reason = &'static str;

pub(super) const UNFIT: Reason = "The rule does not fit the column's type.";
const UNREADABLE: Reason = "A value of the rule cannot be read as the column's type.";

/// A rule about the values of one column.
#[derive(Debug)]
pub(crate) struct Check {
    /// The column's place among those that are read.
    pub(crate) column: usize,
    test: Test,
}

#[derive(Debug)]
enum Test {
    Texts(HashSet<Vec<u8>>),
    /// In ascending order.
    Values(Vec<Bound>),
    Range(Option<Bound>, Option<Bound>),
    Pattern(Regex),
}

impl Check {
    pub(super) fn accepted(column: usize, domain: Domain, values: &[String]) -> Result<Self, Reason> {
        if values.is_empty() {
            return Err("The rule names no accepted value.");
        }
        let test = match domain {
            Domain::Text => Test::Texts(values.iter().map(|value| value.clone().into_bytes()).collect()),
            Domain::Uuid => {
                Test::Texts(values.iter().map(|value| uuid(value)).collect::<Option<_>>().ok_or(UNREADABLE)?)
            }
            Domain::Plain | Domain::Opaque => return Err(UNFIT),
            _ => {
                let read = values.iter().map(|value| Bound::read(domain, value));
                let mut bounds: Vec<Bound> = read.collect::<Option<_>>().ok_or(UNREADABLE)?;
                bounds.sort_by(|one, another| one.compare(*another));
                Test::Values(bounds)
            }
        };
        Ok(Self { column, test })
    }

    pub(super) fn range(
        column: usize,
        domain: Domain,
        minimum: Option<&str>,
        maximum: Option<&str>,
    ) -> Result<Self, Reason> {
        if !domain.is_ordered() {
            return Err(UNFIT);
        }
        let read = |text: &str| Bound::read(domain, text).ok_or(UNREADABLE);
        let (least, most) = (minimum.map(read).transpose()?, maximum.map(read).transpose()?);
        match (least, most) {
            (None, None) => Err("The rule names neither a minimum nor a maximum."),
            (Some(least), Some(most)) if least.compare(most) == Ordering::Greater => {
                Err("The rule's minimum lies above its maximum.")
            }
            _ => Ok(Self { column, test: Test::Range(least, most) }),
        }
    }

    pub(super) fn pattern(column: usize, domain: Domain, pattern: &str) -> Result<Self, Reason> {
        if domain != Domain::Text {
            return Err(UNFIT);
        }
        let built = RegexBuilder::new(pattern).size_limit(PATTERN_BYTES).dfa_size_limit(CACHE_BYTES).build();
        match built {
            Ok(pattern) => Ok(Self { column, test: Test::Pattern(pattern) }),
            Err(regex::Error::CompiledTooBig(_)) => Err("The rule's pattern is too large."),
            Err(_) => Err("The rule's pattern is no regular expression of the kind that is understood."),
        }
    }

    /// Whether a value is as it should be; `None` when that cannot be told.
    fn holds(&self, value: Value<'_>) -> Option<bool> {
        if matches!(value, Value::Unread) {
            return None;
        }
        Some(match (&self.test, value) {
            (Test::Texts(accepted), Value::Text(text)) => accepted.contains(text),
            (Test::Pattern(pattern), Value::Text(text)) => pattern.is_match(text),
            (Test::Values(accepted), value) => {
                let place = |bound: &Bound| bound.place(value).map(Ordering::reverse);
                // Comparable with one is comparable with all: they are of one type.
                accepted.first().and_then(place).is_some()
                    && accepted.binary_search_by(|bound| place(bound).unwrap_or(Ordering::Less)).is_ok()
            }
            (Test::Range(least, most), value) => {
                let outside = |bound: &Option<Bound>, side| {
                    bound.is_some_and(|bound| bound.place(value).is_none_or(|place| place == side))
                };
                !outside(least, Ordering::Less) && !outside(most, Ordering::Greater)
            }
            (Test::Texts(_) | Test::Pattern(_), _) => false,
        })
    }
}

/// What a check counted. Two parts of a table add up to what one pass would have counted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    /// Values that are not NULL.
    pub(super) checked: u64,
    pub(super) failing: u64,
    /// Values of which it could not be told.
    pub(super) unread: u64,
}

impl Tally {
    pub(crate) fn add(&mut self, check: &Check, value: Value<'_>) {
        self.checked += 1;
        match check.holds(value) {
            Some(true) => {}
            Some(false) => self.failing += 1,
            None => self.unread += 1,
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.checked += other.checked;
        self.failing += other.failing;
        self.unread += other.unread;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_among_the_accepted_ones_however_they_are_kept() {
        let accepted = ["10", "4.99", "-1"].map(str::to_owned);
        let check = Check::accepted(0, Domain::Number, &accepted).unwrap();
        let cases = [
            (Value::Integer(10), true),
            (Value::Integer(-1), true),
            (Value::Integer(5), false),
            (Value::Real(4.99), true),
            (Value::Decimal(super::super::Decimal::new(49900, 4)), true),
            (Value::Decimal(super::super::Decimal::new(4991, 3)), false),
            (Value::Real(f64::NAN), false),
            (Value::Above, false),
            (Value::Alien, false),
        ];
        for (value, expected) in cases {
            assert_eq!(check.holds(value), Some(expected), "{value:?}");
        }
        assert_eq!(check.holds(Value::Unread), None);
    }

    #[test]
    fn both_ends_of_a_range_are_included_and_infinity_lies_beyond_its_end() {
        let check = |minimum, maximum| Check::range(0, Domain::Number, minimum, maximum).unwrap();
        let (both, open) = (check(Some("0"), Some("10")), check(Some("0"), None));
        let cases = [
            (Value::Integer(0), true, true),
            (Value::Integer(10), true, true),
            (Value::Real(10.000_001), false, true),
            (Value::Integer(-1), false, false),
            (Value::Above, false, true),
            (Value::Below, false, false),
            (Value::Real(f64::INFINITY), false, true),
            (Value::Real(f64::NAN), false, false),
            (Value::Alien, false, false),
        ];
        for (value, in_both, in_open) in cases {
            assert_eq!((both.holds(value), open.holds(value)), (Some(in_both), Some(in_open)), "{value:?}");
        }
    }

    #[test]
    fn a_pattern_matches_somewhere_unless_it_is_bound_and_a_huge_one_is_refused() {
        let check = |pattern| Check::pattern(0, Domain::Text, pattern);
        assert_eq!(check("a+").unwrap().holds(Value::Text(b"xxaax")), Some(true));
        assert_eq!(check("^a+$").unwrap().holds(Value::Text(b"xxaax")), Some(false));
        assert_eq!(check("^.$").unwrap().holds(Value::Text("ä".as_bytes())), Some(true));
        assert_eq!(check("^.$").unwrap().holds(Value::Text(b"\xff")), Some(false), "no text at all");
        for (pattern, word) in
            [("(", "no regular"), ("(?=a)", "no regular"), (r"(\w{100}){100}", "too large")]
        {
            assert!(check(pattern).unwrap_err().contains(word), "{pattern}");
        }
    }
}
