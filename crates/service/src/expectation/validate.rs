//! What an expectation may say: sizes, forms, and names that are in the schema.

use std::collections::HashSet;

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use domain::expectation::{Missing, missing};
use regex::RegexBuilder;
use types::expectation::{ExpectationDefinition, ExpectationRule};
use types::problem::FieldError;
use types::snapshot::Object;

/// The most characters of a name of a table or a column.
const LONGEST_NAME: usize = 500;
const LONGEST_DESCRIPTION: usize = 500;
/// The most characters of an accepted value or a bound.
const LONGEST_VALUE: usize = 200;
/// The most characters of a pattern.
const LONGEST_PATTERN: usize = 1_000;
/// The most bytes that a compiled pattern takes.
const LARGEST_PATTERN: usize = 1 << 20;
const MOST_VALUES: usize = 500;
const MOST_COLUMNS: usize = 16;
/// Ten years.
const LONGEST_AGE: u64 = 10 * 366 * 24 * 60 * 60;
/// The most rows that a database counts.
const MOST_ROWS: u64 = i64::MAX.unsigned_abs();

/// All that does not fit, with JSON pointers into the definition. Names are looked up in the newest schema, if there is one.
pub(super) fn faults(definition: &ExpectationDefinition, objects: Option<&[Object]>) -> Vec<FieldError> {
    let mut faults = Faults::default();
    faults.name("/table", &definition.table);
    let description = definition.description.as_deref().unwrap_or_default();
    if description.chars().count() > LONGEST_DESCRIPTION {
        faults.add("/description", "length", format!("At most {LONGEST_DESCRIPTION} characters."));
    }
    faults.rule(&definition.rule);
    if let Some(objects) = objects
        && faults.0.is_empty()
        && let Some(missing) = missing(&definition.table, &definition.rule, objects)
    {
        faults.missing(definition, missing);
    }
    faults.0
}

#[derive(Default)]
struct Faults(Vec<FieldError>);

impl Faults {
    fn add(&mut self, pointer: &str, code: &str, detail: impl Into<String>) {
        self.0.push(FieldError::new(pointer, code, detail));
    }

    fn name(&mut self, pointer: &str, name: &str) {
        if name.trim().is_empty() {
            self.add(pointer, "required", "Say which.");
        } else if name.chars().count() > LONGEST_NAME {
            self.add(pointer, "length", format!("At most {LONGEST_NAME} characters."));
        }
    }

    fn columns(&mut self, pointer: &str, columns: &[String]) {
        if columns.is_empty() || columns.len() > MOST_COLUMNS {
            self.add(pointer, "range", format!("Between 1 and {MOST_COLUMNS} columns."));
            return;
        }
        let mut seen = HashSet::new();
        for (at, column) in columns.iter().enumerate() {
            let place = format!("{pointer}/{at}");
            self.name(&place, column);
            if !seen.insert(column) {
                self.add(&place, "duplicate", "The column is named twice.");
            }
        }
    }

    fn rule(&mut self, rule: &ExpectationRule) {
        match rule {
            ExpectationRule::NotNull { column } => self.name("/rule/column", column),
            ExpectationRule::Unique { columns } => self.columns("/rule/columns", columns),
            ExpectationRule::AcceptedValues { column, values } => {
                self.name("/rule/column", column);
                self.values(values);
            }
            ExpectationRule::Range { column, minimum, maximum } => {
                self.name("/rule/column", column);
                self.range(minimum.as_deref(), maximum.as_deref());
            }
            ExpectationRule::Pattern { column, pattern } => {
                self.name("/rule/column", column);
                self.pattern(pattern);
            }
            ExpectationRule::RowCount { minimum, maximum } => self.row_count(*minimum, *maximum),
            ExpectationRule::Freshness { maximum_age_seconds } => {
                if !(1..=LONGEST_AGE).contains(maximum_age_seconds) {
                    let detail = "Between a second and ten years.";
                    self.add("/rule/maximum_age_seconds", "range", detail);
                }
            }
            ExpectationRule::Referential { columns, references, referenced_columns } => {
                self.columns("/rule/columns", columns);
                self.name("/rule/references", references);
                self.columns("/rule/referenced_columns", referenced_columns);
                if columns.len() != referenced_columns.len() {
                    let detail = format!(
                        "As many as the {} of this table: each column is looked for in one of the other table.",
                        columns.len()
                    );
                    self.add("/rule/referenced_columns", "count", detail);
                }
            }
        }
    }

    fn values(&mut self, values: &[String]) {
        if values.is_empty() || values.len() > MOST_VALUES {
            self.add("/rule/values", "range", format!("Between 1 and {MOST_VALUES} values."));
        }
        let mut seen = HashSet::new();
        for (at, value) in values.iter().enumerate().take(MOST_VALUES) {
            let place = format!("/rule/values/{at}");
            if value.chars().count() > LONGEST_VALUE {
                self.add(&place, "length", format!("At most {LONGEST_VALUE} characters."));
            }
            if !seen.insert(value) {
                self.add(&place, "duplicate", "The value is there twice.");
            }
        }
    }

    fn range(&mut self, minimum: Option<&str>, maximum: Option<&str>) {
        let mut bound = |pointer, text: Option<&str>| {
            let text = text?;
            let bound = Bound::read(text);
            if bound.is_none() {
                let detail = "A number such as 12.50, a day such as 2026-01-31, or a time such as 2026-01-31T08:00:00Z.";
                self.add(pointer, "form", detail);
            }
            bound
        };
        let (from, to) = (bound("/rule/minimum", minimum), bound("/rule/maximum", maximum));
        match (from, to) {
            _ if minimum.is_none() && maximum.is_none() => {
                self.add("/rule/minimum", "required", "Give the least value, the greatest, or both.");
            }
            (Some(from), Some(to)) if !from.is_like(to) => {
                self.add("/rule/maximum", "form", "Both are numbers, or both are times.");
            }
            (Some(from), Some(to)) if to.is_below(from) => {
                self.add("/rule/maximum", "range", "The greatest value is below the least.");
            }
            _ => {}
        }
    }

    fn pattern(&mut self, pattern: &str) {
        if pattern.is_empty() {
            self.add("/rule/pattern", "required", "An empty pattern matches everything.");
        } else if pattern.chars().count() > LONGEST_PATTERN {
            self.add("/rule/pattern", "length", format!("At most {LONGEST_PATTERN} characters."));
        } else if let Err(error) = RegexBuilder::new(pattern).size_limit(LARGEST_PATTERN).build() {
            let detail = match error {
                regex::Error::CompiledTooBig(_) => {
                    "The pattern becomes too large. Repeat fewer times, or fewer kinds of letters.".to_owned()
                }
                error => {
                    let said = error.to_string();
                    let why = said.lines().last().unwrap_or_default().trim_start_matches("error: ");
                    format!(
                        "This is no regular expression: {why}. Look-around and back references do not exist here."
                    )
                }
            };
            self.add("/rule/pattern", "pattern", detail);
        }
    }

    fn row_count(&mut self, minimum: Option<u64>, maximum: Option<u64>) {
        match (minimum, maximum) {
            (None, None) => {
                self.add("/rule/minimum", "required", "Give the fewest rows, the most, or both.");
            }
            (Some(minimum), Some(maximum)) if maximum < minimum => {
                self.add("/rule/maximum", "range", "The most rows are fewer than the fewest.");
            }
            _ => {}
        }
        for (pointer, bound) in [("/rule/minimum", minimum), ("/rule/maximum", maximum)] {
            if bound.is_some_and(|rows| rows > MOST_ROWS) {
                self.add(pointer, "range", format!("At most {MOST_ROWS} rows."));
            }
        }
    }

    fn missing(&mut self, definition: &ExpectationDefinition, missing: Missing<'_>) {
        let one = matches!(
            definition.rule,
            ExpectationRule::NotNull { .. }
                | ExpectationRule::AcceptedValues { .. }
                | ExpectationRule::Range { .. }
                | ExpectationRule::Pattern { .. }
        );
        let no_table = |path: &str| format!("There is no table {path} in the newest schema.");
        let no_column = |column: &str, table: &str| format!("There is no column {column} in {table}.");
        let table = definition.table.as_str();
        match missing {
            Missing::Table => self.add("/table", "unknown", no_table(table)),
            Missing::Column(_, column) if one => {
                self.add("/rule/column", "unknown", no_column(column, table));
            }
            Missing::Column(at, column) => {
                self.add(&format!("/rule/columns/{at}"), "unknown", no_column(column, table));
            }
            Missing::References(path) => self.add("/rule/references", "unknown", no_table(path)),
            Missing::ReferencedColumn(at, column) => {
                let place = format!("/rule/referenced_columns/{at}");
                self.add(&place, "unknown", no_column(column, "that table"));
            }
        }
    }
}

/// An end of a range, as far as it can be read without the column's type.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Bound {
    Number(f64),
    Time(NaiveDateTime),
}

impl Bound {
    fn read(text: &str) -> Option<Self> {
        if text.chars().count() > LONGEST_VALUE {
            return None;
        }
        let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
        let is_number = text.chars().all(|letter| letter.is_ascii_digit() || "+-.eE".contains(letter));
        if let Some(number) = number.filter(|_| is_number) {
            return Some(Self::Number(number));
        }
        let day = || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0);
        let zoned = || DateTime::parse_from_rfc3339(text).ok().map(|time| time.naive_utc());
        let local = |form| NaiveDateTime::parse_from_str(text, form).ok();
        day()
            .or_else(zoned)
            .or_else(|| local("%Y-%m-%dT%H:%M:%S%.f"))
            .or_else(|| local("%Y-%m-%d %H:%M:%S%.f"))
            .map(Self::Time)
    }

    fn is_like(self, other: Self) -> bool {
        std::mem::discriminant(&self) == std::mem::discriminant(&other)
    }

    fn is_below(self, other: Self) -> bool {
        match (self, other) {
            (Self::Number(this), Self::Number(other)) => this < other,
            (Self::Time(this), Self::Time(other)) => this < other,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(rule: serde_json::Value) -> Vec<String> {
        let definition = serde_json::json!({"table": "public.orders", "rule": rule});
        let definition = serde_json::from_value(definition).unwrap();
        faults(&definition, None)
            .into_iter()
            .map(|fault| format!("{} {}", fault.pointer, fault.code))
            .collect()
    }

    #[test]
    fn each_fault_is_named_with_its_place() {
        let long = "x".repeat(1_001);
        let none: &[&str] = &[];
        for (rule, expected) in [
            (serde_json::json!({"kind": "not_null", "column": " "}), &["/rule/column required"][..]),
            (serde_json::json!({"kind": "unique", "columns": []}), &["/rule/columns range"]),
            (serde_json::json!({"kind": "unique", "columns": ["a", "a"]}), &["/rule/columns/1 duplicate"]),
            (
                serde_json::json!({"kind": "accepted_values", "column": "a", "values": []}),
                &["/rule/values range"],
            ),
            (
                serde_json::json!({"kind": "accepted_values", "column": "a", "values": ["b", "b"]}),
                &["/rule/values/1 duplicate"],
            ),
            (serde_json::json!({"kind": "range", "column": "a"}), &["/rule/minimum required"]),
            (serde_json::json!({"kind": "range", "column": "a", "minimum": "inf"}), &["/rule/minimum form"]),
            (serde_json::json!({"kind": "range", "column": "a", "minimum": "-1.5e3"}), none),
            (
                serde_json::json!({"kind": "range", "column": "a", "minimum": "10", "maximum": "9"}),
                &["/rule/maximum range"],
            ),
            (
                serde_json::json!({"kind": "range", "column": "a", "minimum": "1", "maximum": "2026-01-31"}),
                &["/rule/maximum form"],
            ),
            (
                serde_json::json!({"kind": "range", "column": "a", "minimum": "2026-01-31", "maximum": "2026-01-31T08:00:00Z"}),
                none,
            ),
            (
                serde_json::json!({"kind": "range", "column": "a", "minimum": "2026-02-01", "maximum": "2026-01-31 08:00:00"}),
                &["/rule/maximum range"],
            ),
            (
                serde_json::json!({"kind": "pattern", "column": "a", "pattern": ""}),
                &["/rule/pattern required"],
            ),
            (
                serde_json::json!({"kind": "pattern", "column": "a", "pattern": "(?=b)"}),
                &["/rule/pattern pattern"],
            ),
            (
                serde_json::json!({"kind": "pattern", "column": "a", "pattern": "(\\w{100}){1000}"}),
                &["/rule/pattern pattern"],
            ),
            (
                serde_json::json!({"kind": "pattern", "column": "a", "pattern": long}),
                &["/rule/pattern length"],
            ),
            (serde_json::json!({"kind": "row_count"}), &["/rule/minimum required"]),
            (serde_json::json!({"kind": "row_count", "minimum": 2, "maximum": 1}), &["/rule/maximum range"]),
            (serde_json::json!({"kind": "row_count", "minimum": u64::MAX}), &["/rule/minimum range"]),
            (
                serde_json::json!({"kind": "freshness", "maximum_age_seconds": 0}),
                &["/rule/maximum_age_seconds range"],
            ),
            (
                serde_json::json!({"kind": "referential", "columns": ["a"], "references": "public.b", "referenced_columns": ["c", "d"]}),
                &["/rule/referenced_columns count"],
            ),
        ] {
            assert_eq!(places(rule.clone()), expected, "{rule}");
        }
    }
}
