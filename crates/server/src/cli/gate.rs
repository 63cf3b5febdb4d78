//! `bastion check`: what a database is now, against what it was agreed to be. Made for continuous integration.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use demo::AgentProcess;
use domain::read_snapshot;
use tokio::process::Command;
use types::snapshot::Snapshot;
use url::Url;

use super::Exit;
use super::judge::{FailOn, Judging, bytes, judge, read_snapshot_file};

/// Longest message of another program or server that is passed on.
const LONGEST_MESSAGE: usize = 500;
/// How long the server may take to answer.
const PATIENCE: Duration = Duration::from_secs(60);

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
    let old = baseline(arguments).await?;
    let new = match (&arguments.snapshot, &arguments.source) {
        (Some(path), _) => read_snapshot_file(path)?,
        (None, Some(url)) => scan(url).await?,
        (None, None) => return Err(Exit::usage("Give --snapshot or --source.")),
    };
    judge(&old, &new, &arguments.judging, arguments.fail_on)
}

async fn baseline(arguments: &Arguments) -> Result<Snapshot, Exit> {
    let text = &arguments.baseline;
    if let (Some(server), Some(key)) = (&arguments.server, &arguments.api_key_file) {
        return fetch(server, key, text).await;
    }
    let path = Path::new(text);
    if !path.exists() && Wanted::parse(text).is_some() {
        return Err(Exit::usage(format!(
            "There is no file {text}. For a version of a server, give --server and --api-key-file."
        )));
    }
    read_snapshot_file(path)
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

async fn fetch(server: &Url, key_file: &Path, baseline: &str) -> Result<Snapshot, Exit> {
    let wanted = Wanted::parse(baseline).ok_or_else(|| {
        Exit::usage(format!("{baseline} is no version: give 3, latest, shop:3 or shop:latest."))
    })?;
    let key = String::from_utf8(bytes(key_file)?)
        .map_err(|_| Exit::usage(format!("{} holds no API key.", key_file.display())))?;
    let mut url = server.clone();
    url.path_segments_mut()
        .map_err(|()| Exit::usage("The server's address has to start with http:// or https://."))?
        .pop_if_empty()
        .extend(["api", "schema", "snapshot"]);
    if let Some(source) = wanted.source {
        url.query_pairs_mut().append_pair("source", source);
    }
    if let Some(version) = wanted.version {
        url.query_pairs_mut().append_pair("version", &version.to_string());
    }
    // Whoever installed one before is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let unreachable = |error: reqwest::Error| {
        // The address is the user's own; the error's may hold more than it.
        let why = error.without_url().to_string();
        Exit::usage(format!("{server} does not answer: {}.", one_line(&why)))
    };
    let client = reqwest::Client::builder().timeout(PATIENCE).build().map_err(unreachable)?;
    let answer = client.get(url).bearer_auth(key.trim()).send().await.map_err(unreachable)?;
    let status = answer.status();
    let body = answer.bytes().await.map_err(unreachable)?;
    if !status.is_success() {
        let problem: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
        let detail = problem["detail"].as_str().or(problem["title"].as_str()).unwrap_or("no reason given");
        return Err(Exit::usage(format!("{server} answers {}: {}", status.as_u16(), one_line(detail))));
    }
    read_snapshot(&body).map_err(|error| Exit::usage(format!("What {server} answers is {error}.")))
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

/// The text of another program or server, without control characters and not too much of it.
fn one_line(text: &str) -> String {
    let words = text.split(|letter: char| letter.is_whitespace() || letter.is_control());
    let line = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    line.chars().take(LONGEST_MESSAGE).collect()
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

    #[test]
    fn what_others_say_is_one_short_line() {
        assert_eq!(one_line(" a\n\u{1b}[31mb\tc "), "a [31mb c");
        assert_eq!(one_line(&"x".repeat(1_000)).len(), LONGEST_MESSAGE);
    }
}
