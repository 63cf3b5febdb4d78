//! The script that fetches parts.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Result, ensure};

use super::split::{LOADER, Parts};

/// As the splitter wrote it up to the first module, then the files that those lie in now, under these names.
pub(super) fn write(work: &Path, parts: &Parts, renamed: &BTreeMap<&str, String>) -> Result<String> {
    let text = std::fs::read_to_string(work.join(LOADER))?;
    let module = |line: &str| ["/*", "const __chunk", "export"].iter().any(|start| line.starts_with(start));
    let mut loader: String = text.split_inclusive('\n').take_while(|line| !module(line)).collect();
    for known in ["function getSharedImports", "function wrapAsyncCb", "function makeLoad"] {
        ensure!(loader.contains(known), "the loader of parts has no `{known}`");
    }
    loader.push_str(FILES);
    for (number, name) in renamed.values().enumerate() {
        writeln!(loader, "const file_{number} = file(\"./{name}\");")?;
    }
    let numbers: BTreeMap<&str, usize> = renamed.keys().copied().zip(0..).collect();
    for (point, files) in &parts.needed {
        let files: Vec<_> = files.iter().map(|file| format!("file_{}", numbers[file.as_str()])).collect();
        writeln!(loader, "export const __wasm_split_load_{point} = part({});", files.join(", "))?;
    }
    Ok(loader)
}

const FILES: &str = "\
const file = (name) => makeLoad(() => {
    const source = fetch(new URL(name, import.meta.url));
    source.catch(() => {});
    return (imports) => WebAssembly.instantiateStreaming(source, imports);
}, []);
const part = (...files) => wrapAsyncCb(makeLoad(() => () => {}, files));
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_fetches_its_files_and_no_file_is_fetched_twice() {
        let work = tempfile::tempdir().unwrap();
        let runtime = "function getSharedImports() {\n}\nfunction wrapAsyncCb(callee) {\n}\nfunction makeLoad(fetcher, deps) {\n}\n";
        let modules = "/* drift, quality */\nconst __chunk_1 = makeLoad(1);\nexport const __wasm_split_load_drift = 1;\n";
        std::fs::write(work.path().join(LOADER), format!("{runtime}{modules}")).unwrap();
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let parts = Parts {
            main: work.path().join("main.wasm"),
            names: names(&["shared_0", "split_drift", "split_quality"]),
            needed: BTreeMap::from([
                ("drift".to_owned(), names(&["shared_0", "split_drift"])),
                ("quality".to_owned(), names(&["shared_0", "split_quality"])),
            ]),
        };
        let renamed =
            ["shared_0", "split_drift", "split_quality"].map(|name| (name, format!("{name}.1.wasm")));
        let loader = write(work.path(), &parts, &renamed.into()).unwrap();
        assert!(loader.starts_with(runtime), "{loader}");
        let lines = "const file_0 = file(\"./shared_0.1.wasm\");\nconst file_1 = file(\"./split_drift.1.wasm\");\nconst file_2 = file(\"./split_quality.1.wasm\");\nexport const __wasm_split_load_drift = part(file_0, file_1);\nexport const __wasm_split_load_quality = part(file_0, file_2);\n";
        assert!(loader.ends_with(lines), "{loader}");
        assert!(!loader.contains("__chunk"), "{loader}");
    }
}
