//! What a section of the file was and will be, item by item.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::Value;
use types::configuration::{OwnershipEntry, PlannedItem, PlannedSection, Section};
use types::expectation::ExpectationPlan;
use types::notification::IncidentMails;
use types::permission::Role;
use types::policy::{Action, Policy};
use types::sensitivity::SensitivityRule;

use crate::sensitivity::words;

/// One item of a list.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Item {
    /// What makes it the same one before and after.
    key: String,
    /// What it is, in words.
    name: String,
    value: Value,
}

impl Item {
    pub(super) fn new(name: String, value: &impl Serialize) -> Self {
        Self { key: name.clone(), name, value: value_of(value) }
    }
}

/// What is made of derived shapes alone always has a JSON.
fn value_of(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// What became of a section.
pub(super) fn section(
    section: Section,
    source: Option<String>,
    before: Vec<Item>,
    after: Vec<Item>,
) -> PlannedSection {
    let mut plan = PlannedSection {
        section,
        source,
        added: Vec::new(),
        changed: Vec::new(),
        removed: Vec::new(),
        unchanged: 0,
    };
    let mut known: HashMap<String, Item> =
        before.iter().map(|item| (item.key.clone(), item.clone())).collect();
    for Item { key, name, value } in after {
        match known.remove(&key) {
            None => plan.added.push(PlannedItem { name, before: None, after: Some(value) }),
            Some(item) if item.value == value => plan.unchanged += 1,
            Some(item) => {
                plan.changed.push(PlannedItem { name, before: Some(item.value), after: Some(value) });
            }
        }
    }
    // In the order in which they were.
    for Item { key, name, value } in before {
        if known.remove(&key).is_some() {
            plan.removed.push(PlannedItem { name, before: Some(value), after: None });
        }
    }
    plan
}

/// Rules of ownership, or words about objects.
pub(super) fn of_ownership(entries: &[OwnershipEntry]) -> Vec<Item> {
    let name = |entry: &OwnershipEntry| entry.path.clone().unwrap_or_else(|| "the whole source".to_owned());
    entries.iter().map(|entry| Item::new(name(entry), entry)).collect()
}

/// Sensitivities of a source and its parts.
pub(super) fn of_sensitivity(rules: &[SensitivityRule]) -> Vec<Item> {
    rules.iter().map(|rule| Item::new(words(&rule.place()), rule)).collect()
}

/// Who is mailed about incidents, by how bad they are.
pub(super) fn of_mails(mails: &IncidentMails) -> Vec<Item> {
    let item =
        |(severity, roles): (&str, &Vec<Role>)| Item::new(format!("mail about {severity} incidents"), roles);
    [("critical", &mails.critical), ("warning", &mails.warning)].map(item).into()
}

/// A policy's rules, accepted changes and migrations. They have no names: what is said otherwise is removed and added.
pub(super) fn of_policy(before: &Policy, after: &Policy, source: Option<String>) -> PlannedSection {
    let mut plan = section(Section::Policy, source, policy_items(before), policy_items(after));
    if before != after && plan.added.is_empty() && plan.removed.is_empty() {
        let (before, after) = (Some(value_of(&before.rules)), Some(value_of(&after.rules)));
        plan.changed.push(PlannedItem { name: "the order of the rules".to_owned(), before, after });
    }
    plan
}

fn policy_items(policy: &Policy) -> Vec<Item> {
    let place = |path: Option<&str>| path.map(|path| format!(" in {path}")).unwrap_or_default();
    let rules = policy.rules.iter().map(|rule| {
        let action = match rule.action {
            Action::Raise => "raise",
            Action::Lower => "lower",
            Action::Ignore => "ignore",
        };
        Item::new(format!("{action} {}{}", rule.kind.as_str(), place(rule.path.as_deref())), rule)
    });
    let accepted = policy.accepted.iter().map(|accepted| {
        Item::new(format!("accepted {} of {}", accepted.kind.as_str(), accepted.path), accepted)
    });
    let migrations = policy.migrations.iter().map(|migration| {
        let (from, until) = (migration.from, migration.until);
        Item::new(
            format!("migration from {from} until {until}{}", place(migration.path.as_deref())),
            migration,
        )
    });
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut items: Vec<Item> = rules.chain(accepted).chain(migrations).collect();
    for item in &mut items {
        // The very same may be there twice.
        let times = seen.entry(item.value.to_string()).or_default();
        *times += 1;
        item.key = format!("{times} {}", item.value);
    }
    items
}

/// What became of a source's expectations.
pub(super) fn of_expectations(plan: ExpectationPlan) -> PlannedSection {
    let sentence = |definition: &types::expectation::ExpectationDefinition| {
        domain::expectation::sentence(&definition.table, &definition.rule)
    };
    PlannedSection {
        section: Section::Expectations,
        source: Some(plan.source),
        added: plan
            .added
            .iter()
            .map(|after| PlannedItem { name: sentence(after), before: None, after: Some(value_of(after)) })
            .collect(),
        changed: plan
            .changed
            .iter()
            .map(|change| PlannedItem {
                name: sentence(&change.after),
                before: Some(value_of(&change.before)),
                after: Some(value_of(&change.after)),
            })
            .collect(),
        removed: plan
            .removed
            .iter()
            .map(|before| PlannedItem { name: sentence(before), before: Some(value_of(before)), after: None })
            .collect(),
        unchanged: plan.unchanged,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str, tag: &str) -> OwnershipEntry {
        OwnershipEntry { path: Some(path.into()), tags: vec![tag.into()], ..OwnershipEntry::default() }
    }

    fn names(items: &[PlannedItem]) -> Vec<&str> {
        items.iter().map(|item| item.name.as_str()).collect()
    }

    #[test]
    fn items_are_paired_by_what_they_are_about() {
        let before = of_ownership(&[entry("a", "x"), entry("b", "x"), entry("c", "x"), entry("d", "x")]);
        let after = of_ownership(&[entry("e", "x"), entry("c", "y"), entry("a", "x")]);
        let plan = section(Section::Ownership, None, before, after);
        assert_eq!((names(&plan.added), names(&plan.changed)), (vec!["e"], vec!["c"]));
        assert_eq!((names(&plan.removed), plan.unchanged), (vec!["b", "d"], 1));
    }

    #[test]
    fn a_policy_in_another_order_is_another_policy() {
        let rule = |path: &str| {
            serde_json::from_value(serde_json::json!({
                "kind": "*", "path": path, "action": "ignore", "reason": "r", "author": "a",
            }))
            .unwrap()
        };
        let policy = |rules| Policy { rules, ..Policy::default() };
        let before = policy(vec![rule("a"), rule("b"), rule("b")]);
        for (after, expected) in [
            (before.clone(), (vec![], vec![], vec![], 3)),
            (
                policy(vec![rule("b"), rule("a"), rule("b")]),
                (vec![], vec!["the order of the rules"], vec![], 3),
            ),
            (policy(vec![rule("a"), rule("b")]), (vec![], vec![], vec!["ignore * in b"], 2)),
            (
                policy(vec![rule("c"), rule("b"), rule("b")]),
                (vec!["ignore * in c"], vec![], vec!["ignore * in a"], 2),
            ),
        ] {
            let plan = of_policy(&before, &after, None);
            let found = (names(&plan.added), names(&plan.changed), names(&plan.removed), plan.unchanged);
            assert_eq!(found, expected);
        }
    }
}
