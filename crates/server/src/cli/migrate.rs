//! `bastion migrate`.

use clap::{Subcommand, ValueEnum};
use migrations::{Roles, Set};
use url::Url;

use super::Exit;
use super::exit::print;
use super::serve::make_data_dir;
use crate::config::Config;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Apply what is pending
    Up,
    /// Undo the last migrations, with the data in their tables
    Down {
        /// How many
        steps: u32,
        /// Of which tables
        #[arg(long, value_enum, default_value_t = Tables::Tenant)]
        set: Tables,
    },
    /// Show all migrations and whether they were applied
    Status,
    /// Print the SQL that makes PostgreSQL's roles
    Roles,
}

/// Whose tables.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Tables {
    Platform,
    Tenant,
}

pub(super) async fn run(config: &Config, command: Command) -> Result<(), Exit> {
    match command {
        Command::Up => up(config).await,
        Command::Down { steps, set } => {
            let set = match set {
                Tables::Platform => Set::Platform,
                Tables::Tenant => Set::Tenant,
            };
            Ok(migrations::down(owner_url(config), set, steps).await?)
        }
        Command::Status => {
            for entry in migrations::status(owner_url(config)).await? {
                let state = if entry.applied { "applied" } else { "pending" };
                print(&format!("{state}  {:?}  {}", entry.set, entry.name).to_lowercase())?;
            }
            Ok(())
        }
        Command::Roles => {
            let database = Url::parse(&config.database.url).ok().filter(|_| !config.is_embedded());
            let database = database.as_ref().map_or("bastion", |url| url.path().trim_start_matches('/'));
            print(&migrations::roles_sql(database))
        }
    }
}

/// Applies what is pending, and gives each of the server's roles its rights.
pub(super) async fn up(config: &Config) -> Result<(), Exit> {
    make_data_dir(config)?;
    let server = (!config.is_embedded()).then_some(&config.database.url);
    let runtime = server.and_then(|url| role(url));
    let job = config.job_url.as_deref().and_then(role);
    let staff = config.staff_url.as_deref().and_then(role);
    let roles = Roles { runtime: runtime.as_deref(), job: job.as_deref(), staff: staff.as_deref() };
    Ok(migrations::up_for(owner_url(config), &roles).await?)
}

/// The role of an address of PostgreSQL.
fn role(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    (!url.username().is_empty()).then(|| url.username().to_owned())
}

fn owner_url(config: &Config) -> &str {
    config.database.owner_url.as_deref().unwrap_or(&config.database.url)
}
