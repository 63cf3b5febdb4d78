//! Builds everything and starts it.

use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::project::{Project, run as run_to_end, say};
use crate::web::{self, Build};

/// Only returns when something could not be built or started.
pub(crate) fn run(project: &Project, port: u16, data: Option<PathBuf>, with_demo: bool) -> Result<()> {
    let ui = web::build(project, Build::Shipped)?;
    say("building the server and the agent (a cold build takes some minutes)");
    // As the tests build them: quick to compile, and quick enough for the demo's history, since what decides that is
    // optimised in this profile too.
    run_to_end(project.cargo().args(["build", "--package", "server", "--package", "mcp"]))?;
    let bastion = project.target.join("debug/bastion");
    let mut command = Command::new(&bastion);
    if with_demo {
        command.args(["demo", "--port", &port.to_string()]);
    } else {
        command.args(["serve", "--listen", &format!("127.0.0.1:{port}")]);
        say(&format!("an empty installation: open http://127.0.0.1:{port}/sign-up"));
    }
    command.arg("--data").arg(data.unwrap_or_else(|| project.root.join("data"))).arg("--ui").arg(ui);
    // Becomes the server: a signal reaches it however it is sent, and it stops the agent that it started.
    Err(command.exec()).with_context(|| format!("{} could not be started", bastion.display()))
}
