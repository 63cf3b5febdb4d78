//! Starts a planned scan and plans the next.

use serde_json::json;
use store::Tenant;
use store::job::{self, Leased};
use types::run::Trigger;
use types::source::Schedule;

use crate::permission::ScanRun;
use crate::scan::begin;
use crate::source::{Tick, plan};
use crate::{Actor, Context, Error, Scope, Topic, audit};

pub(super) async fn perform(context: &Context, leased: &Leased) -> Result<(), Error> {
    let tick: Tick = serde_json::from_value(leased.payload.clone())
        .map_err(|error| Error::Internal(format!("a tick's payload is unreadable: {error}")))?;
    let org = leased.org.ok_or_else(|| Error::Internal("a tick without an organization".to_owned()))?;
    let now = context.now();
    let tx = context.store.write(&Tenant::of(org)).await?;
    match store::source::find(&tx, tick.source_id).await {
        Ok(mut source) if source.next_scan_at == Some(tick.at) => {
            let schedule = Schedule { every_minutes: source.every_minutes };
            plan(&tx, &mut source, &schedule, now).await?;
            match begin(&tx, &Actor::Job, &mut source, Trigger::Schedule, now).await {
                Ok(run) => {
                    let scope = Scope::<ScanRun>::for_job(org);
                    let detail = json!({"source": source.name});
                    audit::record(&tx, &scope, now, "scan.started", &format!("run:{run}"), detail).await?;
                }
                // The scan that runs is as good; the next tick is planned all the same.
                Err(Error::ScanRunning(_)) => store::source::update(&tx, &source, now).await?,
                Err(error) => return Err(error),
            }
        }
        // The schedule changed or the source is gone.
        Ok(_) | Err(store::Error::NotFound) => {}
        Err(error) => return Err(error.into()),
    }
    job::complete(&tx, leased).await?;
    tx.commit().await?;
    context.hub.publish(org, Topic::Activity);
    Ok(())
}
