use proptest::prelude::*;
use types::change::{Audience, Change, Severity};
use types::snapshot::{Body, Column, Engine, Object};

use super::changes;
use crate::fixture::{column, key, physical, table_with, with_default};

fn columns() -> impl Strategy<Value = Vec<Column>> {
    let one = (
        "[a-e]",
        prop_oneof![Just("integer"), Just("integer!"), Just("text"), Just("varchar(5)"), Just("bigint")],
        proptest::option::of("[0-9]"),
    )
        .prop_map(|(name, data_type, default)| {
            let column = column(&name, data_type);
            match default {
                Some(default) => with_default(column, &default),
                None => column,
            }
        });
    proptest::collection::vec(one, 0..5).prop_map(|mut columns| {
        let mut seen = std::collections::HashSet::new();
        columns.retain(|column| seen.insert(column.name.clone()));
        columns
    })
}

fn objects() -> impl Strategy<Value = Vec<Object>> {
    proptest::collection::btree_map("[t-w]", (columns(), any::<bool>()), 0..4).prop_map(|tables| {
        tables
            .into_iter()
            .zip(1..)
            .map(|((name, (columns, keyed)), oid)| {
                let first = columns.first().map(|column| column.name.clone());
                let table = table_with(&format!("public.{name}"), columns, |table| {
                    if let (true, Some(first)) = (keyed, first) {
                        table.primary_key = Some(key("pk", &[first.as_str()]));
                    }
                });
                physical(table, oid)
            })
            .collect()
    })
}

/// The same, typed by somebody else: other names of types, parentheses and blanks, keys and tables in another order.
fn retyped(objects: &[Object]) -> Vec<Object> {
    let mut objects: Vec<Object> = objects.iter().rev().cloned().collect();
    for object in &mut objects {
        let Body::Table(table) = &mut object.body else { continue };
        for column in &mut table.columns {
            let other = match column.data_type.as_str() {
                "integer" => " int4 ",
                "bigint" => "INT8",
                "varchar(5)" => "character  varying( 5 )",
                same => same,
            };
            column.data_type = other.to_owned();
            column.default = column.default.take().map(|default| format!(" (( {default} ))"));
            column.comment = Some(String::new());
        }
        table.columns.reverse();
    }
    objects
}

/// What would have to be told of a change if it was taken back: kind, path, what is now and what was.
fn inverse(change: &Change, all: &[Change]) -> (String, String, String, String) {
    let verb = match change.verb() {
        "added" => "dropped",
        "dropped" => "added",
        same => same,
    };
    // What came or went is called as in the snapshot that has it, whichever way one looks.
    let path = match (&change.old_path, verb) {
        (Some(old), _) => old.clone(),
        (None, "added" | "dropped") => change.path.clone(),
        (None, _) => called_before(&change.path, all),
    };
    (format!("{}.{verb}", change.object()), path, change.after.to_string(), change.before.to_string())
}

/// The old path of what lies in something that was renamed.
fn called_before(path: &str, all: &[Change]) -> String {
    // Another may have been dropped that was called as this one is now.
    let renamed =
        |at: &str| all.iter().filter(|change| change.path == at).find_map(|change| change.old_path.clone());
    let rest = |end: usize| path.get(end..).unwrap_or_default();
    let ends = path.match_indices('.').map(|(end, _)| end).chain([path.len()]);
    ends.rev()
        .find_map(|end| Some(format!("{}{}", renamed(&path[..end])?, rest(end))))
        .unwrap_or_else(|| path.to_owned())
}

fn engine() -> impl Strategy<Value = Engine> {
    prop_oneof![Just(Engine::Postgres), Just(Engine::Mysql), Just(Engine::Sqlite)]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_snapshot_does_not_differ_from_itself(objects in objects(), engine in engine()) {
        prop_assert_eq!(changes(engine, objects.clone(), objects), vec![]);
    }

    #[test]
    fn the_order_of_objects_never_matters(old in objects(), new in objects(), engine in engine()) {
        let found = changes(engine, old.clone(), new.clone());
        let reversed = |objects: Vec<Object>| objects.into_iter().rev().collect();
        prop_assert_eq!(found, changes(engine, reversed(old), reversed(new)));
    }

    #[test]
    fn what_stays_the_same_makes_no_difference(
        old in objects(),
        new in objects(),
        same in objects(),
        engine in engine(),
    ) {
        let with = |objects: &[Object]| -> Vec<Object> {
            let same = same.iter().map(|object| {
                let path = object.path.replace("public", "other");
                let oid = object.physical.map_or(0, |physical| physical.oid + 100);
                physical(crate::fixture::object(&path, object.body.clone()), oid)
            });
            objects.iter().cloned().chain(same).collect()
        };
        let found = changes(engine, old.clone(), new.clone());
        prop_assert_eq!(&found, &changes(engine, with(&old), with(&new)));
        let canonical =
            |objects: &[Object]| crate::canonicalize(crate::fixture::snapshot(engine, with(objects)));
        prop_assert_eq!(found, crate::diff(&canonical(&old), &canonical(&new), None));
    }

    #[test]
    fn formatting_never_matters(old in objects(), new in objects(), engine in engine()) {
        prop_assume!(engine == Engine::Postgres);
        prop_assert_eq!(changes(engine, old.clone(), retyped(&old)), vec![]);
        prop_assert_eq!(changes(engine, old.clone(), new.clone()), changes(engine, retyped(&old), retyped(&new)));
    }

    #[test]
    fn what_is_taken_back_is_told_the_other_way_round(old in objects(), new in objects()) {
        // Where ids tell what was renamed; and which of two columns that changed places has moved is anybody's choice.
        let told = |old: &[Object], new: &[Object]| -> Vec<Change> {
            let found = changes(Engine::Postgres, old.to_vec(), new.to_vec());
            found.into_iter().filter(|change| change.verb() != "moved").collect()
        };
        let (there, back) = (told(&old, &new), told(&new, &old));
        let mut undone: Vec<_> = there.iter().map(|change| inverse(change, &there)).collect();
        let same = |change: &Change| {
            let (kind, path) = (change.kind.clone(), change.path.clone());
            (kind, path, change.before.to_string(), change.after.to_string())
        };
        let mut found: Vec<_> = back.iter().map(same).collect();
        undone.sort();
        found.sort();
        prop_assert_eq!(undone, found);
    }

    #[test]
    fn whatever_differs_is_told(old in objects(), new in objects(), engine in engine()) {
        let hashes = |objects: &[Object]| {
            crate::canonicalize(crate::fixture::snapshot(engine, objects.to_vec())).header.root_hash
        };
        let differs = hashes(&old) != hashes(&new);
        let found = changes(engine, old, new);
        prop_assert!(!differs || !found.is_empty());
    }

    #[test]
    fn a_rename_is_as_severe_as_drop_with_add(old in objects(), new in objects(), engine in engine()) {
        for change in changes(engine, old, new) {
            if change.verb() == "renamed" && matches!(change.object(), "table" | "column") {
                prop_assert_eq!(change.severity(Audience::Readers), Severity::Breaking);
                prop_assert_eq!(change.severity(Audience::Writers), Severity::Breaking);
            }
        }
    }

    #[test]
    fn every_change_says_why_in_one_sentence(old in objects(), new in objects(), engine in engine()) {
        for change in changes(engine, old, new) {
            prop_assert!(change.reason.ends_with('.') && !change.reason.contains(". "), "{}", change.reason);
            prop_assert!(!change.verb().is_empty());
        }
    }
}
