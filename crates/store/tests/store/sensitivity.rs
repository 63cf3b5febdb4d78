//! How far out values have to be: what is said of a source and its parts.

use store::sensitivity::{of_source, put, remove};
use store::{Error, Store};
use types::incident::Measure;
use types::sensitivity::{Sensitivity, SensitivityPlace, SensitivityRule, SensitivitySetting};
use uuid::Uuid;

use crate::database::{SOURCE, TestDatabase, at, on_both_databases, tenant};

on_both_databases![
    settings_are_read_back_in_order_and_written_over,
    a_place_is_forgotten_alone,
    settings_are_of_their_organization,
    settings_go_with_their_source,
];

fn setting(
    table: Option<&str>,
    column: Option<&str>,
    measure: Option<Measure>,
    sensitivity: Sensitivity,
) -> SensitivitySetting {
    let (table, column) = (table.map(str::to_owned), column.map(str::to_owned));
    let rule = SensitivityRule { table, column, measure, sensitivity };
    SensitivitySetting { rule, author: "ada".into(), at: at(7) }
}

/// In the order in which they are read.
fn settings() -> Vec<SensitivitySetting> {
    vec![
        setting(None, None, None, Sensitivity::Low),
        setting(Some("public.a"), None, Some(Measure::RowCount), Sensitivity::High),
        setting(Some("public.a"), Some("note"), None, Sensitivity::Medium),
        setting(Some("public.a"), Some("note"), Some(Measure::NullPercent), Sensitivity::High),
    ]
}

async fn write(store: &Store, org: u128, settings: &[SensitivitySetting]) {
    let tx = store.write(&tenant(org)).await.unwrap();
    put(&tx, SOURCE, settings).await.unwrap();
    tx.commit().await.unwrap();
}

async fn all(store: &Store, org: u128) -> Vec<SensitivitySetting> {
    let tx = store.read(&tenant(org)).await.unwrap();
    of_source(&tx, SOURCE).await.unwrap()
}

async fn settings_are_read_back_in_order_and_written_over(database: &TestDatabase) {
    let store = database.store_with_source().await;
    assert_eq!(all(&store, 1).await, []);
    let mut known = settings();
    write(&store, 1, &known.iter().rev().cloned().collect::<Vec<_>>()).await;
    assert_eq!(all(&store, 1).await, known);
    known[2].rule.sensitivity = Sensitivity::Low;
    (known[2].author, known[2].at) = ("eve".into(), at(8));
    write(&store, 1, &known[2..3]).await;
    assert_eq!(all(&store, 1).await, known);
}

async fn a_place_is_forgotten_alone(database: &TestDatabase) {
    let store = database.store_with_source().await;
    let mut known = settings();
    write(&store, 1, &known).await;
    for gone in [2, 0] {
        let tx = store.write(&tenant(1)).await.unwrap();
        remove(&tx, SOURCE, &known.remove(gone).rule.place()).await.unwrap();
        remove(&tx, SOURCE, &SensitivityPlace { table: Some("public.b".into()), ..Default::default() })
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(all(&store, 1).await, known);
    }
}

async fn settings_are_of_their_organization(database: &TestDatabase) {
    let store = database.store_with_source().await;
    write(&store, 1, &settings()).await;
    assert_eq!(all(&store, 2).await, []);
    write(&store, 2, &settings()[..1]).await;
    assert_eq!((all(&store, 1).await.len(), all(&store, 2).await.len()), (4, 1));
    let tx = store.write(&tenant(3)).await.unwrap();
    assert!(matches!(put(&tx, SOURCE, &settings()).await, Err(Error::Conflict { .. })));
}

async fn settings_go_with_their_source(database: &TestDatabase) {
    let store = database.store_with_source().await;
    write(&store, 1, &settings()).await;
    write(&store, 2, &settings()).await;
    let org = database.uuid(Uuid::from_u128(1));
    database.execute(&format!("DELETE FROM source WHERE org_id = {org}")).await.unwrap();
    assert_eq!((all(&store, 1).await.len(), all(&store, 2).await.len()), (0, 4));
}
