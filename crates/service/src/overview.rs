//! The first page: what there is, how it moved within a week, and whether it can be trusted.

mod attention;
mod recent;
mod timeline;
mod trust;

use std::sync::Arc;
use std::time::Duration;

use store::Reads;
use store::drift::Drift;
use store::incident::Incident;
use store::run::Run;
use store::sequence;
use store::source::Source;
use store::statistics::{SourceScore, scores};
use types::drift::DriftStatus;
use types::incident::IncidentState;
use types::overview::{Attention, DriftState, Overview, PreviousWeek};
use types::run::RunState;
use types::{SourceId, Timestamp};

pub(crate) use self::recent::Overviews;
use self::timeline::Timeline;
use crate::permission::QualityRead;
use crate::quality::{Board, score};
use crate::source::select_all;
use crate::{Context, Error, Scope};

/// A week: the window of drift, and how far back the comparison lies.
const WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// What sparklines and charts show.
const SHOWN: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// The most drift events that are added up.
const EVENTS: u64 = 200;
/// The most active incidents that are looked at.
const INCIDENTS: u64 = 200;

/// What the page is made of.
struct Facts {
    now: Timestamp,
    sources: Vec<Source>,
    /// Breaking events of two weeks, newest first.
    events: Vec<Drift>,
    /// Those that have not ended, newest first.
    incidents: Vec<Incident>,
    /// The newest run of each source that has one.
    runs: Vec<Run>,
    /// The newest statistics of each source that was profiled.
    boards: Vec<Arc<Board>>,
    scores: Vec<SourceScore>,
}

impl Facts {
    fn name(&self, id: SourceId) -> &str {
        self.sources.iter().find(|source| source.id == id).map_or("", |source| source.name.as_str())
    }

    /// Breaking events of the last seven days that nobody has accepted or ignored.
    fn open_events(&self) -> impl Iterator<Item = &Drift> {
        let since = Timestamp(self.now.0 - WEEK);
        let open = |drift: &&Drift| matches!(drift.status, DriftStatus::New | DriftStatus::Acknowledged);
        self.events.iter().filter(open).filter(move |drift| drift.detected_at >= since)
    }

    fn failed_runs(&self) -> impl Iterator<Item = &Run> {
        self.runs.iter().filter(|run| run.state == RunState::Failed)
    }
}

/// The overview of one source, or of all added up.
///
/// # Errors
/// [`Error::NotFound`] for an unknown source.
pub async fn get(
    context: &Context,
    scope: &Scope<QualityRead>,
    source: Option<&str>,
) -> Result<Overview, Error> {
    let now = context.now();
    let tenant = scope.tenant();
    let place = context.overviews.place(scope, source, now);
    if let Some(page) = place.kept(&context.store, tenant).await? {
        return Ok(page);
    }
    let tx = context.store.read(tenant).await?;
    let position = sequence::position(&tx).await?;
    let page = read(context, &tx, source, now).await?;
    place.keep(position, &page);
    Ok(page)
}

async fn read(
    context: &Context,
    tx: &impl Reads,
    source: Option<&str>,
    now: Timestamp,
) -> Result<Overview, Error> {
    let sources = select_all(tx, source).await?;
    let ids: Vec<_> = sources.iter().map(|source| source.id).collect();
    let facts = Facts {
        now,
        events: events(tx, &sources, source.is_some(), now).await?,
        incidents: incidents(tx, &sources).await?,
        runs: runs(tx, &sources).await?,
        boards: context.boards.of(tx, &sources).await?,
        // One more week than is shown, so that the first day knows what came before.
        scores: scores(tx, &ids, Timestamp(now.0 - SHOWN - WEEK)).await?,
        sources,
    };
    let quality_score = score(tx, &ids).await?;
    let previous_version = previous_version(tx, &facts).await?;
    let timeline = Timeline::of(&facts.scores, store::statistics::newest_scores(tx, &ids).await?, now);
    let attention = attention::list(tx, &facts).await?;
    Ok(view(&facts, &timeline, quality_score, previous_version, attention))
}

async fn events(tx: &impl Reads, sources: &[Source], one: bool, now: Timestamp) -> Result<Vec<Drift>, Error> {
    let filter = store::drift::Filter {
        source: sources.first().filter(|_| one).map(|source| source.id),
        breaking: Some(true),
        from: Some(Timestamp(now.0 - 2 * WEEK)),
        ..store::drift::Filter::default()
    };
    let mut events = store::drift::list(tx, &filter, EVENTS).await?;
    // A removed source's events stay in the history, not on the first page.
    events.retain(|drift| sources.iter().any(|source| source.id == drift.source_id));
    Ok(events)
}

async fn incidents(tx: &impl Reads, sources: &[Source]) -> Result<Vec<Incident>, Error> {
    let active = IncidentState::ALL.iter().copied().filter(|state| state.is_active()).collect();
    let filter = store::incident::Filter { states: active, ..store::incident::Filter::default() };
    let mut incidents = store::incident::list(tx, &filter, INCIDENTS).await?;
    incidents.retain(|incident| sources.iter().any(|source| source.id == incident.source_id));
    Ok(incidents)
}

async fn runs(tx: &impl Reads, sources: &[Source]) -> Result<Vec<Run>, Error> {
    let ids: Vec<_> = sources.iter().filter_map(|source| source.last_run_id).collect();
    Ok(store::run::find_many(tx, &ids).await?)
}

/// The versions that there were a week ago, added up.
async fn previous_version(tx: &impl Reads, facts: &Facts) -> Result<Option<u32>, Error> {
    let before = Timestamp(facts.now.0 - WEEK);
    let mut total = None;
    for source in &facts.sources {
        if let Some(version) = store::version::at(tx, source.id, before).await? {
            total = Some(total.unwrap_or(0) + version.version);
        }
    }
    Ok(total)
}

fn view(
    facts: &Facts,
    timeline: &Timeline,
    quality_score: Option<f64>,
    previous_version: Option<u32>,
    attention: Vec<Attention>,
) -> Overview {
    let before = Timestamp(facts.now.0 - WEEK);
    let latest = timeline.at(facts.now);
    let earlier = timeline.at(before);
    let breaking: u32 = facts.open_events().map(|drift| drift.summary.breaking).sum();
    let scanned: Vec<_> = facts.sources.iter().filter(|source| source.schema_version.is_some()).collect();
    let versions = scanned.iter().filter_map(|source| source.schema_version).reduce(|a, b| a + b);
    let earlier_breaking: u32 = facts
        .events
        .iter()
        .filter(|drift| drift.detected_at < before)
        .map(|drift| drift.summary.breaking)
        .sum();
    Overview {
        tables: latest.as_ref().map_or(0, |day| day.tables),
        columns: latest.as_ref().map_or(0, |day| day.columns),
        last_scan_at: facts.sources.iter().filter_map(|source| source.last_scan_at).max(),
        schema_version: versions,
        drift: DriftState {
            status: if breaking > 0 { "breaking_changes" } else { "healthy" }.to_owned(),
            breaking,
            since: facts.open_events().map(|drift| drift.detected_at).min(),
        },
        quality_score,
        previous: PreviousWeek {
            tables: earlier.as_ref().map(|day| day.tables),
            columns: earlier.as_ref().map(|day| day.columns),
            last_scan_at: earlier.as_ref().map(|day| day.recorded_at),
            schema_version: previous_version,
            breaking: earlier.as_ref().map(|_| earlier_breaking),
            quality_score: earlier.as_ref().and_then(|day| day.score),
        },
        sparklines: timeline.sparklines(),
        trust: trust::judge(facts),
        freshness_trend: timeline.freshness_hours(),
        null_distribution: latest.map(|day| day.null_distribution).unwrap_or_default(),
        schema_growth: timeline.growth(),
        attention,
        sources: u32::try_from(facts.sources.len()).unwrap_or(u32::MAX),
        sources_scanned: u32::try_from(scanned.len()).unwrap_or(u32::MAX),
    }
}
