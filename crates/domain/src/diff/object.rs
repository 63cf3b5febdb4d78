//! Objects as a whole, and those that are no relations.

use serde_json::{Value, json};
use types::snapshot::{
    Body, DomainType, EnumType, Extension, Object, Routine, Schema, Sequence, path_of, without_arguments,
};

use super::comparison::{Comparison, Draft, Subject};
use super::constraint::{CheckRules, Sides, checks};
use super::order;
use super::pairing::Rename;
use crate::severity::types as lattice;
use crate::severity::{Verdict, column as column_rule, object as rule, relation as relation_rule};

/// What a reader of a change wants to know of an object that came or went.
fn facts(object: &Object) -> Value {
    match &object.body {
        Body::Table(_) | Body::View(_) | Body::MaterializedView(_) => {
            let names: Vec<&str> = object.body.columns().iter().map(|column| &*column.name).collect();
            json!({ "columns": names })
        }
        Body::Enum(enumeration) => json!({ "values": enumeration.values }),
        Body::Domain(domain) => json!({ "type": domain.data_type, "nullable": domain.nullable }),
        Body::CompositeType(composite) => json!({ "attributes": composite.attributes }),
        Body::RangeType(range) => json!({ "subtype": range.subtype }),
        Body::Collation(collation) => json!({ "provider": collation.provider, "locale": collation.locale }),
        Body::Sequence(sequence) => json!({ "type": sequence.data_type, "owned_by": sequence.owned_by }),
        Body::Function(routine) | Body::Procedure(routine) => {
            json!({ "arguments": routine.arguments, "returns": routine.returns })
        }
        Body::Extension(extension) => json!({ "version": extension.version }),
        Body::ForeignServer(server) => json!({ "wrapper": server.wrapper }),
        Body::Database(_) | Body::Schema(_) => json!({}),
    }
}

fn whole(object: &Object) -> Subject {
    Subject {
        old_path: object.path.clone(),
        is_view: matches!(object.body, Body::View(_) | Body::MaterializedView(_)),
        ..Subject::default()
    }
}

pub(super) fn dropped(comparison: &mut Comparison<'_>, object: &Object) {
    if comes_with_another(comparison, object) {
        return;
    }
    let verdict = match object.body {
        // The database itself is always there.
        Body::Database(_) | Body::Schema(_) => relation_rule::SCHEMA_DROPPED,
        Body::Table(_) => relation_rule::TABLE_DROPPED,
        Body::View(_) | Body::MaterializedView(_) => relation_rule::VIEW_DROPPED,
        Body::Enum(_)
        | Body::Domain(_)
        | Body::CompositeType(_)
        | Body::RangeType(_)
        | Body::Collation(_) => rule::TYPE_DROPPED,
        Body::Sequence(_) => rule::SEQUENCE_DROPPED,
        Body::Function(_) | Body::Procedure(_) => rule::ROUTINE_DROPPED,
        Body::Extension(_) => rule::EXTENSION_DROPPED,
        Body::ForeignServer(_) => rule::SERVER_DROPPED,
    };
    let draft = Draft::new(object.body.kind(), "dropped", &*object.path).before(facts(object));
    comparison.push(&whole(object), draft, &[verdict]);
}

pub(super) fn added(comparison: &mut Comparison<'_>, object: &Object) {
    if comes_with_another(comparison, object) {
        return;
    }
    let verdict = match object.body {
        Body::Schema(_) => relation_rule::SCHEMA_ADDED,
        Body::Table(_) => relation_rule::TABLE_ADDED,
        Body::View(_) | Body::MaterializedView(_) => relation_rule::VIEW_ADDED,
        _ => rule::ADDED,
    };
    let draft = Draft::new(object.body.kind(), "added", &*object.path).after(facts(object));
    comparison.push_object(draft, &[verdict]);
}

/// A sequence that belongs to a column comes and goes with it: the column tells. So do the functions that PostgreSQL makes
/// for a range type, which have its name or that of its multiranges.
fn comes_with_another(comparison: &Comparison<'_>, object: &Object) -> bool {
    match &object.body {
        Body::Sequence(Sequence { owned_by: Some(column), .. }) => !comparison.column_stays(column),
        Body::Function(_) => match object.parts.split_last() {
            Some((name, schema)) => {
                let parts: Vec<&str> =
                    schema.iter().map(String::as_str).chain([without_arguments(name)]).collect();
                comparison.is_range_of_one_side(&path_of(&parts))
            }
            None => false,
        },
        _ => false,
    }
}

pub(super) fn renamed(comparison: &mut Comparison<'_>, old: &Object, new: &Object, rename: Rename) {
    // A function's path holds its argument types, which may be renamed themselves.
    let follows = matches!(rename, Rename::No | Rename::WithSchema)
        || moves_with_column(comparison, old, new)
        || (matches!(old.body, Body::Function(_) | Body::Procedure(_))
            && only_types_renamed(comparison, old, new));
    if follows {
        return;
    }
    let likely = rename == Rename::Likely;
    let verdict = match old.body {
        Body::Schema(_) if likely => relation_rule::SCHEMA_PROBABLY_RENAMED,
        Body::Database(_) | Body::Schema(_) => relation_rule::SCHEMA_RENAMED,
        Body::Table(_) if likely => relation_rule::TABLE_PROBABLY_RENAMED,
        Body::Table(_) if comparison.stands(&old.path) => relation_rule::TABLE_RENAMED_COVERED,
        Body::Table(_) => relation_rule::TABLE_RENAMED,
        Body::View(_) | Body::MaterializedView(_) => relation_rule::VIEW_RENAMED,
        Body::Enum(_)
        | Body::Domain(_)
        | Body::CompositeType(_)
        | Body::RangeType(_)
        | Body::Collation(_) => rule::TYPE_RENAMED,
        Body::Sequence(_) => rule::SEQUENCE_RENAMED,
        Body::Function(_) | Body::Procedure(_) | Body::Extension(_) => rule::ROUTINE_RENAMED,
        Body::ForeignServer(_) => rule::SERVER_RENAMED,
    };
    let draft = Draft::new(new.body.kind(), "renamed", &*new.path)
        .renamed_from(&*old.path)
        .before(&*old.path)
        .after(&*new.path);
    comparison.push(&whole(old), draft, &[verdict]);
}

/// A sequence that belongs to a column goes with its table to another schema.
fn moves_with_column(comparison: &Comparison<'_>, old: &Object, new: &Object) -> bool {
    let (Body::Sequence(before), Body::Sequence(after)) = (&old.body, &new.body) else { return false };
    let owner_now = before.owned_by.as_deref().map(|column| comparison.column_path_now(column));
    owner_now.is_some() && owner_now == after.owned_by && old.parts.last() == new.parts.last()
}

fn only_types_renamed(comparison: &Comparison<'_>, old: &Object, new: &Object) -> bool {
    without_arguments(&old.path) == without_arguments(&new.path) && comparison.same_text(&old.path, &new.path)
}

pub(super) fn schema(comparison: &mut Comparison<'_>, new: &Object, before: &Schema, after: &Schema) {
    about(comparison, new, (&before.owner, &before.comment), (&after.owner, &after.comment));
}

pub(super) type About<'a> = (&'a Option<String>, &'a Option<String>);

/// Compares owner and comment.
pub(super) fn about(comparison: &mut Comparison<'_>, new: &Object, before: About<'_>, after: About<'_>) {
    let kind = new.body.kind();
    comparison.owner(kind, &new.path, before.0.as_deref(), after.0.as_deref());
    comparison.comment(kind, &new.path, before.1.as_deref(), after.1.as_deref());
}

pub(super) fn enumeration(
    comparison: &mut Comparison<'_>,
    old: &Object,
    new: &Object,
    before: &EnumType,
    after: &EnumType,
) {
    about(comparison, new, (&before.owner, &before.comment), (&after.owner, &after.comment));
    let removed: Vec<&String> = before.values.iter().filter(|value| !after.values.contains(value)).collect();
    let added: Vec<&String> = after.values.iter().filter(|value| !before.values.contains(value)).collect();
    let place = |values: &[String], value: &String| values.iter().position(|other| other == value);
    let subject = whole(old);
    let push =
        |comparison: &mut Comparison<'_>, verb, old: Option<&String>, now: Option<&String>, verdict| {
            let draft = Draft::new("enum", verb, &*new.path).before(json!(old)).after(json!(now));
            comparison.push(&subject, draft, &[verdict]);
        };
    if let ([from], [to]) = (removed.as_slice(), added.as_slice())
        && place(&before.values, from) == place(&after.values, to)
        && before.values.len() == after.values.len()
    {
        push(comparison, "value_renamed", Some(from), Some(to), rule::VALUE_RENAMED);
    } else {
        for value in removed {
            push(comparison, "value_removed", Some(value), None, rule::VALUE_REMOVED);
        }
        let last_kept = after.values.iter().rposition(|value| before.values.contains(value));
        for value in added {
            let appended = place(&after.values, value) > last_kept;
            let verdict = if appended { rule::VALUE_APPENDED } else { rule::VALUE_INSERTED };
            push(comparison, "value_added", None, Some(value), verdict);
        }
    }
    let kept: Vec<&String> = before.values.iter().filter(|value| after.values.contains(value)).collect();
    let places: Vec<usize> = kept.iter().filter_map(|value| place(&after.values, value)).collect();
    for index in order::moved(&places) {
        push(comparison, "value_moved", Some(kept[index]), Some(kept[index]), rule::VALUE_MOVED);
    }
}

pub(super) fn domain_type(
    comparison: &mut Comparison<'_>,
    old: &Object,
    new: &Object,
    before: &DomainType,
    after: &DomainType,
) {
    const RULES: CheckRules =
        (rule::DOMAIN_CHECK_ADDED, rule::DOMAIN_CHECK_DROPPED, rule::DOMAIN_CHECK_CHANGED);
    about(comparison, new, (&before.owner, &before.comment), (&after.owner, &after.comment));
    let mut verdicts = Vec::new();
    if !comparison.same_text(&before.data_type, &after.data_type) {
        verdicts.push(comparison.with_surroundings(false, None, |around| {
            lattice::rank(around, &before.data_type, &after.data_type).verdict()
        }));
    }
    match (before.nullable, after.nullable) {
        (true, false) => verdicts.push(column_rule::NOT_NULL),
        (false, true) => verdicts.push(column_rule::NULLABLE),
        _ => {}
    }
    if before.default != after.default {
        verdicts.push(match (&before.default, &after.default) {
            (None, _) => column_rule::DEFAULT_ADDED,
            (_, None) => column_rule::DEFAULT_REMOVED,
            _ => column_rule::DEFAULT_CHANGED,
        });
    }
    let show = |domain: &DomainType| json!({ "type": domain.data_type, "nullable": domain.nullable, "default": domain.default });
    let draft = Draft::new("domain", "changed", &*new.path).before(show(before)).after(show(after));
    let subject = whole(old);
    comparison.push(&subject, draft, &verdicts);
    let sides = Sides { subject: &subject, new };
    checks(comparison, &sides, ("check", &RULES), &before.checks, &after.checks);
}

pub(super) fn sequence(comparison: &mut Comparison<'_>, new: &Object, before: &Sequence, after: &Sequence) {
    about(comparison, new, (&before.owner, &before.comment), (&after.owner, &after.comment));
    let show = |sequence: &Sequence| {
        json!({
            "type": sequence.data_type,
            "increment": sequence.increment,
            "minimum": sequence.minimum,
            "maximum": sequence.maximum,
            "start": sequence.start,
            "cycle": sequence.cycle,
            "cache": sequence.cache,
        })
    };
    if show(before) != show(after) {
        let draft = Draft::new("sequence", "changed", &*new.path).before(show(before)).after(show(after));
        comparison.push_object(draft, &[rule::SEQUENCE_CHANGED]);
    }
    let owner_now = before.owned_by.as_deref().map(|column| comparison.column_path_now(column));
    if owner_now != after.owned_by {
        let draft = Draft::new("sequence", "changed", &*new.path)
            .before(json!({ "owned_by": before.owned_by }))
            .after(json!({ "owned_by": after.owned_by }));
        comparison.push_object(draft, &[rule::SEQUENCE_OWNER_COLUMN_CHANGED]);
    }
}

pub(super) fn routine(comparison: &mut Comparison<'_>, new: &Object, before: &Routine, after: &Routine) {
    about(comparison, new, (&before.owner, &before.comment), (&after.owner, &after.comment));
    let returns = |routine: &Routine| routine.returns.clone().unwrap_or_default();
    let mut verdicts: Vec<Verdict> = Vec::new();
    if !comparison.same_text(&before.arguments, &after.arguments)
        || !comparison.same_text(&returns(before), &returns(after))
    {
        verdicts.push(rule::ROUTINE_SIGNATURE_CHANGED);
    }
    if before.body_hash != after.body_hash || before.language != after.language {
        verdicts.push(rule::ROUTINE_BODY_CHANGED);
    }
    if before.security_definer != after.security_definer {
        verdicts.push(rule::ROUTINE_RIGHTS_CHANGED);
    }
    if before.volatility != after.volatility {
        verdicts.push(rule::ROUTINE_VOLATILITY_CHANGED);
    }
    let show = |routine: &Routine| {
        json!({
            "arguments": routine.arguments,
            "returns": routine.returns,
            "language": routine.language,
            "volatility": routine.volatility,
            "security_definer": routine.security_definer,
            "body_hash": routine.body_hash,
        })
    };
    let draft = Draft::new(new.body.kind(), "changed", &*new.path).before(show(before)).after(show(after));
    comparison.push_object(draft, &verdicts);
}

pub(super) fn extension(
    comparison: &mut Comparison<'_>,
    new: &Object,
    before: &Extension,
    after: &Extension,
) {
    comparison.comment("extension", &new.path, before.comment.as_deref(), after.comment.as_deref());
    if before.version != after.version {
        let draft =
            Draft::new("extension", "changed", &*new.path).before(&*before.version).after(&*after.version);
        comparison.push_object(draft, &[rule::EXTENSION_CHANGED]);
    }
}
