//! What `bastion diff` and `bastion check` have alike: two snapshots, judged, printed, and an exit code.

use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;

use clap::ValueEnum;
use domain::policy::{self, Occasion};
use domain::render::Artifact;
use domain::{ProfileIndex, read_snapshot, render, report};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};
use service::{Clock as _, SystemClock};
use types::change::{Audience, Change, Severity};
use types::policy::Policy;
use types::profile::TableProfile;
use types::snapshot::Snapshot;

use super::Exit;
use super::exit::{note, print};

/// All but what RFC 3986 reserves nothing of.
const NOT_IN_A_SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

#[derive(clap::Args)]
pub(super) struct Judging {
    /// The last profile of the old one, as `bastion-mcp profile --json` prints it: evidence for the changes
    #[arg(long, value_name = "FILE")]
    old_profile: Option<PathBuf>,
    /// What was decided beforehand: rules, accepted changes and announced migrations, as YAML; with --server the
    /// server's policy of the source unless given
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Whose eyes the changes are judged with
    #[arg(long, value_enum, default_value_t = Eyes::Both)]
    audience: Eyes,
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// With --format sarif: the file of the repository at which code scanning shows the changes; unless given, the
    /// baseline of a check, or the new snapshot
    #[arg(long, value_name = "FILE")]
    sarif_file: Option<PathBuf>,
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
pub(super) enum FailOn {
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

/// What was decided beforehand, and for which source.
#[derive(Default)]
pub(super) struct Decided {
    /// The source's name; the database's where it is missing.
    pub(super) source: Option<String>,
    /// Each sees what those before it left.
    pub(super) policies: Vec<Policy>,
}

impl Judging {
    /// Whether a file says what was decided.
    pub(super) fn has_policy(&self) -> bool {
        self.policy.is_some()
    }
}

/// Compares; 0 when nothing is above the line, 1 when something is. A file's policy takes the place of `decided`. `file`
/// is the snapshot, if it is one, at which the changes are shown.
pub(super) fn judge(
    (old, new): (&Snapshot, &Snapshot),
    file: Option<&Path>,
    judging: &Judging,
    decided: Decided,
    fail_on: FailOn,
) -> Result<ExitCode, Exit> {
    let profiles: Vec<TableProfile> = match &judging.old_profile {
        Some(path) => serde_json::from_slice(&bytes(path)?)
            .map_err(|error| Exit::usage(format!("{} is no profile: {error}.", path.display())))?,
        None => Vec::new(),
    };
    let policies = match &judging.policy {
        Some(path) => vec![read_policy(path)?],
        None => decided.policies,
    };
    let audience = match judging.audience {
        Eyes::Readers => Audience::Readers,
        Eyes::Writers => Audience::Writers,
        Eyes::Both => Audience::Both,
    };
    let index = judging.old_profile.is_some().then(|| ProfileIndex::new(&profiles));
    let found = domain::diff(old, new, index.as_ref());
    let now = SystemClock.now();
    let source = decided.source.as_deref().unwrap_or(&new.header.database);
    let occasion = Occasion { source, since: now, now };
    let judged = policy::judge(found, &policies.iter().collect::<Vec<_>>(), occasion);
    let (changes, quiet): (Vec<Change>, Vec<Change>) =
        judged.into_iter().partition(|change| change.quiet().is_none());
    for change in &quiet {
        let why = change.policy.as_ref().and_then(|ruling| ruling.why.last()).map_or("", String::as_str);
        note(&format!("left out: {} {}. {why}", change.kind, change.path));
    }
    let failed = fail_on.holds(&changes, audience);
    let text = match judging.format {
        Format::Text => render::text(&changes, audience),
        Format::Markdown => render::markdown(&changes, audience),
        Format::Sarif => sarif(&changes, audience, judging.sarif_file.as_deref().or(file), source),
        Format::Json => serde_json::to_string_pretty(&report(changes, audience))
            .map_err(|error| Exit::usage(format!("The report has no JSON: {error}.")))?,
    };
    print(text.trim_end())?;
    Ok(ExitCode::from(u8::from(failed)))
}

/// A log about a file; where there is none, about the source, which no file stands for.
fn sarif(changes: &[Change], audience: Audience, file: Option<&Path>, source: &str) -> String {
    // A file that is not there yet, or is no text, has no lines that one could point to.
    let text = file.and_then(|file| fs::read_to_string(file).ok());
    let uri = match file {
        Some(file) => uri_of(file),
        None => relative_uri(["database", source]),
    };
    render::sarif(changes, audience, &Artifact { uri, text: text.as_deref() })
}

/// The URI of a file as it lies below the folder one is in, which in a pipeline is the repository's; only its name for one
/// that lies elsewhere.
fn uri_of(file: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    let inside = file.strip_prefix(&here).unwrap_or(file);
    let parts: Option<Vec<&str>> = inside
        .components()
        .filter(|part| *part != Component::CurDir)
        .map(|part| match part {
            Component::Normal(name) => name.to_str(),
            _ => None,
        })
        .collect();
    let name = || file.file_name().and_then(|name| name.to_str()).unwrap_or("snapshot.json");
    relative_uri(parts.unwrap_or_else(|| vec![name()]))
}

fn relative_uri<'p>(parts: impl IntoIterator<Item = &'p str>) -> String {
    let mut uri = String::new();
    for part in parts {
        if !uri.is_empty() {
            uri.push('/');
        }
        uri.extend(percent_encoding::utf8_percent_encode(part, NOT_IN_A_SEGMENT));
    }
    uri
}

/// Reads a file with a snapshot, as `bastion-mcp scan` prints it.
pub(super) fn read_snapshot_file(path: &Path) -> Result<Snapshot, Exit> {
    read_snapshot(&bytes(path)?).map_err(|error| Exit::usage(format!("{}: {error}.", path.display())))
}

fn read_policy(path: &Path) -> Result<Policy, Exit> {
    let refused = |why: String| Exit::usage(format!("{} is no policy: {why}.", path.display()));
    let text = String::from_utf8(bytes(path)?).map_err(|_| refused("it is not UTF-8".to_owned()))?;
    service::policy::read(&text).map_err(|slip| refused(slip.to_string()))
}

pub(super) fn bytes(path: &Path) -> Result<Vec<u8>, Exit> {
    fs::read(path).map_err(|error| Exit::usage(format!("{} cannot be read: {error}.", path.display())))
}
