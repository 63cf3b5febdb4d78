//! For code scanning: SARIF 2.1.0.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use types::change::{Audience, Change, Severity};

use super::one_line;
use crate::summary::headline;

/// The changes as a SARIF 2.1.0 log; each kind of change is a rule, each change a result at its path.
#[must_use]
pub fn sarif(changes: &[Change], audience: Audience) -> String {
    let rules: BTreeMap<&str, Value> = changes
        .iter()
        .map(|change| {
            let name = change.kind.replace(['.', '_'], " ");
            let rule = json!({ "id": change.kind, "shortDescription": { "text": name } });
            (change.kind.as_str(), rule)
        })
        .collect();
    let results: Vec<Value> = changes.iter().map(|change| result(change, audience)).collect();
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
