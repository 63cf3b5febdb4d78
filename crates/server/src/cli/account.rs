//! `bastion create-admin`, `bastion reset-password` and `bastion disable-second-factor`.

use std::fs;
use std::path::PathBuf;

use types::session::SignUp;

use super::exit::print;
use super::serve::prepare;
use super::{Exit, log};
use crate::config::Config;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The e-mail address
    email: String,
    /// A file with the password; without one a password is made and printed
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// The person's name; the part of the address before the @ if missing
    #[arg(long)]
    name: Option<String>,
}

/// Makes an account that can found an organization, also where signing up is closed.
pub(super) async fn create(config: &Config, arguments: Arguments) -> Result<(), Exit> {
    log::start(config);
    let Arguments { email, password_file, name } = arguments;
    let password = match &password_file {
        Some(path) => fs::read_to_string(path)
            .map(|text| text.trim().to_owned())
            .map_err(|error| Exit::failed(format!("{} cannot be read: {error}.", path.display())))?,
        None => service::identity::random_password()?,
    };
    let name = name.unwrap_or_else(|| email.split('@').next().unwrap_or_default().to_owned());
    let context = prepare(config, None).await?;
    let input = SignUp { email, password: password.clone(), name };
    let user = service::identity::create_account(&context, input).await?;
    print(&format!("{} can sign in at {}", user.email, config.public_url))?;
    match password_file {
        Some(_) => Ok(()),
        None => print(&format!("Password: {password}")),
    }
}

/// Prints the link that a mail would bring to whoever forgot their password. Only here: it is in no log.
pub(super) async fn reset_password(config: &Config, email: &str) -> Result<(), Exit> {
    log::start(config);
    let context = prepare(config, None).await?;
    let (user, link) = service::identity::reset_link(&context, email).await?;
    print(&format!(
        "Hand this link to {}. It sets another password within 30 minutes, once, and signs them out everywhere; a second \
         factor stays on.",
        user.email
    ))?;
    print(&link)
}

/// Lets a person sign in by their password alone, and signs them out everywhere.
pub(super) async fn disable_second_factor(config: &Config, email: &str) -> Result<(), Exit> {
    log::start(config);
    let context = prepare(config, None).await?;
    let user = service::identity::second_factor::disable_for(&context, email).await?;
    print(&format!(
        "{} signs in with the password alone now, and was signed out everywhere. They can turn a second factor on again \
         in the settings of their account.",
        user.email
    ))
}
