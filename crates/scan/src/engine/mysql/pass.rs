//! The one pass over a table: stretches of its primary key, each read by a statement in a short transaction of its own,
//! so that none holds back the cleaning up of old rows, or a change of the table, for long. A table whose key has no
//! plain order is read by one statement.

use std::time::{Duration, Instant};

use mysql_async::prelude::Queryable;
use mysql_async::{Params, Row, Value};
use types::Timestamp;

use super::connection::{Connection, Stopper, failed, quote};
use super::expectation;
use super::load::Watch;
use super::target::{TargetColumn, TargetTable};
use super::value::{Kind, add};
use crate::budget::{Others, Spent, Stride};
use crate::expectation::{Plan, Tally};
use crate::measure::Measure;
use crate::sample::Ranges;
use crate::{Limits, ScanError};

/// The rows of a stretch.
const ALONE: Stride = Stride { fewest: 1_000, most: 1_000_000, goal: Duration::from_secs(2) };
/// Busy servers get shorter ones.
const BESIDE: Stride = Stride { goal: Duration::from_millis(250), ..ALONE };
/// How many bytes are received between two looks at the budget.
const BYTES_BETWEEN_LOOKS: u64 = 256 * 1024;

/// The connection, and all that says how hard it may be used.
pub(super) struct Reader<'a> {
    pub(super) connection: &'a mut Connection,
    pub(super) stopper: &'a Stopper,
    pub(super) limits: Limits,
    pub(super) spent: &'a Spent,
    pub(super) watch: Watch,
}

/// What was added up of a table.
pub(super) struct Section<'a> {
    table: &'a TargetTable,
    plan: &'a Plan,
    /// The places of the columns in whose order it is read; none when it is read at once.
    key: &'a [usize],
    pub(super) rows: u64,
    /// About how many bytes they were sent in.
    bytes: u64,
    pub(super) measures: Vec<Measure>,
    /// What checks of the users' rules counted, in their order.
    pub(super) tallies: Vec<Tally>,
    /// The key of the last row.
    last: Vec<Value>,
}

impl<'a> Section<'a> {
    pub(super) fn new(
        table: &'a TargetTable,
        plain_key: bool,
        plan: &'a Plan,
        measures: Vec<Measure>,
    ) -> Self {
        let tallies = vec![Tally::default(); plan.checks.len()];
        let key = if plain_key { table.key.as_slice() } else { &[] };
        Self { table, plan, key, rows: 0, bytes: 0, measures, tallies, last: Vec::new() }
    }

    /// The one number in whose order it is read.
    fn number(&self) -> Option<&'a TargetColumn> {
        let [place] = self.key else { return None };
        self.table.columns.get(*place).filter(|column| column.kind == Kind::Integer)
    }

    fn add(&mut self, row: &Row) {
        self.rows += 1;
        for (index, (column, measure)) in self.table.columns.iter().zip(&mut self.measures).enumerate() {
            let value = row.as_ref(index).unwrap_or(&Value::NULL);
            self.bytes += size(value);
            add(measure, column.kind, value);
        }
        for (check, tally) in self.plan.checks.iter().zip(&mut self.tallies) {
            let column = self.table.columns.get(check.column);
            if let (Some(column), Some(value)) = (column, row.as_ref(check.column))
                && *value != Value::NULL
            {
                tally.add(check, expectation::value(column.kind, value));
            }
        }
        self.last.clear();
        let key = self.key.iter().filter_map(|place| row.as_ref(*place).cloned());
        self.last.extend(key);
    }
}

/// What a value takes in the binary protocol.
fn size(value: &Value) -> u64 {
    match value {
        Value::NULL => 0,
        Value::Bytes(bytes) => bytes.len() as u64 + 1,
        Value::Float(_) => 4,
        Value::Int(_) | Value::UInt(_) | Value::Double(_) => 8,
        Value::Date(..) | Value::Time(..) => 12,
    }
}

impl Reader<'_> {
    /// Begins a transaction, after a look at who else is there.
    pub(super) async fn begin(&mut self) -> Result<Timestamp, ScanError> {
        self.watch.look(self.connection).await?;
        self.connection.begin(self.limits, self.limits.table_statement).await
    }

    /// Reads every row, once, from the transaction that has begun on. Answers why it did not get to the end.
    pub(super) async fn all(&mut self, section: &mut Section<'_>) -> Result<Option<String>, ScanError> {
        let table = section.table;
        if section.key.is_empty() {
            return self.once(&select(table, ""), Params::Empty, section).await;
        }
        let mut most = self.limits.rows_at_once.max(1);
        let mut begun = true;
        loop {
            if !begun {
                self.begin().await?;
            }
            begun = false;
            let (started, before, bytes) = (Instant::now(), section.rows, section.bytes);
            let (statement, parameters) = stretch(table, &section.last, most);
            match self.once(&statement, Params::Positional(parameters), section).await {
                Ok(None) => {}
                Ok(reason) => return Ok(reason),
                // What was read is told.
                Err(error) if before > 0 && !self.connection.connection.is_disconnected() => {
                    self.connection.commit().await?;
                    return Ok(Some(error.to_string()));
                }
                Err(error) => return Err(error),
            }
            let read = section.rows - before;
            if read < u64::from(most) {
                return Ok(None);
            }
            if let Some(reason) = self.spent.over() {
                return Ok(Some(reason.to_owned()));
            }
            let took = started.elapsed();
            if let Some(took) = self.watch.pace.slowed(section.bytes - bytes, took) {
                tracing::debug!(table = table.path, "reading slowed down; resting");
                tokio::time::sleep(took.min(ALONE.goal)).await;
            }
            let stride = if self.watch.pace.others() == Others::AtWork { BESIDE } else { ALONE };
            most = stride.next(most, took);
        }
    }

    /// Reads short ranges of the key from the transaction that has begun on, and ends it. Answers about how many rows the
    /// table has and why it did not get to the end; `None` when it takes all rows to tell what the table is like.
    pub(super) async fn sample(
        &mut self,
        section: &mut Section<'_>,
        rows: u64,
    ) -> Result<Option<(u64, Option<String>)>, ScanError> {
        let Some(number) = section.number() else { return Ok(None) };
        let (table, number) = (section.table, quote(&number.name));
        let ends = format!("SELECT MIN({number}), MAX({number}) FROM {}", table.qualified_name());
        let found = self.connection.query(&ends, Params::Empty).await?;
        let end = |index| found.first().and_then(|row| integer(row.as_ref(index)?));
        let ranges = end(0).zip(end(1)).and_then(|(least, greatest)| Ranges::new(least, greatest, rows));
        let Some(ranges) = ranges else { return Ok(None) };
        let which = format!(" FORCE INDEX (PRIMARY) WHERE {number} BETWEEN ? AND ?");
        let statement = select(table, &which);
        let mut reason = None;
        let mut started = Instant::now();
        for (from, to) in &ranges.ranges {
            let parameters = Params::Positional(vec![parameter(*from), parameter(*to)]);
            reason = self.stream(&statement, parameters, section).await?;
            section.measures.iter_mut().for_each(Measure::end_page);
            reason = reason.or_else(|| self.spent.over().map(ToOwned::to_owned));
            if reason.is_some() || Ranges::is_too_many(section.rows) {
                break;
            }
            if started.elapsed() >= ALONE.goal {
                self.connection.commit().await?;
                self.begin().await?;
                started = Instant::now();
            }
        }
        self.end(reason.is_some()).await?;
        if reason.is_some() {
            return Ok(Some((rows.max(section.rows), reason)));
        }
        Ok(ranges.all_rows(section.rows).map(|all| (all, None)))
    }

    /// Reads the rows of one statement in the transaction that has begun, and ends it. Answers why it did not get to the
    /// statement's end.
    async fn once(
        &mut self,
        statement: &str,
        parameters: Params,
        section: &mut Section<'_>,
    ) -> Result<Option<String>, ScanError> {
        let reason = self.stream(statement, parameters, section).await?;
        self.end(reason.is_some()).await?;
        Ok(reason)
    }

    /// Ends the transaction.
    async fn end(&mut self, stopped: bool) -> Result<(), ScanError> {
        let ended = self.connection.commit().await;
        // The word to stop may come when the statement has ended, and then stops this one.
        if ended.is_err() && stopped { self.connection.commit().await } else { ended }
    }

    /// Reads the rows of one statement. Answers why it did not get to the statement's end.
    async fn stream(
        &mut self,
        statement: &str,
        parameters: Params,
        section: &mut Section<'_>,
    ) -> Result<Option<String>, ScanError> {
        let mut reason = None;
        let mut since = Instant::now();
        let mut accounted = section.bytes;
        self.connection.sent += 1;
        let asked = self.connection.connection.exec_iter(statement, parameters).await;
        let mut result = asked.map_err(|error| failed(&error))?;
        loop {
            let row = match result.next().await {
                Ok(Some(row)) => row,
                Ok(None) => break,
                // What was asked for: the statement ends with an error.
                Err(_) if reason.is_some() => break,
                Err(error) => return Err(failed(&error)),
            };
            if reason.is_some() {
                continue;
            }
            section.add(&row);
            if section.bytes - accounted >= BYTES_BETWEEN_LOOKS {
                self.spent.add(section.bytes - accounted);
                accounted = section.bytes;
                reason = self.spent.over().map(ToOwned::to_owned);
                if reason.is_some() {
                    self.stopper.stop_statement().await;
                    continue;
                }
                self.watch.pace.rest_within(since.elapsed()).await;
                since = Instant::now();
            }
        }
        drop(result);
        self.spent.add(section.bytes - accounted);
        Ok(reason)
    }
}

/// A whole number; those of columns without a sign may be above what an `i64` holds.
fn integer(value: &Value) -> Option<i128> {
    match value {
        Value::Int(number) => Some((*number).into()),
        Value::UInt(number) => Some((*number).into()),
        _ => None,
    }
}

fn parameter(number: i128) -> Value {
    match (i64::try_from(number), u64::try_from(number)) {
        (Ok(number), _) => Value::Int(number),
        (Err(_), Ok(number)) => Value::UInt(number),
        // Beyond every column's numbers.
        (Err(_), Err(_)) => {
            if number < 0 {
                Value::Int(i64::MIN)
            } else {
                Value::UInt(u64::MAX)
            }
        }
    }
}

fn select(table: &TargetTable, which: &str) -> String {
    let projected: Vec<String> =
        table.columns.iter().map(|column| column.kind.expression(&column.name)).collect();
    format!("SELECT {} FROM {}{which}", projected.join(", "), table.qualified_name())
}

/// The statement that reads so many rows in the order of the key, from behind the last one on, and what goes into it.
fn stretch(table: &TargetTable, last: &[Value], most: u32) -> (String, Vec<Value>) {
    let names: Vec<String> = table
        .key
        .iter()
        .filter_map(|place| table.columns.get(*place))
        .map(|column| quote(&column.name))
        .collect();
    let mut parameters = Vec::new();
    let mut behind = Vec::new();
    if last.len() == names.len() {
        // `(a, b) > (1, 2)`, in words that are looked up in the index.
        for (depth, name) in names.iter().enumerate() {
            let same: String = names.iter().take(depth).map(|name| format!("{name} = ? AND ")).collect();
            behind.push(format!("({same}{name} > ?)"));
            parameters.extend(last.iter().take(depth + 1).cloned());
        }
    }
    let condition = if behind.is_empty() { String::new() } else { format!(" WHERE {}", behind.join(" OR ")) };
    parameters.push(most.into());
    let which = format!(" FORCE INDEX (PRIMARY){condition} ORDER BY {} LIMIT ?", names.join(", "));
    (select(table, &which), parameters)
}
