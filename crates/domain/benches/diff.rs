//! `cargo bench -p domain --bench diff`: how long a comparison takes, at 1,000, 10,000 and 100,000 tables.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a program for people, which may fail")]

mod figure;

use domain::{canonicalize, diff, read_snapshot};
use figure::{Figure, report};
use mimalloc::MiMalloc;
use serde_json::{Value, json};
use types::change::Change;
use types::snapshot::{Body, Snapshot};

/// That of `bastion`, whose `diff` is measured here.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const COLUMNS: usize = 10;
const CHANGES: usize = 50;

fn main() {
    let (mut figures, mut each) = (Vec::new(), Vec::new());
    for (tables, times) in [(1_000, 9), (10_000, 7), (100_000, 3)] {
        let mut measure = |what: &str, limit: f64, work: &mut dyn FnMut() -> Vec<Change>| {
            let promised = (tables == 10_000).then_some(limit);
            let name = format!("{what}, {tables} tables of {COLUMNS} columns");
            let figure = Figure::millis(name, times, promised, work);
            let shares = figure.runs.iter().map(|run| run * 1_000.0 / tables as f64).collect();
            each.push(Figure::new(format!("{what}, for each of {tables} tables"), "µs", shares, None));
            figures.push(figure);
        };
        let files = files(tables);
        measure("from two JSON files", 400.0, &mut || {
            let (old, new) = read(&files);
            diff(&old, &new, None)
        });
        let (mut old, mut new) = read(&files);
        drop(files);
        let same = old.clone();
        measure("equal roots", 1.0, &mut || diff(&old, &same, None));
        // As they come from the store, where nobody has looked at the order of columns.
        (old.header.column_order, new.header.column_order) = (None, None);
        assert_eq!(diff(&old, &new, None).len(), CHANGES);
        measure("50 changes", 30.0, &mut || diff(&old, &new, None));
    }
    figures.extend(each);
    report("diff", &figures);
}

/// Two files with fifty changes between them.
fn files(tables: usize) -> [Vec<u8>; 2] {
    let old = canonicalize(catalog(tables));
    let new = changed(&old);
    [serde_json::to_vec(&old).unwrap(), serde_json::to_vec(&new).unwrap()]
}

/// Side by side, as `bastion diff` does.
fn read([old, new]: &[Vec<u8>; 2]) -> (Snapshot, Snapshot) {
    std::thread::scope(|threads| {
        let old = threads.spawn(|| read_snapshot(old).unwrap());
        let new = read_snapshot(new).unwrap();
        (old.join().unwrap(), new)
    })
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
