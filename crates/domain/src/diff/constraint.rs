//! Keys, references and conditions of a table.

use serde_json::{Value, json};
use types::snapshot::{Check, ForeignKey, Key, Object, Table, path_of};

use super::comparison::{Comparison, Draft, Subject};
use super::part::{Part, Parts, pair};
use crate::severity::{Verdict, constraint as rule};

pub(super) fn constraints(
    comparison: &mut Comparison<'_>,
    subject: &Subject,
    new: &Object,
    before: &Table,
    after: &Table,
) {
    let ids = comparison.same_database;
    let sides = Sides { subject, new };
    let (from, to) = (&before.primary_key, &after.primary_key);
    let keys = match (from, to) {
        (Some(from), Some(to)) => Parts { pairs: vec![(from, to)], dropped: Vec::new(), added: Vec::new() },
        _ => Parts { pairs: Vec::new(), dropped: from.iter().collect(), added: to.iter().collect() },
    };
    self::keys(comparison, &sides, "primary_key", &keys);
    let uniques = pair(&before.uniques, &after.uniques, ids, |old, new| {
        renamed_columns(subject, &old.columns) == new.columns
    });
    self::keys(comparison, &sides, "unique", &uniques);
    foreign_keys(comparison, &sides, &before.foreign_keys, &after.foreign_keys);
    checks(comparison, &sides, ("check", &CHECK_RULES), &before.checks, &after.checks);
    let engine = comparison.engine;
    let exclusions = pair(&before.exclusions, &after.exclusions, ids, |old, new| {
        subject.names.same(engine, &old.definition, &new.definition)
    });
    come_and_go(
        comparison,
        &sides,
        "exclusion",
        &exclusions,
        (rule::EXCLUSION_ADDED, rule::EXCLUSION_DROPPED),
        |exclusion| json!(exclusion.definition),
    );
    for (old, now) in exclusions.pairs {
        renamed(comparison, &sides, "exclusion", old, now, rule::RENAMED);
        if !subject.names.same(engine, &old.definition, &now.definition) {
            let draft = sides.draft("exclusion", "changed", now.name(), &[]);
            let draft = draft.before(&*old.definition).after(&*now.definition);
            comparison.push(subject, draft, &[rule::EXCLUSION_CHANGED]);
        }
        let path = sides.path(now.name(), &[]);
        comparison.comment("exclusion", &path, old.comment.as_deref(), now.comment.as_deref());
    }
}

/// The table to which the parts belong.
pub(super) struct Sides<'a> {
    pub(super) subject: &'a Subject,
    pub(super) new: &'a Object,
}

impl Sides<'_> {
    /// The address of a part.
    pub(super) fn path(&self, name: &str, columns: &[String]) -> String {
        part_of(&self.new.path, name, columns)
    }

    pub(super) fn draft<'d>(
        &self,
        object: &'d str,
        verb: &'d str,
        name: &str,
        columns: &[String],
    ) -> Draft<'d> {
        Draft::new(object, verb, self.path(name, columns))
    }

    /// A part that is gone. It is called as it was, in a table that is called otherwise now as well: like a dropped
    /// column, it stands in the old snapshot only, and is looked for there.
    pub(super) fn dropped<'d>(&self, object: &'d str, name: &str, columns: &[String]) -> Draft<'d> {
        Draft::new(object, "dropped", part_of(&self.subject.old_path, name, columns))
    }
}

/// One without a name goes by its columns.
fn part_of(table: &str, name: &str, columns: &[String]) -> String {
    let last = if name.is_empty() { format!("({})", columns.join(", ")) } else { path_of(&[name]) };
    format!("{table}.{last}")
}

/// Reports added and dropped parts.
pub(super) fn come_and_go<T: Part>(
    comparison: &mut Comparison<'_>,
    sides: &Sides<'_>,
    object: &str,
    parts: &Parts<'_, T>,
    (added, dropped): (Verdict, Verdict),
    show: impl Fn(&T) -> Value,
) {
    for part in &parts.dropped {
        let draft = sides.dropped(object, part.name(), &[]).before(show(part));
        comparison.push(sides.subject, draft, &[dropped]);
    }
    for part in &parts.added {
        let draft = sides.draft(object, "added", part.name(), &[]).after(show(part));
        comparison.push(sides.subject, draft, &[added]);
    }
}

/// Reports another name, unless there is none or it only follows the table's.
pub(super) fn renamed<T: Part>(
    comparison: &mut Comparison<'_>,
    sides: &Sides<'_>,
    object: &str,
    old: &T,
    new: &T,
    verdict: Verdict,
) {
    let (from, to) = (old.name(), new.name());
    if from == to || from.is_empty() || to.is_empty() || follows_table(sides, from, to) {
        return;
    }
    let draft = sides
        .draft(object, "renamed", to, &[])
        .renamed_from(format!("{}.{}", sides.subject.old_path, path_of(&[from])))
        .before(from)
        .after(to);
    comparison.push(sides.subject, draft, &[verdict]);
}

/// MySQL renames `film_ibfk_1` with its table.
fn follows_table(sides: &Sides<'_>, from: &str, to: &str) -> bool {
    let old = sides.subject.old_path.rsplit('.').next().unwrap_or_default();
    let new = sides.new.parts.last().map_or("", String::as_str);
    !old.is_empty() && old != new && from.replacen(old, new, 1) == to
}

pub(super) fn renamed_columns(subject: &Subject, columns: &[String]) -> Vec<String> {
    columns.iter().map(|column| subject.names.of(column).to_owned()).collect()
}

fn same_set(old: &[String], new: &[String]) -> bool {
    old.len() == new.len() && old.iter().all(|column| new.contains(column))
}

fn keys(comparison: &mut Comparison<'_>, sides: &Sides<'_>, object: &str, keys: &Parts<'_, Key>) {
    let primary = object == "primary_key";
    let (added, dropped, changed) = if primary {
        (rule::PRIMARY_KEY_ADDED, rule::PRIMARY_KEY_DROPPED, rule::PRIMARY_KEY_CHANGED)
    } else {
        (rule::UNIQUE_ADDED, rule::UNIQUE_DROPPED, rule::UNIQUE_CHANGED)
    };
    for key in &keys.dropped {
        let draft = sides.dropped(object, &key.name, &key.columns).before(json!(key.columns));
        comparison.push(sides.subject, draft, &[dropped]);
    }
    for key in &keys.added {
        let draft = sides.draft(object, "added", &key.name, &key.columns).after(json!(key.columns));
        comparison.push(sides.subject, draft, &[added]);
    }
    for (old, new) in &keys.pairs {
        renamed(comparison, sides, object, *old, *new, rule::RENAMED);
        let before = renamed_columns(sides.subject, &old.columns);
        let mut verdicts = Vec::new();
        if !same_set(&before, &new.columns) || old.without_overlaps != new.without_overlaps {
            verdicts.push(changed);
        } else if before != new.columns {
            verdicts.push(rule::INDEX_CHANGED);
        }
        if old.nulls_not_distinct != new.nulls_not_distinct {
            verdicts.push(rule::NULLS_DISTINCT_CHANGED);
        }
        if !same_set(&renamed_columns(sides.subject, &old.include), &new.include) {
            verdicts.push(rule::INDEX_CHANGED);
        }
        if (old.deferrable, old.initially_deferred) != (new.deferrable, new.initially_deferred) {
            verdicts.push(rule::DEFERRABLE_CHANGED);
        }
        let draft = sides.draft(object, "changed", &new.name, &new.columns);
        let draft = draft.before(key_facts(old)).after(key_facts(new));
        comparison.push(sides.subject, draft, &verdicts);
        let path = sides.path(&new.name, &new.columns);
        comparison.comment(object, &path, old.comment.as_deref(), new.comment.as_deref());
    }
}

fn key_facts(key: &Key) -> Value {
    let mut facts = json!({
        "columns": key.columns, "deferrable": key.deferrable, "nulls_not_distinct": key.nulls_not_distinct,
    });
    if !key.include.is_empty() {
        facts["include"] = json!(key.include);
    }
    if key.without_overlaps {
        facts["without_overlaps"] = json!(true);
    }
    if key.initially_deferred {
        facts["initially_deferred"] = json!(true);
    }
    facts
}

fn foreign_keys(comparison: &mut Comparison<'_>, sides: &Sides<'_>, old: &[ForeignKey], new: &[ForeignKey]) {
    const OBJECT: &str = "foreign_key";
    let subject = sides.subject;
    let keys = {
        let comparison = &*comparison;
        pair(old, new, comparison.same_database, |old, new| same_target(comparison, subject, old, new))
    };
    for key in &keys.dropped {
        let draft = sides.dropped(OBJECT, &key.name, &key.columns).before(reference(key));
        comparison.push(subject, draft, &[rule::FOREIGN_KEY_DROPPED]);
    }
    for key in &keys.added {
        let draft = sides.draft(OBJECT, "added", &key.name, &key.columns).after(reference(key));
        comparison.push(subject, draft, &[rule::FOREIGN_KEY_ADDED]);
    }
    for (old, new) in keys.pairs {
        renamed(comparison, sides, OBJECT, old, new, rule::RENAMED);
        let mut verdicts = Vec::new();
        let way = |key: &ForeignKey| (key.match_full, key.period);
        if !same_target(comparison, subject, old, new) || way(old) != way(new) {
            verdicts.push(rule::FOREIGN_KEY_CHANGED);
        }
        for (before, after) in [(&old.on_delete, &new.on_delete), (&old.on_update, &new.on_update)] {
            if before != after {
                let touches_rows = matches!(after.as_str(), "cascade" | "set null" | "set default");
                verdicts.push(if touches_rows { rule::CASCADE_ADDED } else { rule::ACTION_CHANGED });
            }
        }
        let cleared = renamed_columns(subject, &old.on_delete_columns);
        if old.on_delete == new.on_delete && !same_set(&cleared, &new.on_delete_columns) {
            verdicts.push(rule::ACTION_CHANGED);
        }
        if (old.deferrable, old.initially_deferred) != (new.deferrable, new.initially_deferred) {
            verdicts.push(rule::DEFERRABLE_CHANGED);
        }
        verdicts.extend(enforced(old.not_enforced, new.not_enforced));
        verdicts.extend(validated(old.validated, new.validated));
        let draft = sides.draft(OBJECT, "changed", &new.name, &new.columns);
        let draft = draft.before(reference(old)).after(reference(new));
        comparison.push(subject, draft, &verdicts);
        let path = sides.path(&new.name, &new.columns);
        comparison.comment(OBJECT, &path, old.comment.as_deref(), new.comment.as_deref());
    }
}

/// The same columns refer to the same columns, under whatever name they go now.
fn same_target(comparison: &Comparison<'_>, subject: &Subject, old: &ForeignKey, new: &ForeignKey) -> bool {
    let referenced = comparison.referenced_before(old);
    let referenced = referenced.iter().map(|column| comparison.column_now(&old.references, column));
    renamed_columns(subject, &old.columns) == new.columns
        && comparison.path_now(&old.references) == new.references
        && referenced.eq(comparison.referenced_now(new).iter().map(String::as_str))
}

/// A reference in words.
fn reference(key: &ForeignKey) -> Value {
    let columns = |columns: &[String]| match columns.split_last() {
        Some((last, [])) if key.period => format!("period {last}"),
        Some((last, others)) if key.period => format!("{}, period {last}", others.join(", ")),
        _ => columns.join(", "),
    };
    let mut text = format!(
        "({}) references {} ({})",
        columns(&key.columns),
        key.references,
        columns(&key.referenced_columns)
    );
    if key.match_full {
        text.push_str(" match full");
    }
    for (event, action) in [("delete", &key.on_delete), ("update", &key.on_update)] {
        if action != "no action" {
            text.push_str(&format!(" on {event} {action}"));
        }
        if event == "delete" && !key.on_delete_columns.is_empty() {
            text.push_str(&format!(" ({})", key.on_delete_columns.join(", ")));
        }
    }
    if key.deferrable {
        text.push_str(if key.initially_deferred { " deferrable initially deferred" } else { " deferrable" });
    }
    if key.not_enforced {
        text.push_str(" not enforced");
    }
    if !key.validated {
        text.push_str(" not valid");
    }
    json!(text)
}

fn enforced(was_not: bool, is_not: bool) -> Option<Verdict> {
    match (was_not, is_not) {
        (true, false) => Some(rule::ENFORCED),
        (false, true) => Some(rule::NO_LONGER_ENFORCED),
        _ => None,
    }
}

fn validated(old: bool, new: bool) -> Option<Verdict> {
    match (old, new) {
        (false, true) => Some(rule::VALIDATED),
        (true, false) => Some(rule::NO_LONGER_VALIDATED),
        _ => None,
    }
}

/// Verdicts for a condition that is added, dropped, changed.
pub(super) type CheckRules = (Verdict, Verdict, Verdict);

const CHECK_RULES: CheckRules = (rule::CHECK_ADDED, rule::CHECK_DROPPED, rule::CHECK_CHANGED);

/// Compares conditions, of a table or of a domain.
pub(super) fn checks(
    comparison: &mut Comparison<'_>,
    sides: &Sides<'_>,
    (object, rules): (&str, &CheckRules),
    old: &[Check],
    new: &[Check],
) {
    let (subject, engine) = (sides.subject, comparison.engine);
    let same = |old: &Check, new: &Check| subject.names.same(engine, &old.expression, &new.expression);
    let checks = pair(old, new, comparison.same_database, same);
    come_and_go(comparison, sides, object, &checks, (rules.0, rules.1), |check| json!(check.expression));
    for (old, new) in checks.pairs {
        renamed(comparison, sides, object, old, new, rule::RENAMED);
        if !same(old, new) {
            let draft = sides.draft(object, "changed", &new.name, &[]);
            let draft = draft.before(&*old.expression).after(&*new.expression);
            comparison.push(subject, draft, &[rules.2]);
        }
        let mut verdicts: Vec<Verdict> = enforced(old.not_enforced, new.not_enforced).into_iter().collect();
        verdicts.extend(validated(old.validated, new.validated));
        if old.no_inherit != new.no_inherit {
            verdicts.push(rules.2);
        }
        let facts = |check: &Check| {
            let mut facts = json!({ "validated": check.validated });
            if check.no_inherit {
                facts["no_inherit"] = json!(true);
            }
            if check.not_enforced {
                facts["enforced"] = json!(false);
            }
            facts
        };
        let draft = sides.draft(object, "changed", &new.name, &[]);
        comparison.push(subject, draft.before(facts(old)).after(facts(new)), &verdicts);
        let path = sides.path(&new.name, &[]);
        comparison.comment(object, &path, old.comment.as_deref(), new.comment.as_deref());
    }
}
