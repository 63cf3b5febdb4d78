//! Backfill: a young source's agent is asked once how its growing tables grew before they were measured.
//!
//! Asked is when a table was measured twice, a day or more apart, and has grown: only then can be seen whether it grew by what
//! came in (see [`domain::anomaly::Backfill`]). What comes of it is kept beside the measured points, as a baseline for the
//! next ones; nothing of the past is judged, and no incident comes of it. It is a courtesy: an agent of an earlier release
//! cannot do it, and whatever goes wrong, the run goes on as if nobody had asked.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use domain::anomaly::{self, LEARNING_POINTS, days_apart};
use integrations::{Agent, AgentError, AgentErrorKind};
use serde_json::Value;
use store::backfill::{self, BATCH, Backfill};
use store::statistics::{TableStats, profile_times, table_history};
use types::Timestamp;
use types::agent::AgentName;
use types::log::{LogLevel, LogLine};
use types::profile::Method;
use types::protocol::{BACKFILL_DAYS, BackfillStartArguments, JobStatus, MOST_BACKFILL_DAYS, TableBackfill};

use super::agent_job::{self, breathe, protocol};
use super::halt::Halt;
use super::step::Work;
use crate::foreign_text::{LINE, capped};
use crate::source;

/// How long the agent may count; what it does not come to is asked for with the next scan.
const PATIENCE: Duration = Duration::from_secs(300);
const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// What is asked.
struct Question {
    /// The newest measured point, and the one a day or more before it.
    at: Timestamp,
    before: Timestamp,
    days: u32,
    /// The tables that grew in between, with their rows before and after.
    grown: BTreeMap<String, (u64, u64)>,
}

/// Asks, if there is anything to be asked.
pub(super) async fn perform(work: &Work<'_>) -> Result<(), Halt> {
    let Some(question) = question(work).await? else { return Ok(()) };
    let tx = work.context.store.read(&work.tenant).await?;
    let agent = source::agent(work.context, &tx, &work.source).await;
    drop(tx);
    let told = match agent {
        Ok(agent) => ask(work, agent.as_ref(), &question).await,
        Err(error) => Err(error.into()),
    };
    match told {
        Ok(rows) => keep(work, &question, &rows).await,
        // The new state is visible: there is nothing left to cancel.
        Err(Halt::Cancelled) => Ok(()),
        Err(Halt::Failed(error)) => {
            let message = format!("Tables were not counted back: {}", error.detail());
            log(work, &[line(work, LogLevel::Info, message, [])]).await
        }
        Err(halt @ (Halt::Stopping | Halt::LeaseLost)) => Err(halt),
    }
}

/// The tables of a source that is still learning that have grown in the last day or more and were not asked about.
async fn question(work: &Work<'_>) -> Result<Option<Question>, Halt> {
    let source = work.source.id;
    let tx = work.context.store.read(&work.tenant).await?;
    let times = profile_times(&tx, source, work.context.now(), LEARNING_POINTS as u64).await?;
    let (Some(first), Some(at)) = (times.first().copied(), times.last().copied()) else { return Ok(None) };
    let apart = times.iter().rev().find_map(|time| Some((*time, days_apart(*time, at)?)));
    let Some((before, step)) = apart.filter(|_| times.len() < LEARNING_POINTS) else { return Ok(None) };
    let mut grown = BTreeMap::new();
    for stats in table_history(&tx, source, None, first, at).await? {
        note(&mut grown, &stats, before);
    }
    let asked = backfill::asked(&tx, source).await?;
    let grown: BTreeMap<String, (u64, u64)> = grown
        .into_iter()
        .filter(|(table, _)| !asked.contains(table))
        .filter_map(|(table, rows)| Some((table, (rows.0?, rows.1?))))
        .filter(|(_, (before, after))| after > before)
        .collect();
    let days = BACKFILL_DAYS.saturating_mul(step).min(MOST_BACKFILL_DAYS);
    Ok((!grown.is_empty()).then_some(Question { at, before, days, grown }))
}

/// Rows at `before` and now, of rows in the order of time; estimates are none.
fn note(grown: &mut BTreeMap<String, (Option<u64>, Option<u64>)>, stats: &TableStats, before: Timestamp) {
    let rows = (stats.row_count_method == Method::Exact).then_some(stats.row_count);
    let known = grown.entry(stats.table.clone()).or_default();
    if stats.recorded_at <= before {
        known.0 = rows;
    }
    known.1 = rows;
}

/// What the agent tells of the tables, with what is thought of it.
async fn ask(work: &Work<'_>, agent: &dyn Agent, question: &Question) -> Result<Vec<Backfill>, Halt> {
    let arguments = BackfillStartArguments {
        source: work.source.agent_source.clone(),
        tables: question.grown.keys().cloned().collect(),
        days: Some(question.days),
        until: Some(question.at),
        ..BackfillStartArguments::default()
    };
    let started = work.ask(agent.backfill_start(arguments)).await??;
    let Some(job) = started.job else {
        return Err(protocol("The agent started no job and gave no reason.").into());
    };
    let mut rows = BTreeMap::new();
    let ended = pages(work, agent, &job, |table| {
        // One that was not asked about is none of ours.
        if let Some(row) = question.judge(table, work.context.now()) {
            rows.insert(row.table.clone(), row);
        }
    });
    let ended = ended.await;
    if !matches!(ended, Ok(true)) {
        work.dismiss(agent, Some(&job)).await;
    }
    ended.map(|_| rows.into_values().collect())
}

/// Takes page after page; false when it takes too long, which leaves the other tables to the next scan.
async fn pages(
    work: &Work<'_>,
    agent: &dyn Agent,
    job: &str,
    mut take: impl FnMut(TableBackfill),
) -> Result<bool, Halt> {
    let (began, mut cursor) = (Instant::now(), None);
    while began.elapsed() < PATIENCE {
        let asked = Instant::now();
        let get = |arguments| agent.backfill_get(arguments);
        let Some(page) = agent_job::page(work, job, cursor.as_deref(), get).await? else {
            return Err(
                AgentError::new(AgentErrorKind::JobUnknown, "The agent forgot what it counted.").into()
            );
        };
        let silent = page.page.is_empty();
        page.page.into_iter().for_each(&mut take);
        if page.status == JobStatus::Done && page.next_cursor.is_none() {
            return Ok(true);
        }
        cursor = page.next_cursor.or(cursor);
        if silent {
            breathe(asked).await;
        }
    }
    Ok(false)
}

impl Question {
    /// What is kept of a table; nothing of one that was not asked about.
    fn judge(&self, table: TableBackfill, asked_at: Timestamp) -> Option<Backfill> {
        let (before, rows) = self.grown.get(&table.table).copied()?;
        let told = anomaly::Backfill { at: self.at, rows, arrivals: self.arrivals(&table) };
        let refused = match table.skipped {
            Some(reason) => Some(capped(&reason, LINE)),
            None => told.check(self.before, before).err().map(|refusal| refusal.to_string()),
        };
        Some(Backfill {
            asked_at,
            timestamp_column: table.timestamp_column.map(|column| capped(&column, LINE)),
            at: self.at,
            rows,
            arrivals: if refused.is_none() { told.arrivals } else { Vec::new() },
            refused,
            table: table.table,
        })
    }

    /// Rows by day, the newest first. What lies outside of the days asked for is nothing.
    fn arrivals(&self, table: &TableBackfill) -> Vec<u64> {
        let mut arrivals = vec![0_u64; self.days as usize];
        for day in &table.days {
            let back = (self.at.millis() - 1 - day.from.millis()).div_euclid(DAY_MILLIS);
            if let Some(known) = usize::try_from(back).ok().and_then(|back| arrivals.get_mut(back)) {
                // No database has as many.
                *known = known.saturating_add(day.rows.min(u64::from(u32::MAX)));
            }
        }
        arrivals
    }
}

/// Keeps what came of it, and says so.
async fn keep(work: &Work<'_>, question: &Question, rows: &[Backfill]) -> Result<(), Halt> {
    let refusals = rows.iter().filter_map(|row| Some((&row.table, row.refused.as_ref()?)));
    let mut lines: Vec<LogLine> = refusals
        .map(|(table, reason)| {
            let message = format!("{} is not counted back: {reason}", capped(table, LINE));
            line(work, LogLevel::Debug, message, [])
        })
        .collect();
    let used = rows.iter().filter(|row| row.refused.is_none()).count();
    let message =
        format!("Counted {used} of {} growing tables back by their own times", question.grown.len());
    let fields = [("tables", used.into()), ("days", question.days.into())];
    lines.push(line(work, LogLevel::Info, message, fields));
    for some in rows.chunks(BATCH) {
        let tx = work.hold().await?;
        backfill::put(&tx, work.source.id, some).await?;
        tx.commit().await?;
    }
    log(work, &lines).await
}

async fn log(work: &Work<'_>, lines: &[LogLine]) -> Result<(), Halt> {
    let tx = work.hold().await?;
    store::log::append(&tx, lines).await?;
    tx.commit().await?;
    work.publish();
    Ok(())
}

/// Counting is the work of the agent that measures, whichever step asks for it.
fn line<const N: usize>(
    work: &Work<'_>,
    level: LogLevel,
    message: String,
    fields: [(&str, Value); N],
) -> LogLine {
    LogLine { agent: AgentName::Metadata, ..work.line(level, message, fields) }
}
