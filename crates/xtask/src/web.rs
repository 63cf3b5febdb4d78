//! Builds the browser's files: cargo, wasm-bindgen, wasm-opt, Tailwind, hashed names, brotli and gzip.
//!
//! Nothing is written inline, so that a strict content security policy holds; nothing is downloaded but by npm.

mod bindgen;
mod pack;
mod page;
mod stamp;
mod style;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::project::{Project, run, say};
use crate::setup::{self, wasm::TARGET};

/// The most brotli bytes of wasm, js and css together. The aim is 450,000; until it is reached, this holds what is.
pub(crate) const CODE_BUDGET: u64 = 680_000;
/// The most bytes of fonts.
pub(crate) const FONT_BUDGET: u64 = 60_000;

/// Sizes of what the first load fetches, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sizes {
    pub(crate) wasm: u64,
    pub(crate) js: u64,
    pub(crate) css: u64,
    pub(crate) fonts: u64,
}

impl Sizes {
    pub(crate) fn code(self) -> u64 {
        self.wasm + self.js + self.css
    }
}

/// Builds what has changed since the last build; says where it lies.
pub(crate) fn build(project: &Project) -> Result<PathBuf> {
    let dist = project.web();
    // Two builds at once would write over each other; the second finds the first one's result.
    std::fs::create_dir_all(project.target.join("web"))?;
    let lock = std::fs::File::create(project.target.join("web/lock"))?;
    lock.lock()?;
    let inputs = stamp::of(&project.root)?;
    let stamp_file = project.target.join("web/stamp");
    if dist.join("index.html").exists()
        && std::fs::read_to_string(&stamp_file).is_ok_and(|last| last == inputs)
    {
        say("the browser's files are up to date");
        return Ok(dist);
    }
    let toolchain = setup::wasm::toolchain(project)?;
    setup::npm(project, "frontend")?;
    let (work, new) = (project.target.join("web/work"), project.target.join("web/new"));
    fresh(&work)?;
    fresh(&new)?;

    say("compiling the interface to WebAssembly");
    run(toolchain
        .cargo(project)
        .args(["rustc", "--package", "app", "--lib", "--crate-type", "cdylib", "--profile", "web"])
        // A stripped module no longer says which features it uses, which wasm-bindgen reads; wasm-opt strips later.
        .args(["--target", TARGET, "--", "-Cstrip=none"]))?;
    let module = project.target.join(TARGET).join("web/app.wasm");
    bindgen::generate(&module, &work)?;
    say("optimising the WebAssembly");
    optimise(project, &work)?;
    style::build(project, &work)?;
    page::write(project, &work, &new)?;
    pack::compress(&new)?;
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

/// LLVM's output uses these features.
const FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

fn optimise(project: &Project, work: &Path) -> Result<()> {
    let tool = project.root.join("frontend/node_modules/.bin/wasm-opt");
    let tool = tool.to_str().context("the checkout's path is not UTF-8")?.to_owned();
    let (from, to) = (work.join("app_bg.wasm"), work.join("app.opt.wasm"));
    run(project
        .command(&tool)
        .args(["-Oz", "--strip-debug", "--strip-producers", "--strip-target-features"])
        .args(FEATURES)
        .arg(&from)
        .arg("-o")
        .arg(&to))?;
    std::fs::rename(to, from)?;
    Ok(())
}

/// What the first load weighs.
pub(crate) fn sizes(dist: &Path) -> Result<Sizes> {
    let mut sizes = Sizes::default();
    for entry in std::fs::read_dir(dist.join("assets"))? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        let bytes = path.metadata()?.len();
        match name {
            name if name.ends_with(".wasm.br") => sizes.wasm += bytes,
            name if name.ends_with(".js.br") => sizes.js += bytes,
            name if name.ends_with(".css.br") => sizes.css += bytes,
            _ => {}
        }
    }
    for entry in std::fs::read_dir(dist.join("assets/fonts"))? {
        sizes.fonts += entry?.metadata()?.len();
    }
    Ok(sizes)
}

/// Refuses a first load that weighs more than it may.
pub(crate) fn check_budget(dist: &Path) -> Result<Sizes> {
    let sizes = sizes(dist)?;
    say(&format!(
        "first load: wasm {} + js {} + css {} = {} of {CODE_BUDGET} bytes brotli; fonts {} of {FONT_BUDGET}",
        sizes.wasm,
        sizes.js,
        sizes.css,
        sizes.code(),
        sizes.fonts
    ));
    if sizes.code() > CODE_BUDGET || sizes.fonts > FONT_BUDGET {
        bail!("the first load is over its budget");
    }
    Ok(sizes)
}
