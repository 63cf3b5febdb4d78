//! What is shipped.

use anyhow::Result;

use crate::project::{Project, run as run_to_end, say};
use crate::web::{self, Build};

pub(crate) fn run(project: &Project) -> Result<()> {
    let ui = web::build(project, Build::Shipped)?;
    web::check_budget(&ui)?;
    say("building the release binaries");
    run_to_end(project.cargo().env("BASTION_WEB_DIST", &ui).args([
        "build",
        "--release",
        "--package",
        "server",
        "--package",
        "mcp",
        "--features",
        "server/embed-ui",
    ]))?;
    let dist = project.target.join("dist");
    std::fs::create_dir_all(dist.join("web"))?;
    for binary in ["bastion", "bastion-mcp"] {
        std::fs::copy(project.target.join("release").join(binary), dist.join(binary))?;
    }
    copy(&ui, &dist.join("web"))?;
    say(&format!("shipped into {}", dist.display()));
    Ok(())
}

fn copy(from: &std::path::Path, to: &std::path::Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let (path, target) = {
            let entry = entry?;
            (entry.path(), to.join(entry.file_name()))
        };
        if path.is_dir() {
            copy(&path, &target)?;
        } else {
            std::fs::copy(path, target)?;
        }
    }
    Ok(())
}
