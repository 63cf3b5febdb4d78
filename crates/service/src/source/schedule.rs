//! When a source is scanned by itself.
//!
//! The next scan is a job that carries its own time. A job whose time is not the source's `next_scan_at` is of an old
//! schedule and does nothing; so a schedule can change without looking for jobs, and of two equal jobs one wins.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;
use store::WriteTx;
use store::job::{self, NewJob};
use store::source::Source;
use types::source::Schedule;
use types::{SourceId, Timestamp};

use super::select;
use crate::permission::{SourceManage, SourceRead};
use crate::{Context, Error, Scope, Topic, audit};

/// The kind of the job that starts a planned scan.
const KIND: &str = "scan.tick";
/// The most minutes between two scans: a week.
const LONGEST: u32 = 10_080;

/// The payload of the job.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Tick {
    pub(crate) source_id: SourceId,
    pub(crate) at: Timestamp,
}

impl Tick {
    pub(crate) const KIND: &'static str = KIND;
}

/// When a source is scanned by itself.
///
/// # Errors
/// [`Error::NotFound`] when there is no such source, [`Error::SourceRequired`] when none is named and there are several.
pub async fn schedule(
    context: &Context,
    scope: &Scope<SourceRead>,
    named: Option<&str>,
) -> Result<Schedule, Error> {
    let tx = context.store.read(scope.tenant()).await?;
    Ok(Schedule { every_minutes: select(&tx, named).await?.every_minutes })
}

/// Changes when a source is scanned by itself; the first scan comes after one interval.
///
/// # Errors
/// [`Error::Invalid`] unless there are 5 to 10,080 minutes between scans, [`Error::PreconditionFailed`] when somebody else
/// changed it meanwhile; those of [`schedule`].
pub async fn set_schedule(
    context: &Context,
    scope: &Scope<SourceManage>,
    named: Option<&str>,
    input: Schedule,
) -> Result<Schedule, Error> {
    let now = context.now();
    let tx = context.store.write(scope.tenant()).await?;
    store::organization::lock(&tx).await?;
    let mut row = select(&tx, named).await?;
    scope.precondition().check(&Schedule { every_minutes: row.every_minutes })?;
    plan(&tx, &mut row, &input, now).await?;
    store::source::update(&tx, &row, now).await?;
    let subject = format!("source:{}", row.id);
    audit::record(&tx, scope, now, "source.scheduled", &subject, json!({"every_minutes": row.every_minutes}))
        .await?;
    tx.commit().await?;
    context.hub.publish(scope.org(), Topic::Job);
    Ok(Schedule { every_minutes: row.every_minutes })
}

/// Sets a source's schedule and enqueues its next scan; the caller writes the row.
///
/// # Errors
/// [`Error::Invalid`] unless there are 5 to 10,080 minutes between scans.
pub(crate) async fn plan(
    tx: &WriteTx,
    row: &mut Source,
    schedule: &Schedule,
    now: Timestamp,
) -> Result<(), Error> {
    row.every_minutes = schedule.every_minutes;
    row.next_scan_at = None;
    let Some(minutes) = schedule.every_minutes else { return Ok(()) };
    if !(5..=LONGEST).contains(&minutes) {
        return Err(Error::field("/every_minutes", "range", format!("Give 5 to {LONGEST} minutes.")));
    }
    let at = Timestamp(now.0 + Duration::from_secs(u64::from(minutes) * 60));
    row.next_scan_at = Some(at);
    let payload = serde_json::to_value(Tick { source_id: row.id, at })
        .map_err(|error| Error::Internal(error.to_string()))?;
    let job = NewJob {
        org: Some(tx_org(tx)),
        kind: KIND,
        payload,
        run_at: at,
        max_attempts: 10,
        idempotency_key: Some(format!("{}@{}", row.id, at.millis())),
    };
    job::enqueue(tx, job).await?;
    Ok(())
}

fn tx_org(tx: &WriteTx) -> types::OrgId {
    store::Reads::org(tx)
}
