//! `bastion check`: what a database is now, against what it was agreed to be. Made for continuous integration.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use demo::AgentProcess;
use domain::read_snapshot;
use tokio::process::Command;
use types::policy::EffectivePolicy;
use types::snapshot::Snapshot;
use url::Url;

use super::Exit;
use super::judge::{Decided, FailOn, Judging, judge, read_snapshot_file};
use super::remote::{Remote, one_line};

#[derive(clap::Args)]
#[group(skip)]
pub(super) struct Arguments {
    /// What is now: a snapshot as `bastion-mcp scan` prints it
    #[arg(long, value_name = "FILE", required_unless_present = "source", conflicts_with = "source")]
    snapshot: Option<PathBuf>,
    /// What is now: the URL of a database, which `bastion-mcp` reads
    #[arg(long, value_name = "URL")]
    source: Option<String>,
    /// What was agreed: a file with a snapshot; with --server a version, as 3, latest, shop:3 or shop:latest
    #[arg(long, value_name = "FILE|VERSION")]
    baseline: String,
    /// The address of the Bastion that knows the version
    #[arg(long, value_name = "URL", requires = "api_key_file")]
    server: Option<Url>,
    /// A file with a key of its API
    #[arg(long, value_name = "FILE", requires = "server")]
    api_key_file: Option<PathBuf>,
    #[command(flatten)]
    judging: Judging,
    /// Exit with 1 when a change is at least this bad
    #[arg(long, value_enum, default_value_t = FailOn::Breaking)]
    fail_on: FailOn,
}

/// Checks; 0 when nothing is above the line, 1 when something is.
pub(super) async fn run(arguments: &Arguments) -> Result<ExitCode, Exit> {
    let (old, decided) = baseline(arguments).await?;
    let new = match (&arguments.snapshot, &arguments.source) {
        (Some(path), _) => read_snapshot_file(path)?,
        (None, Some(url)) => scan(url).await?,
        (None, None) => return Err(Exit::usage("Give --snapshot or --source.")),
    };
    // What was agreed is what lies in a repository; what is now comes and goes.
    let agreed = arguments.server.is_none().then(|| Path::new(&arguments.baseline));
    let file = agreed.or(arguments.snapshot.as_deref());
    judge((&old, &new), file, &arguments.judging, decided, arguments.fail_on)
}

/// What was agreed; from a server also what was decided about changes, unless a file says so.
async fn baseline(arguments: &Arguments) -> Result<(Snapshot, Decided), Exit> {
    let text = &arguments.baseline;
    if let (Some(server), Some(key)) = (&arguments.server, &arguments.api_key_file) {
        let wanted = Wanted::parse(text).ok_or_else(|| {
            Exit::usage(format!("{text} is no version: give 3, latest, shop:3 or shop:latest."))
        })?;
        let remote = Remote::new(server, key)?;
        let snapshot = snapshot(&remote, &wanted).await?;
        let decided = if arguments.judging.has_policy() {
            Decided::default()
        } else {
            policy(&remote, wanted.source).await?
        };
        return Ok((snapshot, decided));
    }
    let path = Path::new(text);
    if !path.exists() && Wanted::parse(text).is_some() {
        return Err(Exit::usage(format!(
            "There is no file {text}. For a version of a server, give --server and --api-key-file."
        )));
    }
    Ok((read_snapshot_file(path)?, Decided::default()))
}

async fn snapshot(remote: &Remote<'_>, wanted: &Wanted<'_>) -> Result<Snapshot, Exit> {
    let version = wanted.version.map(|version| version.to_string());
    let query = [("source", wanted.source), ("version", version.as_deref())];
    let body = remote.get(&["api", "schema", "snapshot"], &query).await?;
    read_snapshot(&body).map_err(|error| remote.unreadable(&error))
}

/// What the server judges the source's changes with.
async fn policy(remote: &Remote<'_>, source: Option<&str>) -> Result<Decided, Exit> {
    let body = remote.get(&["api", "drift", "policy", "effective"], &[("source", source)]).await?;
    let EffectivePolicy { source, organization, own } =
        serde_json::from_slice(&body).map_err(|error| remote.unreadable(&error))?;
    Ok(Decided { source: Some(source), policies: vec![organization, own] })
}

/// A version of a source, as `3`, `latest`, `shop:3` or `shop:latest`.
#[derive(Debug, PartialEq, Eq)]
struct Wanted<'a> {
    source: Option<&'a str>,
    /// The newest if missing.
    version: Option<u32>,
}

impl<'a> Wanted<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (source, version) = match text.rsplit_once(':') {
            Some((source, version)) if !source.is_empty() => (Some(source), version),
            Some(_) => return None,
            None => (None, text),
        };
        let version = if version == "latest" { None } else { Some(version.parse().ok()?) };
        Some(Self { source, version })
    }
}

/// Lets the agent read a database.
async fn scan(url: &str) -> Result<Snapshot, Exit> {
    let program = AgentProcess::binary();
    let output = Command::new(&program).args(["scan", url]).kill_on_drop(true).output().await;
    let output = output.map_err(|error| {
        Exit::usage(format!(
            "{} cannot be started: {error}. Put it beside this program or on the path, or name it in \
             BASTION_MCP_BIN.",
            program.display()
        ))
    })?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(Exit::usage(format!("The database could not be read. {}", one_line(&said))));
    }
    read_snapshot(&output.stdout)
        .map_err(|error| Exit::usage(format!("What {} prints is {error}.", program.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_may_name_its_source() {
        let version = |source, version| Some(Wanted { source, version });
        let cases = [
            ("3", version(None, Some(3))),
            ("latest", version(None, None)),
            ("shop:3", version(Some("shop"), Some(3))),
            ("shop:latest", version(Some("shop"), None)),
            (":3", None),
            ("baseline.json", None),
            ("shop:", None),
        ];
        for (text, expected) in cases {
            assert_eq!(Wanted::parse(text), expected, "{text}");
        }
    }
}
