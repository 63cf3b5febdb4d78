//! The page and its files, under names that change with their contents.

use std::path::Path;

use anyhow::Result;

use crate::project::{Project, run};

pub(super) fn write(project: &Project, work: &Path, dist: &Path) -> Result<()> {
    let assets = dist.join("assets");
    let frontend = project.root.join("frontend");
    run(project.command("node").current_dir(&frontend).arg("fonts.mjs").arg(assets.join("fonts")))?;
    let wasm = hashed(&assets, "app", "wasm", &std::fs::read(work.join("app_bg.wasm"))?)?;
    let glue = hashed(&assets, "app", "js", &std::fs::read(work.join("app.js"))?)?;
    let style = hashed(&assets, "app", "css", &std::fs::read(work.join("app.css"))?)?;
    let boot = format!(
        "import start from './{glue}';\nstart({{ module_or_path: new URL('./{wasm}', import.meta.url) }});\n"
    );
    let boot = hashed(&assets, "boot", "js", boot.as_bytes())?;
    let theme = hashed(&assets, "theme", "js", &std::fs::read(frontend.join("theme.js"))?)?;
    let page = std::fs::read_to_string(frontend.join("index.html"))?
        .replace("{{wasm}}", &wasm)
        .replace("{{glue}}", &glue)
        .replace("{{style}}", &style)
        .replace("{{boot}}", &boot)
        .replace("{{theme}}", &theme);
    std::fs::write(dist.join("index.html"), page)?;
    std::fs::copy(frontend.join("icon.svg"), dist.join("icon.svg"))?;
    std::fs::write(dist.join("config.json"), "{\"api\":\"\"}\n")?;
    Ok(())
}

fn hashed(assets: &Path, stem: &str, extension: &str, bytes: &[u8]) -> Result<String> {
    let hash = blake3::hash(bytes).to_hex();
    let name = format!("{stem}.{}.{extension}", &hash.as_str()[..16]);
    std::fs::write(assets.join(&name), bytes)?;
    Ok(name)
}
