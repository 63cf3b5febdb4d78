//! Benchmarks: builds what is measured, and lets e2e/bench measure it. The rules measure themselves.

mod rules;

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::project::{Project, run as run_to_end, say};
use crate::web::Build;
use crate::{setup, web};

/// They need no control plane.
const OF_THE_AGENT: &[&str] = &["catalog", "coverage", "engines", "kindness", "profile"];
/// They need no page.
const WITHOUT_PAGES: &[&str] = &["history", "api", "silos"];

/// Measures the named ones, or all, and `large` tables too; writes the raw runs as JSON where asked.
pub(crate) fn run(project: &Project, names: &[String], large: bool, json: Option<&Path>) -> Result<()> {
    let (of_rules, others): (Vec<&str>, Vec<&str>) =
        names.iter().map(String::as_str).partition(|name| rules::NAMES.contains(name));
    // Relative to where the person stands, not to the folder in which a bench runs.
    let json = json.map(absolute).transpose()?;
    if let Some(file) = json.as_deref().filter(|file| file.exists()) {
        std::fs::remove_file(file)?;
    }
    if names.is_empty() || !others.is_empty() {
        programs(project, &others, large, json.as_deref())?;
    }
    let of_rules = if names.is_empty() { rules::NAMES } else { &of_rules };
    rules::run(project, of_rules, json.as_deref())
}

/// What needs the release programs.
fn programs(project: &Project, names: &[&str], large: bool, json: Option<&Path>) -> Result<()> {
    setup::all(project)?;
    say("building the release programs");
    let mut build = project.cargo();
    build.args(["build", "--release", "--package", "mcp"]);
    let only = |some: &[&str]| !names.is_empty() && names.iter().all(|name| some.contains(name));
    if !only(OF_THE_AGENT) {
        build.args(["--package", "server"]);
    }
    let ui = if only(&[OF_THE_AGENT, WITHOUT_PAGES].concat()) {
        None
    } else {
        Some(web::build(project, Build::Shipped)?)
    };
    run_to_end(&mut build)?;
    let mut bench = project.command("node");
    bench.current_dir(project.root.join("e2e")).arg("bench/main.mjs").args(names);
    if let Some(file) = json {
        bench.arg("--json").arg(file);
    }
    bench.env("BASTION_TARGET", &project.target).env("BASTION_PROFILE", "release");
    setup::name_browser(&mut bench);
    if large {
        bench.env("BASTION_BENCH_LARGE", "1");
    }
    if let Some(ui) = ui {
        bench.env("BASTION_WEB_DIST", ui);
    }
    run_to_end(&mut bench)
}

fn absolute(file: &Path) -> Result<PathBuf> {
    Ok(std::path::absolute(file)?)
}
