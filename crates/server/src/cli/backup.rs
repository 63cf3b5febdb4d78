//! `bastion backup`.

use std::path::Path;

use super::exit::print;
use super::{Exit, open};
use crate::config::{Config, MasterKeySource};

/// Copies the embedded database as of one moment.
pub(super) async fn run(config: &Config, file: &Path) -> Result<(), Exit> {
    if !config.is_embedded() {
        return Err(Exit::usage("PostgreSQL has its own tool for this: use pg_dump."));
    }
    if file.exists() {
        return Err(Exit::usage(format!("{} exists already; name a file that does not.", file.display())));
    }
    open(config).await?.backup(file).await?;
    let key = match &config.master_key {
        MasterKeySource::Given(_) => "BASTION_MASTER_KEY".to_owned(),
        MasterKeySource::File { path, .. } => path.display().to_string(),
        MasterKeySource::Vault { .. } => "BASTION_VAULT_KEY".to_owned(),
    };
    print(&format!(
        "{} is a copy of the database. Its secrets open only with what wraps the master key ({key}): keep that elsewhere.",
        file.display()
    ))
}
