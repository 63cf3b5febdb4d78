use proptest::prelude::*;
use types::change::{Audience, Severity};
use types::snapshot::{Column, Engine, Object};

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
