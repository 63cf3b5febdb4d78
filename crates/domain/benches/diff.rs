//! `cargo bench -p domain --bench diff`: how long a comparison takes, at 1,000, 10,000 and 100,000 tables.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a program for people, which may fail")]

mod figure;

use domain::{canonicalize, diff, read_snapshot};
use figure::{Figure, report};
use serde_json::{Value, json};
use types::snapshot::{Body, Snapshot};

const COLUMNS: usize = 10;
const CHANGES: usize = 50;

fn main() {
    let mut figures = Vec::new();
    for (tables, times) in [(1_000, 9), (10_000, 7), (100_000, 3)] {
        let promised = |limit: f64| (tables == 10_000).then_some(limit);
        let old = canonicalize(catalog(tables));
        let new = changed(&old);
        let (old_file, new_file) = (serde_json::to_vec(&old).unwrap(), serde_json::to_vec(&new).unwrap());
        let what = |text: &str| format!("{text}, {tables} tables of {COLUMNS} columns");
        assert_eq!(diff(&old, &new, None).len(), CHANGES);
        figures.push(Figure::millis(what("50 changes"), times, promised(30.0), || diff(&old, &new, None)));
        let same = old.clone();
        figures.push(Figure::millis(what("equal roots"), times, promised(1.0), || diff(&old, &same, None)));
        figures.push(Figure::millis(
            what("from two JSON files"),
            if tables > 10_000 { 1 } else { 5 },
            promised(400.0),
            || {
                let (old, new) = std::thread::scope(|threads| {
                    let old = threads.spawn(|| read_snapshot(&old_file).unwrap());
                    let new = read_snapshot(&new_file).unwrap();
                    (old.join().unwrap(), new)
                });
                diff(&old, &new, None)
            },
        ));
    }
    report("diff", &figures);
}

/// A catalog as an agent reads it: tables with a key, a reference, an index and defaults.
fn catalog(tables: usize) -> Snapshot {
    let table = |number: usize| {
        let columns: Vec<Value> = (0..COLUMNS)
            .map(|column| {
                let data_type =
                    ["bigint", "character varying(200)", "timestamp with time zone", "numeric(12,2)"];
                json!({
                    "name": format!("column_{column}"), "position": column + 1, "type": data_type[column % 4],
                    "nullable": column % 3 == 0, "default": (column % 5 == 0).then_some("'new'::text"),
                    "physical": { "oid": number + 1_000, "attnum": column + 1 },
                })
            })
            .collect();
        let name = format!("table_{number}");
        json!({
            "kind": "table", "path": format!("public.{name}"), "parts": ["public", name],
            "physical": { "oid": number + 1_000 }, "columns": columns,
            "primary_key": { "name": format!("{name}_pkey"), "columns": ["column_0"] },
            "foreign_keys": [{
                "name": format!("{name}_fkey"), "columns": ["column_4"],
                "references": format!("public.table_{}", number / 2), "referenced_columns": ["column_0"],
                "on_delete": "no action", "on_update": "no action", "validated": true,
            }],
            "indexes": [{
                "name": format!("{name}_index"), "unique": false, "method": "btree", "valid": true,
                "parts": [{ "expression": "column_2" }],
            }],
            "estimated_rows": number,
        })
    };
    let mut snapshot: Snapshot = serde_json::from_value(json!({
        "format_version": 1, "canonical_version": 0, "engine": "postgres", "engine_version": "16",
        "database": "shop", "captured_at": "2026-01-01T00:00:00Z",
        "physical": { "system_id": "7", "database_oid": 5 }, "objects": [],
    }))
    .unwrap();
    snapshot.objects = (0..tables).map(|number| serde_json::from_value(table(number)).unwrap()).collect();
    snapshot
}

/// The same with one change in each of fifty tables.
fn changed(old: &Snapshot) -> Snapshot {
    let mut new = old.clone();
    let step = new.objects.len() / CHANGES;
    for object in new.objects.iter_mut().step_by(step).take(CHANGES) {
        if let Body::Table(table) = &mut object.body {
            table.columns[1].data_type = "character varying(100)".into();
        }
    }
    new.header.canonical_version = 0;
    canonicalize(new)
}
