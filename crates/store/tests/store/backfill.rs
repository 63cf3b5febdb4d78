//! Backfills: one for each table, read where it is not refused.

use store::Error;
use store::backfill::{self, Backfill};
use uuid::Uuid;

use crate::database::{SOURCE, TestDatabase, at, on_both_databases, tenant};

on_both_databases![
    a_backfill_is_read_back_unless_it_is_refused_and_written_over,
    backfills_are_of_their_organization_and_go_with_their_source,
];

fn counted(table: &str) -> Backfill {
    Backfill {
        table: table.into(),
        asked_at: at(9),
        timestamp_column: Some("created_at".into()),
        at: at(5),
        rows: 1_000,
        arrivals: vec![10, 0, 30],
        refused: None,
    }
}

async fn a_backfill_is_read_back_unless_it_is_refused_and_written_over(database: &TestDatabase) {
    let store = database.store_with_source().await;
    let refused = Backfill { refused: Some("It may be swept.".into()), ..counted("public.b") };
    let tx = store.write(&tenant(1)).await.unwrap();
    backfill::put(&tx, SOURCE, &[counted("public.a"), refused]).await.unwrap();
    let tables = ["public.a", "public.b", "public.c"].map(str::to_owned);
    assert_eq!(backfill::of_tables(&tx, SOURCE, &tables).await.unwrap(), [counted("public.a")]);
    assert_eq!(backfill::asked(&tx, SOURCE).await.unwrap(), tables[..2].iter().cloned().collect());

    let again = Backfill { asked_at: at(10), arrivals: vec![7], ..counted("public.b") };
    backfill::put(&tx, SOURCE, std::slice::from_ref(&again)).await.unwrap();
    assert_eq!(backfill::of_tables(&tx, SOURCE, &tables[1..]).await.unwrap(), [again]);
    tx.commit().await.unwrap();
}

async fn backfills_are_of_their_organization_and_go_with_their_source(database: &TestDatabase) {
    let store = database.store_with_source().await;
    let tables = ["public.a".to_owned()];
    for org in [1, 2] {
        let tx = store.write(&tenant(org)).await.unwrap();
        assert_eq!(backfill::of_tables(&tx, SOURCE, &tables).await.unwrap(), []);
        backfill::put(&tx, SOURCE, &[counted("public.a")]).await.unwrap();
        tx.commit().await.unwrap();
    }
    let tx = store.write(&tenant(3)).await.unwrap();
    let strange = backfill::put(&tx, SOURCE, &[counted("public.a")]).await;
    assert!(matches!(strange, Err(Error::Conflict { .. })), "{strange:?}");
    drop(tx);
    let org = database.uuid(Uuid::from_u128(1));
    database.execute(&format!("DELETE FROM source WHERE org_id = {org}")).await.unwrap();
    for (org, left) in [(1, 0), (2, 1)] {
        let tx = store.read(&tenant(org)).await.unwrap();
        assert_eq!(backfill::asked(&tx, SOURCE).await.unwrap().len(), left);
    }
}
