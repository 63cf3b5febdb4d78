//! What happened, in numbers that grow by one.

use store::{Store, activity};
use tokio::task::JoinSet;

use crate::database::{TestDatabase, at, on_both_databases, tenant};

on_both_databases![however_many_write_at_once_nobody_sees_a_number_before_the_one_below_it];

/// Every fifth of them takes its change back.
const WRITERS: i64 = 25;
const KEPT: i64 = 20;

async fn write(store: &Store, number: i64) -> Option<i64> {
    let message = format!("change {number}");
    let (kind, actor, source, link) = ("test", "ada", None, None);
    let new = activity::New { at: at(number), kind, actor, message: &message, source, link };
    let tx = store.write(&tenant(1)).await.unwrap();
    let seq = activity::record(&tx, new).await.unwrap();
    if number % 5 == 0 {
        return None;
    }
    tx.commit().await.unwrap();
    Some(seq)
}

async fn seen(store: &Store) -> Vec<i64> {
    let tx = store.read(&tenant(1)).await.unwrap();
    activity::list(&tx, Some(0), 100).await.unwrap().into_iter().map(|entry| entry.seq).collect()
}

async fn however_many_write_at_once_nobody_sees_a_number_before_the_one_below_it(database: &TestDatabase) {
    let store = database.store().await;
    let mut writers = JoinSet::new();
    for number in 0..WRITERS {
        let store = store.clone();
        writers.spawn(async move { write(&store, number).await });
    }
    let mut taken = Vec::new();
    // Looked at whenever one has ended, while the others are at it.
    while let Some(ended) = writers.join_next().await {
        taken.extend(ended.unwrap());
        let seen = seen(&store).await;
        assert_eq!(seen, (1..=i64::try_from(seen.len()).unwrap()).collect::<Vec<_>>());
        assert!(seen.len() >= taken.len(), "{taken:?} are committed, and {seen:?} are seen");
    }
    taken.sort_unstable();
    assert_eq!(taken, (1..=KEPT).collect::<Vec<_>>());
    assert_eq!(seen(&store).await, taken);
}
