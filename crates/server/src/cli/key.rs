//! `bastion rotate-keys`.

use super::exit::print;
use super::{Exit, open};
use crate::config::Config;

/// Wraps every data key with the current master key; safe to run again.
pub(super) async fn rotate(config: &Config) -> Result<(), Exit> {
    let store = open(config).await?;
    let rewrapped = store::secret::rewrap(&store).await?;
    print(&format!(
        "{rewrapped} data keys are wrapped with the new master key. BASTION_MASTER_KEY_PREVIOUS is no longer needed."
    ))
}
