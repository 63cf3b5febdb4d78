//! Whether anything has changed that the browser's files are made of.

use std::path::Path;

use anyhow::Result;

const INPUTS: [&str; 8] = [
    ".cargo",
    "frontend",
    "crates/types",
    "crates/domain",
    "crates/xtask/src/web",
    "crates/xtask/src/web.rs",
    "Cargo.toml",
    "Cargo.lock",
];

/// A hash over names and contents.
pub(super) fn of(root: &Path) -> Result<String> {
    let mut hasher = blake3::Hasher::new();
    for input in INPUTS {
        add(&mut hasher, &root.join(input))?;
    }
    Ok(hasher.finalize().to_hex().to_string())
}

fn add(hasher: &mut blake3::Hasher, path: &Path) -> Result<()> {
    if path.is_dir() {
        let mut entries: Vec<_> = std::fs::read_dir(path)?.collect::<std::io::Result<_>>()?;
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries
            .iter()
            .filter(|entry| entry.file_name() != "node_modules" && entry.file_name() != "target")
        {
            add(hasher, &entry.path())?;
        }
    } else if path.is_file() {
        hasher.update(path.to_string_lossy().as_bytes());
        hasher.update(&std::fs::read(path)?);
    }
    Ok(())
}
