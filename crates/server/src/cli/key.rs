//! `bastion rotate-keys`.

use store::secret::Rewrapped;

use super::exit::print;
use super::{Exit, open};
use crate::config::Config;

/// Wraps every data key and every second factor with the current master key; safe to run again.
pub(super) async fn rotate(config: &Config) -> Result<(), Exit> {
    let store = open(config).await?;
    let Rewrapped { data_keys, second_factors } = store::secret::rewrap(&store).await?;
    print(&format!(
        "{data_keys} data keys and {second_factors} second factors are wrapped with the new master key. \
         BASTION_MASTER_KEY_PREVIOUS is no longer needed."
    ))
}
