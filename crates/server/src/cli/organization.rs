//! `bastion suspend` and `bastion reactivate`.

use super::exit::print;
use super::serve::prepare;
use super::{Exit, log};
use crate::config::Config;

/// Lets nobody of an organization in, and nothing of it run.
pub(super) async fn suspend(config: &Config, organization: &str, reason: &str) -> Result<(), Exit> {
    log::start(config);
    let context = prepare(config, None).await?;
    let name = service::organization::suspend(&context, organization, reason).await?;
    print(&format!(
        "{name} is suspended: its members and programs are refused with the reason, its scans are cancelled and its jobs \
         wait. Nothing is lost. `bastion reactivate {organization}` ends it."
    ))
}

/// Ends a suspension.
pub(super) async fn reactivate(config: &Config, organization: &str) -> Result<(), Exit> {
    log::start(config);
    let context = prepare(config, None).await?;
    let name = service::organization::reactivate(&context, organization).await?;
    print(&format!("{name} is active, and its jobs go on."))
}
