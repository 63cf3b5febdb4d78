//! Which modules lie in one file.
//!
//! The more pages and pieces have a part of their own, the more sets of them share something, and each such set has a
//! module for it: hundreds, most of them tiny. A file for each would be as many requests, and one file for all would be
//! mostly what a page does not need. So a file has what the same views need, and two files become one where that spares
//! more, as bytes compress better beside others and a request has a price too, than what a view did not need costs it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context as _, Result};
use wasmparser::{Parser, Payload};

use super::merge::merge;
use super::pages::{self, View};
use super::split::Parts;

/// How many compressed bytes one request less is worth.
const REQUEST: f64 = 1_500.0;

/// What a file costs that has so many bytes before they are optimised and compressed. The more there are, the less each
/// weighs: from 0.43 of its size in a file of 10 kB to 0.31 in one of 500 kB, as measured.
#[expect(clippy::cast_precision_loss, reason = "no file is so large")]
fn cost(bytes: u64) -> f64 {
    (bytes as f64 * 0.88).powf(0.913) + REQUEST
}

/// Modules in one file.
#[derive(Debug, PartialEq, Eq)]
struct File {
    /// A bit for each view that needs it.
    views: u64,
    bytes: u64,
    modules: Vec<String>,
    /// Whether there is no other that it is worth joining with.
    alone: bool,
}

/// Joins the parts' modules and has `needed` name the files instead.
pub(super) fn group(parts: &mut Parts, work: &Path) -> Result<()> {
    pages::known(parts)?;
    let views = pages::views();
    let mut modules = BTreeMap::new();
    for name in &parts.names {
        modules.insert(name.clone(), std::fs::read(work.join(format!("{name}.wasm")))?);
    }
    let mut files = Vec::new();
    for (name, bytes) in &modules {
        let points = parts.needed.iter().filter(|(_, needed)| needed.contains(name));
        let users: BTreeSet<&str> = points.map(|(point, _)| point.as_str()).collect();
        // One that nobody needs has nothing in it.
        if !users.is_empty() {
            let (views, bytes) = (seen_by(&users, &views), size(bytes)?);
            files.push(File { views, bytes, modules: vec![name.clone()], alone: false });
        }
    }
    let files = joined(files, &views.iter().map(|view| view.weight).collect::<Vec<_>>());
    let mut places = BTreeMap::new();
    parts.names.clear();
    for (number, file) in files.iter().enumerate() {
        let own = file.modules.iter().find(|name| name.starts_with("split_"));
        let name = own.cloned().unwrap_or_else(|| format!("shared_{number}"));
        let inside: Vec<&[u8]> = file.modules.iter().map(|name| modules[name].as_slice()).collect();
        let merged = merge(&inside).with_context(|| format!("the modules of {name} could not be joined"))?;
        std::fs::write(work.join(format!("{name}.wasm")), merged)?;
        places.extend(file.modules.iter().map(|module| (module.clone(), name.clone())));
        parts.names.push(name);
    }
    for needed in parts.needed.values_mut() {
        let files: BTreeSet<_> = needed.iter().map(|module| places[module].clone()).collect();
        *needed = files.into_iter().collect();
    }
    Ok(())
}

/// The views that need what these split points share, and do not have it from before.
fn seen_by(users: &BTreeSet<&str>, views: &[View]) -> u64 {
    let uses = |points: &[&str]| points.iter().any(|point| users.contains(point));
    let needs = |view: &View| uses(&view.points) && !uses(&view.before);
    views.iter().enumerate().map(|(bit, view)| u64::from(needs(view)) << bit).sum()
}

/// What a module has for the browser to keep.
fn size(module: &[u8]) -> Result<u64> {
    let mut size = 0;
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::CodeSectionStart { range, .. } => size += range.end - range.start,
            Payload::DataSection(section) => size += section.range().end - section.range().start,
            Payload::ElementSection(section) => size += section.range().end - section.range().start,
            _ => {}
        }
    }
    Ok(size)
}

/// Joins files for as long as it is worth it, the smallest first.
fn joined(files: Vec<File>, weights: &[f64]) -> Vec<File> {
    let weight = |views: u64| -> f64 {
        weights.iter().enumerate().filter(|(bit, _)| (views >> bit) & 1 == 1).map(|(_, weight)| weight).sum()
    };
    let gain = |one: &File, other: &File| {
        let (first, second, both) = (cost(one.bytes), cost(other.bytes), cost(one.bytes + other.bytes));
        let spared = (first + second - both) * weight(one.views & other.views);
        let for_nothing = (both - first) * weight(one.views & !other.views)
            + (both - second) * weight(other.views & !one.views);
        Some(spared - for_nothing).filter(|gain| *gain > 0.0)
    };
    let mut alike: BTreeMap<u64, File> = BTreeMap::new();
    for file in files {
        match alike.get_mut(&file.views) {
            Some(same) => same.take(file),
            None => drop(alike.insert(file.views, file)),
        }
    }
    let mut files: Vec<File> = alike.into_values().collect();
    loop {
        let open = files.iter().enumerate().filter(|(_, file)| !file.alone);
        let Some((place, _)) = open.min_by_key(|(_, file)| (file.bytes, &file.modules)) else { break };
        let mut file = files.swap_remove(place);
        let gains = files.iter().enumerate().filter_map(|(place, other)| Some((gain(&file, other)?, place)));
        match gains.max_by(|one, other| one.0.total_cmp(&other.0)) {
            Some((_, place)) => files[place].take(file),
            None => {
                file.alone = true;
                files.push(file);
            }
        }
    }
    files.sort_by(|one, other| one.modules.cmp(&other.modules));
    files
}

impl File {
    fn take(&mut self, other: Self) {
        self.views |= other.views;
        self.bytes += other.bytes;
        self.modules.extend(other.modules);
        self.modules.sort();
        self.alone = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, views: u64, bytes: u64) -> File {
        File { views, bytes, modules: vec![name.to_owned()], alone: false }
    }

    #[test]
    fn files_are_joined_where_requests_cost_more_than_bytes() {
        let names = |files: Vec<File>| -> Vec<Vec<String>> {
            joined(files, &[4.0, 4.0, 4.0, 1.0]).into_iter().map(|file| file.modules).collect()
        };
        // The same views.
        assert_eq!(names(vec![file("a", 0b11, 90_000), file("b", 0b11, 90_000)]), [["a", "b"]]);
        // No view in common.
        assert_eq!(names(vec![file("a", 0b01, 10), file("b", 0b10, 10)]), [["a"], ["b"]]);
        // A little for nothing, and too much of it.
        assert_eq!(names(vec![file("a", 0b011, 90_000), file("b", 0b001, 5_000)]), [["a", "b"]]);
        assert_eq!(names(vec![file("a", 0b011, 90_000), file("b", 0b001, 40_000)]), [["a"], ["b"]]);
        // A piece that is fetched later counts less.
        assert_eq!(names(vec![file("a", 0b1001, 90_000), file("b", 0b0001, 40_000)]), [["a", "b"]]);
        // What became one file is looked at again.
        let three = vec![file("a", 0b111, 9_000), file("b", 0b011, 2_000), file("c", 0b110, 1_000)];
        assert_eq!(names(three), [["a", "b", "c"]]);
    }

    #[test]
    fn what_is_there_already_is_not_needed_again() {
        let views = [
            View { points: vec!["drift", "dashboard"], before: vec![], weight: 12.0 },
            View { points: vec!["agents", "dashboard"], before: vec![], weight: 12.0 },
            View { points: vec!["policy"], before: vec!["drift", "dashboard"], weight: 1.0 },
        ];
        for (users, seen) in [
            (&["dashboard", "policy"][..], 0b011),
            (&["drift", "policy"], 0b001),
            (&["agents", "policy"], 0b110),
            (&["policy"], 0b100),
        ] {
            assert_eq!(seen_by(&users.iter().copied().collect(), &views), seen, "{users:?}");
        }
    }
}
