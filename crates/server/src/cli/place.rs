//! `bastion place`.

use clap::{Args, ValueEnum};
use migrations::silo::{self, Cause, Copied, DatabaseTransaction};
use service::{Clock as _, SystemClock, organization};
use store::{Tenant, WriteTx};
use types::organization::Placement;
use types::{OrgId, Timestamp};
use uuid::Uuid;

use super::Exit;
use super::exit::print;
use super::migrate::{RoleNames, owner_url};
use crate::config::Config;

#[derive(Args)]
pub(super) struct Arguments {
    /// Where it goes
    #[arg(value_enum, requires = "org", required_unless_present = "clean")]
    to: Option<To>,
    /// The organization, by its slug or id
    #[arg(long, value_name = "ORGANIZATION", requires = "to")]
    org: Option<String>,
    /// Remove what moves have left behind, a week after them, and what is left of organizations that are gone
    #[arg(long, conflicts_with_all = ["to", "org"])]
    clean: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum To {
    /// A schema of its own
    Silo,
    /// The tables that organizations share
    Pooled,
}

/// Moves an organization, or removes what moves left behind.
pub(super) async fn run(config: &Config, arguments: &Arguments) -> Result<(), Exit> {
    let url = owner_url(config);
    let now = SystemClock.now();
    let (Some(to), Some(name)) = (arguments.to, &arguments.org) else {
        return clean(url, now.millis()).await;
    };
    let org = silo::organization(url, name).await?;
    let (copied, place) = match to {
        To::Silo => {
            let names = RoleNames::of(config);
            let copied = silo::to_silo(url, &names.roles(), org, now.millis(), async |moving, copied| {
                record(moving, org, now, Placement::Silo, copied).await
            })
            .await?;
            (copied, format!("the schema {}", silo::schema(org)))
        }
        To::Pooled => {
            let copied = silo::to_pooled(url, org, now.millis(), async |moving, copied| {
                record(moving, org, now, Placement::Pooled, copied).await
            })
            .await?;
            (copied, "the tables that organizations share".to_owned())
        }
    };
    print(&format!(
        "{name} is in {place}: {} rows of {} tables were copied, and found to be the same in both places. What it had in the \
         other is kept for {} days; then `bastion place --clean` removes it.",
        copied.rows,
        copied.tables,
        silo::KEPT_DAYS
    ))
}

/// Writes the move down in the organization's audit log, without which it is not done, and ends it.
async fn record(
    transaction: DatabaseTransaction,
    org: Uuid,
    now: Timestamp,
    to: Placement,
    copied: Copied,
) -> Result<(), Cause> {
    let tx = WriteTx::of_owner(transaction, Tenant::of(OrgId(org)));
    Ok(organization::moved(tx, now, to, copied.tables, copied.rows).await?)
}

async fn clean(url: &str, now: i64) -> Result<(), Exit> {
    let removed = silo::remove_left_behind(url, now).await?;
    for silo::Removed { org, schema } in &removed {
        let what = if *schema { "schema" } else { "rows in the tables that organizations share" };
        print(&format!("removed  {org}  {what}"))?;
    }
    print(&format!("{} organizations had left something behind.", removed.len()))
}
