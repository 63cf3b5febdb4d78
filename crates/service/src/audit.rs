//! Who did what, kept so that nobody can change it.

use serde_json::Value;
use store::WriteTx;
use types::Timestamp;

use crate::{Error, Scope};

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
        actor: scope.actor().audit_name(),
        action,
        subject,
        detail,
        request_id: scope.request_id(),
    };
    Ok(store::audit::record(tx, row).await?)
}
