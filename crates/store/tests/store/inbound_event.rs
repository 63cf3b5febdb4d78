//! Events from outside: each once, however often it is sent.

use serde_json::json;
use store::Store;
use store::inbound_event::{self, InboundEvent};

use crate::database::{TestDatabase, at, on_both_databases, tenant};

on_both_databases![the_same_event_is_kept_and_done_once];

fn event(connection: &str, external_id: &str, seconds: i64) -> InboundEvent {
    InboundEvent {
        connection: connection.to_owned(),
        external_id: external_id.to_owned(),
        org: Some(tenant(1).org()),
        verified: true,
        payload: json!({"sent": seconds}),
        received_at: at(seconds),
        processed_at: None,
    }
}

async fn put(store: &Store, event: &InboundEvent) -> bool {
    let tx = store.platform_write().await.unwrap();
    let new = inbound_event::put(&tx, event).await.unwrap();
    tx.commit().await.unwrap();
    new
}

async fn the_same_event_is_kept_and_done_once(database: &TestDatabase) {
    let store = database.store().await;
    let first = event("clerk", "evt_1", 0);
    // What was rolled back may come again.
    let tx = store.platform_write().await.unwrap();
    assert!(inbound_event::put(&tx, &first).await.unwrap());
    drop(tx);
    assert!(put(&store, &first).await);
    let again: Vec<_> = (1..8)
        .map(|seconds| {
            let (store, event) = (store.clone(), event("clerk", "evt_1", seconds));
            tokio::spawn(async move { put(&store, &event).await })
        })
        .collect();
    for task in again {
        assert!(!task.await.unwrap());
    }
    // Sent by several at once for the first time.
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let (store, event) = (store.clone(), event("clerk", "evt_2", 0));
            tokio::spawn(async move { put(&store, &event).await })
        })
        .collect();
    let mut new = 0;
    for task in tasks {
        new += usize::from(task.await.unwrap());
    }
    assert_eq!(new, 1);
    assert!(put(&store, &event("jira", "evt_1", 9)).await, "another system's ids are its own");

    let tx = store.platform_write().await.unwrap();
    assert_eq!(inbound_event::find(&tx, "clerk", "evt_1").await.unwrap(), Some(first.clone()));
    assert!(inbound_event::done(&tx, "clerk", "evt_1", at(10)).await.unwrap());
    assert!(!inbound_event::done(&tx, "clerk", "evt_1", at(11)).await.unwrap());
    assert!(!inbound_event::done(&tx, "clerk", "evt_3", at(11)).await.unwrap());
    tx.commit().await.unwrap();
    let tx = store.platform_read().await.unwrap();
    let done = InboundEvent { processed_at: Some(at(10)), ..first };
    assert_eq!(inbound_event::find(&tx, "clerk", "evt_1").await.unwrap(), Some(done));
    let other = inbound_event::find(&tx, "jira", "evt_1").await.unwrap().unwrap();
    assert_eq!((other.payload, other.processed_at), (json!({"sent": 9}), None));
}
