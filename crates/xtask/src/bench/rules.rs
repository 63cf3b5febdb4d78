//! The benches of the rules themselves, which need no program, page or database: `cargo bench` of `domain`.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::project::{Project, run as run_to_end};

/// Their names.
pub(super) const NAMES: &[&str] = &["anomaly", "diff"];

/// Measures the named ones; adds their results to those in the file, where one is asked for.
pub(super) fn run(project: &Project, names: &[&str], json: Option<&Path>) -> Result<()> {
    let mut results: Vec<Value> = Vec::new();
    for name in names {
        let raw = project.target.join(format!("bench-{name}.json"));
        let mut bench = project.cargo();
        bench.args(["bench", "--package", "domain", "--bench", name, "--", "--json"]).arg(&raw);
        run_to_end(&mut bench)?;
        let measured: Vec<Value> = serde_json::from_slice(&fs::read(&raw)?)?;
        results.extend(measured);
    }
    let Some(file) = json else {
        return Ok(());
    };
    let mut whole: Value = match fs::read(file) {
        Ok(text) => serde_json::from_slice(&text).context("the results of the other benches")?,
        Err(_) => json!({ "results": [] }),
    };
    if let Some(others) = whole["results"].as_array_mut() {
        others.extend(results);
    }
    fs::write(file, serde_json::to_vec_pretty(&whole)?)?;
    Ok(())
}
