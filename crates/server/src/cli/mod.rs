//! The command line of `bastion`.

mod account;
mod audit;
mod backup;
mod check;
mod demo;
mod diff;
mod exit;
mod gate;
mod judge;
mod key;
mod log;
mod migrate;
mod openapi;
mod organization;
mod person;
mod place;
mod remote;
mod serve;
mod sso;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use service::Egress;

use crate::config::{self, Config, Flags, Variables};

pub use exit::Exit;

#[derive(Parser)]
#[command(name = "bastion", version, about = "Tells a team whether it can trust its data.")]
struct Cli {
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server
    Serve,
    /// Run the server with a demo: a shop with a past, scanned for real
    Demo(demo::Arguments),
    /// Change or show the tables of the database
    #[command(subcommand)]
    Migrate(migrate::Command),
    /// Move an organization to a PostgreSQL schema of its own, or back, while the others work
    Place(place::Arguments),
    /// Compare two snapshots
    Diff(diff::Arguments),
    /// Compare what a database is now with what was agreed; exits with 1 on breaking changes
    Check(Box<gate::Arguments>),
    /// Print the description of the API
    Openapi,
    /// Check the configuration and what it leads to
    Doctor,
    /// Check the configuration alone
    CheckConfig,
    /// Make a new master key and wrap all data keys with it, while servers run
    RotateKeys,
    /// Make another key that signs access tokens, while servers run
    RotateSigningKeys(key::Arguments),
    /// Copy the embedded database into a file, while it is in use
    Backup {
        /// The file, which must not exist
        file: PathBuf,
    },
    /// Check the audit log
    #[command(subcommand)]
    Audit(audit::Command),
    /// Make an account, whatever the rule for signing up is
    CreateAdmin(account::Arguments),
    /// Print a link by which a person sets another password, as a mail would bring it
    ResetPassword {
        /// The e-mail address; be sure that it is them who ask
        email: String,
    },
    /// Let nobody of an organization in, and nothing of it run, until it is reactivated; all its data is kept
    Suspend {
        /// Its slug or id
        organization: String,
        /// Why, in a sentence that its members read
        #[arg(long)]
        reason: String,
    },
    /// End an organization's suspension, or let a person sign in again whose account is deactivated
    Reactivate {
        /// The organization's slug or id, or the person's e-mail address
        name: String,
    },
    /// Sign a person out everywhere and let them in no more, until their account is reactivated
    Deactivate {
        /// The e-mail address
        email: String,
    },
    /// Print all that is kept of a person, as JSON and without secrets
    ExportPerson {
        /// The e-mail address; be sure that it is them who ask
        email: String,
    },
    /// Erase a person for good: the account, and their name and address wherever they may be changed
    ErasePerson(person::Erasure),
    /// Say how much an organization may have, and show it
    Limits(organization::Limits),
    /// Say that a domain is an organization's, whose people then sign in by its provider
    VerifyDomain(sso::Arguments),
    /// Turn the second factor off for a person who has lost their app and their recovery codes
    DisableSecondFactor {
        /// The e-mail address; be sure that it is them who ask
        email: String,
    },
}

/// Does what the command line says.
pub async fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(said) => return not_understood(&said),
    };
    match dispatch(cli).await {
        Ok(code) => code,
        Err(exit) => exit.report(),
    }
}

/// Help where it is asked for; else what is wrong, without the addresses of databases that stand on the command line.
fn not_understood(said: &clap::Error) -> ExitCode {
    if said.use_stderr() {
        let arguments = std::env::args().skip(1);
        eprint!("{}", domain::command_line::without_secrets(&said.to_string(), arguments));
    } else {
        // To a reader that has gone (`| head`) nothing needs to be said.
        let _ = said.print();
    }
    ExitCode::from(u8::try_from(said.exit_code()).unwrap_or(2))
}

async fn dispatch(cli: Cli) -> Result<ExitCode, Exit> {
    let flags = cli.flags;
    let config = || config::load(&flags, Variables::of_process()).map_err(Exit::from);
    match cli.command {
        Command::Serve => serve::run(config()?).await?,
        Command::Demo(arguments) => demo::run(flags.clone(), arguments).await?,
        Command::Migrate(command) => migrate::run(&config()?, command).await?,
        Command::Place(arguments) => place::run(&config()?, &arguments).await?,
        Command::Diff(arguments) => return diff::run(&arguments),
        Command::Check(arguments) => return gate::run(&arguments).await,
        Command::Openapi => openapi::run()?,
        Command::Doctor => check::doctor(&config()?).await?,
        Command::CheckConfig => check::config(&config()?)?,
        Command::RotateKeys => key::rotate(&config()?).await?,
        Command::RotateSigningKeys(arguments) => key::rotate_signing(&config()?, &arguments).await?,
        Command::Backup { file } => backup::run(&config()?, &file).await?,
        Command::Audit(command) => audit::run(&config()?, command).await?,
        Command::CreateAdmin(arguments) => account::create(&config()?, arguments).await?,
        Command::Suspend { organization, reason } => {
            organization::suspend(&config()?, &organization, &reason).await?;
        }
        // No slug has the sign of an address.
        Command::Reactivate { name } if name.contains('@') => person::reactivate(&config()?, &name).await?,
        Command::Reactivate { name } => organization::reactivate(&config()?, &name).await?,
        Command::Deactivate { email } => person::deactivate(&config()?, &email).await?,
        Command::ExportPerson { email } => person::export(&config()?, &email).await?,
        Command::ErasePerson(arguments) => person::erase(&config()?, arguments).await?,
        Command::Limits(limits) => organization::limit(&config()?, limits).await?,
        Command::ResetPassword { email } => account::reset_password(&config()?, &email).await?,
        Command::VerifyDomain(arguments) => sso::verify_domain(&config()?, arguments).await?,
        Command::DisableSecondFactor { email } => account::disable_second_factor(&config()?, &email).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Opens the database that the configuration names.
async fn open(config: &Config) -> Result<store::Store, Exit> {
    open_as(config, &config.database).await
}

/// Opens the database as the role of these settings.
async fn open_as(config: &Config, settings: &store::Settings) -> Result<store::Store, Exit> {
    store::Store::connect(settings, wrappers(config)?).await.map_err(Exit::from)
}

/// Opens the database for a command that only looks: as the role that is for that, where there is one.
async fn open_to_look(config: &Config) -> Result<store::Store, Exit> {
    let Some(url) = &config.staff_url else { return open(config).await };
    let settings = config.database_as(url);
    store::Store::connect_to_look(&settings, wrappers(config)?).await.map_err(Exit::from)
}

fn wrappers(config: &Config) -> Result<store::KeyWrappers, Exit> {
    config.master_key.load(&egress(config)?).map_err(|error| {
        Exit::failed(format!("The master key in {} cannot be used: {error}.", config.data_dir.display()))
    })
}

/// What calls out.
fn egress(config: &Config) -> Result<Egress, Exit> {
    Egress::new(config.egress.clone())
        .map_err(|error| Exit::failed(format!("The outbound client cannot be made: {error}.")))
}
