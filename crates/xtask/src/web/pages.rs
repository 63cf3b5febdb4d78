//! What the first load of each page takes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use super::split::Parts;

/// Where the list is kept beside the files: of each page the names of the assets that its first load takes, fonts apart.
pub(super) const LIST: &str = "pages.json";

/// The assets of each page, by the page's path.
pub(super) type Pages = BTreeMap<String, Vec<String>>;

/// The pages' paths and their split points, as `frontend/app/src/part.rs` names them.
const PAGES: [(&str, &[&str]); 16] = [
    ("/", &["landing"]),
    ("/sign-in", &[]),
    ("/sign-in/callback", &["recovery"]),
    ("/sign-up", &[]),
    ("/forgot-password", &["recovery"]),
    ("/reset-password", &["recovery"]),
    ("/confirm-email", &["recovery"]),
    ("/onboarding", &["setup"]),
    ("/dashboard", &[]),
    ("/dashboard/schema", &["explorer"]),
    ("/dashboard/schema/graph", &["explorer"]),
    ("/dashboard/quality", &["monitoring"]),
    ("/dashboard/drift", &["monitoring"]),
    ("/dashboard/incidents", &["monitoring"]),
    ("/dashboard/agents", &["monitoring"]),
    ("/dashboard/settings", &["setup"]),
];

/// The parts that each page needs. A split point of which no page is said to need it is refused: its weight would be
/// nobody's.
pub(super) fn parts(parts: &Parts) -> Result<Pages> {
    let known: BTreeSet<&str> = PAGES.iter().flat_map(|(_, points)| points.iter().copied()).collect();
    for point in parts.needed.keys() {
        ensure!(known.contains(point.as_str()), "no page is said to need the part `{point}`");
    }
    PAGES
        .iter()
        .map(|(path, points)| {
            let mut needed = BTreeSet::new();
            for point in *points {
                let names = parts.needed.get(*point);
                needed.extend(names.with_context(|| format!("there is no part `{point}`"))?.iter().cloned());
            }
            Ok(((*path).to_owned(), needed.into_iter().collect()))
        })
        .collect()
}

/// Reads the list of a finished build.
pub(super) fn read(dist: &Path) -> Result<Pages> {
    Ok(serde_json::from_slice(&std::fs::read(dist.join(LIST))?)?)
}
