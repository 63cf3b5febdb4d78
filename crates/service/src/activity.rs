//! What happened in an organization, for its members to read.

use store::WriteTx;
use types::Timestamp;
use types::activity::ActivityPage;

use crate::page::checked_limit;
use crate::permission::ActivityRead;
use crate::{Actor, Context, Error, Scope};

/// One thing that happened.
#[derive(Clone, Debug, Default)]
pub struct Entry<'a> {
    /// Such as `source.created`.
    pub kind: &'a str,
    /// One sentence.
    pub message: String,
    /// The source's name, where it concerns one.
    pub source: Option<String>,
    /// The page that shows it.
    pub link: Option<String>,
}

/// Writes the entry into the change's own transaction and returns its sequence number.
///
/// # Errors
/// When the store refuses it.
pub async fn record(tx: &WriteTx, actor: &Actor, now: Timestamp, entry: Entry<'_>) -> Result<i64, Error> {
    Ok(store::activity::record(tx, row(actor, now, &entry)).await?)
}

/// Writes the entry in the place of the one that said that it began, with the name of whoever began it.
///
/// # Errors
/// When the store refuses it.
pub(crate) async fn conclude(
    tx: &WriteTx,
    now: Timestamp,
    began: &str,
    entry: Entry<'_>,
) -> Result<i64, Error> {
    Ok(store::activity::conclude(tx, began, row(&Actor::Job, now, &entry)).await?)
}

fn row<'a>(actor: &'a Actor, now: Timestamp, entry: &'a Entry<'_>) -> store::activity::New<'a> {
    store::activity::New {
        at: now,
        kind: entry.kind,
        actor: actor.name(),
        message: &entry.message,
        source: entry.source.as_deref(),
        link: entry.link.as_deref(),
    }
}

/// The organization's activity: after `after` oldest first, else the newest entries, newest first.
///
/// # Errors
/// When the limit is out of range or the store fails.
pub async fn list(
    context: &Context,
    scope: &Scope<ActivityRead>,
    after: Option<i64>,
    limit: Option<u32>,
) -> Result<ActivityPage, Error> {
    let limit = checked_limit(limit)?;
    let tx = context.store.read(scope.tenant()).await?;
    Ok(ActivityPage {
        items: store::activity::list(&tx, after, u64::from(limit)).await?,
        latest_seq: store::activity::latest(&tx).await?,
    })
}
