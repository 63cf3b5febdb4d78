//! What is written in the form, and the expectation that it says.

use leptos::prelude::*;
use types::expectation::{Expectation, ExpectationDefinition, ExpectationRule};
use types::incident::IncidentSeverity;

/// The kinds of rules, in the words of the form.
pub(super) const KINDS: [(&str, &str); 8] = [
    ("not_null", "Is never NULL"),
    ("unique", "Is unique"),
    ("accepted_values", "Is one of these values"),
    ("range", "Lies between two values"),
    ("pattern", "Matches a pattern"),
    ("referential", "Has a parent in another table"),
    ("row_count", "The table has so many rows"),
    ("freshness", "The table has a new row in time"),
];

/// Units of an age, by their seconds.
pub(super) const UNITS: [(&str, &str, u64); 3] =
    [("minutes", "minutes", 60), ("hours", "hours", 3_600), ("days", "days", 86_400)];

/// A column, and for `referential` the one of the other table that it is looked for in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) own: RwSignal<String>,
    pub(super) other: RwSignal<String>,
}

impl Pair {
    pub(super) fn new(own: impl Into<String>, other: impl Into<String>) -> Self {
        Self { own: RwSignal::new(own.into()), other: RwSignal::new(other.into()) }
    }
}

/// Every field of the form. What another kind of rule needs stays while the kind is changed.
#[derive(Clone, Copy)]
pub(super) struct Written {
    pub(super) kind: RwSignal<String>,
    pub(super) table: RwSignal<String>,
    pub(super) column: RwSignal<String>,
    pub(super) pairs: RwSignal<Vec<Pair>>,
    pub(super) references: RwSignal<String>,
    /// One a line.
    pub(super) values: RwSignal<String>,
    pub(super) minimum: RwSignal<String>,
    pub(super) maximum: RwSignal<String>,
    pub(super) pattern: RwSignal<String>,
    pub(super) age: RwSignal<String>,
    pub(super) unit: RwSignal<String>,
    pub(super) severity: RwSignal<String>,
    pub(super) description: RwSignal<String>,
}

/// A field that cannot be sent as it is: its pointer, and what to do.
pub(super) type Fault = (&'static str, &'static str);

impl Written {
    /// About a table and a column, as far as they are known.
    pub(super) fn new(table: String, column: String) -> Self {
        let text = |text: &str| RwSignal::new(text.to_owned());
        Self {
            kind: text("not_null"),
            table: RwSignal::new(table),
            pairs: RwSignal::new(vec![Pair::new(column.clone(), "")]),
            column: RwSignal::new(column),
            references: text(""),
            values: text(""),
            minimum: text(""),
            maximum: text(""),
            pattern: text(""),
            age: text("24"),
            unit: text("hours"),
            severity: text(IncidentSeverity::Warning.as_str()),
            description: text(""),
        }
    }

    /// As it is kept.
    pub(super) fn of(expectation: &Expectation) -> Self {
        let written = Self::new(String::new(), String::new());
        written.take_over(expectation);
        written
    }

    /// Writes what is kept in the place of what is written.
    pub(super) fn take_over(self, expectation: &Expectation) {
        let definition = &expectation.definition;
        self.table.set(definition.table.clone());
        self.severity.set(definition.severity.as_str().to_owned());
        self.description.set(definition.description.clone().unwrap_or_default());
        self.take(&definition.rule);
    }

    fn take(self, rule: &ExpectationRule) {
        let number = |bound: Option<u64>| bound.map(|bound| bound.to_string()).unwrap_or_default();
        let about = |kind: &str, column: &str| {
            self.kind.set(kind.to_owned());
            self.column.set(column.to_owned());
        };
        match rule {
            ExpectationRule::NotNull { column } => about("not_null", column),
            ExpectationRule::Unique { columns } => {
                about("unique", "");
                self.pairs.set(columns.iter().map(|column| Pair::new(column, "")).collect());
            }
            ExpectationRule::AcceptedValues { column, values } => {
                about("accepted_values", column);
                self.values.set(values.join("\n"));
            }
            ExpectationRule::Range { column, minimum, maximum } => {
                about("range", column);
                self.minimum.set(minimum.clone().unwrap_or_default());
                self.maximum.set(maximum.clone().unwrap_or_default());
            }
            ExpectationRule::Pattern { column, pattern } => {
                about("pattern", column);
                self.pattern.set(pattern.clone());
            }
            ExpectationRule::RowCount { minimum, maximum } => {
                about("row_count", "");
                self.minimum.set(number(*minimum));
                self.maximum.set(number(*maximum));
            }
            ExpectationRule::Freshness { maximum_age_seconds } => {
                about("freshness", "");
                let (age, unit) = in_largest_unit(*maximum_age_seconds);
                self.age.set(age.to_string());
                self.unit.set(unit.to_owned());
            }
            ExpectationRule::Referential { columns, references, referenced_columns } => {
                about("referential", "");
                self.references.set(references.clone());
                let pairs = columns.iter().zip(referenced_columns).map(|(own, other)| Pair::new(own, other));
                self.pairs.set(pairs.collect());
            }
        }
    }

    /// What is said; not tracked.
    pub(super) fn definition(self, enabled: bool) -> Result<ExpectationDefinition, Fault> {
        let critical = self.severity.get_untracked() == IncidentSeverity::Critical.as_str();
        Ok(ExpectationDefinition {
            table: self.table.get_untracked(),
            rule: self.rule()?,
            severity: if critical { IncidentSeverity::Critical } else { IncidentSeverity::Warning },
            description: Some(self.description.get_untracked()).filter(|text| !text.trim().is_empty()),
            enabled,
        })
    }

    fn rule(self) -> Result<ExpectationRule, Fault> {
        let column = self.column.get_untracked();
        let filled = |part: RwSignal<String>| {
            Some(part.get_untracked().trim().to_owned()).filter(|text| !text.is_empty())
        };
        let pairs = self.pairs.get_untracked();
        let columns = || pairs.iter().map(|pair| pair.own.get_untracked()).collect();
        Ok(match self.kind.get_untracked().as_str() {
            "unique" => ExpectationRule::Unique { columns: columns() },
            "accepted_values" => {
                ExpectationRule::AcceptedValues { column, values: lines(&self.values.get_untracked()) }
            }
            "range" => ExpectationRule::Range {
                column,
                minimum: filled(self.minimum),
                maximum: filled(self.maximum),
            },
            "pattern" => ExpectationRule::Pattern { column, pattern: self.pattern.get_untracked() },
            "referential" => ExpectationRule::Referential {
                columns: columns(),
                references: self.references.get_untracked(),
                referenced_columns: pairs.iter().map(|pair| pair.other.get_untracked()).collect(),
            },
            "row_count" => ExpectationRule::RowCount {
                minimum: rows("/rule/minimum", filled(self.minimum))?,
                maximum: rows("/rule/maximum", filled(self.maximum))?,
            },
            "freshness" => {
                let unit = self.unit.get_untracked();
                let seconds = UNITS.iter().find(|(key, ..)| *key == unit).map_or(1, |(.., seconds)| *seconds);
                let wrong = ("/rule/maximum_age_seconds", "Write a whole number, such as 24.");
                let age: u64 = self.age.get_untracked().trim().parse().map_err(|_| wrong)?;
                ExpectationRule::Freshness { maximum_age_seconds: age.checked_mul(seconds).ok_or(wrong)? }
            }
            _ => ExpectationRule::NotNull { column },
        })
    }
}

/// The lines of a text that are not empty.
fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

fn rows(pointer: &'static str, text: Option<String>) -> Result<Option<u64>, Fault> {
    let number = text.map(|text| text.replace([',', ' '], "").parse());
    number.transpose().map_err(|_| (pointer, "Write a whole number of rows, such as 1000."))
}

/// An age without a remainder; seconds that fit no unit are minutes, rounded up.
fn in_largest_unit(seconds: u64) -> (u64, &'static str) {
    let fits = UNITS.iter().rev().find(|(.., unit)| seconds >= *unit && seconds.is_multiple_of(*unit));
    fits.map_or_else(|| (seconds.div_ceil(60), "minutes"), |(key, _, unit)| (seconds / unit, *key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_written_in_the_form_and_said_again() {
        let owner = Owner::new();
        owner.set();
        for rule in [
            serde_json::json!({"kind": "not_null", "column": "note"}),
            serde_json::json!({"kind": "unique", "columns": ["a", "b"]}),
            serde_json::json!({"kind": "accepted_values", "column": "status", "values": ["paid", "open"]}),
            serde_json::json!({"kind": "range", "column": "amount", "minimum": "0"}),
            serde_json::json!({"kind": "pattern", "column": "note", "pattern": "^a b$"}),
            serde_json::json!({"kind": "row_count", "maximum": 1000}),
            serde_json::json!({"kind": "freshness", "maximum_age_seconds": 172_800}),
            serde_json::json!({"kind": "referential", "columns": ["a"], "references": "b.c", "referenced_columns": ["d"]}),
        ] {
            let rule: ExpectationRule = serde_json::from_value(rule).unwrap();
            let written = Written::new("public.orders".to_owned(), String::new());
            written.take(&rule);
            assert_eq!(written.rule(), Ok(rule));
        }
    }

    #[test]
    fn a_number_that_is_none_is_named_with_its_field() {
        let owner = Owner::new();
        owner.set();
        let written = Written::new(String::new(), String::new());
        written.kind.set("row_count".to_owned());
        written.maximum.set("many".to_owned());
        assert_eq!(written.rule().unwrap_err().0, "/rule/maximum");
        written.maximum.set("1,000".to_owned());
        assert_eq!(written.rule(), Ok(ExpectationRule::RowCount { minimum: None, maximum: Some(1000) }));
        written.kind.set("freshness".to_owned());
        written.age.set("-1".to_owned());
        assert_eq!(written.rule().unwrap_err().0, "/rule/maximum_age_seconds");
    }

    #[test]
    fn an_age_is_said_in_its_largest_unit() {
        for (seconds, expected) in [
            (60, (1, "minutes")),
            (5_400, (90, "minutes")),
            (7_200, (2, "hours")),
            (86_400, (1, "days")),
            (90, (2, "minutes")),
        ] {
            assert_eq!(in_largest_unit(seconds), expected);
        }
    }
}
