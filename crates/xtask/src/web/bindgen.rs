//! The JavaScript between the browser and the module.

use std::path::Path;

use anyhow::Result;
use wasm_bindgen_cli_support::Bindgen;

pub(super) fn generate(module: &Path, into: &Path) -> Result<()> {
    Bindgen::new()
        .input_path(module)
        .out_name("app")
        .web(true)?
        .typescript(false)
        .omit_default_module_path(true)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(into)
}
