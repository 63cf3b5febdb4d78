//! Detection: judges what the last profile measured, and makes incidents of what is wrong.
//!
//! It works on what the flip published, never on what an agent says. Models and odd points are written in small batches
//! that nobody sees; the last transaction moves `detection` on and settles the incidents, so that an attempt that dies
//! leaves nothing that could be seen, and the next one comes to the same. A run that brought no new points does nothing,
//! unless a table has become stale meanwhile or something odd wants to be confirmed.

mod expectation;
mod finding;
mod judge;
mod models;
mod record;
mod route;
mod schema;
mod settle;
mod shift;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use domain::anomaly::{SHIFT_POINTS, Sample, Sensitivities};
use store::anomaly::{self, Anomaly, Detection};
use store::incident::Incident;
use store::statistics::{NewestPoint, TableStats, columns_at, latest_tables, profile_times};
use store::{ReadTx, Reads};
use types::Timestamp;
use types::incident::IncidentCause;
use types::log::LogLevel;
use types::snapshot::{Body, Snapshot};

use self::judge::{Judgement, Table};
use self::models::{Fitter, TableModels, is_due};
use self::schema::Broken;
use self::settle::{Outcome, settle};
use self::shift::told;
use super::ending;
use super::halt::Halt;
use super::step::Work;
use crate::schema::{is_unique, snapshot};
use crate::series::{self, Key, MOST_POINTS, TableSeries};
use crate::{Error, notification, sensitivity};

/// About how many columns are judged at a time: what is held in memory does not grow with the source.
const COLUMNS: usize = 500;

pub(super) async fn perform(work: &mut Work<'_>) -> Result<(), Halt> {
    let now = work.context.now();
    let tx = work.context.store.read(&work.tenant).await?;
    let last = anomaly::detection(&tx, work.source.id).await?;
    // Read again: the flip has moved it on.
    let profiled_at = store::source::find(&tx, work.source.id).await?.profiled_at;
    let mut broken = match work.run.drift_id {
        Some(id) => schema::broken(&tx, work, id).await?,
        None => Broken::default(),
    };
    let mut outcome = Outcome { findings: std::mem::take(&mut broken.findings), ..Outcome::default() };
    let active = store::incident::active_of(&tx, work.source.id).await?;
    if work.run.unchanged != Some(true) {
        outcome.reverted = schema::reverted(&tx, work, &active).await?.into_iter().collect();
    }
    let planned = plan(last, profiled_at, now);
    expectation::look(&tx, work, &active, planned.is_some(), &mut outcome).await?;
    if planned.is_none() && outcome == Outcome::default() {
        drop(tx);
        return idle(work).await;
    }
    let judged = match planned {
        Some(at) => {
            let span = Span { last, at, now, profiled_at };
            let (judged, schema) = judge_source(&tx, work, span, &broken, &mut outcome).await?;
            outcome.gone_objects = gone(&active, &schema);
            Some(judged)
        }
        None => None,
    };
    drop(tx);
    finish(work, judged, &broken, outcome, now).await
}

/// Nothing new was measured, and nothing comes due: only the step's end is written.
async fn idle(work: &mut Work<'_>) -> Result<(), Halt> {
    let tx = work.context.store.write(&work.tenant).await?;
    ending::advance(&tx, work).await?;
    tx.commit().await?;
    Ok(())
}

/// The time of the points to judge; `None` when there is nothing to be judged.
fn plan(last: Option<Detection>, profiled_at: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    let profiled = profiled_at?;
    let Some(last) = last else { return Some(profiled) };
    if last.profiled_at != Some(profiled) {
        return Some(profiled);
    }
    let later = Timestamp(last.judged_at.0 + Duration::from_millis(1)).max(now);
    last.due_at.is_some_and(|due| due <= now).then_some(later)
}

/// What is judged, and when.
#[derive(Clone, Copy)]
struct Span {
    last: Option<Detection>,
    at: Timestamp,
    now: Timestamp,
    profiled_at: Option<Timestamp>,
}

/// The last write, after which everything is visible.
async fn finish(
    work: &mut Work<'_>,
    judged: Option<Judged>,
    broken: &Broken,
    outcome: Outcome,
    now: Timestamp,
) -> Result<(), Halt> {
    let tx = work.hold().await?;
    let changed = work.run.unchanged != Some(true);
    let settled = settle(&tx, work, outcome, now).await?;
    notification::alert(work.context, &tx, work.run.id, settled.found, now).await?;
    let mut odd = 0;
    if let Some(judged) = &judged {
        for table in &judged.odd_tables {
            let explained = broken.explained.get(table).and_then(|object| settled.of_schema.get(object));
            if let Some(incident) = explained {
                anomaly::explain(&tx, work.source.id, judged.detection.judged_at, table, *incident).await?;
            }
        }
        anomaly::set_detection(&tx, &judged.detection).await?;
        odd = judged.odd;
    }
    let message = match (&judged, odd) {
        (None, _) if changed => "Judged the changes of the schema; no new values were measured".to_owned(),
        (None, _) => "Judged what is expected; no new values were measured".to_owned(),
        (Some(_), 0) => "Judged the newest values: all are as expected".to_owned(),
        (Some(_), 1) => "Judged the newest values: 1 is odd".to_owned(),
        (Some(_), odd) => format!("Judged the newest values: {odd} are odd"),
    };
    let fields =
        [("odd", odd.into()), ("opened", settled.opened.into()), ("resolved", settled.resolved.into())];
    store::log::append(&tx, &[work.line(LogLevel::Info, message, fields)]).await?;
    ending::advance(&tx, work).await?;
    tx.commit().await?;
    Ok(())
}

/// What came of the tables of a source.
struct Judged {
    detection: Detection,
    odd: usize,
    odd_tables: BTreeSet<String>,
}

async fn judge_source(
    tx: &ReadTx,
    work: &Work<'_>,
    span: Span,
    broken: &Broken,
    outcome: &mut Outcome,
) -> Result<(Judged, Arc<Snapshot>), Halt> {
    let source = work.source.id;
    while {
        let tx = work.hold().await?;
        let more = anomaly::discard(&tx, source, span.last.map(|last| last.judged_at)).await?;
        tx.commit().await?;
        more
    } {}
    let schema = match store::version::latest(tx, source).await? {
        Some(version) => snapshot(work.context, tx, &version).await?,
        None => return Err(Error::Internal("a profile without a version".to_owned()).into()),
    };
    let tables = latest_tables(tx, &[source]).await?;
    let before = Timestamp(span.at.0 - Duration::from_millis(1));
    let times = profile_times(tx, source, before, MOST_POINTS).await?;
    let mut odd: HashMap<String, Vec<Anomaly>> = HashMap::new();
    if let Some(last) = span.last {
        for anomaly in anomaly::at(tx, source, last.judged_at).await? {
            odd.entry(anomaly.table.clone()).or_default().push(anomaly);
        }
    }
    let points = span.last.map_or(0, |last| last.points) + 1;
    let rows_before = series::rows_at(tx, source, times.last().copied()).await?;
    let keys = keys(&schema);
    let sensitivities = sensitivity::of_source(tx, source).await?;
    let pass = Arc::new(Pass { source, span, points, keys, times, rows_before, sensitivities, odd });
    let mut judged = Judged {
        detection: Detection {
            source_id: source,
            profiled_at: span.profiled_at,
            judged_at: span.at,
            points,
            due_at: None,
        },
        odd: 0,
        odd_tables: BTreeSet::new(),
    };
    for group in groups(tables, &schema) {
        let read = read_group(tx, &pass, group).await?;
        let passing = Arc::clone(&pass);
        let (fitted, judgements) = tokio::task::spawn_blocking(move || passing.judge(read))
            .await
            .map_err(|error| Error::Internal(format!("the judgement did not end: {error}")))??;
        record::put(work, &fitted, &judgements, span.at).await?;
        for (table, judgement) in judgements {
            judged.add(&table, judgement, broken, outcome, span.now);
        }
    }
    record::forget(work, &pass.times).await?;
    Ok((judged, schema))
}

/// What incidents about values concern, where the schema has it no more.
fn gone(active: &[Incident], schema: &Snapshot) -> BTreeSet<String> {
    let there: HashSet<&str> = schema.objects.iter().map(|object| object.path.as_str()).collect();
    let of_values = |incident: &&Incident| {
        !matches!(incident.cause, IncidentCause::Schema | IncidentCause::Expectation)
            && !there.contains(incident.object.as_str())
    };
    active.iter().filter(of_values).map(|incident| incident.object.clone()).collect()
}

impl Judged {
    fn add(
        &mut self,
        table: &str,
        judgement: Judgement,
        broken: &Broken,
        outcome: &mut Outcome,
        now: Timestamp,
    ) {
        let explained = broken.explained.contains_key(table);
        self.odd += judgement.anomalies.len();
        if !judgement.anomalies.is_empty() {
            self.odd_tables.insert(table.to_owned());
        }
        let due = if judgement.unconfirmed && !explained { Some(now) } else { judgement.stale_from };
        self.detection.due_at = [self.detection.due_at, due].into_iter().flatten().min();
        outcome.judged.insert(table.to_owned());
        // What a change of the schema explains opens no incident of its own, and ends none.
        if explained {
            outcome.judged.remove(table);
        } else {
            outcome.findings.extend(judgement.findings);
            let shifted = judgement.shifted.into_iter();
            outcome.shifted.extend(shifted.map(|(cause, shifts)| ((table.to_owned(), cause), told(&shifts))));
        }
    }
}

/// The columns that alone are a key, by table.
fn keys(schema: &Snapshot) -> HashMap<String, HashSet<String>> {
    let of = |body: &Body| match body {
        Body::Table(table) => table
            .columns
            .iter()
            .filter(|column| is_unique(table, &column.name))
            .map(|column| column.name.clone())
            .collect(),
        _ => HashSet::new(),
    };
    schema.objects.iter().map(|object| (object.path.clone(), of(&object.body))).collect()
}

/// Tables in groups of about [`COLUMNS`] columns.
fn groups(tables: Vec<TableStats>, schema: &Snapshot) -> Vec<Vec<TableStats>> {
    let widths: HashMap<&str, usize> =
        schema.objects.iter().map(|object| (object.path.as_str(), object.body.columns().len())).collect();
    let mut groups: Vec<Vec<TableStats>> = Vec::new();
    let mut room = 0;
    for table in tables {
        let width = widths.get(table.table.as_str()).copied().unwrap_or(1).max(1);
        match groups.last_mut() {
            Some(group) if width <= room => {
                room -= width;
                group.push(table);
            }
            _ => {
                room = COLUMNS.saturating_sub(width);
                groups.push(vec![table]);
            }
        }
    }
    groups
}

/// What the judgement of all groups shares.
struct Pass {
    source: types::SourceId,
    span: Span,
    points: u32,
    keys: HashMap<String, HashSet<String>>,
    /// When the source was profiled before.
    times: Vec<Timestamp>,
    /// The rows of the tables at the last of these times.
    rows_before: HashMap<String, Sample>,
    sensitivities: Sensitivities,
    /// Odd points of the judgement before.
    odd: HashMap<String, Vec<Anomaly>>,
}

/// What was read of a group of tables.
struct Group {
    tables: Vec<TableStats>,
    columns: HashMap<String, Vec<NewestPoint>>,
    models: HashMap<String, TableModels>,
    /// Of tables whose models are too old.
    series: HashMap<String, TableSeries>,
}

async fn read_group(tx: &impl Reads, pass: &Pass, tables: Vec<TableStats>) -> Result<Group, Halt> {
    let paths: Vec<String> = tables.iter().map(|table| table.table.clone()).collect();
    let mut models = HashMap::new();
    for row in anomaly::models(tx, pass.source, &paths).await? {
        // A form of another release is no use: it is fitted again.
        if let Ok(known) = serde_json::from_value(row.models)
            && !is_due(&row.table, row.points, pass.points)
            && !pass.may_have_shifted(&row.table)
        {
            models.insert(row.table, known);
        }
    }
    let due: Vec<String> = paths.iter().filter(|path| !models.contains_key(*path)).cloned().collect();
    let series = if due.is_empty() {
        HashMap::new()
    } else {
        series::read(tx, pass.source, &due, &pass.times).await?
    };
    let mut columns: HashMap<String, Vec<NewestPoint>> = HashMap::new();
    if let Some(profiled_at) = pass.span.profiled_at {
        for point in columns_at(tx, pass.source, &paths, profiled_at).await? {
            columns.entry(point.point.table.clone()).or_default().push(point);
        }
    }
    Ok(Group { tables, columns, models, series })
}

/// What came of a group: the models that were fitted, and the judgement of each table.
type GroupJudged = (Vec<anomaly::TableModels>, Vec<(String, Judgement)>);

impl Pass {
    /// Whether so many points in a row were odd that they may be a new level: only a model that is fitted anew can tell.
    fn may_have_shifted(&self, table: &str) -> bool {
        let is_level =
            |anomaly: &Anomaly| usize::try_from(anomaly.streak).is_ok_and(|streak| streak >= SHIFT_POINTS);
        self.odd.get(table).is_some_and(|odd| odd.iter().any(is_level))
    }

    fn judge(&self, group: Group) -> Result<GroupJudged, Error> {
        let Group { tables, mut columns, mut models, series } = group;
        let (mut fitter, mut fitted) = (Fitter::default(), Vec::new());
        let mut judgements = Vec::with_capacity(tables.len());
        for stats in &tables {
            let none = HashSet::new();
            let keys = self.keys.get(&stats.table).unwrap_or(&none);
            let is_key = |column: &str| keys.contains(column);
            let mut previous = HashMap::new();
            if let Some(series) = series.get(&stats.table) {
                let model = fitter.fit(series, &self.times, is_key);
                let json =
                    serde_json::to_value(&model).map_err(|error| Error::Internal(error.to_string()))?;
                let (table, points) = (stats.table.clone(), self.points);
                fitted.push(anomaly::TableModels { table, points, models: json });
                models.insert(stats.table.clone(), model);
                for key in series.keys() {
                    if let Some(last) = series.samples(key, &self.times).last() {
                        previous.insert(key.clone(), last.value);
                    }
                }
            }
            let columns = columns.remove(&stats.table).unwrap_or_default();
            let odd = self.odd.get(&stats.table).into_iter().flatten();
            let table = Table {
                source: self.source,
                at: self.span.at,
                now: self.span.now,
                stats,
                columns: &columns,
                models: models.entry(stats.table.clone()).or_default(),
                sensitivities: &self.sensitivities,
                previous: &previous,
                rows_before: self.rows_before.get(&stats.table),
                times: &self.times,
                odd: odd.map(|anomaly| (Key::of(anomaly), anomaly)).collect(),
            };
            judgements.push((stats.table.clone(), table.judge()));
        }
        Ok((fitted, judgements))
    }
}
