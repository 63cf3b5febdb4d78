//! The page and its files, under names that change with their contents.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Result, ensure};

use super::loader;
use super::pages::{self, Pages};
use super::split::{LOADER, Parts};
use crate::project::{Project, run};

pub(super) fn write(project: &Project, work: &Path, parts: &Parts, dist: &Path) -> Result<()> {
    let assets = dist.join("assets");
    let frontend = project.root.join("frontend");
    run(project.command("node").current_dir(&frontend).arg("fonts.mjs").arg(assets.join("fonts")))?;
    let named = |stem: &str, extension: &str, bytes: &[u8]| {
        let name = format!("{stem}.{}.{extension}", hash(&[bytes]));
        std::fs::write(assets.join(&name), bytes).map(|()| name)
    };
    let wasm = named("app", "wasm", &std::fs::read(work.join("app_bg.wasm"))?)?;
    let mut renamed = BTreeMap::new();
    for part in &parts.names {
        let bytes = std::fs::read(work.join(format!("{part}.wasm")))?;
        let stem = part.trim_start_matches("split_").replace('_', "-");
        renamed.insert(part.as_str(), named(&stem, "wasm", &bytes)?);
    }
    let (glue, loader) = scripts(work, &assets, &loader::write(work, parts, &renamed)?)?;
    let mut pages = pages::parts(parts)?;
    for names in pages.values_mut() {
        *names = names.iter().filter_map(|part| renamed.get(part.as_str()).cloned()).collect();
    }
    let style = named("app", "css", &std::fs::read(work.join("app.css"))?)?;
    let boot = std::fs::read_to_string(frontend.join("boot.js"))?
        .replace("{{pages}}", &longest_first(&pages)?)
        .replace("{{wasm}}", &wasm)
        .replace("{{glue}}", &glue);
    let boot = named("boot", "js", boot.as_bytes())?;
    let theme = named("theme", "js", &std::fs::read(frontend.join("theme.js"))?)?;
    let page = std::fs::read_to_string(frontend.join("index.html"))?
        .replace("{{wasm}}", &wasm)
        .replace("{{glue}}", &glue)
        .replace("{{loader}}", &loader)
        .replace("{{style}}", &style)
        .replace("{{boot}}", &boot)
        .replace("{{theme}}", &theme);
    std::fs::write(dist.join("index.html"), page)?;
    for names in pages.values_mut() {
        names.extend([&wasm, &glue, &loader, &style, &boot, &theme].map(Clone::clone));
    }
    std::fs::write(dist.join(pages::LIST), serde_json::to_vec_pretty(&pages)?)?;
    std::fs::copy(frontend.join("icon.svg"), dist.join("icon.svg"))?;
    std::fs::write(dist.join("config.json"), "{\"api\":\"\"}\n")?;
    Ok(())
}

/// The glue and the loader of parts import each other, so that one hash over both names both.
fn scripts(work: &Path, assets: &Path, loader: &str) -> Result<(String, String)> {
    let glue = std::fs::read_to_string(work.join("app.js"))?;
    let hash = hash(&[glue.as_bytes(), loader.as_bytes()]);
    let (glue_name, loader_name) = (format!("app.{hash}.js"), format!("parts.{hash}.js"));
    let (plain_glue, plain_loader) = ("\"./app.js\"", format!("from \"./{LOADER}\""));
    ensure!(glue.contains(&plain_loader), "the glue of wasm-bindgen does not import the loader of parts");
    ensure!(loader.contains(plain_glue), "the loader of parts does not import the glue");
    std::fs::write(
        assets.join(&glue_name),
        glue.replace(&plain_loader, &format!("from \"./{loader_name}\"")),
    )?;
    std::fs::write(assets.join(&loader_name), loader.replace(plain_glue, &format!("\"./{glue_name}\"")))?;
    Ok((glue_name, loader_name))
}

/// The pages as JavaScript reads them: the first whose path begins the address is the one.
fn longest_first(pages: &Pages) -> Result<String> {
    let mut pages: Vec<_> = pages.iter().collect();
    pages.sort_by_key(|(path, _)| std::cmp::Reverse(path.len()));
    Ok(serde_json::to_string(&pages)?)
}

fn hash(contents: &[&[u8]]) -> String {
    let mut hasher = blake3::Hasher::new();
    for content in contents {
        hasher.update(content);
    }
    hasher.finalize().to_hex().as_str()[..16].to_owned()
}
