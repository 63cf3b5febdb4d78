//! Indexes of tables and materialized views.

use serde_json::json;
use types::snapshot::{Engine, Index, IndexPart, Object};

use super::comparison::{Comparison, Subject};
use super::constraint::{Sides, renamed};
use super::part::pair;
use crate::severity::constraint as rule;

pub(super) fn indexes(
    comparison: &mut Comparison<'_>,
    subject: &Subject,
    (_, new): (&Object, &Object),
    before: &[Index],
    after: &[Index],
) {
    let sides = Sides { subject, new };
    let engine = comparison.engine;
    let same_shape = |old: &Index, new: &Index| {
        let same = |old: &str, new: &str| subject.names.same(engine, old, new);
        let same_part = |old: &IndexPart, new: &IndexPart| {
            let facts = |part: &IndexPart| {
                (
                    part.descending,
                    part.nulls_first,
                    part.prefix,
                    part.operator_class.clone(),
                    part.collation.clone(),
                )
            };
            same(&old.expression, &new.expression) && facts(old) == facts(new)
        };
        old.method == new.method
            && old.nulls_not_distinct == new.nulls_not_distinct
            && old.parts.len() == new.parts.len()
            && old.parts.iter().zip(&new.parts).all(|(old, new)| same_part(old, new))
            && old.include.len() == new.include.len()
            && old.include.iter().all(|column| new.include.iter().any(|other| same(column, other)))
            && match (&old.predicate, &new.predicate) {
                (Some(old), Some(new)) => same(old, new),
                (old, new) => old == new,
            }
    };
    let indexes = pair(before, after, comparison.same_database, |old, new| {
        old.unique == new.unique && same_shape(old, new)
    });
    for index in &indexes.dropped {
        let verdicts = if index.unique {
            vec![rule::INDEX_DROPPED, rule::UNIQUE_DROPPED]
        } else {
            vec![rule::INDEX_DROPPED]
        };
        let draft = sides.dropped("index", &index.name, &[]).before(text(engine, index));
        comparison.push(subject, draft, &verdicts);
    }
    for index in &indexes.added {
        let verdict = if index.unique { rule::UNIQUE_ADDED } else { rule::INDEX_ADDED };
        let draft = sides.draft("index", "added", &index.name, &[]).after(text(engine, index));
        comparison.push(subject, draft, &[verdict]);
    }
    for (old, new) in indexes.pairs {
        renamed(comparison, &sides, "index", old, new, rule::INDEX_RENAMED);
        let mut verdicts = Vec::new();
        match (old.unique, new.unique) {
            (false, true) => verdicts.push(rule::INDEX_BECAME_UNIQUE),
            (true, false) => verdicts.push(rule::INDEX_NO_LONGER_UNIQUE),
            (true, true) if !same_shape(old, new) => verdicts.push(rule::UNIQUE_CHANGED),
            _ => {}
        }
        if !same_shape(old, new) {
            verdicts.push(rule::INDEX_CHANGED);
        }
        match (old.valid, new.valid) {
            (true, false) => verdicts.push(rule::INDEX_BECAME_INVALID),
            (false, true) => verdicts.push(rule::INDEX_BECAME_VALID),
            _ => {}
        }
        let draft = sides.draft("index", "changed", &new.name, &[]);
        comparison.push(subject, draft.before(text(engine, old)).after(text(engine, new)), &verdicts);
        let path = sides.path(&new.name, &[]);
        comparison.comment("index", &path, old.comment.as_deref(), new.comment.as_deref());
    }
}

/// An index in words.
fn text(engine: Engine, index: &Index) -> serde_json::Value {
    let part = |part: &IndexPart| {
        let mut words = vec![match part.prefix {
            Some(letters) => format!("{}({letters})", part.expression),
            None => part.expression.clone(),
        }];
        words.extend(part.collation.as_ref().map(|collation| format!("collate {collation}")));
        words.extend(part.operator_class.clone());
        if part.descending {
            words.push("desc".into());
        }
        // The default is last for ascending and first for descending order; elsewhere there is no choice.
        if engine == Engine::Postgres && part.nulls_first != part.descending {
            words.push(if part.nulls_first { "nulls first" } else { "nulls last" }.into());
        }
        words.join(" ")
    };
    let parts: Vec<String> = index.parts.iter().map(part).collect();
    let mut words = Vec::new();
    if index.unique {
        words.push("unique".to_owned());
    }
    words.push(format!("{} ({})", index.method, parts.join(", ")));
    if !index.include.is_empty() {
        words.push(format!("include ({})", index.include.join(", ")));
    }
    if index.nulls_not_distinct {
        words.push("nulls not distinct".into());
    }
    words.extend(index.predicate.as_ref().map(|condition| format!("where {condition}")));
    if !index.valid {
        words.push("invalid".into());
    }
    json!(words.join(" ").trim())
}
