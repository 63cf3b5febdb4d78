//! The bounds by which points were judged.

use store::anomaly::{BATCH, Bounds, TableBounds, bounds_of_tables, discard, forget_bounds, put_bounds};
use types::incident::Measure;

use crate::database::{SOURCE, TestDatabase, at, on_both_databases, tenant};

on_both_databases![bounds_are_read_back_by_table_and_time_and_forgotten_from_either_end];

fn judged(table: &str, second: i64, upper: f64) -> TableBounds {
    let bounds = |column: Option<&str>, measure| Bounds {
        column: column.map(str::to_owned),
        measure,
        lower: 1.0 / 3.0,
        upper,
    };
    let bounds = vec![bounds(None, Measure::RowCount), bounds(Some("note"), Measure::NullPercent)];
    TableBounds { table: table.into(), at: at(second), bounds }
}

async fn bounds_are_read_back_by_table_and_time_and_forgotten_from_either_end(database: &TestDatabase) {
    let store = database.store_with_source().await;
    let of = async |org: u128, tables: &[&str], from: i64, to: i64| {
        let tables: Vec<String> = tables.iter().map(|table| (*table).to_owned()).collect();
        let tx = store.read(&tenant(org)).await.unwrap();
        bounds_of_tables(&tx, SOURCE, &tables, at(from), at(to)).await.unwrap()
    };
    // More than one statement takes.
    let many = (0..BATCH).map(|number| judged(&format!("t{number}"), 1, 2.5));
    let tx = store.write(&tenant(1)).await.unwrap();
    put_bounds(&tx, SOURCE, &many.chain([judged("a", 1, 7.5)]).collect::<Vec<_>>()).await.unwrap();
    put_bounds(&tx, SOURCE, &[judged("a", 3, 9.5), judged("a", 2, 8.5)]).await.unwrap();
    tx.commit().await.unwrap();
    let newest = [judged("a", 2, 8.5), judged("a", 3, 9.5)];
    assert_eq!(of(1, &["a", "t7"], 2, 3).await, newest);
    assert_eq!(of(1, &["a"], 1, 1).await, [judged("a", 1, 7.5)]);
    assert_eq!(of(2, &["a", "t7"], 1, 3).await, [], "another organization's");
    let tx = store.write(&tenant(1)).await.unwrap();
    assert!(forget_bounds(&tx, SOURCE, at(2)).await.unwrap());
    assert!(forget_bounds(&tx, SOURCE, at(2)).await.unwrap());
    assert!(!forget_bounds(&tx, SOURCE, at(2)).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(of(1, &["a", "t7"], 1, 3).await, newest);
    let tx = store.write(&tenant(1)).await.unwrap();
    assert!(discard(&tx, SOURCE, Some(at(2))).await.unwrap());
    assert!(!discard(&tx, SOURCE, Some(at(2))).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(of(1, &["a"], 1, 3).await, newest[..1]);
}
