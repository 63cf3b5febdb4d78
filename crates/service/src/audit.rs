//! Who did what, kept so that nobody can change it.

mod export;
mod verify;

use serde_json::Value;
use store::WriteTx;
use store::audit::Filter;
use types::Timestamp;
use types::organization::AuditEntry;
use types::page::Page;

use crate::page::Paging;
use crate::permission::AuditRead;
use crate::{Context, Error, Scope};

pub use export::Export;
pub use verify::{verify, verify_all};

/// Writes an audit row into the change's own transaction: without the row there is no change.
///
/// `action` is a word such as `source.created`, `subject` such as `source:shop-db`; `detail` holds no secret.
///
/// # Errors
/// When the store refuses it.
pub async fn record<P>(
    tx: &WriteTx,
    scope: &Scope<P>,
    now: Timestamp,
    action: &str,
    subject: &str,
    detail: Value,
) -> Result<(), Error> {
    let row = store::audit::New {
        at: now,
        actor: &scope.actor().audit_name(),
        action,
        subject,
        detail,
        request_id: scope.request_id(),
    };
    Ok(store::audit::record(tx, row).await?)
}

/// Which rows are wanted; a part of a word suffices, in any case.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub actor: Option<String>,
    pub action: Option<String>,
    pub subject: Option<String>,
    /// At this time or later.
    pub from: Option<Timestamp>,
    /// At this time or earlier.
    pub to: Option<Timestamp>,
}

impl From<Wanted> for Filter {
    fn from(wanted: Wanted) -> Self {
        let part =
            |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        Self {
            actor: part(wanted.actor),
            action: part(wanted.action),
            subject: part(wanted.subject),
            from: wanted.from,
            to: wanted.to,
        }
    }
}

/// The audit log, the newest first.
///
/// # Errors
/// When the cursor is foreign or the store fails.
pub async fn list(
    context: &Context,
    scope: &Scope<AuditRead>,
    wanted: Wanted,
    paging: &Paging,
) -> Result<Page<AuditEntry>, Error> {
    let before = paging.after::<i64>()?;
    let tx = context.store.read(scope.tenant()).await?;
    let rows = store::audit::list(&tx, &wanted.into(), before, paging.rows()).await?;
    Ok(paging.page(rows, |entry| entry.seq))
}
