use serde_json::json;
use types::Timestamp;
use types::snapshot::{Engine, Object};

use super::*;
use crate::diff;
use crate::fixture::{column, foreign_key, key, snapshot, table, table_with, view};

fn profile(rows: u64, column: ColumnProfile) -> TableProfile {
    TableProfile {
        table: "public.film".into(),
        row_count: rows,
        row_count_method: Method::Exact,
        bytes: None,
        latest_value_at: None,
        timestamp_column: None,
        last_write_at: None,
        columns: vec![column],
        partial: false,
        profiled_at: Timestamp::from_millis(0).unwrap(),
        skipped: None,
        ..TableProfile::default()
    }
}

fn stats(nulls: u64, percent: f64, distinct: u64) -> ColumnProfile {
    ColumnProfile {
        column: "length".into(),
        null_count: nulls,
        null_percent: Some(percent),
        distinct_count: Some(distinct),
        uniqueness_percent: None,
        method: Method::Exact,
        error_bound: None,
        min: Some(json!(46)),
        max: Some(json!(185)),
        latest_value_at: None,
        ..ColumnProfile::default()
    }
}

fn film(length: Option<&str>) -> Vec<Object> {
    let columns = std::iter::once(column("id", "integer"))
        .chain(length.map(|data_type| column("length", data_type)))
        .collect();
    vec![table("public.film", columns)]
}

fn keyed() -> Vec<Object> {
    let columns = vec![column("id", "integer"), column("length", "integer")];
    vec![table_with("public.film", columns, |table| table.uniques = vec![key("u", &["length"])])]
}

#[test]
fn the_last_profile_says_what_a_change_did() {
    let full = || profile(1000, stats(0, 0.0, 140));
    let cases = [
        (full(), film(Some("integer")), vec![], "The table had 1000 rows at the last profile."),
        (
            full(),
            film(Some("integer")),
            film(None),
            "The column had 0.0 % NULL and 140 different values at the last profile.",
        ),
        (
            profile(1000, stats(1000, 100.0, 0)),
            film(Some("integer")),
            film(None),
            "The column was 100 % NULL at the last profile.",
        ),
        (
            profile(0, stats(0, 0.0, 0)),
            film(Some("integer")),
            film(None),
            "The table had 0 rows at the last profile.",
        ),
        (
            full(),
            film(Some("integer")),
            film(Some("integer!")),
            "The column had 0 NULLs in 1000 rows at the last profile, so this would have passed.",
        ),
        (
            profile(1000, stats(3, 0.3, 140)),
            film(Some("integer")),
            film(Some("integer!")),
            "The column had 3 NULLs in 1000 rows at the last profile, so they were filled or removed first.",
        ),
        (
            full(),
            film(Some("integer")),
            film(Some("smallint")),
            "Values ran from 46 to 185 at the last profile.",
        ),
        (
            full(),
            film(Some("integer")),
            keyed(),
            "length had 140 different values among 1000 at the last profile.",
        ),
        (
            profile(140, stats(0, 0.0, 140)),
            film(Some("integer")),
            keyed(),
            "All 140 values of length were different at the last profile.",
        ),
    ];
    for (profile, old, new, expected) in cases {
        let profiles = [profile];
        let index = ProfileIndex::new(&profiles);
        let old = snapshot(Engine::Postgres, old);
        let changes = diff(&old, &snapshot(Engine::Postgres, new), Some(&index));
        assert_eq!(changes.len(), 1, "{changes:?}");
        assert_eq!(changes[0].evidence, [expected], "{}", changes[0].kind);
    }
}

#[test]
fn the_catalog_says_who_uses_what_changed() {
    let mut old = film(Some("integer"));
    for name in ["a", "b"] {
        let query = format!("SELECT length AS {name} FROM film");
        old.push(view(&format!("public.{name}"), vec![column(name, "integer")], "public.film", &query));
    }
    old.push(table_with("public.c", vec![column("film_id", "integer")], |table| {
        table.foreign_keys = vec![foreign_key("f", "film_id", "public.film", "id")];
    }));
    let mut new = old.clone();
    new[0] = film(None).remove(0);
    let dropped_column =
        diff(&snapshot(Engine::Postgres, old.clone()), &snapshot(Engine::Postgres, new.clone()), None);
    assert_eq!(dropped_column[0].evidence, ["Used by views public.a, public.b."]);
    new.remove(0);
    let dropped_table = diff(&snapshot(Engine::Postgres, old), &snapshot(Engine::Postgres, new), None);
    assert_eq!(dropped_table[0].evidence, ["Used by views public.a, public.b; a foreign key from public.c."]);
}
