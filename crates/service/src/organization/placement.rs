//! That an organization was moved to another place in the database, which the operator does by the command line.

use serde_json::json;
use store::{Reads as _, WriteTx};
use types::Timestamp;
use types::organization::Placement;

use crate::permission::OrganizationManage;
use crate::{Error, Scope, activity, audit};

/// Writes down in the organization, in the move's own transaction, that its rows were moved, and commits that.
///
/// # Errors
/// When the store refuses it; then it was not moved.
pub async fn moved(tx: WriteTx, now: Timestamp, to: Placement, tables: u64, rows: u64) -> Result<(), Error> {
    let scope = Scope::<OrganizationManage>::for_operator(tx.org());
    let slug = super::present(&tx, tx.org()).await?.slug;
    let detail = json!({"to": to, "tables": tables, "rows": rows});
    audit::record(&tx, &scope, now, "organization.moved", &slug, detail).await?;
    let place = match to {
        Placement::Silo => "tables of its own",
        Placement::Pooled => "the tables that organizations share",
    };
    let entry = activity::Entry {
        kind: "organization.moved",
        message: format!("The operator moved the organization's data to {place}"),
        link: Some("/dashboard/settings".to_owned()),
        source: None,
    };
    activity::record(&tx, scope.actor(), now, entry).await?;
    Ok(tx.commit().await?)
}
