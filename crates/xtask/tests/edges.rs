//! The house's rules about who may use what, held against the manifests.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

/// Who of ours may use whom of ours.
const ALLOWED: &[(&str, &[&str])] = &[
    ("types", &[]),
    ("domain", &["types"]),
    ("scan", &["types", "domain"]),
    ("mcp", &["scan", "domain", "types"]),
    ("store", &["types", "domain"]),
    ("integrations", &["types"]),
    ("service", &["types", "domain", "store", "integrations"]),
    ("server", &["service", "types", "domain", "migrations", "demo", "store"]),
    ("demo", &["types"]),
    // For tests alone: a migrated database is the same for all that need one.
    ("testkit", &["types", "migrations"]),
    ("migrations", &[]),
    ("xtask", &[]),
    ("client", &["types"]),
    ("charts", &["ui"]),
    ("ui", &["types"]),
    ("graph", &["types", "ui"]),
    ("app", &["types", "domain", "client", "ui", "charts", "graph"]),
];

/// Who may never use which libraries, directly.
const FORBIDDEN: &[(&str, &[&str])] = &[
    ("types", &["tokio", "actix-web", "sea-orm", "reqwest", "zstd"]),
    ("domain", &["tokio", "actix-web", "sea-orm", "reqwest", "zstd"]),
    ("scan", &["sea-orm", "actix-web"]),
    ("mcp", &["sea-orm", "actix-web"]),
    ("store", &["actix-web", "reqwest"]),
    ("integrations", &["sea-orm", "actix-web"]),
    ("service", &["actix-web", "sea-orm"]),
    ("server", &["sea-orm", "tokio-postgres", "mysql_async"]),
    ("client", &["tokio", "actix-web", "sea-orm", "reqwest", "zstd"]),
    ("ui", &["tokio", "actix-web", "sea-orm", "reqwest", "zstd"]),
    ("charts", &["tokio", "actix-web", "sea-orm", "reqwest", "zstd"]),
    ("graph", &["tokio", "actix-web", "sea-orm", "reqwest", "zstd"]),
    ("app", &["tokio", "actix-web", "sea-orm", "reqwest", "zstd"]),
];

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml"))
        .no_deps()
        .exec()
        .unwrap()
}

/// Each crate's normal dependencies.
fn uses(metadata: &Metadata) -> BTreeMap<String, BTreeSet<String>> {
    let names = |package: &cargo_metadata::Package| {
        let normal =
            package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal);
        normal.map(|dependency| dependency.name.clone()).collect()
    };
    metadata
        .workspace_packages()
        .into_iter()
        .map(|package| (package.name.to_string(), names(package)))
        .collect()
}

#[test]
fn crates_use_only_those_of_ours_that_they_may() {
    let uses = uses(&metadata());
    for (name, used) in &uses {
        let (_, allowed) = ALLOWED
            .iter()
            .find(|(known, _)| known == name)
            .unwrap_or_else(|| panic!("{name} is not in the table of edges"));
        for other in used.iter().filter(|other| uses.contains_key(*other)) {
            assert!(allowed.contains(&other.as_str()), "{name} must not use {other}");
        }
    }
    assert_eq!(uses.len(), ALLOWED.len(), "the table lists a crate that is not there");
}

#[test]
fn crates_use_no_library_that_they_must_not() {
    let uses = uses(&metadata());
    for (name, forbidden) in FORBIDDEN {
        for library in *forbidden {
            assert!(!uses[*name].contains(*library), "{name} must not use {library}");
        }
    }
}

#[test]
fn no_source_file_is_longer_than_400_lines() {
    let metadata = metadata();
    for package in metadata.workspace_packages() {
        let mut folders = vec![package.manifest_path.parent().unwrap().as_std_path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap().flatten() {
                let path = entry.path();
                if path.is_dir()
                    && path.file_name().is_some_and(|name| name != "target" && name != "node_modules")
                {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    let lines = std::fs::read_to_string(&path).unwrap().lines().count();
                    assert!(lines <= 400, "{} has {lines} lines", path.display());
                }
            }
        }
    }
}
