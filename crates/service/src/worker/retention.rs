//! How long the past is kept, and in what detail.
//!
//! Every profile's own figures are there for [`PROFILES_KEPT`], then those of days, and after [`DAYS_KEPT`] those of weeks,
//! which stay. Rows are rolled up a batch in each transaction, so others get their turn, and a worker that is killed
//! loses nothing: the next goes on with what is the oldest by then.
//!
//! Versions of schemas go by the organization's own rule, but never one that something still needs.

use std::time::Duration;

use domain::retention::superfluous;
use domain::rollup::Period;
use store::source::Source;
use store::statistics::{Before, roll_up};
use store::{Tenant, organization, retention};
use types::Timestamp;

use crate::{Context, Error};

/// How long the statistics of single profiles are kept: longer than health and charts of single profiles look back.
/// Detection reads the last profile of each day and week from then on, which is all there is of a daily scan.
const PROFILES_KEPT: Duration = Duration::from_secs(90 * 24 * 60 * 60);
/// How long the statistics of days are kept: a year to compare with, and a month more.
const DAYS_KEPT: Duration = Duration::from_secs(400 * 24 * 60 * 60);

/// Rolls up what is old enough of an organization's statistics; answers how many rows that were.
///
/// # Errors
/// When the store fails; what was rolled up stays so.
pub(super) async fn statistics(context: &Context, tenant: &Tenant, now: Timestamp) -> Result<usize, Error> {
    let tx = context.store.read(tenant).await?;
    let sources = store::source::list(&tx).await?;
    drop(tx);
    let mut rows = 0;
    for source in sources {
        let Some(before) = before(&source, now) else { continue };
        loop {
            let tx = context.store.write(tenant).await?;
            let some = roll_up(&tx, source.id, before).await?;
            tx.commit().await?;
            rows += some;
            if some == 0 {
                break;
            }
        }
    }
    Ok(rows)
}

/// Removes versions that the organization's rule does not keep; answers how many. What only they held is garbage then.
///
/// # Errors
/// When the store fails; what was removed stays so.
pub(super) async fn versions(context: &Context, tenant: &Tenant, now: Timestamp) -> Result<u64, Error> {
    let tx = context.store.read(tenant).await?;
    let Some(organization) = organization::find(&tx, tenant.org()).await? else { return Ok(0) };
    let sources = retention::sources(&tx).await?;
    drop(tx);
    let mut removed = 0;
    for source in sources {
        let tx = context.store.read(tenant).await?;
        let versions = retention::versions(&tx, source).await?;
        let needed = retention::needed(&tx, source).await?;
        drop(tx);
        let superfluous = superfluous(organization.retention, &versions, &needed, now);
        for some in superfluous.chunks(retention::BATCH) {
            let tx = context.store.write(tenant).await?;
            removed += retention::remove(&tx, source, some, now).await?;
            tx.commit().await?;
        }
    }
    Ok(removed)
}

/// What is old enough of a source's statistics. The newest stay as they are, be they old: a source in which nothing moves
/// keeps them for as long as they hold.
fn before(source: &Source, now: Timestamp) -> Option<Before> {
    let newest = source.profiled_at?;
    Some(Before {
        profiles: Period::Day.start(newest.min(Timestamp(now.0 - PROFILES_KEPT))),
        days: Period::Week.start(Timestamp(now.0 - DAYS_KEPT)),
    })
}
