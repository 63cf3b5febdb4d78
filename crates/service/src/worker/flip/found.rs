//! Everything that the comparison needs, read before it begins.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::{CANONICAL_VERSION, root_hash};
use store::expectation::{Expectation, Revision};
use store::manifest::{self, Entry};
use store::object::Address;
use store::staged;
use store::statistics::{
    ColumnStats, TableStats, columns_of, known_facets, latest_tables, newest_scores, table_history,
};
use store::version::Version;
use types::profile::{ColumnProfile, TableProfile};
use types::run::StepKind;
use types::snapshot::{Snapshot, SnapshotHeader};
use types::{SourceId, Timestamp};

use crate::Error;
use crate::policy::Layers;
use crate::schema::{objects, snapshot};
use crate::worker::halt::Halt;
use crate::worker::profile::Reading;
use crate::worker::schema_scan::Catalog;
use crate::worker::step::Work;

/// How far back a table's own rhythm is looked for.
const HISTORY: Duration = Duration::from_secs(60 * 24 * 60 * 60);

/// What the steps before have left.
pub(super) struct Left {
    pub(super) catalog: Catalog,
    reading: Reading,
}

impl Left {
    pub(super) async fn read(work: &Work<'_>) -> Result<Self, Halt> {
        let tx = work.context.store.read(&work.tenant).await?;
        let catalog = work.left_by(&tx, StepKind::SchemaScan).await?;
        let reading = work.left_by(&tx, StepKind::Profile).await?;
        Ok(Self { catalog, reading })
    }

    /// Whether neither the schema nor any row has changed: the agent is asked about the rows only where the schema is the
    /// same, be it by its word or because the catalog was read.
    pub(super) fn nothing_is_new(&self) -> bool {
        self.reading.unchanged
    }
}

/// What there was and what was staged.
pub(super) struct Found {
    pub(super) source_id: SourceId,
    pub(super) source: String,
    pub(super) now: Timestamp,
    /// What was decided about changes beforehand.
    pub(super) policy: Layers,
    pub(super) catalog: Catalog,
    /// The newest version, its entries and its objects; the objects only when something differs.
    pub(super) latest: Option<Version>,
    pub(super) old_entries: Vec<Entry>,
    pub(super) old: Option<Arc<Snapshot>>,
    /// What the schema is now; the header is the catalog's, finished by our own rules.
    pub(super) new_entries: Vec<Entry>,
    pub(super) new: Arc<Snapshot>,
    pub(super) profiles: Vec<TableProfile>,
    pub(super) profile_fingerprint: Option<String>,
    /// What users expect, with what was found of it last.
    pub(super) expectations: Vec<Expectation>,
    /// What was expected when the agent was asked.
    pub(super) expected: Revision,
    /// When the source was last given a score.
    pub(super) scored_at: Option<Timestamp>,
    pub(super) last_tables: Vec<TableStats>,
    pub(super) last_columns: Vec<ColumnStats>,
    /// What is known of each table beyond its figures.
    pub(super) last_facets: HashMap<String, Address>,
    /// Of the last sixty days, oldest first.
    pub(super) history: Vec<TableStats>,
}

/// Reads it all in one transaction, so that it fits together.
pub(super) async fn read(work: &Work<'_>, left: Left) -> Result<Found, Halt> {
    let Left { catalog, reading } = left;
    let now = work.context.now();
    let source = work.source.id;
    let tx = work.context.store.read(&work.tenant).await?;
    let latest = store::version::latest(&tx, source).await?;
    let old_entries = match &latest {
        Some(version) => manifest::read(&tx, &version.manifest).await?,
        None => Vec::new(),
    };
    let unchanged = catalog.unchanged || reading.same_schema;
    let new_entries = if unchanged { old_entries.clone() } else { staged::objects(&tx, work.run.id).await? };
    let (context, same) = (work.context, is_same(&old_entries, &new_entries));
    let old = match &latest {
        Some(version) if !same => Some(snapshot(context, &tx, version).await?),
        _ => None,
    };
    let new = match (&latest, &catalog.header) {
        // Not a single object is read when it is the very version that there is.
        (Some(version), None) => snapshot(context, &tx, version).await?,
        (_, Some(header)) => {
            let header = finished(header.clone(), &new_entries, now);
            let objects = match &latest {
                Some(version) if new_entries == old_entries => {
                    snapshot(context, &tx, version).await?.objects.clone()
                }
                _ => objects(&tx, &new_entries).await?,
            };
            Arc::new(Snapshot { header, objects })
        }
        (None, None) => return Err(Error::Internal("a first scan without a catalog".to_owned()).into()),
    };
    let since = Timestamp(now.0 - HISTORY);
    Ok(Found {
        source_id: source,
        source: work.source.name.clone(),
        now,
        policy: Layers::in_force(&tx, source).await?,
        catalog,
        latest,
        old_entries,
        old,
        new,
        new_entries,
        profiles: staged::profiles(&tx, work.run.id).await?,
        profile_fingerprint: reading.fingerprint,
        expectations: store::expectation::of_source(&tx, source).await?,
        expected: reading.expected,
        scored_at: newest_scores(&tx, &[source]).await?.first().map(|score| score.recorded_at),
        last_tables: latest_tables(&tx, &[source]).await?,
        last_columns: columns_of(&tx, source, None).await?,
        last_facets: known_facets(&tx, source).await?,
        history: table_history(&tx, source, None, since, now).await?,
    })
}

/// Whether two lists name the same objects in the same form.
fn is_same(old: &[Entry], new: &[Entry]) -> bool {
    old.len() == new.len()
        && old.iter().zip(new).all(|(old, new)| old.hash == new.hash && old.path == new.path)
}

/// The header with what is ours to say: the hash, the rules, and the time, as versions stand in one history with runs and
/// drift, which our clock dates.
fn finished(mut header: SnapshotHeader, entries: &[Entry], now: Timestamp) -> SnapshotHeader {
    header.root_hash = root_hash(
        entries.iter().map(|entry| (entry.path.as_str(), entry.kind.as_str(), entry.hash.as_str())),
    );
    header.canonical_version = CANONICAL_VERSION;
    header.captured_at = now;
    header
}

impl Found {
    /// The last profile of the old schema, as the rules of evidence read it.
    pub(super) fn last_profile(&self) -> Vec<TableProfile> {
        let mut columns: HashMap<&str, Vec<ColumnProfile>> = HashMap::new();
        for stats in &self.last_columns {
            columns.entry(stats.table.as_str()).or_default().push(ColumnProfile {
                column: stats.column.clone(),
                null_count: null_count(stats),
                null_percent: stats.null_percent,
                distinct_count: stats.distinct_count,
                uniqueness_percent: stats.uniqueness_percent,
                method: stats.method,
                error_bound: stats.error_bound,
                min: stats.min.clone(),
                max: stats.max.clone(),
                latest_value_at: stats.latest_value_at,
                ..ColumnProfile::default()
            });
        }
        self.last_tables
            .iter()
            .map(|stats| TableProfile {
                table: stats.table.clone(),
                row_count: stats.row_count,
                row_count_method: stats.row_count_method,
                bytes: stats.bytes,
                latest_value_at: stats.latest_value_at,
                timestamp_column: stats.timestamp_column.clone(),
                last_write_at: stats.last_write_at,
                columns: columns.remove(stats.table.as_str()).unwrap_or_default(),
                partial: false,
                profiled_at: stats.recorded_at,
                skipped: None,
                ..TableProfile::default()
            })
            .collect()
    }
}

/// Rows times percentage; exact up to 2^53 rows.
fn null_count(stats: &ColumnStats) -> u64 {
    let share = stats.null_percent.unwrap_or(0.0) / 100.0;
    (share * stats.row_count as f64).round() as u64
}
