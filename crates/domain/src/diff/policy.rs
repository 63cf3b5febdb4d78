//! Row-level policies and triggers.

use serde_json::{Value, json};
use types::snapshot::{Object, Policy, Trigger};

use super::comparison::{Comparison, Subject};
use super::constraint::{Sides, come_and_go, renamed};
use super::part::pair;
use crate::severity::relation as rule;
use crate::sql::rewrite::Names;

pub(super) fn policies(
    comparison: &mut Comparison<'_>,
    subject: &Subject,
    new: &Object,
    before: &[Policy],
    after: &[Policy],
) {
    let sides = Sides { subject, new };
    let engine = comparison.engine;
    let same = |old: &Policy, new: &Policy| {
        let condition = |old: &Option<String>, new: &Option<String>| match (old, new) {
            (Some(old), Some(new)) => subject.names.same(engine, old, new),
            (old, new) => old == new,
        };
        (&old.command, old.permissive, &old.roles) == (&new.command, new.permissive, &new.roles)
            && condition(&old.using, &new.using)
            && condition(&old.check, &new.check)
    };
    let policies = pair(before, after, comparison.same_database, same);
    let verdicts = (rule::POLICY_ADDED, rule::POLICY_DROPPED);
    come_and_go(comparison, &sides, "policy", &policies, verdicts, facts);
    for (old, new) in policies.pairs {
        renamed(comparison, &sides, "policy", old, new, rule::TRIGGER_RENAMED);
        if !same(old, new) {
            let draft = sides.draft("policy", "changed", &new.name, &[]);
            comparison.push(subject, draft.before(facts(old)).after(facts(new)), &[rule::POLICY_CHANGED]);
        }
        let path = sides.path(&new.name, &[]);
        comparison.comment("policy", &path, old.comment.as_deref(), new.comment.as_deref());
    }
}

fn facts(policy: &Policy) -> Value {
    json!({
        "command": policy.command,
        "permissive": policy.permissive,
        "roles": policy.roles,
        "using": policy.using,
        "check": policy.check,
    })
}

pub(super) fn triggers(
    comparison: &mut Comparison<'_>,
    subject: &Subject,
    (_, new): (&Object, &Object),
    before: &[Trigger],
    after: &[Trigger],
) {
    let sides = Sides { subject, new };
    let engine = comparison.engine;
    // A trigger's statement holds its own name.
    let same = |old: &Trigger, new: &Trigger| {
        let mut own = Names::default();
        own.insert(&old.name, &new.name);
        let names = subject.names.with(&own);
        names.same(engine, &old.definition, &new.definition)
    };
    let triggers = pair(before, after, comparison.same_database, same);
    let verdicts = (rule::TRIGGER_ADDED, rule::TRIGGER_DROPPED);
    come_and_go(comparison, &sides, "trigger", &triggers, verdicts, |trigger| json!(trigger.definition));
    for (old, new) in triggers.pairs {
        renamed(comparison, &sides, "trigger", old, new, rule::TRIGGER_RENAMED);
        if !same(old, new) {
            let draft = sides.draft("trigger", "changed", &new.name, &[]);
            let draft = draft.before(&*old.definition).after(&*new.definition);
            comparison.push(subject, draft, &[rule::TRIGGER_CHANGED]);
        }
        if old.enabled != new.enabled {
            let verdict = if new.enabled { rule::TRIGGER_ENABLED } else { rule::TRIGGER_DISABLED };
            let draft = sides.draft("trigger", "changed", &new.name, &[]);
            let draft =
                draft.before(json!({ "enabled": old.enabled })).after(json!({ "enabled": new.enabled }));
            comparison.push(subject, draft, &[verdict]);
        }
        let path = sides.path(&new.name, &[]);
        comparison.comment("trigger", &path, old.comment.as_deref(), new.comment.as_deref());
    }
}
