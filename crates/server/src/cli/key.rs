//! `bastion rotate-keys` and `bastion rotate-signing-keys`.

use service::access_token;
use store::master_key::Remaining;

use super::exit::{note, print};
use super::serve::context;
use super::{Exit, log, open};
use crate::config::Config;

/// Makes a new master key and puts everything under it; run again, it goes on where it was stopped.
pub(super) async fn rotate(config: &Config) -> Result<(), Exit> {
    log::start(config);
    // Beside servers, whose work goes on.
    let context = context(config, open(config).await?, None)?;
    let all =
        service::key::rotate_master(&context, |left| note(&format!("{} are left", named(left)))).await?;
    print(&format!(
        "{} are under a new master key. BASTION_MASTER_KEY_PREVIOUS is no longer needed.",
        named(all)
    ))
}

fn named(keys: Remaining) -> String {
    let Remaining { data_keys, second_factors, signing_keys } = keys;
    format!("{data_keys} data keys, {second_factors} second factors and {signing_keys} signing keys")
}

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Refuse at once whatever the keys before have signed: for a key that somebody else may have
    #[arg(long)]
    revoke: bool,
}

/// Makes another key that signs access tokens.
pub(super) async fn rotate_signing(config: &Config, arguments: &Arguments) -> Result<(), Exit> {
    log::start(config);
    let context = context(config, open(config).await?, None)?;
    let rotated = access_token::rotate_signing_keys(&context, arguments.revoke).await?;
    let before = match arguments.revoke {
        true => "What the keys before have signed is refused.",
        false => "What the keys before have signed holds until it ends.",
    };
    print(&format!("The key {} signs access tokens from {} on. {before}", rotated.kid, rotated.signs_from))
}
