//! The API's description.

use anyhow::{Result, bail};

use crate::project::{self, Project, say};

fn description(project: &Project) -> Result<String> {
    project::run(project.cargo().args(["build", "--quiet", "--package", "server"]))?;
    let output = std::process::Command::new(project.target.join("debug/bastion")).arg("openapi").output()?;
    if !output.status.success() {
        bail!("`bastion openapi` failed");
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// Writes openapi/bastion.json, or says whether it is as it should be.
pub(crate) fn run(project: &Project, check: bool) -> Result<()> {
    let wanted = description(project)?;
    let file = project.root.join("openapi/bastion.json");
    if check {
        if std::fs::read_to_string(&file).is_ok_and(|present| present == wanted) {
            say("openapi/bastion.json is up to date");
            return Ok(());
        }
        bail!(
            "openapi/bastion.json differs from the code: run `cargo xtask openapi` and look at the difference"
        );
    }
    std::fs::write(&file, wanted)?;
    say("wrote openapi/bastion.json");
    Ok(())
}
