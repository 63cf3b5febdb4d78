//! `bastion verify-domain`.

use super::exit::print;
use super::serve::prepare;
use super::{Exit, log};
use crate::config::Config;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The organization, by its slug or id
    org: String,
    /// The domain of e-mail addresses, as the organization's owner has named it
    domain: String,
}

/// Says that a domain is an organization's: from then on its provider vouches for whoever has an address there.
pub(super) async fn verify_domain(config: &Config, arguments: Arguments) -> Result<(), Exit> {
    log::start(config);
    let Arguments { org, domain } = arguments;
    let context = prepare(config, None).await?;
    service::sso::verify_domain(&context, &org, &domain).await?;
    print(&format!("Whoever has an address at {domain} signs in by the provider of {org}."))
}
