//! Expectations: columns and values as rules see them, and what only a statement can tell.

use mysql_async::{Params, Value as Sent};
use types::Timestamp;
use types::expectation::{ExpectationOutcome, TableOutcome};

use super::connection::{Connection, instant, number, quote};
use super::pass::Reader;
use super::target::{TargetColumn, TargetTable};
use super::value::{Kind, measured};
use crate::expectation::{
    Counted, Decimal, Domain, Extent, Named, Pairs, Plan, Relation, Tally, Value, Verdict, not_checked,
    of_pairs, statement,
};
use crate::measure::Point;
use crate::{Limits, ScanError};

const TOTAL: &str = "COALESCE(SUM(g.n), 0)";

/// What is known of a table's rows by now.
pub(super) struct Basis<'a> {
    pub(super) counted: &'a [Counted],
    pub(super) tallies: &'a [Tally],
    pub(super) extent: Extent,
    pub(super) now: Timestamp,
}

/// What rules see of a column of this declared type.
pub(super) fn domain(data_type: &str) -> Domain {
    let declared = data_type.to_ascii_lowercase();
    let base: String = declared.chars().take_while(char::is_ascii_alphabetic).collect();
    match (Kind::of(data_type), base.as_str()) {
        (Kind::Integer, _) if declared.starts_with("tinyint(1)") => Domain::Boolean,
        (Kind::Real, "float") => Domain::Single,
        (Kind::Integer | Kind::Real | Kind::Decimal, _) => Domain::Number,
        (Kind::Day, _) => Domain::Day,
        (Kind::Instant, _) => Domain::Instant,
        (Kind::Clock, _) => Domain::Clock,
        (Kind::Bytes, _) | (Kind::Raw, "bit" | "binary") => Domain::Plain,
        (Kind::Raw | Kind::Text | Kind::WholeText, _) => Domain::Text,
        (Kind::Opaque, _) => Domain::Opaque,
    }
}

/// What rules see of a value that is not NULL.
pub(super) fn value(kind: Kind, sent: &Sent) -> Value<'_> {
    match sent {
        Sent::NULL => Value::Alien,
        Sent::Int(number) => Value::Integer(*number),
        Sent::UInt(number) => Value::Decimal(Decimal::new((*number).into(), 0)),
        Sent::Float(number) => Value::Real((*number).into()),
        Sent::Double(number) => Value::Real(*number),
        // A zero date is no time.
        Sent::Date(..) => instant(sent).map_or(Value::Alien, |at| Value::Time(at.0.timestamp_micros())),
        Sent::Time(..) => measured(kind, sent).1.and_then(Point::micros).map_or(Value::Alien, Value::Time),
        Sent::Bytes(bytes) if kind == Kind::Decimal => {
            std::str::from_utf8(bytes).ok().and_then(Decimal::parse).map_or(Value::Unread, Value::Decimal)
        }
        Sent::Bytes(bytes) => Value::Text(bytes),
    }
}

/// Judges what is expected of a table, outside of a transaction.
pub(super) async fn judge(
    reader: &mut Reader<'_>,
    (table, all): (&TargetTable, &[TargetTable]),
    plan: &Plan,
    basis: &Basis<'_>,
) -> Result<Vec<TableOutcome>, ScanError> {
    let columns: Vec<&TargetColumn> = table.columns.iter().collect();
    let now = basis.now;
    let mut outcomes = Vec::with_capacity(plan.entries.len());
    for entry in &plan.entries {
        let outcome = match entry.judge(basis.counted, basis.tallies, basis.extent) {
            Verdict::Told(outcome) => outcome,
            Verdict::Ask(_) if reader.spent.over().is_some() => {
                not_checked("The profile's budget ran out before it could be asked.")
            }
            Verdict::Ask(question) => match statement(all, (table, &columns), question, TOTAL) {
                Ok((statement, _)) => {
                    let answer = answer(reader.connection, &statement, reader.limits).await;
                    if answer.is_err() {
                        if reader.connection.connection.is_disconnected() {
                            return Err(answer.err().unwrap_or(ScanError::Cancelled));
                        }
                        reader.connection.commit().await?;
                    }
                    of_pairs(entry, answer.as_ref().copied(), now).0
                }
                Err(reason) => not_checked(reason),
            },
        };
        let outcome = ExpectationOutcome { checked_at: Some(now), ..outcome };
        outcomes.push(TableOutcome { id: entry.id, outcome });
    }
    Ok(outcomes)
}

async fn answer(connection: &mut Connection, statement: &str, limits: Limits) -> Result<Pairs, ScanError> {
    connection.begin(limits, limits.table_statement).await?;
    let rows = connection.query(statement, Params::Empty).await?;
    connection.commit().await?;
    let row = rows.first().ok_or_else(|| ScanError::Database("the server counted nothing".into()))?;
    let count = |index| number(row, index).and_then(|count| u64::try_from(count).ok()).unwrap_or(0);
    Ok((count(0), count(1)))
}

impl Relation for TargetTable {
    type Column = TargetColumn;

    fn path(&self) -> &str {
        &self.path
    }

    fn written(&self) -> String {
        self.qualified_name()
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
        self.kind.key(&self.name)
    }
}
