//! Composite types, range types and collations.

use serde_json::{Value, json};
use types::snapshot::{Attribute, Collation, CompositeType, Object, RangeType};

use super::comparison::{Comparison, Draft};
use super::object::about;
use super::order;
use crate::severity::types as lattice;
use crate::severity::{Verdict, column as column_rule, object as rule};

/// A composite type's attributes are told in one change: they are read and written together.
pub(super) fn composite(
    comparison: &mut Comparison<'_>,
    new: &Object,
    before: &CompositeType,
    after: &CompositeType,
) {
    about(comparison, new, (&before.owner, &before.comment), (&after.owner, &after.comment));
    let mut verdicts: Vec<Verdict> = Vec::new();
    let mut places = Vec::new();
    for was in &before.attributes {
        let Some(place) = after.attributes.iter().position(|is| is.name == was.name) else {
            verdicts.push(column_rule::DROPPED);
            continue;
        };
        places.push(place);
        let is: &Attribute = &after.attributes[place];
        if !comparison.same_text(&was.data_type, &is.data_type) {
            verdicts.push(comparison.with_surroundings(false, None, |around| {
                lattice::rank(around, &was.data_type, &is.data_type).verdict()
            }));
        }
        if was.collation != is.collation {
            verdicts.push(column_rule::COLLATION_CHANGED);
        }
    }
    if after.attributes.iter().any(|is| before.attributes.iter().all(|was| was.name != is.name)) {
        verdicts.push(rule::ATTRIBUTE_ADDED);
    }
    if !order::moved(&places).is_empty() {
        verdicts.push(rule::ATTRIBUTE_ADDED);
    }
    changed(comparison, new, json!(before.attributes), json!(after.attributes), &verdicts);
}

pub(super) fn range(comparison: &mut Comparison<'_>, new: &Object, before: &RangeType, after: &RangeType) {
    about(comparison, new, (&before.owner, &before.comment), (&after.owner, &after.comment));
    let mut verdicts = Vec::new();
    if !comparison.same_text(&before.subtype, &after.subtype) {
        verdicts.push(rule::RANGE_SUBTYPE_CHANGED);
    }
    let rest = |range: &RangeType| {
        (
            range.operator_class.clone(),
            range.collation.clone(),
            range.canonical_function.clone(),
            range.difference_function.clone(),
            range.multirange.clone(),
        )
    };
    if rest(before) != rest(after) {
        verdicts.push(rule::RANGE_CHANGED);
    }
    let facts = |range: &RangeType| {
        json!({
            "subtype": range.subtype,
            "operator_class": range.operator_class,
            "collation": range.collation,
            "canonical_function": range.canonical_function,
            "difference_function": range.difference_function,
            "multirange": range.multirange,
        })
    };
    changed(comparison, new, facts(before), facts(after), &verdicts);
}

pub(super) fn collation(
    comparison: &mut Comparison<'_>,
    new: &Object,
    before: &Collation,
    after: &Collation,
) {
    about(comparison, new, (&before.owner, &before.comment), (&after.owner, &after.comment));
    let facts = |collation: &Collation| {
        json!({
            "provider": collation.provider,
            "locale": collation.locale,
            "deterministic": collation.deterministic,
        })
    };
    let differs = facts(before) != facts(after);
    let verdicts: &[Verdict] = if differs { &[column_rule::COLLATION_CHANGED] } else { &[] };
    changed(comparison, new, facts(before), facts(after), verdicts);
}

fn changed(comparison: &mut Comparison<'_>, new: &Object, before: Value, after: Value, verdicts: &[Verdict]) {
    let draft = Draft::new(new.body.kind(), "changed", &*new.path).before(before).after(after);
    comparison.push_object(draft, verdicts);
}
