//! Reads the data: pages of tables, staged as they come.

mod outcome;

use std::collections::HashSet;
use std::time::Instant;

use integrations::Agent;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::expectation::Revision;
use store::{Reads, manifest, staged};
use types::log::LogLevel;
use types::profile::{ColumnProfile, TableProfile};
use types::protocol::{JobStatus, ProfilePage, ProfileStartArguments};
use types::run::StepKind;

use super::agent_job::{self, breathe, protocol};
use super::ending;
use super::expectation::{self, Asked};
use super::halt::Halt;
use super::schema_scan::Catalog;
use super::step::Work;
use crate::foreign_text::{LINE, capped};
use crate::source;
use outcome::Outcome;

/// How many tables' profiles one transaction stages.
const STAGED: usize = 50;
/// The longest text that stands for a number or a time in `min` and `max`.
const LONGEST_VALUE: usize = 64;
/// The most shapes, quantiles and the like of one column.
const MOST_FACETS: usize = 32;
/// The most columns of one table; no database has as many.
const MOST_COLUMNS: usize = 40_000;
/// The longest fingerprint that is kept to ask with.
const LONGEST_FINGERPRINT: usize = 128;

/// What the step has read so far; the drift step reads it as well.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Reading {
    job: Option<String>,
    cursor: Option<String>,
    tables: u32,
    skipped: u32,
    #[serde(default)]
    outcome: Outcome,
    restarts: u32,
    /// The schema is that of the newest version to the byte, as far as that was worth knowing before the profile.
    #[serde(default)]
    pub(super) same_schema: bool,
    /// The agent said that nobody has written since the last profile; nothing is staged. It is only asked where the
    /// schema is the same.
    #[serde(default)]
    pub(super) unchanged: bool,
    #[serde(default)]
    pub(super) fingerprint: Option<String>,
    /// What was expected when the agent was asked.
    #[serde(default)]
    pub(super) expected: Revision,
}

pub(super) async fn perform(work: &mut Work<'_>) -> Result<(), Halt> {
    let tx = work.context.store.read(&work.tenant).await?;
    let agent = source::agent(work.context, &tx, &work.source).await?;
    drop(tx);
    let mut reading: Reading = work.checkpoint();
    let result = read(work, agent.as_ref(), &mut reading).await;
    if matches!(result, Err(Halt::Cancelled)) {
        work.dismiss(agent.as_ref(), reading.job.as_deref()).await;
    }
    result
}

async fn read(work: &mut Work<'_>, agent: &dyn Agent, reading: &mut Reading) -> Result<(), Halt> {
    loop {
        let Some(job) = reading.job.clone() else {
            if start(work, agent, reading).await? {
                return Ok(());
            }
            continue;
        };
        let asked = Instant::now();
        let get = |arguments| agent.profile_get(arguments);
        let Some(page) = agent_job::page(work, &job, reading.cursor.as_deref(), get).await? else {
            *reading = Reading { restarts: reading.restarts + 1, ..Reading::default() };
            agent_job::restart(work, "profile", reading.restarts, &*reading).await?;
            continue;
        };
        let silent = page.page.is_empty();
        if keep(work, reading, page).await? {
            return Ok(());
        }
        if silent {
            breathe(asked).await;
        }
    }
}

/// Asks for a job; true when nobody has written since the last profile and the step is over.
async fn start(work: &mut Work<'_>, agent: &dyn Agent, reading: &mut Reading) -> Result<bool, Halt> {
    let tx = work.context.store.read(&work.tenant).await?;
    let Asked { expectations, revision, any_is_new } = expectation::asked(&tx, work.source.id).await?;
    let known = known_fingerprint(work, any_is_new);
    // Where the agent is not asked, the lists are compared once the data was read.
    reading.same_schema = known.is_some() && is_the_newest_version(work, &tx).await?;
    drop(tx);
    reading.expected = revision;
    let arguments = ProfileStartArguments {
        source: work.source.agent_source.clone(),
        if_none_match: known.filter(|_| reading.same_schema),
        expectations,
        ..ProfileStartArguments::default()
    };
    let conditional = arguments.if_none_match.is_some();
    let started = work.ask(agent.profile_start(arguments)).await??;
    if started.unchanged {
        if !conditional {
            return Err(
                protocol("The agent says that nobody has written, but it was not told since when.").into()
            );
        }
        reading.unchanged = true;
        work.run.tables_profiled = Some(0);
        work.remember(&*reading)?;
        ending::pass_over(work, "No table was written to since the last profile").await?;
        return Ok(true);
    }
    let Some(job) = started.job else {
        return Err(protocol("The agent started no job and gave no reason.").into());
    };
    reading.job = Some(job);
    let line = work.line(LogLevel::Info, format!("Profiling {}", work.source.name), []);
    let tx = work.context.store.write(&work.tenant).await?;
    // What an earlier attempt staged belongs to another job.
    staged::clear_profiles(&tx, work.run.id).await?;
    work.save(&tx, &*reading).await?;
    store::log::append(&tx, &[line]).await?;
    tx.commit().await?;
    work.publish();
    Ok(false)
}

/// The fingerprint to compare with: only good as long as the clock alone changes no judgement and nothing is expected that
/// was never judged, and for the same schema.
fn known_fingerprint(work: &Work<'_>, any_is_new: bool) -> Option<String> {
    let now = work.context.now();
    let holds = work.source.profile_holds_until.is_none_or(|until| now < until) && !any_is_new;
    work.source.profile_fingerprint.clone().filter(|_| holds)
}

/// Whether the schema is the newest version to the byte, physical ids with it, be it by the agent's word or because the
/// catalog was read: it is read whole once a day, and that alone is no reason to read the data as well.
async fn is_the_newest_version(work: &Work<'_>, tx: &impl Reads) -> Result<bool, Halt> {
    let catalog: Catalog = work.left_by(tx, StepKind::SchemaScan).await?;
    if catalog.unchanged {
        return Ok(true);
    }
    let Some(latest) = store::version::latest(tx, work.source.id).await? else {
        return Ok(false);
    };
    Ok(latest.canonical_version == domain::CANONICAL_VERSION
        && manifest::read(tx, &latest.manifest).await? == staged::objects(tx, work.run.id).await?)
}

/// Stages a page, and then the place after it; true when it was the last and the step is over.
async fn keep(work: &mut Work<'_>, reading: &mut Reading, page: ProfilePage) -> Result<bool, Halt> {
    let last = page.status == JobStatus::Done && page.next_cursor.is_none();
    reading.fingerprint = page.fingerprint.filter(|text| text.len() <= LONGEST_FINGERPRINT);
    let mut profiles = checked(page.page)?;
    if !last && profiles.is_empty() && work.step.progress == page.progress {
        return Ok(false);
    }
    let mut lines = Vec::new();
    for profile in profiles.iter().filter(|profile| profile.columns_before == 0) {
        reading.tables += 1;
        reading.outcome.add(profile);
        if let Some(why) = &profile.skipped {
            reading.skipped += 1;
            let message = format!("Skipped {}: {}", capped(&profile.table, LINE), capped(why, LINE));
            lines.push(work.line(LogLevel::Warn, message, []));
        } else {
            let carried_over = profile.rows_carried_over.min(profile.row_count);
            let message = format!("Profiled {}", capped(&profile.table, LINE));
            let fields = [("rows", profile.row_count.into()), ("rows_carried_over", carried_over.into())];
            lines.push(work.line(LogLevel::Debug, message, fields));
        }
    }
    if page.next_cursor.is_some() {
        reading.cursor = page.next_cursor;
    }
    work.step.progress = page.progress;
    for part in profiles.iter_mut().filter(|profile| profile.columns_before > 0) {
        join(work, part).await?;
    }
    // A page that is read once more overwrites what of it was staged.
    for some in profiles.chunks(STAGED) {
        let tx = work.hold().await?;
        staged::put_profiles(&tx, work.run.id, some).await?;
        tx.commit().await?;
    }
    let tx = work.context.store.write(&work.tenant).await?;
    if last {
        work.run.tables_profiled = Some(reading.tables - reading.skipped);
        work.remember(&*reading)?;
        let told = reading.outcome.in_words(work.source.limits);
        let fields = [("tables", reading.tables.into()), ("skipped", reading.skipped.into())];
        let line = format!("Profiled {} tables: {told}", reading.tables);
        lines.push(work.line(LogLevel::Info, line, fields));
        work.step.progress.message = format!("tables: {told}");
        store::log::append(&tx, &lines).await?;
        ending::advance(&tx, work).await?;
    } else {
        work.save(&tx, &*reading).await?;
        store::log::append(&tx, &lines).await?;
    }
    tx.commit().await?;
    work.publish();
    Ok(last)
}

/// Puts the columns of a table that earlier pages told before those of this part: it is the whole table then.
async fn join(work: &Work<'_>, part: &mut TableProfile) -> Result<(), Halt> {
    let before = usize::try_from(part.columns_before).unwrap_or(usize::MAX);
    let tx = work.context.store.read(&work.tenant).await?;
    let told = staged::profile(&tx, work.run.id, &part.table).await?;
    let Some(mut whole) = told.filter(|told| told.columns.len() >= before) else {
        return Err(protocol("Columns of a table came before those that are told first.").into());
    };
    if before + part.columns.len() > MOST_COLUMNS {
        return Err(protocol("A table has more columns than any database allows.").into());
    }
    // A page that is read once more begins where it did.
    whole.columns.truncate(before);
    whole.columns.append(&mut part.columns);
    *part = whole;
    Ok(())
}

/// Refuses figures that cannot be, and drops values that are no numbers or times: they would be a customer's data.
fn checked(page: Vec<TableProfile>) -> Result<Vec<TableProfile>, Halt> {
    let mut seen = HashSet::new();
    let percentage = |value: Option<f64>| value.is_none_or(|value| (0.0..=100.0).contains(&value));
    page.into_iter()
        .map(|mut table| {
            if !seen.insert(table.table.clone()) {
                return Err(protocol("A page has the same table twice.").into());
            }
            for column in &mut table.columns {
                if !percentage(column.null_percent) || !percentage(column.uniqueness_percent) {
                    return Err(protocol("A percentage is outside 0 to 100.").into());
                }
                column.min = column.min.take().filter(harmless);
                column.max = column.max.take().filter(harmless);
                bound(column);
            }
            table.partial_reason = table.partial_reason.map(|reason| capped(&reason, LINE));
            Ok(table)
        })
        .collect()
}

/// Keeps of what the values look like only what an agent of ours would say, and that in small.
fn bound(column: &mut ColumnProfile) {
    column.quantiles.retain(|quantile| harmless(&quantile.value));
    column.quantiles.truncate(MOST_FACETS);
    column.shapes.retain(|shape| shape.shape.len() <= LONGEST_VALUE);
    column.shapes.truncate(MOST_FACETS);
    column.top_values.truncate(MOST_FACETS);
    for top in &mut column.top_values {
        top.value = None;
        top.shape = top.shape.take().filter(|shape| shape.len() <= LONGEST_VALUE);
    }
    if let Some(semantics) = &mut column.semantics {
        semantics.evidence.retain(|name| name.len() <= LONGEST_VALUE);
        semantics.evidence.truncate(MOST_FACETS);
    }
}

fn harmless(value: &Value) -> bool {
    match value {
        Value::Number(_) => true,
        Value::String(text) => {
            text.len() <= LONGEST_VALUE
                && text.starts_with(|first: char| first.is_ascii_digit() || first == '-')
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => false,
    }
}
