//! The house's rules about who may use what, held against the manifests.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

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

/// Who may never use which libraries, directly; those that the browser gets or that are nothing but rules, not by others'
/// dependencies either.
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

/// What runs in the browser, and what both sides compute alike.
const PURE: [&str; 7] = ["types", "domain", "client", "ui", "charts", "graph", "app"];

/// Of each library of the lock file what it uses, on whatever platform; versions of one library are taken together. Of our
/// own crates it is only what goes into them: their tests may use anything.
fn all_uses(metadata: &Metadata) -> BTreeMap<String, BTreeSet<String>> {
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in lock.split("[[package]]").skip(1) {
        let quoted = |line: &str| line.split('"').nth(1).unwrap().to_owned();
        let name = package.lines().find(|line| line.starts_with("name = ")).map(quoted).unwrap();
        let used = package.lines().filter(|line| line.starts_with(" \""));
        let used = used.map(|line| quoted(line).split(' ').next().unwrap().to_owned());
        uses.entry(name).or_default().extend(used);
    }
    for package in metadata.workspace_packages() {
        let used = package.dependencies.iter().filter(|one| one.kind != DependencyKind::Development);
        uses.insert(package.name.to_string(), used.map(|one| one.name.clone()).collect());
    }
    // Of its dependencies this one is for another platform, and there only where somebody asks for it.
    assert!(uses.get_mut("wasm-bindgen-futures").unwrap().remove("tokio"), "it needs no exception any more");
    uses
}

#[test]
fn what_the_browser_gets_and_what_is_pure_takes_no_such_library_along() {
    let uses = all_uses(&metadata());
    for name in PURE {
        let (_, forbidden) = FORBIDDEN.iter().find(|(known, _)| *known == name).unwrap();
        let mut seen = BTreeSet::new();
        let mut left = vec![vec![name.to_owned()]];
        while let Some(way) = left.pop() {
            let last = way.last().unwrap();
            assert!(!forbidden.contains(&last.as_str()), "{} must not be", way.join(" → "));
            for next in uses.get(last).into_iter().flatten() {
                if seen.insert(next.clone()) {
                    left.push(way.iter().chain([next]).cloned().collect());
                }
            }
        }
        assert!(seen.len() > 5, "{name} uses hardly anything: is this still reading the lock file?");
    }
}

#[test]
fn every_crate_is_held_by_the_lints_of_the_workspace() {
    for package in metadata().workspace_packages() {
        let manifest = std::fs::read_to_string(&package.manifest_path).unwrap();
        let (_, lints) =
            manifest.split_once("\n[lints]\n").unwrap_or_else(|| panic!("{} has no lints", package.name));
        assert_eq!(lints.lines().next(), Some("workspace = true"), "{}", package.name);
    }
}

/// To search a crate for examples takes the compiler a second.
#[test]
fn examples_are_run_where_there_are_some_and_searched_for_nowhere_else() {
    for package in metadata().workspace_packages() {
        for target in package.targets.iter().filter(|target| target.is_lib()) {
            let folder = target.src_path.parent().unwrap().as_std_path();
            let has_example = sources(folder).iter().any(|path| {
                let text = std::fs::read_to_string(path).unwrap();
                text.lines().any(|line| line.trim_start().starts_with("//") && line.contains(" ```"))
            });
            assert_eq!(target.doctest, has_example, "`doctest` of {}", package.name);
        }
    }
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// The Rust files in a folder and below.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        let is_ours = path.file_name().is_some_and(|name| name != "target" && name != "node_modules");
        if path.is_dir() && is_ours {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

#[test]
fn no_source_file_is_longer_than_400_lines() {
    for package in metadata().workspace_packages() {
        for path in sources(package.manifest_path.parent().unwrap().as_std_path()) {
            let lines = std::fs::read_to_string(&path).unwrap().lines().count();
            assert!(lines <= 400, "{} has {lines} lines", path.display());
        }
    }
}
