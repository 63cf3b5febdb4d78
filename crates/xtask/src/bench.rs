//! Benchmarks: builds what is measured, and lets e2e/bench measure it.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::project::{Project, run as run_to_end, say};
use crate::web::Build;
use crate::{setup, web};

/// Measures the named ones, or all; writes the raw runs as JSON where asked.
pub(crate) fn run(project: &Project, names: &[String], json: Option<&Path>) -> Result<()> {
    setup::all(project)?;
    let ui = web::build(project, Build::Shipped)?;
    say("building the release programs");
    run_to_end(project.cargo().args(["build", "--release", "--package", "server", "--package", "mcp"]))?;
    let mut bench = project.command("node");
    bench.current_dir(project.root.join("e2e")).arg("bench/main.mjs").args(names);
    if let Some(file) = json {
        // Relative to where the person stands, not to the folder in which Node runs.
        bench.arg("--json").arg(absolute(file)?);
    }
    bench
        .env("BASTION_TARGET", &project.target)
        .env("BASTION_PROFILE", "release")
        .env("BASTION_WEB_DIST", ui);
    run_to_end(&mut bench)
}

fn absolute(file: &Path) -> Result<PathBuf> {
    Ok(std::path::absolute(file)?)
}
