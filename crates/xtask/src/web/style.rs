//! The style sheet.

use std::path::Path;

use anyhow::{Context as _, Result};

use crate::project::{Project, run, say};

pub(super) fn build(project: &Project, work: &Path) -> Result<()> {
    say("building the style sheet");
    let frontend = project.root.join("frontend");
    let tool = frontend.join("node_modules/.bin/tailwindcss");
    let tool = tool.to_str().context("the checkout's path is not UTF-8")?.to_owned();
    run(project
        .command(&tool)
        .current_dir(&frontend)
        .args(["--minify", "-i", "styles/app.css", "-o"])
        .arg(work.join("app.css")))
}
