//! `bastion diff`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::ValueEnum;
use domain::{ProfileIndex, read_snapshot, render, report};
use types::change::{Audience, Change, Severity};
use types::profile::TableProfile;
use types::snapshot::Snapshot;

use super::Exit;
use super::exit::print;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// A snapshot as `bastion-mcp scan` prints it
    old: PathBuf,
    /// Another one, taken later
    new: PathBuf,
    /// The last profile of the old one, as `bastion-mcp profile --json` prints it: evidence for the changes
    #[arg(long, value_name = "FILE")]
    old_profile: Option<PathBuf>,
    /// Whose eyes the changes are judged with
    #[arg(long, value_enum, default_value_t = Eyes::Both)]
    audience: Eyes,
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Exit with 1 when a change is at least this bad
    #[arg(long, value_enum, default_value_t = FailOn::None)]
    fail_on: FailOn,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Eyes {
    Readers,
    Writers,
    Both,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Text,
    Json,
    Markdown,
    Sarif,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
#[value(rename_all = "snake_case")]
enum FailOn {
    Breaking,
    PotentiallyBreaking,
    Any,
    None,
}

impl FailOn {
    fn holds(self, changes: &[Change], audience: Audience) -> bool {
        let least = match self {
            Self::Breaking => Severity::Breaking,
            Self::PotentiallyBreaking => Severity::PotentiallyBreaking,
            Self::Any => Severity::Info,
            Self::None => return false,
        };
        changes.iter().any(|change| change.severity(audience) >= least)
    }
}

/// Compares; 0 when nothing is above the line, 1 when something is.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Exit> {
    let (old, new) = (snapshot(&arguments.old)?, snapshot(&arguments.new)?);
    let profiles: Vec<TableProfile> = match &arguments.old_profile {
        Some(path) => serde_json::from_slice(&bytes(path)?)
            .map_err(|error| Exit::usage(format!("{} is no profile: {error}.", path.display())))?,
        None => Vec::new(),
    };
    let audience = match arguments.audience {
        Eyes::Readers => Audience::Readers,
        Eyes::Writers => Audience::Writers,
        Eyes::Both => Audience::Both,
    };
    let index = arguments.old_profile.is_some().then(|| ProfileIndex::new(&profiles));
    let changes = domain::diff(&old, &new, index.as_ref());
    let failed = arguments.fail_on.holds(&changes, audience);
    let text = match arguments.format {
        Format::Text => render::text(&changes, audience),
        Format::Markdown => render::markdown(&changes, audience),
        Format::Sarif => render::sarif(&changes, audience),
        Format::Json => serde_json::to_string_pretty(&report(changes, audience))
            .map_err(|error| Exit::usage(format!("The report has no JSON: {error}.")))?,
    };
    print(text.trim_end())?;
    Ok(ExitCode::from(u8::from(failed)))
}

fn snapshot(path: &Path) -> Result<Snapshot, Exit> {
    read_snapshot(&bytes(path)?).map_err(|error| Exit::usage(format!("{}: {error}.", path.display())))
}

fn bytes(path: &Path) -> Result<Vec<u8>, Exit> {
    fs::read(path).map_err(|error| Exit::usage(format!("{} cannot be read: {error}.", path.display())))
}
