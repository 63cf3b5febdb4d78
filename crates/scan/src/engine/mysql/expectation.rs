//! Expectations: columns and values as rules see them, and what only a statement can tell.

use mysql_async::{Params, Value as Sent};
use types::Timestamp;
use types::expectation::{ExpectationOutcome, TableOutcome};

use super::connection::{Connection, instant, number, quote};
use super::target::{TargetColumn, TargetTable};
use super::value::{Kind, measured};
use crate::expectation::{
    Counted, Decimal, Domain, Extent, INCOMPARABLE, NO_REFERENCED_COLUMN, NO_TABLE, Pairs, Plan, Question,
    Tally, Value, Verdict, duplicates, not_checked, of_pairs, orphans,
};
use crate::measure::Point;
use crate::{Limits, ScanError};

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
        (Kind::Raw | Kind::Long | Kind::WholeText, "bit" | "binary" | "varbinary") => Domain::Plain,
        (Kind::Raw | Kind::Long | Kind::WholeText, base) if base.ends_with("blob") => Domain::Plain,
        (Kind::Raw | Kind::Long | Kind::WholeText, _) => Domain::Text,
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
    connection: &mut Connection,
    (table, all): (&TargetTable, &[TargetTable]),
    plan: &Plan,
    (counted, tallies): (&[Counted], &[Tally]),
    now: Timestamp,
    limits: Limits,
) -> Result<Vec<TableOutcome>, ScanError> {
    let mut outcomes = Vec::with_capacity(plan.entries.len());
    for entry in &plan.entries {
        let outcome = match entry.judge(counted, tallies, Extent::All) {
            Verdict::Told(outcome) => outcome,
            Verdict::Ask(question) => match statement(&connection.database, all, table, question) {
                Ok(statement) => {
                    let answer = answer(connection, &statement, limits).await;
                    if answer.is_err() {
                        if connection.connection.is_disconnected() {
                            return Err(answer.err().unwrap_or(ScanError::Cancelled));
                        }
                        connection.commit().await?;
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

/// The statement that tells; or why there is none.
fn statement(
    database: &str,
    all: &[TargetTable],
    table: &TargetTable,
    question: Question<'_>,
) -> Result<String, &'static str> {
    let at = |places: &[usize]| -> Vec<&TargetColumn> {
        places.iter().filter_map(|place| table.columns.get(*place)).collect()
    };
    let relation = table.qualified_name(database);
    let (places, references, referenced) = match question {
        Question::Duplicates(places) => {
            let present: Vec<String> = at(places).iter().map(|column| quote(&column.name)).collect();
            let keys: Vec<String> =
                at(places).iter().map(|column| column.kind.expression(&column.name)).collect();
            return Ok(duplicates(&relation, &present, &keys, "COALESCE(SUM(g.n), 0)"));
        }
        Question::Orphans { columns, references, referenced } => (columns, references, referenced),
    };
    let parent = all.iter().find(|other| other.path == references).ok_or(NO_TABLE)?;
    let pair = |(ours, name): (&TargetColumn, &String)| {
        let theirs = parent.columns.iter().find(|column| column.name == *name).ok_or(NO_REFERENCED_COLUMN)?;
        if !ours.domain.compares_with(theirs.domain) {
            return Err(INCOMPARABLE);
        }
        Ok((format!("c.{}", quote(&ours.name)), quote(&theirs.name)))
    };
    let pairs = at(places).into_iter().zip(referenced).map(pair).collect::<Result<Vec<_>, _>>()?;
    Ok(orphans(&relation, &parent.qualified_name(database), &pairs))
}
