//! Builds everything and starts it.

use std::path::Path;

use anyhow::Result;

use crate::project::{Project, run as run_to_end, say};
use crate::web;

/// The profile of what `run` starts: quick to build, and quick enough for the demo's history.
pub(crate) const PROFILE: &str = "demo";

pub(crate) fn run(project: &Project, port: u16, data: &Path, with_demo: bool) -> Result<()> {
    let ui = web::build(project)?;
    say("building the server and the agent");
    run_to_end(project.cargo().args([
        "build",
        "--profile",
        PROFILE,
        "--package",
        "server",
        "--package",
        "mcp",
    ]))?;
    let bastion = project.target.join(PROFILE).join("bastion");
    let mut command = std::process::Command::new(bastion);
    if with_demo {
        command.args(["demo", "--port", &port.to_string()]);
    } else {
        command.args(["serve", "--listen", &format!("127.0.0.1:{port}")]);
        say(&format!("an empty installation: open http://127.0.0.1:{port}/sign-up"));
    }
    // The terminal's Ctrl-C reaches the server too, which stops the agent it started.
    command.arg("--data").arg(data).arg("--ui").arg(ui);
    run_to_end(&mut command)
}
