//! `bastion audit`.

use clap::Subcommand;
use types::audit::{AuditVerification, BrokenLink};

use super::exit::print;
use super::{Exit, open_to_look};
use crate::config::Config;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Read every row, and name the first of each organization that is not as it was written; exits with 1 then
    Verify {
        /// Only the organization of this slug or id
        #[arg(long, value_name = "SLUG")]
        org: Option<String>,
    },
}

pub(super) async fn run(config: &Config, command: Command) -> Result<(), Exit> {
    let Command::Verify { org } = command;
    let store = open_to_look(config).await?;
    let verified = service::audit::verify_all(&store, org.as_deref()).await?;
    for (slug, found) in &verified {
        print(&line(slug, found))?;
    }
    let broken = verified.iter().filter(|(_, found)| !found.intact).count();
    if broken > 0 {
        return Err(Exit::failed(format!(
            "the audit log of {broken} organizations is not what was written."
        )));
    }
    Ok(())
}

fn line(slug: &str, found: &AuditVerification) -> String {
    match (found.broken, &found.head) {
        (Some(BrokenLink { seq, fault }), _) => format!("BROKEN  {slug}: row {seq} {}", fault.words()),
        (None, Some(head)) => format!("ok  {slug}: {} rows, the last has the hash {head}", found.rows),
        (None, None) => format!("ok  {slug}: no rows"),
    }
}
