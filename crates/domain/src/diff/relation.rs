//! Tables and views.

use serde_json::json;
use types::snapshot::{Body, Index, Object, Table, Trigger, View};

use super::comparison::{Comparison, Draft, Subject};
use super::{column, constraint, index, policy};
use crate::severity::{Verdict, relation as rule};
use crate::sql::is_updatable;

/// Whether two relations of equal hash have their columns in another order, which the hash leaves out.
pub(super) fn reordered(old: &Object, new: &Object) -> bool {
    let names = |object: &'_ Object| object.body.columns().len();
    let (before, after) = (old.body.columns(), new.body.columns());
    names(old) != names(new) || before.iter().zip(after).any(|(old, new)| old.name != new.name)
}

/// Compares two tables or views, which may be one of each.
pub(super) fn relation(comparison: &mut Comparison<'_>, old: &Object, new: &Object) {
    let subject = comparison.subject(old);
    if old.body.kind() != new.body.kind() {
        let verdict = match (&old.body, &new.body) {
            (_, Body::Table(_)) => rule::BECAME_TABLE,
            (_, Body::MaterializedView(_)) => rule::BECAME_MATERIALIZED,
            (Body::MaterializedView(_), _) => rule::NO_LONGER_MATERIALIZED,
            (_, Body::View(view))
                if is_updatable(comparison.engine, view, |path| comparison.is_view_now(path)) =>
            {
                rule::BECAME_UPDATABLE_VIEW
            }
            _ => rule::BECAME_VIEW,
        };
        let draft =
            Draft::new(old.body.kind(), "changed", &*new.path).before(old.body.kind()).after(new.body.kind());
        comparison.push(&subject, draft, &[verdict]);
    }
    let reshaped = column::columns(comparison, &subject, old, new);
    match (&old.body, &new.body) {
        (Body::Table(before), Body::Table(after)) => table(comparison, &subject, new, before, after),
        (
            Body::View(before) | Body::MaterializedView(before),
            Body::View(after) | Body::MaterializedView(after),
        ) => {
            view(comparison, &subject, new, (before, after), reshaped);
        }
        _ => {}
    }
    let kind = new.body.kind();
    let (before, after) = (about(&old.body), about(&new.body));
    comparison.comment(kind, &new.path, before.comment, after.comment);
    comparison.owner(kind, &new.path, before.owner, after.owner);
    index::indexes(comparison, &subject, (old, new), before.indexes, after.indexes);
    policy::triggers(comparison, &subject, (old, new), before.triggers, after.triggers);
}

/// What tables and views have alike.
#[derive(Default)]
struct About<'a> {
    comment: Option<&'a str>,
    owner: Option<&'a str>,
    indexes: &'a [Index],
    triggers: &'a [Trigger],
}

fn about(body: &Body) -> About<'_> {
    match body {
        Body::Table(table) => About {
            comment: table.comment.as_deref(),
            owner: table.owner.as_deref(),
            indexes: &table.indexes,
            triggers: &table.triggers,
        },
        Body::View(view) | Body::MaterializedView(view) => About {
            comment: view.comment.as_deref(),
            owner: view.owner.as_deref(),
            indexes: &view.indexes,
            triggers: &view.triggers,
        },
        _ => About::default(),
    }
}

fn table(comparison: &mut Comparison<'_>, subject: &Subject, new: &Object, before: &Table, after: &Table) {
    constraint::constraints(comparison, subject, new, before, after);
    policy::policies(comparison, subject, new, &before.policies, &after.policies);
    let key = |table: &Table| table.partitions.as_ref().map(|partitions| partitions.key.clone());
    let (from, to) = (key(before), key(after));
    let same_key = match (&from, &to) {
        (Some(from), Some(to)) => subject.names.same(comparison.engine, from, to),
        (from, to) => from == to,
    };
    if !same_key {
        let draft = Draft::new("table", "changed", &*new.path)
            .before(json!({ "partitioned_by": from }))
            .after(json!({ "partitioned_by": to }));
        comparison.push(subject, draft, &[rule::PARTITIONING_CHANGED]);
    }
    options(comparison, subject, new, &before.options, &after.options);
}

fn view(
    comparison: &mut Comparison<'_>,
    subject: &Subject,
    new: &Object,
    (before, after): (&View, &View),
    reshaped: bool,
) {
    // Other columns need another query: the columns tell it.
    let same = subject.names.same(comparison.engine, &before.definition, &after.definition);
    if !same && !reshaped {
        let draft = Draft::new(new.body.kind(), "changed", &*new.path)
            .before(&*before.definition)
            .after(&*after.definition);
        comparison.push(subject, draft, &[rule::VIEW_BODY_CHANGED]);
    }
    let sources = |paths: &[String]| -> Vec<String> {
        let mut sources: Vec<String> =
            paths.iter().map(|path| comparison.path_now(path).to_owned()).collect();
        sources.sort_unstable();
        sources
    };
    let [reads, calls] = [&before.depends_on, &before.calls].map(|paths| sources(paths));
    if same && !reshaped && (reads != after.depends_on || calls != after.calls) {
        let facts = |view: &View| {
            let mut facts = json!({ "reads": view.depends_on });
            if !view.calls.is_empty() {
                facts["calls"] = json!(view.calls);
            }
            facts
        };
        let draft =
            Draft::new(new.body.kind(), "changed", &*new.path).before(facts(before)).after(facts(after));
        comparison.push(subject, draft, &[rule::VIEW_SOURCES_CHANGED]);
    }
    options(comparison, subject, new, &before.options, &after.options);
}

fn options(
    comparison: &mut Comparison<'_>,
    subject: &Subject,
    new: &Object,
    before: &[String],
    after: &[String],
) {
    let is_table = matches!(new.body, Body::Table(_));
    let on = after.iter().filter(|option| !before.contains(option));
    let off = before.iter().filter(|option| !after.contains(option));
    let verdicts: Vec<Verdict> = on
        .map(|option| option_verdict(is_table, option, true))
        .chain(off.map(|option| option_verdict(is_table, option, false)))
        .collect();
    let draft = Draft::new(new.body.kind(), "changed", &*new.path)
        .before(json!({ "options": before }))
        .after(json!({ "options": after }));
    comparison.push(subject, draft, &verdicts);
}

fn option_verdict(is_table: bool, option: &str, on: bool) -> Verdict {
    match (is_table, option.contains("row_level_security"), on) {
        (true, true, true) => rule::ROW_SECURITY_ON,
        (true, true, false) => rule::ROW_SECURITY_OFF,
        (true, false, _) => rule::OPTIONS_CHANGED,
        (false, ..) => rule::VIEW_OPTIONS_CHANGED,
    }
}
