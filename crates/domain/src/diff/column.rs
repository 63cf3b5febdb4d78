//! Columns: which is which, and what changed in them.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};
use types::change::Flag;
use types::snapshot::{Body, Column, Engine, Generated, Identity, Object, Table, path_of};

use super::comparison::{Comparison, Draft, Subject};
use super::likeness::{self, Standing};
use super::not_null::{self, Side};
use super::order;
use crate::severity::types as lattice;
use crate::severity::{COMMENT, Verdict, column as rule};

/// The columns of two relations, matched.
pub(super) struct Columns<'a> {
    /// In the old order.
    pub(super) pairs: Vec<Pair<'a>>,
    pub(super) dropped: Vec<&'a Column>,
    pub(super) added: Vec<&'a Column>,
}

/// One column, then and now.
#[derive(Clone, Copy)]
pub(super) struct Pair<'a> {
    pub(super) old: &'a Column,
    pub(super) new: &'a Column,
    /// Matched by likeness, not by name or id.
    pub(super) likely: bool,
}

impl<'a> Columns<'a> {
    pub(super) fn renamed(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.pairs
            .iter()
            .filter(|pair| pair.old.name != pair.new.name)
            .map(|pair| (pair.old.name.as_str(), pair.new.name.as_str()))
    }

    fn take(&mut self, likely: bool, twin: impl Fn(&'a Column) -> Option<&'a Column>) {
        let (pairs, added) = (&mut self.pairs, &mut self.added);
        self.dropped.retain(|old| {
            let found = twin(old).and_then(|twin| added.iter().position(|new| std::ptr::eq(*new, twin)));
            if let Some(at) = found {
                let new = added.remove(at);
                pairs.push(Pair { old, new, likely });
            }
            found.is_none()
        });
    }
}

/// Matches the columns of two relations: by the database's number where it can be compared, since a rename keeps it
/// and a drop with add does not; then by name; then by likeness where no number tells.
pub(super) fn pair<'a>(old: &'a Object, new: &'a Object, same_database: bool) -> Columns<'a> {
    let mut columns = Columns {
        pairs: Vec::new(),
        dropped: old.body.columns().iter().collect(),
        added: new.body.columns().iter().collect(),
    };
    let numbers: HashMap<_, &'a Column> =
        columns.added.iter().filter_map(|column| Some((column.physical?, *column))).collect();
    if same_database {
        columns.take(false, |old| numbers.get(&old.physical?).copied());
    }
    let names: HashMap<&str, &'a Column> =
        columns.added.iter().map(|column| (column.name.as_str(), *column)).collect();
    columns.take(false, |old| names.get(old.name.as_str()).copied());
    if !columns.dropped.is_empty() && !columns.added.is_empty() {
        by_likeness(&mut columns, old, new, same_database);
    }
    columns.pairs.sort_by_key(|pair| pair.old.position);
    columns
}

fn by_likeness<'a>(columns: &mut Columns<'a>, old: &'a Object, new: &'a Object, same_database: bool) {
    let old_standing = standings(old, columns.pairs.iter().map(|pair| pair.old).collect());
    let new_standing = standings(new, columns.pairs.iter().map(|pair| pair.new).collect());
    let mut candidates = Vec::new();
    for (from, before) in columns.dropped.iter().enumerate() {
        for (to, after) in columns.added.iter().enumerate() {
            let told_apart = same_database
                && matches!((before.physical, after.physical), (Some(a), Some(b)) if a.oid == b.oid);
            if told_apart {
                continue;
            }
            let standing = |map: &HashMap<&str, Standing>, name: &str| map.get(name).copied();
            let (Some(stood), Some(stands)) =
                (standing(&old_standing, &before.name), standing(&new_standing, &after.name))
            else {
                continue;
            };
            let score = likeness::columns((before, stood), (after, stands));
            if score >= likeness::RENAMED {
                candidates.push((score, from, to));
            }
        }
    }
    let chosen: HashMap<&str, &'a Column> = likeness::assign(candidates)
        .into_iter()
        .map(|(from, to)| (columns.dropped[from].name.as_str(), columns.added[to]))
        .collect();
    columns.take(true, |old| chosen.get(old.name.as_str()).copied());
}

/// Where each column stands among the matched ones. Pairs are numbered in the order of matching, the same on both
/// sides.
fn standings<'a>(object: &'a Object, matched: Vec<&'a Column>) -> HashMap<&'a str, Standing> {
    let numbers: HashMap<&str, usize> =
        matched.iter().enumerate().map(|(number, column)| (column.name.as_str(), number)).collect();
    let last = matched.iter().map(|column| column.position).max().unwrap_or(0);
    let mut after = None;
    let mut standings = HashMap::new();
    for column in object.body.columns() {
        if let Some(number) = numbers.get(column.name.as_str()) {
            after = Some(*number);
        } else {
            let standing = Standing {
                after,
                at_end: column.position > last,
                memberships: memberships(&object.body, &column.name),
            };
            standings.insert(column.name.as_str(), standing);
        }
    }
    standings
}

fn memberships(body: &Body, column: &str) -> usize {
    let Body::Table(table) = body else {
        return 0;
    };
    let has = |columns: &[String]| columns.iter().any(|name| name == column);
    table.primary_key.iter().chain(&table.uniques).filter(|key| has(&key.columns)).count()
        + table.foreign_keys.iter().filter(|key| has(&key.columns)).count()
        + table
            .indexes
            .iter()
            .filter(|index| index.parts.iter().any(|part| part.expression == column))
            .count()
}

/// Compares the columns of a relation. Says whether any were added, dropped or renamed.
pub(super) fn columns(
    comparison: &mut Comparison<'_>,
    subject: &Subject,
    old: &Object,
    new: &Object,
) -> bool {
    let columns = pair(old, new, comparison.same_database);
    for column in &columns.dropped {
        let verdict = match &column.generated {
            Some(Generated { stored: false, .. }) => rule::VIRTUAL_DROPPED,
            _ => rule::DROPPED,
        };
        let draft = Draft::new("column", "dropped", child(old, &column.name)).before(facts(column));
        comparison.push_column(subject, &column.name, draft, &[verdict]);
    }
    for column in &columns.added {
        let draft = Draft::new("column", "added", child(new, &column.name)).after(facts(column));
        comparison.push(subject, draft, &[added(column)]);
    }
    let keys = key_columns(&old.body, &new.body);
    let strict = [old, new].iter().all(|object| is_strict(&object.body));
    for pair in &columns.pairs {
        let place = Place {
            path: child(new, &pair.new.name),
            tables: [old, new].map(|object| object.parts.last().map_or("", String::as_str)),
            key: keys.contains(pair.old.name.as_str()) || keys.contains(pair.new.name.as_str()),
            strict,
        };
        if pair.old.name != pair.new.name {
            let verdict = if pair.likely { rule::PROBABLY_RENAMED } else { rule::RENAMED };
            let draft = Draft::new("column", "renamed", &*place.path)
                .renamed_from(child(old, &pair.old.name))
                .before(&*pair.old.name)
                .after(&*pair.new.name);
            comparison.push_column(subject, &pair.old.name, draft, &[verdict]);
        }
        column(comparison, subject, &place, pair);
    }
    moved(comparison, subject, new, &columns.pairs);
    !columns.dropped.is_empty() || !columns.added.is_empty() || columns.renamed().next().is_some()
}

fn child(object: &Object, name: &str) -> String {
    format!("{}.{}", object.path, path_of(&[name]))
}

fn is_strict(body: &Body) -> bool {
    matches!(body, Body::Table(table) if table.options.iter().any(|option| option == "strict"))
}

/// Columns of primary keys, unique constraints and references: those that joins go by.
fn key_columns<'a>(old: &'a Body, new: &'a Body) -> HashSet<&'a str> {
    fn of(table: &Table) -> impl Iterator<Item = &str> {
        let keys = table.primary_key.iter().chain(&table.uniques).map(|key| &key.columns);
        let references = table.foreign_keys.iter().map(|key| &key.columns);
        keys.chain(references).flatten().map(String::as_str)
    }
    [old, new]
        .into_iter()
        .filter_map(|body| match body {
            Body::Table(table) => Some(of(table)),
            _ => None,
        })
        .flatten()
        .collect()
}

/// What a reader of a change wants to know of a column.
pub(super) fn facts(column: &Column) -> Value {
    json!({ "type": column.data_type, "nullable": column.nullable, "default": column.default })
}

fn added(column: &Column) -> Verdict {
    match (&column.generated, column.identity) {
        (Some(Generated { stored: true, .. }), _) => rule::ADDED_STORED,
        (Some(_), _) | (None, Some(Identity::Always)) => rule::ADDED_UNWRITABLE,
        (None, Some(_)) => rule::ADDED,
        (None, None) if column.nullable || column.default.is_some() => rule::ADDED,
        (None, None) => rule::ADDED_REQUIRED,
    }
}

struct Place<'a> {
    path: String,
    /// The table's name, then and now.
    tables: [&'a str; 2],
    key: bool,
    strict: bool,
}

fn column(comparison: &mut Comparison<'_>, subject: &Subject, place: &Place<'_>, pair: &Pair<'_>) {
    let (old, new) = (pair.old, pair.new);
    let push = |comparison: &mut Comparison<'_>, verb, before: Value, after: Value, verdict: Verdict| {
        let draft = Draft::new("column", verb, &*place.path).before(before).after(after);
        comparison.push_column(subject, &old.name, draft, &[verdict]);
    };
    if !comparison.same_text(&old.data_type, &new.data_type) {
        let verdict = type_verdict(comparison, place, old, new);
        push(comparison, "type_changed", json!(old.data_type), json!(new.data_type), verdict);
    }
    if old.nullable != new.nullable {
        let verdict = match (new.nullable, place.key) {
            (false, _) => rule::NOT_NULL,
            (true, true) => rule::NULLABLE_KEY,
            (true, false) => rule::NULLABLE,
        };
        push(comparison, "nullability_changed", json!(old.nullable), json!(new.nullable), verdict);
    }
    let [was, is] = [(0, old), (1, new)].map(|(at, column)| Side { table: place.tables[at], column });
    not_null::compare(comparison, subject, &place.path, was, is);
    if let Some(verdict) = default_verdict(comparison, subject, old, new) {
        push(comparison, "default_changed", json!(old.default), json!(new.default), verdict);
    }
    if let Some(verdict) = generated_verdict(comparison, subject, old, new) {
        push(comparison, "generated_changed", json!(old.generated), json!(new.generated), verdict);
    }
    if old.identity != new.identity {
        let verdict = match (old.identity, new.identity) {
            (_, None) => rule::IDENTITY_REMOVED,
            (_, Some(Identity::Always)) => rule::IDENTITY_ADDED_ALWAYS,
            (None, Some(_)) => rule::IDENTITY_ADDED,
            (Some(_), Some(_)) => rule::IDENTITY_RELAXED,
        };
        push(comparison, "identity_changed", json!(old.identity), json!(new.identity), verdict);
    }
    if old.identity == new.identity && old.identity_options != new.identity_options {
        let (before, after) = (json!(old.identity_options), json!(new.identity_options));
        push(comparison, "identity_changed", before, after, rule::IDENTITY_RULES_CHANGED);
    }
    let same_update = match (&old.on_update, &new.on_update) {
        (Some(before), Some(after)) => subject.names.same(comparison.engine, before, after),
        (before, after) => before == after,
    };
    if !same_update {
        let facts = |column: &Column| json!({ "on_update": column.on_update });
        push(comparison, "default_changed", facts(old), facts(new), rule::ON_UPDATE_CHANGED);
    }
    if old.hidden != new.hidden {
        let verdict = if new.hidden { rule::HIDDEN } else { rule::SHOWN };
        let facts = |column: &Column| json!({ "hidden": column.hidden });
        push(comparison, "changed", facts(old), facts(new), verdict);
    }
    if old.collation != new.collation && !comes_with_type(comparison.engine, old, new) {
        let verdict = if place.key { rule::COLLATION_CHANGED_KEY } else { rule::COLLATION_CHANGED };
        push(comparison, "collation_changed", json!(old.collation), json!(new.collation), verdict);
    }
    if old.comment != new.comment {
        push(comparison, "comment_changed", json!(old.comment), json!(new.comment), COMMENT);
    }
}

/// In MySQL every text has a collation, and nothing else has: a column that becomes one gets it with its type.
fn comes_with_type(engine: Engine, old: &Column, new: &Column) -> bool {
    matches!(engine, Engine::Mysql | Engine::Mariadb)
        && old.data_type != new.data_type
        && (old.collation.is_none() || new.collation.is_none())
}

fn type_verdict(comparison: &Comparison<'_>, place: &Place<'_>, old: &Column, new: &Column) -> Verdict {
    comparison.with_surroundings(place.strict, new.collation.as_deref(), |around| {
        let change = lattice::rank(around, &old.data_type, &new.data_type);
        let verdict = change.verdict();
        if !lattice::rewrites(around, change, &old.data_type, &new.data_type) {
            return verdict;
        }
        // Atlas PG301: the table is rewritten under an exclusive lock.
        let flags: &'static [Flag] = if verdict.flags.contains(&Flag::DependsOnData) {
            &[Flag::DependsOnData, Flag::Locks]
        } else {
            &[Flag::Locks]
        };
        let codes: &'static [&'static str] = match comparison.engine {
            Engine::Postgres => &["PG301"],
            _ => verdict.codes,
        };
        verdict.flags(flags).codes(codes)
    })
}

/// A default that goes because the column became generated or numbered is told there.
fn default_verdict(
    comparison: &Comparison<'_>,
    subject: &Subject,
    old: &Column,
    new: &Column,
) -> Option<Verdict> {
    match (&old.default, &new.default) {
        (None, None) => None,
        (None, Some(_)) => Some(rule::DEFAULT_ADDED),
        (Some(_), None)
            if (new.generated.is_some() && old.generated.is_none())
                || (new.identity.is_some() && old.identity.is_none()) =>
        {
            None
        }
        (Some(_), None) if new.nullable => Some(rule::DEFAULT_REMOVED),
        (Some(_), None) => Some(rule::DEFAULT_REMOVED_REQUIRED),
        // A decimal's default is shown with as many digits as its type has.
        (Some(before), Some(after)) if old.data_type != new.data_type && same_number(before, after) => None,
        (Some(before), Some(after)) => {
            (!subject.names.same(comparison.engine, before, after)).then_some(rule::DEFAULT_CHANGED)
        }
    }
}

/// Whether both are one number, but for zeros at its end.
fn same_number(old: &str, new: &str) -> bool {
    let digits = |text: &str| -> Option<String> {
        let plain = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = plain.split_once('.').unwrap_or((plain, ""));
        let is_number = !whole.is_empty()
            && [whole, fraction].iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
        is_number.then(|| {
            format!("{}.{}", &text[..text.len() - plain.len() + whole.len()], fraction.trim_end_matches('0'))
        })
    };
    digits(old).is_some_and(|old| digits(new) == Some(old))
}

fn generated_verdict(
    comparison: &Comparison<'_>,
    subject: &Subject,
    old: &Column,
    new: &Column,
) -> Option<Verdict> {
    match (&old.generated, &new.generated) {
        (None, None) => None,
        (None, Some(_)) => Some(rule::BECAME_GENERATED),
        (Some(_), None) => Some(rule::BECAME_PLAIN),
        (Some(before), Some(after)) => {
            if !subject.names.same(comparison.engine, &before.expression, &after.expression) {
                Some(rule::EXPRESSION_CHANGED)
            } else if before.stored != after.stored {
                Some(rule::STORAGE_CHANGED)
            } else {
                None
            }
        }
    }
}

fn moved(comparison: &mut Comparison<'_>, subject: &Subject, new: &Object, pairs: &[Pair<'_>]) {
    let mut ranks: Vec<usize> = (0..pairs.len()).collect();
    ranks.sort_by_key(|index| pairs[*index].new.position);
    let mut places = vec![0; pairs.len()];
    for (place, index) in ranks.into_iter().enumerate() {
        places[index] = place;
    }
    for index in order::moved(&places) {
        let Pair { old, new: now, .. } = pairs[index];
        let draft =
            Draft::new("column", "moved", child(new, &now.name)).before(old.position).after(now.position);
        comparison.push_column(subject, &old.name, draft, &[rule::MOVED]);
    }
}
