//! The one pass over a table: stretches of its row numbers, with nothing locked between two of them, so that whoever
//! writes to the file need not wait for long. A table whose rows have no numbers is read at once.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Rows};

use super::connection::failed;
use super::target::TargetTable;
use super::value::add;
use super::{expectation, quote};
use crate::budget::Spent;
use crate::expectation::{Plan, Tally};
use crate::measure::Measure;
use crate::sample::Ranges;
use crate::{Limits, ScanError};

/// How much is read between two looks at the budget.
const ROWS_BETWEEN_LOOKS: u64 = 4096;
const BYTES_BETWEEN_LOOKS: u64 = 256 * 1024;

/// What was added up of a table.
pub(super) struct Section<'a> {
    table: &'a TargetTable,
    plan: &'a Plan,
    pub(super) rows: u64,
    /// What the values take.
    bytes: u64,
    pub(super) measures: Vec<Measure>,
    /// What checks of the users' rules counted, in their order.
    pub(super) tallies: Vec<Tally>,
}

impl<'a> Section<'a> {
    pub(super) fn new(table: &'a TargetTable, plan: &'a Plan, measures: Vec<Measure>) -> Self {
        let tallies = vec![Tally::default(); plan.checks.len()];
        Self { table, plan, rows: 0, bytes: 0, measures, tallies }
    }

    /// Reads every row, once. Answers why it did not get to the end.
    pub(super) fn read(
        &mut self,
        connection: &Connection,
        spent: &Spent,
        limits: Limits,
    ) -> Result<Option<String>, ScanError> {
        let (names, table) = (self.names(), quote(&self.table.name));
        let Some(number) = self.table.row_number() else {
            let sql = format!("SELECT 0, {names} FROM main.{table}");
            let mut statement = connection.prepare(&sql).map_err(|error| failed(&error))?;
            let rows = statement.query([]).map_err(|error| failed(&error))?;
            return Ok(self.add_all(rows, spent)?.1);
        };
        let sql = format!(
            "SELECT {number}, {names} FROM main.{table} WHERE {number} >= ?1 ORDER BY {number} LIMIT ?2"
        );
        let mut statement = connection.prepare(&sql).map_err(|error| failed(&error))?;
        let most = limits.rows_at_once.max(1);
        let mut next = i64::MIN;
        loop {
            let before = self.rows;
            let rows = statement.query((next, most)).map_err(|error| failed(&error))?;
            let (last, ended) = match self.add_all(rows, spent) {
                Ok(read) => read,
                // What was read is told.
                Err(error) if before > 0 && !matches!(error, ScanError::Cancelled) => {
                    return Ok(Some(error.to_string()));
                }
                Err(error) => return Err(error),
            };
            let is_last = self.rows - before < u64::from(most);
            let ended = ended.or_else(|| spent.over().filter(|_| !is_last).map(ToOwned::to_owned));
            match last.checked_add(1) {
                Some(following) if ended.is_none() && !is_last => next = following,
                _ => return Ok(ended),
            }
        }
    }

    /// Reads short ranges of row numbers. Answers about how many rows the table has and why it did not get to the end;
    /// `None` when it takes all rows to tell what the table is like.
    pub(super) fn sample(
        &mut self,
        connection: &Connection,
        spent: &Spent,
    ) -> Result<Option<(u64, Option<String>)>, ScanError> {
        let Some(number) = self.table.row_number() else { return Ok(None) };
        let (names, table) = (self.names(), quote(&self.table.name));
        // Each for itself is found at an end of the table.
        let ends = format!(
            "SELECT (SELECT min({number}) FROM main.{table}), (SELECT max({number}) FROM main.{table})"
        );
        let ends: (Option<i64>, Option<i64>) = connection
            .query_row(&ends, [], |row| Ok((row.get(0)?, row.get(1)?)))
            .map_err(|error| failed(&error))?;
        let (Some(least), Some(greatest)) = ends else { return Ok(None) };
        // Nothing says how many rows there are: as many as numbers, at most.
        let Some(ranges) = Ranges::new(least.into(), greatest.into(), u64::MAX) else { return Ok(None) };
        let sql = format!("SELECT {number}, {names} FROM main.{table} WHERE {number} BETWEEN ?1 AND ?2");
        let mut statement = connection.prepare(&sql).map_err(|error| failed(&error))?;
        for (from, to) in &ranges.ranges {
            let bound = |number: i128| i64::try_from(number).unwrap_or(i64::MAX);
            let rows = statement.query((bound(*from), bound(*to))).map_err(|error| failed(&error))?;
            let (_, ended) = self.add_all(rows, spent)?;
            self.measures.iter_mut().for_each(Measure::end_page);
            if let Some(reason) = ended.or_else(|| spent.over().map(ToOwned::to_owned)) {
                return Ok(Some((self.rows, Some(reason))));
            }
        }
        Ok(ranges.all_rows(self.rows).map(|all| (all, None)))
    }

    /// The columns, as a statement lists them.
    fn names(&self) -> String {
        let names: Vec<String> = self.table.columns.iter().map(|column| quote(&column.name)).collect();
        names.join(", ")
    }

    /// Adds the rows of a statement; answers the number of the last one, and why it did not get to the end.
    fn add_all(&mut self, mut rows: Rows<'_>, spent: &Spent) -> Result<(i64, Option<String>), ScanError> {
        let mut last = i64::MIN;
        let mut accounted = self.bytes;
        while let Some(row) = rows.next().map_err(|error| failed(&error))? {
            self.add(row)?;
            last = row.get(0).map_err(|error| failed(&error))?;
            let unaccounted = self.bytes - accounted;
            if unaccounted >= BYTES_BETWEEN_LOOKS || self.rows.is_multiple_of(ROWS_BETWEEN_LOOKS) {
                spent.add(unaccounted);
                accounted = self.bytes;
                if let Some(reason) = spent.over() {
                    return Ok((last, Some(reason.to_owned())));
                }
            }
        }
        spent.add(self.bytes - accounted);
        Ok((last, None))
    }

    /// Adds a row, whose number comes first.
    fn add(&mut self, row: &rusqlite::Row<'_>) -> Result<(), ScanError> {
        self.rows += 1;
        let value = |index: usize| row.get_ref(index + 1).map_err(|error| failed(&error));
        for (index, (column, measure)) in self.table.columns.iter().zip(&mut self.measures).enumerate() {
            let value = value(index)?;
            self.bytes += size(value);
            add(measure, value, column.is_time);
        }
        for (check, tally) in self.plan.checks.iter().zip(&mut self.tallies) {
            let value = value(check.column)?;
            if value != ValueRef::Null
                && let Some(column) = self.table.columns.get(check.column)
            {
                tally.add(check, expectation::value(value, column.domain));
            }
        }
        Ok(())
    }
}

/// What a value takes in memory.
fn size(value: ValueRef<'_>) -> u64 {
    match value {
        ValueRef::Null => 0,
        ValueRef::Integer(_) | ValueRef::Real(_) => 8,
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.len() as u64,
    }
}
