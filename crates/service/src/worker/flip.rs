//! The flip: compares what was staged with the newest version, and makes the new state visible in one transaction.
//!
//! Reading and judging come first and take as long as they take. Then what is large is written in small batches that
//! nobody sees; the last transaction only refers to it. Readers see the state before or the state after, and a run that
//! never gets here leaves nothing behind that they could see.

mod affected;
mod confirm;
mod found;
mod judgement;
mod measure;

use store::object::{Address, Packed};
use store::statistics::BATCH;
use store::version::Version;
use store::{WriteTx, expectation, manifest, object, statistics};
use types::drift::{Decision, DriftStatus};
use types::log::LogLevel;
use types::{DriftId, RunId, Timestamp};
use uuid::Uuid;

use self::found::{Found, Left};
use self::judgement::{Drift, Judgement, Schema, judge};
use self::measure::Measured;
use super::ending;
use super::halt::Halt;
use super::step::Work;
use crate::{Actor, Error, activity};

pub(super) async fn perform(work: &mut Work<'_>) -> Result<(), Halt> {
    let now = work.context.now();
    let left = Left::read(work).await?;
    if left.nothing_is_new() {
        return confirm::perform(work, left.catalog, now).await;
    }
    let found = found::read(work, left).await?;
    let base = found.latest.as_ref().map(|version| version.version);
    let run_id = work.run.id;
    let (ready, blobs) = tokio::task::spawn_blocking(move || settle(found, run_id, now))
        .await
        .map_err(|error| Error::Internal(format!("the comparison did not end: {error}")))??;
    stage(work, &ready.measured, blobs, now).await?;
    let tx = work.context.store.write(&work.tenant).await?;
    let latest = store::version::latest(&tx, work.source.id).await?;
    if latest.map(|version| version.version) != base {
        // Another worker has flipped; its completion fences this one off.
        return Err(Halt::LeaseLost);
    }
    write(&tx, work, ready, now).await?;
    tx.commit().await?;
    Ok(())
}

/// What the flip makes visible.
struct Ready {
    judgement: Judgement,
    measured: Measured,
    /// Where the list of objects is, unless the version has it already.
    manifest: Option<Address>,
    /// Where the changes of a drift event are.
    changes: Option<Address>,
}

/// Compares and measures, and packs what the new state refers to: all that takes long and needs no database.
fn settle(found: Found, run_id: RunId, now: Timestamp) -> Result<(Ready, Vec<Packed>), Error> {
    let judgement = judge(&found);
    let measured = measure::measure(&found, run_id, judgement.breaking(), now)?;
    let (mut blobs, mut manifest, mut changes) = (Vec::new(), None, None);
    let entries = match &judgement.schema {
        Schema::Same { entries, .. } => entries.as_ref(),
        Schema::New(new) => Some(&new.entries),
    };
    if let Some(entries) = entries {
        let (address, chunks) = manifest::pack(entries)?;
        manifest = Some(address);
        blobs = chunks;
    }
    if let Schema::New(new) = &judgement.schema
        && let Some(drift) = &new.drift
    {
        let json = serde_json::to_vec(&drift.changes).map_err(|error| Error::Internal(error.to_string()))?;
        let packed = Packed::new(&json)?;
        changes = Some(packed.address.clone());
        blobs.push(packed);
    }
    Ok((Ready { judgement, measured, manifest, changes }, blobs))
}

/// Writes what nobody sees before the flip, a batch in each transaction: others get their turn in between.
async fn stage(work: &Work<'_>, measured: &Measured, blobs: Vec<Packed>, now: Timestamp) -> Result<(), Halt> {
    loop {
        let tx = work.hold().await?;
        let more = statistics::discard(&tx, work.source.id).await?;
        tx.commit().await?;
        if !more {
            break;
        }
    }
    let tx = work.hold().await?;
    object::put_many(&tx, blobs, now).await?;
    tx.commit().await?;
    if measured.repeats {
        return Ok(());
    }
    for facets in measured.facets.new.chunks(BATCH) {
        let tx = work.hold().await?;
        statistics::insert_facets(&tx, work.source.id, measured.score.recorded_at, facets).await?;
        tx.commit().await?;
    }
    for tables in measured.tables.chunks(BATCH) {
        let tx = work.hold().await?;
        statistics::insert_tables(&tx, tables).await?;
        tx.commit().await?;
    }
    for columns in measured.columns.chunks(BATCH) {
        let tx = work.hold().await?;
        statistics::insert_columns(&tx, columns).await?;
        tx.commit().await?;
    }
    Ok(())
}

async fn write(tx: &WriteTx, work: &mut Work<'_>, ready: Ready, now: Timestamp) -> Result<(), Halt> {
    let Ready { judgement, measured, manifest, changes } = ready;
    let Judgement { schema, fingerprint, was_read } = judgement;
    let (version, sentence) = match schema {
        Schema::Same { version, .. } => {
            store::version::verify(tx, work.source.id, version, manifest.as_ref(), now).await?;
            work.run.unchanged = Some(true);
            (version, format!("The schema is unchanged; it is still version {version}"))
        }
        Schema::New(new) => {
            let manifest = manifest.ok_or_else(|| Error::Internal("a version without objects".to_owned()))?;
            let event =
                new.drift.zip(changes).map(|(drift, changes)| (DriftId(Uuid::now_v7()), drift, changes));
            let drift_id = event.as_ref().map(|(id, ..)| *id);
            let row = Version {
                source_id: work.source.id,
                version: new.version,
                root_hash: new.header.root_hash.clone(),
                manifest,
                counts: new.counts,
                canonical_version: new.header.canonical_version,
                captured_at: now,
                header: new.header,
                verified_at: now,
                run_id: work.run.id,
                rebased: new.rebased,
                drift_id,
                removed_at: None,
            };
            store::version::insert(tx, &row).await?;
            work.run.unchanged = Some(false);
            work.run.drift_id = drift_id;
            let sentence = match event {
                Some((id, drift, changes)) => {
                    record(tx, work, id, (new.version, drift, changes), now).await?
                }
                None if new.rebased => format!(
                    "Version {} records the schema by new rules; it is not compared with the one before",
                    new.version
                ),
                None => format!("Version {} records the schema for the first time", new.version),
            };
            (new.version, sentence)
        }
    };
    if !measured.repeats {
        statistics::publish(tx, work.source.id, measured.score.recorded_at).await?;
    }
    statistics::forget_facets(tx, work.source.id, &measured.facets.gone).await?;
    statistics::insert_score(tx, &measured.score).await?;
    expectation::record(tx, work.run.id, now, &measured.results).await?;
    // Somebody may expect something else since the agent was asked: then it is asked again.
    let expected = expectation::revision(tx, work.source.id).await?;
    // Read again: somebody may have changed its settings while it was being scanned.
    let mut source = store::source::find(tx, work.source.id).await?;
    source.last_scan_at = Some(now);
    source.schema_version = Some(version);
    source.fingerprint = fingerprint;
    if was_read {
        source.catalog_read_at = Some(now);
    }
    source.profile_fingerprint = measured.fingerprint.filter(|_| expected == measured.expected);
    source.profile_holds_until = measured.holds_until;
    store::source::update(tx, &source, now).await?;
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
    (version, drift, changes): (u32, Drift, Address),
    now: Timestamp,
) -> Result<String, Halt> {
    let (status, decision) = match drift.decided {
        Some((status, reason)) => {
            (status, Some(Decision { by: "Policy".to_owned(), at: now, reason: Some(reason) }))
        }
        None => (DriftStatus::New, None),
    };
    let row = store::drift::Drift {
        id,
        source_id: work.source.id,
        old_version: drift.old_version,
        new_version: version,
        detected_at: now,
        severity: drift.severity,
        found_severity: drift.found_severity,
        breaking: drift.breaking,
        status,
        sentence: drift.sentence.clone(),
        summary: drift.summary,
        affected: drift.affected,
        changes,
        run_id: work.run.id,
        decision,
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
