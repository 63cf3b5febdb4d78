//! The flip: compares what was staged with the newest version, and makes the new state visible in one transaction.
//!
//! Reading and judging come first and take as long as they take; the transaction only writes. Readers see the state
//! before or the state after, and a run that never gets here leaves nothing behind that they could see.

mod affected;
mod found;
mod judgement;
mod measure;

use store::version::Version;
use store::{WriteTx, manifest, object, staged, statistics};
use types::drift::DriftStatus;
use types::log::LogLevel;
use types::{DriftId, Timestamp};
use uuid::Uuid;

use self::found::Found;
use self::judgement::{Drift, Judgement, Schema, judge};
use self::measure::Measured;
use super::ending;
use super::halt::Halt;
use super::step::Work;
use crate::{Actor, Error, activity};

pub(super) async fn perform(work: &mut Work<'_>) -> Result<(), Halt> {
    let now = work.context.now();
    let found = found::read(work).await?;
    let base = found.latest.as_ref().map(|version| version.version);
    let run_id = work.run.id;
    let (judgement, measured) = tokio::task::spawn_blocking(move || settle(found, run_id, now))
        .await
        .map_err(|error| Error::Internal(format!("the comparison did not end: {error}")))?;
    let tx = work.context.store.write(&work.tenant).await?;
    let latest = store::version::latest(&tx, work.source.id).await?;
    if latest.map(|version| version.version) != base {
        // Another worker has flipped; its completion fences this one off.
        return Err(Halt::LeaseLost);
    }
    write(&tx, work, judgement, measured, now).await?;
    tx.commit().await?;
    Ok(())
}

fn settle(found: Found, run_id: types::RunId, now: Timestamp) -> (Judgement, Measured) {
    let judgement = judge(&found, now);
    let breaking = judgement.breaking();
    let measured = measure::measure(&found, run_id, breaking, now);
    (judgement, measured)
}

async fn write(
    tx: &WriteTx,
    work: &mut Work<'_>,
    judgement: Judgement,
    measured: Measured,
    now: Timestamp,
) -> Result<(), Halt> {
    let Judgement { schema, fingerprint } = judgement;
    let (version, sentence) = match schema {
        Schema::Same { version, entries } => {
            let manifest = match entries {
                Some(entries) => Some(manifest::write(tx, &entries, now).await?),
                None => None,
            };
            store::version::verify(tx, work.source.id, version, manifest.as_ref(), now).await?;
            work.run.unchanged = Some(true);
            (version, format!("The schema is unchanged; it is still version {version}"))
        }
        Schema::New(new) => {
            let drift_id = new.drift.as_ref().map(|_| DriftId(Uuid::now_v7()));
            let row = Version {
                source_id: work.source.id,
                version: new.version,
                root_hash: new.header.root_hash.clone(),
                manifest: manifest::write(tx, &new.entries, now).await?,
                counts: new.counts,
                canonical_version: new.header.canonical_version,
                captured_at: now,
                header: new.header,
                verified_at: now,
                run_id: work.run.id,
                rebased: new.rebased,
                drift_id,
            };
            store::version::insert(tx, &row).await?;
            work.run.unchanged = Some(false);
            work.run.drift_id = drift_id;
            let sentence = match (new.drift, drift_id) {
                (Some(drift), Some(id)) => record(tx, work, id, new.version, drift, now).await?,
                _ if new.rebased => format!(
                    "Version {} records the schema by new rules; it is not compared with the one before",
                    new.version
                ),
                _ => format!("Version {} records the schema for the first time", new.version),
            };
            (new.version, sentence)
        }
    };
    statistics::supersede(tx, work.source.id).await?;
    statistics::insert_tables(tx, &measured.tables).await?;
    statistics::insert_columns(tx, &measured.columns).await?;
    statistics::insert_score(tx, &measured.score).await?;
    // Read again: somebody may have changed its settings while it was being scanned.
    let mut source = store::source::find(tx, work.source.id).await?;
    source.last_scan_at = Some(now);
    source.schema_version = Some(version);
    source.fingerprint = fingerprint;
    store::source::update(tx, &source, now).await?;
    staged::clear_objects(tx, work.run.id).await?;
    staged::clear_profiles(tx, work.run.id).await?;
    work.run.version = Some(version);
    let line = work.line(LogLevel::Info, sentence, [("version", version.into())]);
    store::log::append(tx, &[line]).await?;
    ending::advance(tx, work).await?;
    Ok(())
}

/// Writes the drift event and its activity; returns its sentence.
async fn record(
    tx: &WriteTx,
    work: &Work<'_>,
    id: DriftId,
    version: u32,
    drift: Drift,
    now: Timestamp,
) -> Result<String, Halt> {
    let changes = serde_json::to_vec(&drift.changes).map_err(|error| Error::Internal(error.to_string()))?;
    let row = store::drift::Drift {
        id,
        source_id: work.source.id,
        old_version: drift.old_version,
        new_version: version,
        detected_at: now,
        severity: drift.severity,
        breaking: drift.breaking,
        status: DriftStatus::New,
        sentence: drift.sentence.clone(),
        summary: drift.summary,
        affected: drift.affected,
        changes: object::put(tx, &changes, now).await?,
        run_id: work.run.id,
        decision: None,
    };
    store::drift::insert(tx, &row).await?;
    let entry = activity::Entry {
        kind: "drift.detected",
        message: format!("{}: {}", work.source.name, drift.sentence),
        source: Some(work.source.name.clone()),
        link: Some(format!("/dashboard/drift?event={id}")),
    };
    activity::record(tx, &Actor::Job, now, entry).await?;
    Ok(drift.sentence)
}
