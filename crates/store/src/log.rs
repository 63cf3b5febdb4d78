//! The lines that steps log.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use types::agent::AgentName;
use types::log::{LogLevel, LogLine};
use types::{RunId, StepId, Timestamp};

use crate::entity::run_log::{ActiveModel, Column, Entity, Model};
use crate::row::{json, number, time, to_json, word};
use crate::transaction::Connected;
use crate::{Error, Reads, WriteTx, scoped, sequence};

/// How many lines one transaction forgets.
const FORGOTTEN: u64 = 1_000;

/// Which lines a list holds.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub run: Option<RunId>,
    pub agent: Option<AgentName>,
    /// This level and those above it.
    pub least_level: Option<LogLevel>,
    pub source: Option<String>,
}

/// Adds lines and numbers them; whatever `seq` they bring is ignored.
///
/// # Errors
/// When the database fails.
pub async fn append(tx: &WriteTx, lines: &[LogLine]) -> Result<(), Error> {
    if lines.is_empty() {
        return Ok(());
    }
    let first = sequence::take(tx, "log", number(lines.len())?).await?;
    let mut rows = Vec::with_capacity(lines.len());
    for (seq, line) in (first..).zip(lines) {
        rows.push(ActiveModel {
            seq: Set(seq),
            at: Set(line.at.millis()),
            level: Set(line.level.as_str().to_owned()),
            agent: Set(line.agent.as_str().to_owned()),
            run_id: Set(line.run_id.0),
            step_id: Set(line.step_id.0),
            source: Set(line.source.clone()),
            message: Set(line.message.clone()),
            fields: Set(to_json(&line.fields)?),
            ..Default::default()
        });
    }
    scoped::insert_many(tx, rows).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// At most `rows` lines before `before`, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(
    tx: &impl Reads,
    filter: &Filter,
    before: Option<i64>,
    rows: u64,
) -> Result<Vec<LogLine>, Error> {
    let mut query = filtered(tx, filter);
    if let Some(before) = before {
        query = query.filter(Column::Seq.lt(before));
    }
    let found = query.order_by_desc(Column::Seq).limit(rows).all(tx.connection()).await?;
    found.into_iter().map(line).collect()
}

/// At most `rows` lines after `after`, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn after(tx: &impl Reads, filter: &Filter, after: i64, rows: u64) -> Result<Vec<LogLine>, Error> {
    let found = filtered(tx, filter)
        .filter(Column::Seq.gt(after))
        .order_by_asc(Column::Seq)
        .limit(rows)
        .all(tx.connection())
        .await?;
    found.into_iter().map(line).collect()
}

/// Whether a run has logged nothing worse than information, and nothing at all in these of its steps.
///
/// # Errors
/// When the database fails.
pub async fn is_quiet(tx: &impl Reads, run: RunId, silent: &[StepId]) -> Result<bool, Error> {
    let bad = Column::Level.is_in([LogLevel::Warn.as_str(), LogLevel::Error.as_str()]);
    let told = Column::StepId.is_in(silent.iter().map(|id| id.0));
    let lines = scoped::find::<Entity>(tx).filter(Column::RunId.eq(run.0)).filter(bad.or(told));
    Ok(scoped::count(tx, lines).await? == 0)
}

/// Deletes lines that were written before a time, the oldest first and at most [`FORGOTTEN`] of them; answers how many.
///
/// # Errors
/// When the database fails.
pub async fn forget_before(tx: &WriteTx, before: Timestamp) -> Result<u64, Error> {
    let oldest: Vec<(i64, i64)> = scoped::find::<Entity>(tx)
        .select_only()
        .columns([Column::Seq, Column::At])
        .order_by_asc(Column::Seq)
        .limit(FORGOTTEN)
        .into_tuple()
        .all(tx.connection())
        .await?;
    // Lines are numbered in the order in which they were written: the first that is young ends it.
    let Some((last, _)) = oldest.into_iter().take_while(|(_, at)| *at < before.millis()).last() else {
        return Ok(0);
    };
    let deleted = scoped::delete::<Entity>(tx).filter(Column::Seq.lte(last)).exec(tx.connection()).await?;
    Ok(deleted.rows_affected)
}

/// The newest line's number; zero before the first.
///
/// # Errors
/// When the database fails.
pub async fn latest_seq(tx: &impl Reads) -> Result<i64, Error> {
    let newest = scoped::find::<Entity>(tx).order_by_desc(Column::Seq).one(tx.connection()).await?;
    Ok(newest.map_or(0, |row| row.seq))
}

fn filtered(tx: &impl Reads, filter: &Filter) -> sea_orm::Select<Entity> {
    let mut query = scoped::find::<Entity>(tx);
    if let Some(run) = filter.run {
        query = query.filter(Column::RunId.eq(run.0));
    }
    if let Some(agent) = filter.agent {
        query = query.filter(Column::Agent.eq(agent.as_str()));
    }
    if let Some(least) = filter.least_level {
        let levels = [LogLevel::Debug, LogLevel::Info, LogLevel::Warn, LogLevel::Error];
        let wanted = levels.into_iter().filter(|level| *level >= least).map(LogLevel::as_str);
        query = query.filter(Column::Level.is_in(wanted));
    }
    if let Some(source) = &filter.source {
        query = query.filter(Column::Source.eq(source.as_str()));
    }
    query
}

fn line(row: Model) -> Result<LogLine, Error> {
    Ok(LogLine {
        seq: row.seq,
        at: time(row.at)?,
        level: word(&row.level)?,
        agent: word(&row.agent)?,
        run_id: RunId(row.run_id),
        step_id: StepId(row.step_id),
        source: row.source,
        message: row.message,
        fields: json(row.fields)?,
    })
}
