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
const PAGES: [(&str, &str); 17] = [
    ("/", "landing"),
    ("/sign-in", "sign_in"),
    ("/sign-in/callback", "recovery"),
    ("/sign-in/clerk", "recovery"),
    ("/sign-up", "sign_in"),
    ("/forgot-password", "recovery"),
    ("/reset-password", "recovery"),
    ("/confirm-email", "recovery"),
    ("/onboarding", "onboarding"),
    ("/dashboard", "overview"),
    ("/dashboard/schema", "schema"),
    ("/dashboard/schema/graph", "graph"),
    ("/dashboard/quality", "quality"),
    ("/dashboard/drift", "drift"),
    ("/dashboard/incidents", "incidents"),
    ("/dashboard/agents", "agents"),
    ("/dashboard/settings", "connections"),
];

/// The split points that are seen on another one only, and that one. What none of [`PAGES`] needs is fetched later.
const ON: [(&str, &str); 12] = [
    ("connections", "settings"),
    ("sources", "settings"),
    ("people", "settings"),
    ("administration", "settings"),
    ("account", "settings"),
    ("differences", "schema"),
    ("object", "schema"),
    ("column", "quality"),
    ("expectations", "quality"),
    ("event", "drift"),
    ("policy", "drift"),
    ("incident", "incidents"),
];

/// Something to look at: a page, or a piece of one that is fetched later.
#[derive(Debug, PartialEq)]
pub(super) struct View {
    /// The split points that are fetched for it.
    pub(super) points: Vec<&'static str>,
    /// Those that were fetched before.
    pub(super) before: Vec<&'static str>,
    /// What a byte for it counts beside a byte for another.
    pub(super) weight: f64,
}

/// Every view. A page that somebody waits for counts more than a piece of it.
pub(super) fn views() -> Vec<View> {
    let pages: BTreeSet<&str> = PAGES.iter().map(|(_, point)| *point).collect();
    let first: BTreeSet<&str> = pages.iter().flat_map(|point| with_all_around(point)).collect();
    let page =
        |point: &&'static str| View { points: with_all_around(point), before: Vec::new(), weight: 12.0 };
    let later = ON.iter().filter(|(point, _)| !first.contains(point));
    let piece = |(point, on): &(&'static str, &'static str)| View {
        points: vec![*point],
        before: with_all_around(on),
        weight: 1.0,
    };
    pages.iter().map(page).chain(later.map(piece)).collect()
}

/// A split point, the one that it is seen on, and so on.
fn with_all_around(point: &'static str) -> Vec<&'static str> {
    let around = |point: &&'static str| ON.iter().find(|(inner, _)| inner == point).map(|(_, on)| *on);
    std::iter::successors(Some(point), around).collect()
}

/// The files that each page needs. A split point that no view has is refused: its weight would be nobody's.
pub(super) fn parts(parts: &Parts) -> Result<Pages> {
    PAGES
        .iter()
        .map(|(path, point)| {
            let mut needed = BTreeSet::new();
            for point in with_all_around(point) {
                let names = parts.needed.get(point);
                needed.extend(names.with_context(|| format!("there is no part `{point}`"))?.iter().cloned());
            }
            Ok(((*path).to_owned(), needed.into_iter().collect()))
        })
        .collect()
}

/// Refuses a split point that is not known here, and one that is known here alone.
pub(super) fn known(parts: &Parts) -> Result<()> {
    let views = views();
    let known: BTreeSet<&str> = views.iter().flat_map(|view| view.points.iter().copied()).collect();
    let there: BTreeSet<&str> = parts.needed.keys().map(String::as_str).collect();
    let odd: Vec<_> = known.symmetric_difference(&there).collect();
    ensure!(odd.is_empty(), "these split points are not both in the program and among the pages: {odd:?}");
    Ok(())
}

/// Reads the list of a finished build.
pub(super) fn read(dist: &Path) -> Result<Pages> {
    Ok(serde_json::from_slice(&std::fs::read(dist.join(LIST))?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_comes_with_what_is_around_it_and_a_piece_after_them() {
        let views = views();
        let of = |point: &str| views.iter().find(|view| view.points[0] == point).unwrap();
        assert_eq!(of("landing").points, ["landing"]);
        assert_eq!(of("connections").points, ["connections", "settings"]);
        assert!(of("connections").before.is_empty());
        assert_eq!(of("policy").points, ["policy"]);
        assert_eq!(of("policy").before, ["drift"]);
        assert!(of("policy").weight < of("drift").weight);
        assert!(views.iter().all(|view| view.points[0] != "settings"), "it comes with its first section");
    }
}
