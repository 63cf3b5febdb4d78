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
        summary.quiet += u32::from(change.quiet().is_some());
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
        (0, 0) => match changes.iter().filter(|change| change.quiet().is_some()).count() {
            0 => {}
            quiet if quiet == changes.len() => text.push_str("; quiet by policy"),
            quiet => text.push_str(&format!("; {quiet} quiet by policy")),
        },
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
        Value::Object(members) => {
            // Sorted here: the map's own order depends on a feature that another crate may switch on.
            let mut parts: Vec<String> = members
                .iter()
                .filter(|(_, value)| {
                    !value.is_null() && value.as_array().is_none_or(|items| !items.is_empty())
                })
                .map(|(name, value)| format!("{}: {}", name.replace('_', " "), shown(value)))
                .collect();
            parts.sort_unstable();
            parts.join("; ")
        }
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use types::snapshot::Engine;

    use super::*;
    use crate::diff;
    use crate::fixture::{column, snapshot, table, with_default};

    fn changes() -> Vec<Change> {
        let old = vec![
            table("public.film", vec![column("id", "integer"), column("length", "integer")]),
            table("public.old", vec![]),
        ];
        let new = vec![
            table("public.film", vec![with_default(column("id", "bigint"), "0")]),
            table("public.new", vec![]),
        ];
        let of = |objects| snapshot(Engine::Postgres, objects);
        diff(&of(old), &of(new), None)
    }

    #[test]
    fn changes_are_counted_by_kind_and_severity() {
        let summary = summary(&changes(), Audience::Both);
        let expected = ChangeSummary {
            total: 5,
            breaking: 2,
            potentially_breaking: 1,
            safe: 2,
            info: 0,
            tables_added: 1,
            tables_removed: 1,
            columns_modified: 1,
            type_changes: 1,
            quiet: 0,
            by_kind: [
                "column.default_changed",
                "column.dropped",
                "column.type_changed",
                "table.added",
                "table.dropped",
            ]
            .map(|kind| (kind.to_owned(), 1))
            .into(),
        };
        assert_eq!(summary, expected);
    }

    #[test]
    fn an_audience_is_broken_by_what_concerns_it() {
        let old = snapshot(Engine::Postgres, vec![table("public.t", vec![])]);
        let new = snapshot(Engine::Postgres, vec![table("public.t", vec![column("c", "integer!")])]);
        let changes = diff(&old, &new, None);
        for (audience, breaking) in
            [(Audience::Readers, false), (Audience::Writers, true), (Audience::Both, true)]
        {
            assert_eq!(is_breaking(&changes, audience), breaking, "{audience:?}");
            assert_eq!(report(changes.clone(), audience).breaking, breaking);
        }
    }

    #[test]
    fn a_drift_is_told_in_one_sentence() {
        let all = changes();
        assert_eq!(sentence(&[]), "No changes");
        assert_eq!(sentence(&all), "Dropped column public.film.length and 4 other changes; 2 breaking");
        let safe: Vec<Change> = all.into_iter().filter(|change| change.verb() == "added").collect();
        assert_eq!(sentence(&safe), "Added table public.new");
        let mut quiet = changes();
        for change in &mut quiet {
            crate::policy::hush(change, types::change::Quieting::Expected, String::new());
        }
        assert!(sentence(&quiet).ends_with(" and 4 other changes; quiet by policy"), "{}", sentence(&quiet));
        assert_eq!((summary(&quiet, Audience::Both).quiet, is_breaking(&quiet, Audience::Both)), (5, false));
    }
}
