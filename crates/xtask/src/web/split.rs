//! Cuts the module into what every page needs and what only some do.
//!
//! A function under `#[wasm_split]` is where a part begins; whatever only that function reaches goes with it, and what
//! several parts reach goes into parts that they share. The cut is made before wasm-bindgen, which then sees the main
//! part only.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow};
use wasm_split_cli_support::Options;

/// The script that fetches parts, under the name that the main part asks for.
pub(super) const LOADER: &str = "parts.js";

/// What a module was cut into.
pub(super) struct Parts {
    /// What every page needs; wasm-bindgen is yet to see it.
    pub(super) main: PathBuf,
    /// The names of the others, without their ending.
    pub(super) names: Vec<String>,
    /// Which of those a split point needs.
    pub(super) needed: BTreeMap<String, Vec<String>>,
}

pub(super) fn split(module: &Path, into: &Path) -> Result<Parts> {
    let bytes = std::fs::read(module)?;
    let main = into.join("main.wasm");
    let link_name = format!("./{LOADER}");
    let mut options = Options::new(&bytes);
    options.output_dir = into;
    options.main_out_path = &main;
    options.main_module = "./app.js";
    options.link_name = &link_name;
    let cut = wasm_split_cli_support::transform(options)
        .map_err(|error| anyhow!("the module could not be split: {error:#}"))?;
    let mut names = cut
        .split_modules
        .iter()
        .map(|path| {
            let name = path.file_stem().and_then(|name| name.to_str());
            name.map(str::to_owned).context("a part without a name")
        })
        .collect::<Result<Vec<_>>>()?;
    names.sort();
    Ok(Parts { main, names, needed: cut.prefetch_map.into_iter().collect() })
}
