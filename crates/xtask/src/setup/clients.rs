//! MCP clients of other makers, which the journeys drive the agent with: the Inspector, the conformance suite and both
//! lines of the TypeScript SDK from npm, with a Node.js that is new enough for them, and the Python client from PyPI.

use std::path::PathBuf;
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

/// The folder with the clients.
pub(crate) fn folder(project: &Project) -> PathBuf {
    project.target.join("clients")
}

/// Installs them where they are missing or of other versions.
pub(crate) fn install(project: &Project) -> Result<()> {
    let folder = folder(project);
    let stamp = folder.join(".installed");
    let wanted = format!("{} {PYPI}", NPM.join(" "));
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    say("installing MCP clients to test the agent with");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    let quiet = ["install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix"];
    run(project.command("npm").args(quiet).arg(&folder).args(NPM))?;
    let venv = folder.join("python");
    run(project.command("python3").args(["-m", "venv"]).arg(&venv))?;
    let quiet = ["install", "--quiet", "--disable-pip-version-check"];
    run(Command::new(venv.join("bin/pip")).args(quiet).arg(PYPI))?;
    std::fs::write(stamp, wanted)?;
    Ok(())
}
