//! `bastion migrate`.

use clap::{Args, Subcommand, ValueEnum};
use migrations::silo::{self, Stage};
use migrations::{Entry, Roles, Set};
use url::Url;

use super::Exit;
use super::exit::{note, print};
use super::serve::make_data_dir;
use crate::config::Config;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Apply what is pending
    Up {
        #[command(flatten)]
        of: Of,
        /// With --all: the organization whose own schema is migrated first, to see whether it works; its slug or id
        #[arg(long, requires = "all", value_name = "ORGANIZATION")]
        canary: Option<String>,
    },
    /// Undo the last migrations, with the data in their tables
    Down {
        /// How many; with --all, of those that this version knows
        steps: u32,
        /// Of which tables
        #[arg(long, value_enum, default_value_t = Tables::Tenant, conflicts_with_all = ["org", "all"])]
        set: Tables,
        #[command(flatten)]
        of: Of,
    },
    /// Show all migrations and whether they were applied
    Status {
        #[command(flatten)]
        of: Of,
    },
    /// Print the SQL that makes PostgreSQL's roles
    Roles,
}

/// Whose tables.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Tables {
    Platform,
    Tenant,
}

/// Without either: the platform's tables and those that organizations share.
#[derive(Args)]
pub(super) struct Of {
    /// Only those of an organization that has its own schema; its slug or id
    #[arg(long, value_name = "ORGANIZATION")]
    org: Option<String>,
    /// Those of all organizations, also of those that have their own schema; stopped, it goes on where it was
    #[arg(long, conflicts_with = "org")]
    all: bool,
}

pub(super) async fn run(config: &Config, command: Command) -> Result<(), Exit> {
    match command {
        Command::Up { of: Of { org: Some(org), .. }, .. } => {
            let org = silo::organization(owner_url(config), &org).await?;
            Ok(silo::up(owner_url(config), &RoleNames::of(config).roles(), org).await?)
        }
        Command::Up { of: Of { all: true, .. }, canary } => up_all(config, canary).await,
        Command::Up { .. } => up(config).await,
        Command::Down { steps, of: Of { org: Some(org), .. }, .. } => {
            let org = silo::organization(owner_url(config), &org).await?;
            Ok(silo::down(owner_url(config), org, steps).await?)
        }
        Command::Down { steps, of: Of { all: true, .. }, .. } => {
            Ok(silo::down_all(owner_url(config), steps, &told).await?)
        }
        Command::Down { steps, set, .. } => {
            let set = match set {
                Tables::Platform => Set::Platform,
                Tables::Tenant => Set::Tenant,
            };
            Ok(migrations::down(owner_url(config), set, steps).await?)
        }
        Command::Status { of: Of { org: Some(org), .. } } => {
            let org = silo::organization(owner_url(config), &org).await?;
            shown(&silo::status(owner_url(config), org).await?)
        }
        Command::Status { of: Of { all, .. } } => {
            shown(&migrations::status(owner_url(config)).await?)?;
            if all { silos(config).await } else { Ok(()) }
        }
        Command::Roles => {
            let database = Url::parse(&config.database.url).ok().filter(|_| !config.is_embedded());
            let database = database.as_ref().map_or("bastion", |url| url.path().trim_start_matches('/'));
            print(&migrations::roles_sql(database))
        }
    }
}

/// Applies what is pending to the tables that organizations share, and gives each of the server's roles its rights.
pub(super) async fn up(config: &Config) -> Result<(), Exit> {
    make_data_dir(config)?;
    Ok(migrations::up_for(owner_url(config), &RoleNames::of(config).roles()).await?)
}

/// How many organizations have a schema of their own that lacks a migration of this version.
pub(super) async fn behind(config: &Config) -> Result<usize, Exit> {
    if config.is_embedded() {
        return Ok(0);
    }
    Ok(silo::behind(owner_url(config)).await?)
}

async fn up_all(config: &Config, canary: Option<String>) -> Result<(), Exit> {
    make_data_dir(config)?;
    let canary = match canary {
        Some(name) => Some(silo::organization(owner_url(config), &name).await?),
        None => None,
    };
    Ok(silo::up_all(owner_url(config), &RoleNames::of(config).roles(), canary, &told).await?)
}

fn told(stage: Stage) {
    note(&match stage {
        Stage::Platform => "the platform's tables are done".to_owned(),
        Stage::Canary(org) => format!("the schema of {org} is done, the first"),
        Stage::Pooled => "the tables that organizations share are done".to_owned(),
        Stage::Silo(org) => format!("the schema of {org} is done"),
    });
}

fn shown(entries: &[Entry]) -> Result<(), Exit> {
    entries.iter().try_for_each(|entry| {
        let state = if entry.applied { "applied" } else { "pending" };
        print(&format!("{state}  {:?}  {}", entry.set, entry.name).to_lowercase())
    })
}

/// Which organizations have a schema of their own, and what it is at.
async fn silos(config: &Config) -> Result<(), Exit> {
    if config.is_embedded() {
        return Ok(());
    }
    for silo in silo::list(owner_url(config)).await? {
        let name = silo.slug.unwrap_or_else(|| "(gone)".to_owned());
        print(&format!("{}  {}  {}  {name}", silo.state.as_str(), silo.version, silo.org))?;
    }
    Ok(())
}

/// The names of the server's roles, which migrations give their rights.
pub(super) struct RoleNames {
    runtime: Option<String>,
    job: Option<String>,
    staff: Option<String>,
}

impl RoleNames {
    pub(super) fn of(config: &Config) -> Self {
        let server = (!config.is_embedded()).then_some(config.database.url.as_str());
        Self {
            runtime: server.and_then(role),
            job: config.job_url.as_deref().and_then(role),
            staff: config.staff_url.as_deref().and_then(role),
        }
    }

    pub(super) fn roles(&self) -> Roles<'_> {
        Roles { runtime: self.runtime.as_deref(), job: self.job.as_deref(), staff: self.staff.as_deref() }
    }
}

/// The role of an address of PostgreSQL.
fn role(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    (!url.username().is_empty()).then(|| url.username().to_owned())
}

pub(super) fn owner_url(config: &Config) -> &str {
    config.database.owner_url.as_deref().unwrap_or(&config.database.url)
}
