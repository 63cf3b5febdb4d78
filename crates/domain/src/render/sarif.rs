//! For code scanning: SARIF 2.1.0.
//!
//! GitHub refuses a whole log when one result of it has no file, and tells alerts apart by `primaryLocationLineHash`: the
//! results are shown in the file of a snapshot, at the line of their object, and have fingerprints that do not depend on
//! lines.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};
use types::change::{Audience, Change, Severity};

use super::one_line;
use crate::summary::headline;

/// The file at which code scanning shows the changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact<'a> {
    /// Relative to the root of the repository, as a URI.
    pub uri: String,
    /// Of a snapshot with one member on a line, as the agent prints it: tells the lines of the objects. Without it, or in
    /// another form, the first line stands for all.
    pub text: Option<&'a str>,
}

/// The changes as a SARIF 2.1.0 log; each kind of change is a rule, each change a result at its path.
#[must_use]
pub fn sarif(changes: &[Change], audience: Audience, artifact: &Artifact<'_>) -> String {
    let rules: BTreeMap<&str, Value> = changes
        .iter()
        .map(|change| {
            let name = change.kind.replace(['.', '_'], " ");
            let rule = json!({ "id": change.kind, "shortDescription": { "text": name } });
            (change.kind.as_str(), rule)
        })
        .collect();
    let lines = artifact.text.map(lines).unwrap_or_default();
    let mut alike: HashMap<String, usize> = HashMap::new();
    let results: Vec<Value> = changes
        .iter()
        .map(|change| {
            let mut result = result(change, audience);
            let hash = fingerprint(change);
            let count = alike.entry(hash.clone()).and_modify(|count| *count += 1).or_insert(1);
            result["partialFingerprints"] = json!({ "primaryLocationLineHash": format!("{hash}:{count}") });
            let place = json!({
                "artifactLocation": { "uri": artifact.uri },
                "region": { "startLine": line_of(change, &lines) },
            });
            result["locations"][0]["physicalLocation"] = place;
            result
        })
        .collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "bastion", "rules": rules.into_values().collect::<Vec<_>>() } },
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

fn result(change: &Change, audience: Audience) -> Value {
    let level = match change.severity(audience) {
        Severity::Breaking => "error",
        Severity::PotentiallyBreaking => "warning",
        Severity::Safe | Severity::Info => "note",
    };
    let mut message = vec![format!("{}.", one_line(&headline(change))), change.reason.clone()];
    message.extend(change.notes().map(one_line));
    json!({
        "ruleId": change.kind,
        "level": level,
        "message": { "text": message.join(" ") },
        "locations": [{
            "logicalLocations": [{ "fullyQualifiedName": change.path, "kind": change.object() }],
        }],
        "properties": {
            "readers": change.readers,
            "writers": change.writers,
            "codes": change.codes,
            "flags": change.flags,
        },
    })
}

/// What makes it the same alert in the next log: its kind and its place, whatever moves in the file. Several values of one
/// enum may have come or gone: those are told apart by their number.
fn fingerprint(change: &Change) -> String {
    let parts = [change.kind.as_str(), &change.path, change.old_path.as_deref().unwrap_or_default()];
    let hash = blake3::hash(parts.join("\0").as_bytes()).to_hex();
    hash[..16].to_owned()
}

/// The lines, from 1, on which objects say their paths.
fn lines(text: &str) -> HashMap<String, usize> {
    let mut lines = HashMap::new();
    for (line, content) in (1..).zip(text.lines()) {
        let value = content.trim().strip_prefix("\"path\":").map(|value| value.trim().trim_end_matches(','));
        if let Some(path) = value.and_then(|value| serde_json::from_str(value).ok()) {
            lines.entry(path).or_insert(line);
        }
    }
    lines
}

/// The line of the object that the change is about or in, or of what that is in.
fn line_of(change: &Change, lines: &HashMap<String, usize>) -> usize {
    let paths = [Some(change.path.as_str()), change.old_path.as_deref()];
    let around = |path: &'_ str| -> Option<usize> {
        let ends = path.match_indices('.').map(|(end, _)| end).chain([path.len()]).collect::<Vec<_>>();
        ends.into_iter().rev().find_map(|end| lines.get(&path[..end]).copied())
    };
    paths.into_iter().flatten().find_map(around).unwrap_or(1)
}
