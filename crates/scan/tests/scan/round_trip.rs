//! Changes of real databases, told exactly: each one is made, what was there before and after is scanned, and nothing else
//! may be found between the two scans. What means the same, however it was written or came about, is no change.
//!
//! The changes lie in `fixtures/changes`, a folder an engine, a change a paragraph, with what has to be told above it.

mod mariadb;
mod postgres;
mod sqlite;

use std::fmt::Write as _;

use domain::canonicalize;
use types::change::Change;
use types::snapshot::Snapshot;

use super::*;

/// A change, and what has to be told of it.
struct Case {
    /// The first major release that knows the statement.
    since: u32,
    sql: &'static str,
    /// In place, where the database's own ids tell, if it has any.
    told: Vec<&'static str>,
    /// Between two databases, by names alone.
    by_names: Vec<&'static str>,
}

/// The paragraphs of a file; one of comments alone is no case.
fn cases(file: &'static str) -> Vec<Case> {
    paragraphs(file).filter_map(Case::read).collect()
}

fn paragraphs(file: &'static str) -> impl Iterator<Item = &'static str> {
    file.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty())
}

impl Case {
    fn read(paragraph: &'static str) -> Option<Self> {
        let start =
            paragraph.lines().take_while(|line| line.starts_with("-- ")).map(|line| line.len() + 1).sum();
        let sql = paragraph.get(start..)?;
        let lines = || paragraph.get(..start).into_iter().flat_map(str::lines);
        let lines = || lines().filter_map(|line| line.strip_prefix("-- ")).filter(|line| *line != "nothing");
        let release = |line: &str| line.strip_prefix("from release ")?.strip_suffix(" on")?.parse().ok();
        let since = lines().find_map(release).unwrap_or_default();
        let lines = || lines().filter(|line| release(line).is_none());
        let told: Vec<_> = lines().filter(|line| !line.starts_with("by names: ")).collect();
        let by_names: Vec<_> = lines().filter_map(|line| line.strip_prefix("by names: ")).collect();
        let by_names = if by_names.is_empty() { told.clone() } else { by_names };
        Some(Self { since, sql, told, by_names })
    }

    /// What was told otherwise than it has to be; empty if nothing was.
    fn faults(&self, before: &Snapshot, elsewhere: &Snapshot, after: &Snapshot) -> String {
        let mut faults = String::new();
        let ways = [("in place", before, &self.told), ("by names", elsewhere, &self.by_names)];
        for (way, before, expected) in ways {
            let mut found = lines(before, after);
            found.sort();
            let mut expected = expected.clone();
            expected.sort_unstable();
            if found != expected {
                let _ = write!(faults, "\n{}\n  {way} expected {expected:#?}, found {found:#?}\n", self.sql);
            }
        }
        faults
    }

    /// What the fingerprint misses: what is told has to move it.
    fn unmoved(&self, before: &str, after: &str) -> String {
        let is_told = !self.told.is_empty() || !self.by_names.is_empty();
        if is_told && before == after {
            return format!("\n{}\n  did not move the fingerprint\n", self.sql);
        }
        String::new()
    }
}

/// Both of what means the same: what is before the line with the equals sign, and what is after it.
fn same(file: &'static str) -> Vec<(&'static str, &'static str)> {
    paragraphs(file).filter_map(|paragraph| paragraph.split_once("\n-- =\n")).collect()
}

/// What the names of a copy end in, where many copies of what is changed lie in one database.
fn mark(copy: usize) -> String {
    format!("_c{copy:03}")
}

/// One copy alone, with the names that the statements have.
fn only(copy: usize, snapshot: &Snapshot, is_of: impl Fn(&Object, &str) -> bool) -> Snapshot {
    let mark = mark(copy);
    let objects = snapshot.objects.iter().filter(|object| is_of(object, &mark)).cloned().collect();
    let text = serde_json::to_string(&Snapshot { header: snapshot.header.clone(), objects }).unwrap();
    canonicalize(serde_json::from_str(&text.replace(&mark, "")).unwrap())
}

fn lines(before: &Snapshot, after: &Snapshot) -> Vec<String> {
    domain::diff(before, after, None).iter().map(line).collect()
}

/// A change in a line: its kind and path, the old path of what was renamed, and values that are short.
fn line(change: &Change) -> String {
    let mut text = format!("{} {}", change.kind, change.path);
    if let Some(old) = &change.old_path {
        let _ = write!(text, " from {old}");
        return text;
    }
    let short = |value: &serde_json::Value| !value.is_object() && !value.is_array();
    let verb = change.verb();
    let shown =
        verb.ends_with("_changed") || verb == "changed" || verb == "value_added" || verb == "value_renamed";
    // Whole statements.
    let long = verb == "changed" && matches!(change.object(), "view" | "materialized_view" | "trigger");
    if shown && !long && short(&change.before) && short(&change.after) {
        let _ = write!(text, ": {} to {}", change.before, change.after);
    }
    text
}

/// No fault of any case may be left.
fn assert_none(faults: &[String]) {
    let wrong = faults.iter().filter(|faults| !faults.is_empty()).count();
    assert!(wrong == 0, "{wrong} of {} are told otherwise:\n{}", faults.len(), faults.concat());
}

/// Neither is a change of the other.
fn assert_same(one: &Snapshot, other: &Snapshot) {
    assert_eq!([lines(one, other), lines(other, one)].concat(), Vec::<String>::new());
}
