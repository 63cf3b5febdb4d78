//! `bastion deactivate`, `bastion reactivate` of a person, `bastion export-person` and `bastion erase-person`.

use super::exit::print;
use super::serve::prepare;
use super::{Exit, log};
use crate::config::Config;

#[derive(clap::Args)]
pub(super) struct Erasure {
    /// The e-mail address
    email: String,
    /// The address once more: nothing brings the account back
    #[arg(long, value_name = "EMAIL")]
    confirm: String,
}

/// Signs a person out everywhere, and lets them in no more.
pub(super) async fn deactivate(config: &Config, email: &str) -> Result<(), Exit> {
    log::start(config);
    let context = prepare(config, None).await?;
    let user = service::person::deactivate_by_operator(&context, email).await?;
    print(&format!(
        "{0} was signed out everywhere and cannot sign in any more. All that they did is kept, they stay a member of their \
         organizations, and API keys that they made go on. `bastion reactivate {0}` ends it.",
        user.email
    ))
}

/// Lets a person sign in again.
pub(super) async fn reactivate(config: &Config, email: &str) -> Result<(), Exit> {
    log::start(config);
    let context = prepare(config, None).await?;
    let user = service::person::reactivate(&context, email).await?;
    print(&format!("{} can sign in again.", user.email))
}

/// Prints all that is kept of a person.
pub(super) async fn export(config: &Config, email: &str) -> Result<(), Exit> {
    log::start(config);
    let context = prepare(config, None).await?;
    let export = service::person::export_by_operator(&context, email).await?;
    let text = serde_json::to_string_pretty(&export)
        .map_err(|error| Exit::failed(format!("What is kept cannot be written as JSON: {error}.")))?;
    print(&text)
}

/// Erases a person for good.
pub(super) async fn erase(config: &Config, arguments: Erasure) -> Result<(), Exit> {
    log::start(config);
    let Erasure { email, confirm } = arguments;
    if email.trim().to_lowercase() != confirm.trim().to_lowercase() {
        return Err(Exit::usage("--confirm must be the same e-mail address. Nothing was erased."));
    }
    let context = prepare(config, None).await?;
    service::person::erase_by_operator(&context, &email).await?;
    print(
        "The account is erased, with its sessions, memberships and second factor. The running server now takes the name and \
         the address out of the organizations' rows. Their audit logs and the versions of their policies keep what they hold.",
    )
}
