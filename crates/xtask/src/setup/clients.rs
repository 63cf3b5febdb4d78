//! Clients of other makers. The journeys drive the agent with those of MCP: the Inspector, the conformance suite and both
//! lines of the TypeScript SDK from npm, with a Node.js that is new enough for them, and the Python client from PyPI. They
//! drive the server with Schemathesis, which reads the API's description.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::project::{Project, run, say};

/// From npm, pinned. They are kept out of `e2e/package.json`, because only these tests need them and the Inspector wants
/// a newer Node.js than the rest.
const NPM: [&str; 5] = [
    "@modelcontextprotocol/inspector@2.12.0",
    "@modelcontextprotocol/conformance@0.2.0-alpha.11",
    "@modelcontextprotocol/client@2.3.1",
    "@modelcontextprotocol/sdk@1.32.2",
    "node@26.10.0",
];
/// From PyPI, pinned.
const PYPI: &str = "mcp==2.3.0";
/// The same.
const SCHEMATHESIS: &str = "schemathesis==4.32.5";

/// The folder with the clients.
pub(crate) fn folder(project: &Project) -> PathBuf {
    project.target.join("clients")
}

/// Installs them where they are missing or of other versions.
pub(crate) fn install(project: &Project) -> Result<()> {
    installed(&folder(project), &format!("{} {PYPI}", NPM.join(" ")), |folder| {
        say("installing MCP clients to test the agent with");
        let quiet = ["install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix"];
        run(project.command("npm").args(quiet).arg(folder).args(NPM))?;
        python(project, &folder.join("python"), PYPI)
    })?;
    installed(&project.target.join("schemathesis"), SCHEMATHESIS, |folder| {
        say("installing Schemathesis to test the server with");
        python(project, folder, SCHEMATHESIS)
    })
}

/// Fills a folder anew, unless it holds what is wanted already.
fn installed(folder: &Path, wanted: &str, fill: impl Fn(&Path) -> Result<()>) -> Result<()> {
    let stamp = folder.join(".installed");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    std::fs::create_dir_all(folder)?;
    fill(folder)?;
    Ok(std::fs::write(stamp, wanted)?)
}

/// An environment of Python with one package.
fn python(project: &Project, folder: &Path, package: &str) -> Result<()> {
    run(project.command("python3").args(["-m", "venv"]).arg(folder))?;
    let quiet = ["install", "--quiet", "--disable-pip-version-check"];
    run(Command::new(folder.join("bin/pip")).args(quiet).arg(package))
}
