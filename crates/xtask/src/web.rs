//! Builds the browser's files: cargo, wasm-bindgen, wasm-opt, Tailwind, hashed names, brotli and gzip.
//!
//! Nothing is written inline, so that a strict content security policy holds; nothing is downloaded but by npm.

mod bindgen;
mod group;
mod loader;
mod merge;
mod pack;
mod page;
mod pages;
mod split;
mod stamp;
mod style;

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::project::{Project, run, say};
use crate::setup::{self, wasm::TARGET};

/// The most brotli bytes of wasm, js and css together that the first load of a page may take.
pub(crate) const CODE_BUDGET: u64 = 450_000;
/// The most bytes of fonts.
pub(crate) const FONT_BUDGET: u64 = 60_000;

/// How the files are built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Build {
    /// As they are shipped: small, and slow to build.
    Shipped,
    /// To work on a page: quick to build, not optimised, not compressed, and in a folder of their own.
    Quick,
}

impl Build {
    fn profile(self) -> &'static str {
        match self {
            Self::Shipped => "web",
            Self::Quick => "web-dev",
        }
    }

    /// The folder's name under `target/web`, and the start of the names of what belongs to it.
    fn folder(self) -> &'static str {
        match self {
            Self::Shipped => "dist",
            Self::Quick => "dev",
        }
    }
}

/// Builds what has changed since the last build; says where it lies.
pub(crate) fn build(project: &Project, build: Build) -> Result<PathBuf> {
    let web = project.target.join("web");
    let own = |what: &str| web.join(format!("{}{what}", build.folder()));
    let (dist, stamp_file) = (own(""), own(".stamp"));
    // Two builds at once would write over each other; the second finds the first one's result.
    std::fs::create_dir_all(&web)?;
    let lock = std::fs::File::create(own(".lock"))?;
    lock.lock()?;
    let inputs = stamp::of(&project.root)?;
    if dist.join("index.html").exists()
        && std::fs::read_to_string(&stamp_file).is_ok_and(|last| last == inputs)
    {
        say("the browser's files are up to date");
        return Ok(dist);
    }
    let toolchain = setup::wasm::toolchain(project)?;
    setup::npm(project, "frontend")?;
    let (work, new) = (own(".work"), own(".new"));
    fresh(&work)?;
    fresh(&new)?;

    say("compiling the interface to WebAssembly");
    run(toolchain
        .cargo(project)
        .args(["rustc", "--package", "app", "--lib", "--crate-type", "cdylib"])
        .args(["--profile", build.profile(), "--target", TARGET, "--"])
        // A stripped module no longer says which features it uses, which wasm-bindgen reads; wasm-opt strips later.
        // Where functions and data refer to each other is what splitting goes by.
        .args(["-Cstrip=none", "-Clink-args=--emit-relocs"]))?;
    let module = project.target.join(TARGET).join(build.profile()).join("app.wasm");
    say("splitting it by page");
    let mut parts = split::split(&module, &work)?;
    group::group(&mut parts, &work)?;
    bindgen::generate(&parts.main, &work)?;
    if build == Build::Shipped {
        say("optimising the WebAssembly");
        let files = ["app_bg"].into_iter().chain(parts.names.iter().map(String::as_str));
        let files = files.map(|name| work.join(format!("{name}.wasm")));
        run(project
            .command("node")
            .current_dir(project.root.join("frontend"))
            .arg("optimise.mjs")
            .args(files))?;
    }
    style::build(project, &work)?;
    page::write(project, &work, &parts, &new)?;
    if build == Build::Shipped {
        pack::compress(&new)?;
    }
    // A server that reads from the folder must not meet a half of it.
    if dist.exists() {
        std::fs::remove_dir_all(&dist)?;
    }
    std::fs::rename(new, &dist)?;
    std::fs::write(stamp_file, inputs)?;
    Ok(dist)
}

fn fresh(folder: &Path) -> Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    std::fs::create_dir_all(folder)?;
    Ok(())
}

/// Refuses a first load that weighs more than it may; prints what each page's weighs.
pub(crate) fn check_budget(dist: &Path) -> Result<()> {
    let pages = pages::read(dist)?;
    let mut heavy: Vec<&str> = Vec::new();
    for (page, assets) in &pages {
        let weight = |ending: &str| -> Result<u64> {
            let names = assets.iter().filter(|name| name.ends_with(ending));
            names.map(|name| Ok(dist.join("assets").join(format!("{name}.br")).metadata()?.len())).sum()
        };
        let (wasm, js, css) = (weight(".wasm")?, weight(".js")?, weight(".css")?);
        let code = wasm + js + css;
        say(&format!(
            "first load of {page}: wasm {wasm} + js {js} + css {css} = {code} of {CODE_BUDGET} bytes brotli"
        ));
        if code > CODE_BUDGET {
            heavy.push(page);
        }
    }
    if pages.is_empty() {
        bail!("the build does not say what the first load of a page takes");
    }
    if !heavy.is_empty() {
        bail!("the first load is over its budget on {}", heavy.join(", "));
    }
    let mut fonts = 0;
    for entry in std::fs::read_dir(dist.join("assets/fonts"))? {
        fonts += entry?.metadata()?.len();
    }
    say(&format!("fonts: {fonts} of {FONT_BUDGET} bytes"));
    if fonts > FONT_BUDGET {
        bail!("the fonts are over their budget");
    }
    Ok(())
}
