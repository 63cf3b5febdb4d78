//! A run that found everything as it was: nothing is compared, and only that is written.

use store::statistics::{self, SourceScore};
use types::Timestamp;
use types::log::LogLevel;

use super::measure::after;
use crate::Error;
use crate::worker::ending;
use crate::worker::halt::Halt;
use crate::worker::schema_scan::Catalog;
use crate::worker::step::Work;

/// Dates the newest version, and carries the source's score on to now.
pub(super) async fn perform(work: &mut Work<'_>, catalog: Catalog, now: Timestamp) -> Result<(), Halt> {
    let id = work.source.id;
    let tx = work.context.store.write(&work.tenant).await?;
    let mut source = store::source::find(&tx, id).await?;
    let scores = statistics::newest_scores(&tx, &[id]).await?;
    let (Some(version), Some(score)) = (source.schema_version, scores.into_iter().next()) else {
        return Err(Error::Internal("nothing is new beside nothing".to_owned()).into());
    };
    store::version::verify(&tx, id, version, None, now).await?;
    statistics::insert_score(&tx, &carried(score, now)).await?;
    source.last_scan_at = Some(now);
    if catalog.was_read() {
        source.catalog_read_at = Some(now);
        source.fingerprint = catalog.fingerprint;
    }
    store::source::update(&tx, &source, now).await?;
    work.run.unchanged = Some(true);
    work.run.version = Some(version);
    let sentence = format!("Schema and data are unchanged; it is still version {version}");
    let line = work.line(LogLevel::Info, sentence, [("version", version.into())]);
    store::log::append(&tx, &[line]).await?;
    ending::advance(&tx, work).await?;
    tx.commit().await?;
    Ok(())
}

/// The same score later: only the age of what is newest has grown.
fn carried(score: SourceScore, now: Timestamp) -> SourceScore {
    let recorded_at = after(Some(score.recorded_at), now);
    let older = recorded_at.seconds_since(score.recorded_at) as f64;
    SourceScore {
        recorded_at,
        freshness_mean_seconds: score.freshness_mean_seconds.map(|mean| mean + older),
        breaking: 0,
        ..score
    }
}
