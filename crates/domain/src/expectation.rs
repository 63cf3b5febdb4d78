//! What users expect of their data: in words, and judged where figures of the table are enough.

use std::collections::HashSet;

use types::Timestamp;
use types::expectation::{ExpectationDefinition, ExpectationOutcome, ExpectationRule, ExpectationState};
use types::profile::Method;
use types::snapshot::{Body, Object, path_of};

use crate::health::span;

/// The most accepted values that a sentence names.
const NAMED: usize = 5;
/// The most letters of a value or a pattern in a sentence.
const LONGEST: usize = 60;

/// Whether the rule asks for the table's rows, which the agent alone sees.
#[must_use]
pub fn asks_for_rows(rule: &ExpectationRule) -> bool {
    !matches!(rule, ExpectationRule::RowCount { .. } | ExpectationRule::Freshness { .. })
}

/// The columns of its own table that a rule is about.
#[must_use]
pub fn columns(rule: &ExpectationRule) -> Vec<&str> {
    match rule {
        ExpectationRule::NotNull { column }
        | ExpectationRule::AcceptedValues { column, .. }
        | ExpectationRule::Range { column, .. }
        | ExpectationRule::Pattern { column, .. } => vec![column],
        ExpectationRule::Unique { columns } | ExpectationRule::Referential { columns, .. } => {
            columns.iter().map(String::as_str).collect()
        }
        ExpectationRule::RowCount { .. } | ExpectationRule::Freshness { .. } => Vec::new(),
    }
}

/// The path of what is wrong when it does not hold: the column's where the rule is about one, else the table's.
#[must_use]
pub fn object(table: &str, rule: &ExpectationRule) -> String {
    match columns(rule).as_slice() {
        [column] => format!("{table}.{}", path_of(&[*column])),
        _ => table.to_owned(),
    }
}

/// What is expected, in words, such as `public.film.title is never NULL`.
#[must_use]
pub fn sentence(table: &str, rule: &ExpectationRule) -> String {
    let what = object(table, rule);
    match rule {
        ExpectationRule::NotNull { .. } => format!("{what} is never NULL"),
        ExpectationRule::Unique { columns } if columns.len() == 1 => format!("{what} is unique"),
        ExpectationRule::Unique { columns } => {
            format!("{} of {table} are unique together", columns.join(", "))
        }
        ExpectationRule::AcceptedValues { values, .. } => {
            let mut named: Vec<String> = values.iter().take(NAMED).map(|value| short(value)).collect();
            if values.len() > NAMED {
                named.push(format!("{} more", values.len() - NAMED));
            }
            format!("{what} is one of {}", named.join(", "))
        }
        ExpectationRule::Range { minimum, maximum, .. } => {
            let ends = (minimum.as_deref().map(short), maximum.as_deref().map(short));
            format!("{what} is {}", between(ends))
        }
        ExpectationRule::Pattern { pattern, .. } => format!("{what} matches {}", short(pattern)),
        ExpectationRule::RowCount { minimum, maximum } => {
            let ends = (minimum.map(|rows| rows.to_string()), maximum.map(|rows| rows.to_string()));
            format!("{what} has {} rows", between(ends))
        }
        ExpectationRule::Freshness { maximum_age_seconds } => {
            let age = i64::try_from(*maximum_age_seconds).unwrap_or(i64::MAX);
            format!("{what} has a row that is at most {} old", span(age))
        }
        ExpectationRule::Referential { references, referenced_columns, .. } => {
            match referenced_columns.as_slice() {
                [column] => format!("{what} exists in {references}.{}", path_of(&[column.as_str()])),
                _ => format!(
                    "{} of {table} exist in {references} ({})",
                    columns(rule).join(", "),
                    referenced_columns.join(", ")
                ),
            }
        }
    }
}

fn between(ends: (Option<String>, Option<String>)) -> String {
    match ends {
        (Some(minimum), Some(maximum)) if minimum == maximum => format!("exactly {minimum}"),
        (Some(minimum), Some(maximum)) => format!("between {minimum} and {maximum}"),
        (Some(minimum), None) => format!("at least {minimum}"),
        (None, Some(maximum)) => format!("at most {maximum}"),
        (None, None) => "anything".to_owned(),
    }
}

fn short(text: &str) -> String {
    let mut letters = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter });
    let mut short: String = letters.by_ref().take(LONGEST).collect();
    if letters.next().is_some() {
        short.push('…');
    }
    short
}

/// What does not hold, in words, such as `public.film.title is never NULL: 3 of 100 rows break it`.
#[must_use]
pub fn broken(definition: &ExpectationDefinition, outcome: &ExpectationOutcome) -> String {
    let expected = sentence(&definition.table, &definition.rule);
    let found = match (&definition.rule, outcome.failing, outcome.checked) {
        (ExpectationRule::RowCount { .. } | ExpectationRule::Freshness { .. }, _, _) => {
            let detail = outcome.detail.as_deref().unwrap_or("it does not hold");
            let mut letters = detail.chars();
            letters.next().into_iter().flat_map(char::to_lowercase).chain(letters).collect()
        }
        (_, Some(1), Some(checked)) => format!("1 of {checked} rows breaks it"),
        (_, Some(failing), Some(checked)) => format!("{failing} of {checked} rows break it"),
        (_, Some(1), None) => "1 row breaks it".to_owned(),
        (_, Some(failing), None) => format!("{failing} rows break it"),
        (_, None, _) => "it does not hold".to_owned(),
    };
    format!("Expected that {expected}: {found}")
}

/// Judges `row_count`.
#[must_use]
pub fn row_count(
    (minimum, maximum): (Option<u64>, Option<u64>),
    rows: u64,
    method: Method,
) -> ExpectationOutcome {
    let holds =
        minimum.is_none_or(|minimum| rows >= minimum) && maximum.is_none_or(|maximum| rows <= maximum);
    let about = if method == Method::Exact { "" } else { "about " };
    let noun = if rows == 1 { "row" } else { "rows" };
    ExpectationOutcome {
        state: state(holds),
        checked: Some(rows),
        detail: Some(format!("It has {about}{rows} {noun}")),
        ..ExpectationOutcome::default()
    }
}

/// Judges `freshness` by the control plane's clock.
#[must_use]
pub fn freshness(maximum_age_seconds: u64, latest: Option<Timestamp>, now: Timestamp) -> ExpectationOutcome {
    let Some(latest) = latest else {
        return not_checked("No column of the table says when a row came in");
    };
    // The agent's clock may be ahead of ours: what is newer than now is as fresh as can be.
    let age = u64::try_from(now.seconds_since(latest)).unwrap_or(0);
    ExpectationOutcome {
        state: state(age <= maximum_age_seconds),
        detail: Some(format!("The newest row is of {latest}")),
        ..ExpectationOutcome::default()
    }
}

fn state(holds: bool) -> ExpectationState {
    if holds { ExpectationState::Passed } else { ExpectationState::Failed }
}

/// Nothing can be said, and why.
#[must_use]
pub fn not_checked(why: impl Into<String>) -> ExpectationOutcome {
    ExpectationOutcome { detail: Some(why.into()), ..ExpectationOutcome::default() }
}

/// The part of a rule that names something which is not in the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing<'a> {
    Table,
    /// The how many-th of the rule's own columns.
    Column(usize, &'a str),
    /// The table that `referential` points to.
    References(&'a str),
    ReferencedColumn(usize, &'a str),
}

/// What is not in the schema of all that an expectation names; the first of it.
#[must_use]
pub fn missing<'a>(table: &str, rule: &'a ExpectationRule, objects: &[Object]) -> Option<Missing<'a>> {
    let Some(own) = columns_of(objects, table) else { return Some(Missing::Table) };
    let lacks = |there: &HashSet<&str>, names: &[&'a str]| {
        names.iter().copied().enumerate().find(|(_, name)| !there.contains(name))
    };
    if let Some((at, column)) = lacks(&own, &columns(rule)) {
        return Some(Missing::Column(at, column));
    }
    let ExpectationRule::Referential { references, referenced_columns, .. } = rule else { return None };
    let Some(theirs) = columns_of(objects, references) else { return Some(Missing::References(references)) };
    let names: Vec<&str> = referenced_columns.iter().map(String::as_str).collect();
    lacks(&theirs, &names).map(|(at, column)| Missing::ReferencedColumn(at, column))
}

/// The columns of the table of that path. Views are not read, so nothing can be expected of them.
#[must_use]
pub fn columns_of<'a>(objects: &'a [Object], path: &str) -> Option<HashSet<&'a str>> {
    let table = objects.iter().find(|object| object.path == path && matches!(object.body, Body::Table(_)))?;
    Some(table.body.columns().iter().map(|column| column.name.as_str()).collect())
}

#[cfg(test)]
mod tests;
