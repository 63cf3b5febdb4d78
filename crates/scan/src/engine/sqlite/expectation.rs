//! Expectations: columns and values as rules see them, and what only a statement can tell.

use rusqlite::Connection;
use rusqlite::types::ValueRef;
use types::Timestamp;
use types::expectation::{ExpectationOutcome, TableOutcome};

use super::connection::failed;
use super::quote;
use super::target::{TargetColumn, TargetTable};
use super::value::{looks_like_time, place};
use crate::ScanError;
use crate::budget::Spent;
use crate::expectation::{
    Counted, Domain, Extent, Named, Pairs, Plan, Relation, Tally, Value, Verdict, not_checked, of_pairs,
    statement,
};
use crate::measure::Point;

const TOTAL: &str = "coalesce(sum(g.n), 0)";

/// What is known of a table's rows by now.
pub(super) struct Basis<'a> {
    pub(super) counted: &'a [Counted],
    pub(super) tallies: &'a [Tally],
    pub(super) extent: Extent,
    pub(super) spent: &'a Spent,
    pub(super) now: Timestamp,
}

/// What rules see of a column, by its name and by how it is declared, in capitals. A column of no declared type has no
/// rules about its values: they may be anything.
pub(super) fn domain(name: &str, declared: &str) -> Domain {
    let says = |words: &[&str]| words.iter().any(|word| declared.contains(word));
    if says(&["BOOL"]) {
        Domain::Boolean
    } else if looks_like_time(name, declared) && !says(&["INT"]) {
        Domain::Instant
    } else if says(&["INT", "REAL", "FLOA", "DOUB", "NUM", "DEC"]) {
        Domain::Number
    } else if says(&["CHAR", "CLOB", "TEXT"]) {
        Domain::Text
    } else {
        Domain::Plain
    }
}

/// What rules see of a value that is not NULL. A column may hold what it is not declared for: that breaks a rule about
/// its values.
pub(super) fn value(value: ValueRef<'_>, domain: Domain) -> Value<'_> {
    match (value, domain) {
        (ValueRef::Text(text), Domain::Text) => Value::Text(text),
        (_, Domain::Instant) => place(value, true).and_then(Point::micros).map_or(Value::Alien, Value::Time),
        (ValueRef::Integer(number), Domain::Number | Domain::Boolean) => Value::Integer(number),
        (ValueRef::Real(number), Domain::Number | Domain::Boolean) => Value::Real(number),
        _ => Value::Alien,
    }
}

/// Judges what is expected of a table.
pub(super) fn judge(
    connection: &Connection,
    (table, all): (&TargetTable, &[TargetTable]),
    plan: &Plan,
    basis: &Basis<'_>,
) -> Result<Vec<TableOutcome>, ScanError> {
    let columns: Vec<&TargetColumn> = table.columns.iter().collect();
    let mut outcomes = Vec::with_capacity(plan.entries.len());
    for entry in &plan.entries {
        let outcome = match entry.judge(basis.counted, basis.tallies, basis.extent) {
            Verdict::Told(outcome) => outcome,
            Verdict::Ask(_) if basis.spent.over().is_some() => {
                not_checked("The profile's budget ran out before it could be asked.")
            }
            Verdict::Ask(question) => match statement(all, (table, &columns), question, TOTAL) {
                Ok((statement, _)) => match answer(connection, &statement) {
                    Err(ScanError::Cancelled) => return Err(ScanError::Cancelled),
                    answer => of_pairs(entry, answer.as_ref().copied(), basis.now).0,
                },
                Err(reason) => not_checked(reason),
            },
        };
        let outcome = ExpectationOutcome { checked_at: Some(basis.now), ..outcome };
        outcomes.push(TableOutcome { id: entry.id, outcome });
    }
    Ok(outcomes)
}

fn answer(connection: &Connection, statement: &str) -> Result<Pairs, ScanError> {
    let count = |row: &rusqlite::Row<'_>, index| row.get(index).map(|count: i64| count.unsigned_abs());
    connection
        .query_row(statement, [], |row| Ok((count(row, 0)?, count(row, 1)?)))
        .map_err(|error| failed(&error))
}

impl Relation for TargetTable {
    type Column = TargetColumn;

    fn path(&self) -> &str {
        &self.path
    }

    fn written(&self) -> String {
        format!("main.{}", quote(&self.name))
    }

    fn columns(&self) -> &[TargetColumn] {
        &self.columns
    }
}

impl Named for TargetColumn {
    fn name(&self) -> &str {
        &self.name
    }

    fn domain(&self) -> Domain {
        self.domain
    }

    fn written(&self) -> String {
        quote(&self.name)
    }

    fn key(&self) -> String {
        format!("{} COLLATE BINARY", self.written())
    }
}
