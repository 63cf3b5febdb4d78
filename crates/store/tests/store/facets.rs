//! What profiles tell beyond figures.

use store::Store;
use store::statistics::{
    PackedFacets, discard, facets_of, forget_facets, insert_facets, known_facets, publish,
};
use types::Timestamp;
use types::profile::{ColumnFacets, Level, TableFacets};

use crate::database::{SOURCE, TestDatabase, at, on_both_databases, tenant};

on_both_databases![
    facets_are_seen_once_their_profile_is,
    the_newest_facets_of_a_table_count_and_the_older_go,
    facets_of_a_profile_that_died_are_discarded,
    facets_of_another_organization_are_not_seen,
    facets_of_tables_that_are_gone_are_forgotten,
];

fn facets(mean: f64) -> TableFacets {
    let column = ColumnFacets { column: "total".into(), mean: Some(mean), ..ColumnFacets::default() };
    TableFacets { level: Level::Sample, columns: vec![column], ..TableFacets::default() }
}

fn packed(table: &str, mean: f64) -> PackedFacets {
    PackedFacets::new(table, &facets(mean), None).unwrap().unwrap()
}

/// Writes facets of tables as one profile does; not seen before they are published.
async fn write(store: &Store, recorded_at: Timestamp, tables: &[(&str, f64)]) {
    let packed: Vec<PackedFacets> = tables.iter().map(|(table, mean)| packed(table, *mean)).collect();
    let tx = store.write(&tenant(1)).await.unwrap();
    insert_facets(&tx, SOURCE, recorded_at, &packed).await.unwrap();
    tx.commit().await.unwrap();
}

async fn seen_from(store: &Store, recorded_at: Timestamp) {
    let tx = store.write(&tenant(1)).await.unwrap();
    publish(&tx, SOURCE, recorded_at).await.unwrap();
    tx.commit().await.unwrap();
}

async fn seen(store: &Store, org: u128, table: &str) -> Option<TableFacets> {
    let tx = store.read(&tenant(org)).await.unwrap();
    facets_of(&tx, SOURCE, table).await.unwrap()
}

/// Discards to the end; answers how often there was something.
async fn discarded(store: &Store) -> u32 {
    let mut times = 0;
    loop {
        let tx = store.write(&tenant(1)).await.unwrap();
        let more = discard(&tx, SOURCE).await.unwrap();
        tx.commit().await.unwrap();
        if !more {
            return times;
        }
        times += 1;
    }
}

async fn facets_are_seen_once_their_profile_is(database: &TestDatabase) {
    let store = database.store_with_source().await;
    write(&store, at(5), &[("orders", 1.0)]).await;
    assert_eq!(seen(&store, 1, "orders").await, None);
    seen_from(&store, at(5)).await;
    assert_eq!(seen(&store, 1, "orders").await, Some(facets(1.0)));
    assert_eq!(seen(&store, 1, "customers").await, None);
}

async fn the_newest_facets_of_a_table_count_and_the_older_go(database: &TestDatabase) {
    let store = database.store_with_source().await;
    write(&store, at(5), &[("customers", 7.0), ("orders", 1.0)]).await;
    seen_from(&store, at(5)).await;
    // The next profile tells something new of one of them.
    write(&store, at(6), &[("orders", 2.0)]).await;
    assert_eq!(seen(&store, 1, "orders").await, Some(facets(1.0)));
    seen_from(&store, at(6)).await;
    assert_eq!(seen(&store, 1, "orders").await, Some(facets(2.0)));
    assert_eq!(seen(&store, 1, "customers").await, Some(facets(7.0)));
    let tx = store.read(&tenant(1)).await.unwrap();
    let known = known_facets(&tx, SOURCE).await.unwrap();
    drop(tx);
    assert_eq!(known.len(), 2);
    assert_eq!(&known["orders"], packed("orders", 2.0).address());
    assert!(PackedFacets::new("orders", &facets(2.0), known.get("orders")).unwrap().is_none());
    assert_eq!(discarded(&store).await, 1);
    assert_eq!(database.execute("UPDATE table_facets SET hash = hash").await.unwrap(), 2);
    assert_eq!(seen(&store, 1, "customers").await, Some(facets(7.0)));
}

async fn facets_of_a_profile_that_died_are_discarded(database: &TestDatabase) {
    let store = database.store_with_source().await;
    write(&store, at(5), &[("orders", 1.0)]).await;
    seen_from(&store, at(5)).await;
    write(&store, at(6), &[("orders", 2.0)]).await;
    assert_eq!(discarded(&store).await, 1);
    assert_eq!(seen(&store, 1, "orders").await, Some(facets(1.0)));
    assert_eq!(discarded(&store).await, 0);
}

async fn facets_of_another_organization_are_not_seen(database: &TestDatabase) {
    let store = database.store_with_source().await;
    write(&store, at(5), &[("orders", 1.0)]).await;
    seen_from(&store, at(5)).await;
    let tx = store.write(&tenant(2)).await.unwrap();
    publish(&tx, SOURCE, at(9)).await.unwrap();
    assert!(!discard(&tx, SOURCE).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(seen(&store, 2, "orders").await, None);
    assert_eq!(seen(&store, 1, "orders").await, Some(facets(1.0)));
}

async fn facets_of_tables_that_are_gone_are_forgotten(database: &TestDatabase) {
    let store = database.store_with_source().await;
    write(&store, at(5), &[("customers", 7.0), ("orders", 1.0)]).await;
    seen_from(&store, at(5)).await;
    let tx = store.write(&tenant(1)).await.unwrap();
    forget_facets(&tx, SOURCE, &["orders".to_owned()]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(seen(&store, 1, "orders").await, None);
    assert_eq!(seen(&store, 1, "customers").await, Some(facets(7.0)));
}
