//! How alike two objects or columns are, where the database has no ids that tell.
//!
//! Likeness is counted in hundredths. From 80 on it is called a rename, and even then judged as drop with add: DataHub's rule (same type, first match
//! wins) made harmless renames out of real losses.

use std::collections::HashSet;

use types::snapshot::{Body, Column, Engine, Object, Table};

use crate::sql::rewrite::Names;

/// From here on two things are one, renamed.
pub(super) const RENAMED: usize = 80;

/// The best one-to-one choice among (score, from, to): highest score first, then in order.
pub(super) fn assign(mut candidates: Vec<(usize, usize, usize)>) -> Vec<(usize, usize)> {
    candidates.sort_by_key(|(score, from, to)| (std::cmp::Reverse(*score), *from, *to));
    let (mut from_taken, mut to_taken) = (HashSet::new(), HashSet::new());
    candidates
        .into_iter()
        .filter(|(_, from, to)| {
            let free = !from_taken.contains(from) && !to_taken.contains(to);
            if free {
                from_taken.insert(*from);
                to_taken.insert(*to);
            }
            free
        })
        .map(|(_, from, to)| (from, to))
        .collect()
}

/// Likeness of two objects, 0 to 100; 0 for kinds that are not compared this way.
pub(super) fn objects(engine: Engine, old: &Object, new: &Object) -> usize {
    let schema = |object: &'_ Object| object.parts.split_last().map(|(_, schema)| schema.to_vec());
    if schema(old) != schema(new) {
        return 0;
    }
    match (&old.body, &new.body) {
        (Body::Table(before), Body::Table(after)) => tables(before, after, name(last(old), last(new))),
        (Body::View(before), Body::View(after))
        | (Body::MaterializedView(before), Body::MaterializedView(after)) => {
            // SQLite's definition names the view itself.
            let mut own = Names::default();
            own.insert(last(old), last(new));
            let same = own.same(engine, &before.definition, &after.definition)
                && before.columns.len() == after.columns.len();
            if same { 100 } else { 0 }
        }
        _ => 0,
    }
}

fn last(object: &Object) -> &str {
    object.parts.last().map_or("", String::as_str)
}

/// At least four of five columns are the same, and so is the key; a small table needs a similar name as well, for
/// `(id, name)` is everywhere.
fn tables(old: &Table, new: &Table, names: usize) -> usize {
    let most = old.columns.len().max(new.columns.len());
    if most == 0 || old.columns.len().min(new.columns.len()) * 5 < most * 4 {
        return 0;
    }
    let known: HashSet<(&str, &str)> = old.columns.iter().map(shape).collect();
    let same = new.columns.iter().filter(|column| known.contains(&shape(column))).count();
    if same * 5 < most * 4 || (most < 4 && names < 50) {
        return 0;
    }
    let key = |table: &Table| table.primary_key.as_ref().map(|key| key.columns.clone());
    let mut score = 60 * same / most + names / 5;
    if key(old) == key(new) {
        score += 10;
    }
    if old.foreign_keys.len() == new.foreign_keys.len() {
        score += 10;
    }
    score
}

fn shape(column: &Column) -> (&str, &str) {
    (&column.name, &column.data_type)
}

/// Where a column stands among those that were matched already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    /// Index of the matched pair before it; `None` at the start.
    pub(super) after: Option<usize>,
    /// Whether no matched column follows.
    pub(super) at_end: bool,
    /// In how many keys, references and indexes it takes part.
    pub(super) memberships: usize,
}

/// Likeness of two columns, 0 to 100. The type has to be equal. A new column is put at the end, so that an equal place
/// in the middle weighs more than a similar name.
pub(super) fn columns(old: (&Column, Standing), new: (&Column, Standing)) -> usize {
    let ((old, stood), (new, stands)) = (old, new);
    if old.data_type != new.data_type || old.generated.is_some() != new.generated.is_some() {
        return 0;
    }
    let mut score = 30 + name(&old.name, &new.name) / 5;
    if old.nullable == new.nullable {
        score += 10;
    }
    if old.default == new.default && old.identity == new.identity {
        score += 10;
    }
    if stood.memberships == stands.memberships {
        score += 10;
    }
    if stood.after == stands.after {
        score += if stood.at_end || stands.at_end { 10 } else { 25 };
    }
    score
}

/// Likeness of two names, 0 to 100: shared pairs of letters (Dice), small and large alike.
pub(super) fn name(old: &str, new: &str) -> usize {
    let pairs = |text: &str| -> Vec<(char, char)> {
        let letters: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
        letters.windows(2).map(|pair| (pair[0], pair[1])).collect()
    };
    let (old, mut new) = (pairs(old), pairs(new));
    let total = old.len() + new.len();
    let mut shared = 0_usize;
    for pair in old {
        if let Some(at) = new.iter().position(|other| *other == pair) {
            new.swap_remove(at);
            shared += 2;
        }
    }
    (shared * 100).checked_div(total).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_alike_by_their_letters() {
        let cases = [("length", "len", 57), ("title", "name", 0), ("film", "Film", 100), ("", "a", 0)];
        for (old, new, expected) in cases {
            assert_eq!(name(old, new), expected, "{old} {new}");
        }
    }

    #[test]
    fn each_is_chosen_once_and_the_best_first() {
        let candidates = vec![(80, 0, 0), (90, 0, 1), (85, 1, 1), (80, 1, 0)];
        assert_eq!(assign(candidates), vec![(0, 1), (1, 0)]);
    }
}
