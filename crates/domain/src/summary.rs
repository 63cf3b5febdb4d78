//! Counts over changes, and what a drift says in one sentence.

use std::collections::BTreeSet;

use types::change::{Audience, Change, ChangeSummary, DiffReport, Severity};

/// Whether any change breaks the audience.
#[must_use]
pub fn is_breaking(changes: &[Change], audience: Audience) -> bool {
    changes.iter().any(|change| change.severity(audience) == Severity::Breaking)
}

/// The highest severity for the audience; `None` without changes.
#[must_use]
pub fn highest(changes: &[Change], audience: Audience) -> Option<Severity> {
    changes.iter().map(|change| change.severity(audience)).max()
}

/// Counts the changes, by severity for the audience and by kind.
#[must_use]
pub fn summary(changes: &[Change], audience: Audience) -> ChangeSummary {
    let mut summary = ChangeSummary::default();
    let mut columns = BTreeSet::new();
    for change in changes {
        summary.total += 1;
        *match change.severity(audience) {
            Severity::Breaking => &mut summary.breaking,
            Severity::PotentiallyBreaking => &mut summary.potentially_breaking,
            Severity::Safe => &mut summary.safe,
            Severity::Info => &mut summary.info,
        } += 1;
        match change.kind.as_str() {
            "table.added" => summary.tables_added += 1,
            "table.dropped" => summary.tables_removed += 1,
            "column.type_changed" => summary.type_changes += 1,
            _ => {}
        }
        if change.object() == "column" && !matches!(change.verb(), "added" | "dropped") {
            columns.insert(change.path.as_str());
        }
        *summary.by_kind.entry(change.kind.clone()).or_default() += 1;
    }
    summary.columns_modified = u32::try_from(columns.len()).unwrap_or(u32::MAX);
    summary
}

/// What `bastion diff --format json` prints.
#[must_use]
pub fn report(changes: Vec<Change>, audience: Audience) -> DiffReport {
    DiffReport { breaking: is_breaking(&changes, audience), summary: summary(&changes, audience), changes }
}

/// One sentence for a list of drifts: "Dropped column public.film.length and 2 other changes; 1 breaking".
#[must_use]
pub fn sentence(changes: &[Change]) -> String {
    // The first of the worst, so that the sentence names what matters most.
    let worst = highest(changes, Audience::Both);
    let Some(first) = changes.iter().find(|change| Some(change.severity(Audience::Both)) == worst) else {
        return "No changes".into();
    };
    let mut text = headline(first);
    match changes.len() - 1 {
        0 => {}
        1 => text.push_str(" and 1 other change"),
        others => text.push_str(&format!(" and {others} other changes")),
    }
    let count =
        |severity| changes.iter().filter(|change| change.severity(Audience::Both) == severity).count();
    match (count(Severity::Breaking), count(Severity::PotentiallyBreaking)) {
        (0, 0) => {}
        (0, potentially) => text.push_str(&format!("; {potentially} potentially breaking")),
        (breaking, _) => text.push_str(&format!("; {breaking} breaking")),
    }
    text
}

/// A change in a few words, without its reason: "Dropped column public.film.length".
#[must_use]
pub fn headline(change: &Change) -> String {
    let object = change.object().replace('_', " ");
    let path = &change.path;
    match (change.verb(), &change.old_path) {
        ("added", _) => format!("Added {object} {path}"),
        ("dropped", _) => format!("Dropped {object} {path}"),
        ("renamed", Some(old)) => format!("Renamed {object} {old} to {path}"),
        ("changed", _) => format!("Changed {object} {path}"),
        ("moved", _) => format!("Moved {object} {path}"),
        ("value_added", _) => format!("Added value {} to {object} {path}", shown(&change.after)),
        ("value_removed", _) => format!("Removed value {} from {object} {path}", shown(&change.before)),
        ("value_renamed", _) => {
            format!("Renamed value {} of {object} {path} to {}", shown(&change.before), shown(&change.after))
        }
        ("value_moved", _) => format!("Moved value {} of {object} {path}", shown(&change.before)),
        ("nullability_changed", _) if change.after == false => format!("Made {object} {path} NOT NULL"),
        ("nullability_changed", _) => format!("Made {object} {path} nullable"),
        (verb, _) => {
            let what = verb.strip_suffix("_changed").unwrap_or(verb).replace('_', " ");
            format!("Changed {what} of {object} {path}")
        }
    }
}

/// A value of `before` or `after` as a person reads it: texts bare, lists joined, members named.
pub(crate) fn shown(value: &serde_json::Value) -> String {
    use serde_json::Value;
    match value {
        Value::Null => "none".into(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(", "),
        Value::Object(members) => members
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| format!("{}: {}", name.replace('_', " "), shown(value)))
            .collect::<Vec<_>>()
            .join("; "),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}
