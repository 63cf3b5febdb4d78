//! `bastion rotate-keys`.

use super::exit::{note, print};
use super::serve::context;
use super::{Exit, log, open};
use crate::config::Config;

/// Makes a new master key and puts everything under it; run again, it goes on where it was stopped.
pub(super) async fn rotate(config: &Config) -> Result<(), Exit> {
    log::start(config);
    // Beside servers, whose work goes on.
    let context = context(config, open(config).await?, None)?;
    let all = service::key::rotate_master(&context, |left| {
        note(&format!("{} data keys and {} second factors are left", left.data_keys, left.second_factors));
    })
    .await?;
    print(&format!(
        "{} data keys and {} second factors are under a new master key. BASTION_MASTER_KEY_PREVIOUS is no longer needed.",
        all.data_keys, all.second_factors
    ))
}
