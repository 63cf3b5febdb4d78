//! Keys that sign access tokens: which of them signs, and for how long each is there.

use std::sync::Arc;

use store::signing_key::{self, NewKey};
use store::{Error, Store};
use tokio::sync::Barrier;
use zeroize::Zeroizing;

use crate::database::{TestDatabase, at, on_both_databases};

on_both_databases![
    one_key_signs_at_a_time_and_each_stays_while_what_it_signed_holds,
    a_key_moved_to_another_name_does_not_open,
    of_two_servers_that_make_the_first_key_at_once_one_does,
];

/// A key of which every byte is the same; what it signs is looked at elsewhere.
pub(crate) fn new_key(number: u8) -> NewKey {
    NewKey { kid: format!("key {number}"), public_key: vec![number; 32], seed: Zeroizing::new([number; 32]) }
}

async fn signs(store: &Store, second: i64) -> Option<(String, Vec<u8>)> {
    let tx = store.platform_read().await.unwrap();
    signing_key::signer(&tx, at(second)).await.unwrap().map(|signer| (signer.kid, signer.seed.to_vec()))
}

fn key(number: u8) -> Option<(String, Vec<u8>)> {
    Some((format!("key {number}"), vec![number; 32]))
}

/// The names of those that had not retired at a time.
async fn published(store: &Store, since: i64) -> Vec<String> {
    let tx = store.platform_read().await.unwrap();
    let keys = signing_key::published(&tx, at(since)).await.unwrap();
    for key in &keys {
        assert_eq!(signing_key::find(&tx, &key.kid, at(since)).await.unwrap().as_ref(), Some(key));
    }
    keys.into_iter().map(|key| key.kid).collect()
}

/// Makes a key at a time, which signs a hundred seconds later.
async fn rotate(store: &Store, number: u8, second: i64) {
    let tx = store.platform_write().await.unwrap();
    signing_key::retire(&tx, at(second + 100)).await.unwrap();
    signing_key::insert(&tx, &new_key(number), at(second)).await.unwrap();
    tx.commit().await.unwrap();
}

async fn one_key_signs_at_a_time_and_each_stays_while_what_it_signed_holds(database: &TestDatabase) {
    let store = database.store().await;
    assert_eq!(signs(&store, 0).await, None);
    assert!(published(&store, 0).await.is_empty());
    rotate(&store, 1, 0).await;
    assert_eq!(signs(&store, 0).await, key(1), "the first has nobody to wait for");
    // Another is known before it signs; twice in that time is once more in turn.
    rotate(&store, 2, 1_000).await;
    rotate(&store, 3, 1_050).await;
    for (second, number) in [(1_050, 1), (1_099, 1), (1_100, 2), (1_149, 2), (1_150, 3), (9_000, 3)] {
        assert_eq!(signs(&store, second).await, key(number), "at {second}");
    }
    assert_eq!(published(&store, 1_099).await, ["key 1", "key 2", "key 3"]);
    assert_eq!(published(&store, 1_100).await, ["key 2", "key 3"]);
    assert_eq!(published(&store, 9_000).await, ["key 3"]);
    let tx = store.platform_write().await.unwrap();
    assert_eq!(signing_key::find(&tx, "key 1", at(1_100)).await.unwrap(), None);
    assert_eq!(signing_key::forget_before(&tx, at(1_099)).await.unwrap(), 0);
    assert_eq!(signing_key::forget_before(&tx, at(1_100)).await.unwrap(), 1);
    tx.commit().await.unwrap();
    assert_eq!(published(&store, 0).await, ["key 2", "key 3"]);
    let tx = store.platform_write().await.unwrap();
    signing_key::forget_all(&tx).await.unwrap();
    signing_key::insert(&tx, &new_key(4), at(9_000)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(published(&store, 0).await, ["key 4"]);
}

async fn a_key_moved_to_another_name_does_not_open(database: &TestDatabase) {
    let store = database.store().await;
    rotate(&store, 1, 0).await;
    assert_eq!(database.execute("UPDATE signing_key SET kid = 'key 2'").await.unwrap(), 1);
    let tx = store.platform_read().await.unwrap();
    assert_eq!(signing_key::signer(&tx, at(0)).await.err(), Some(Error::SecretUnreadable));
}

async fn of_two_servers_that_make_the_first_key_at_once_one_does(database: &TestDatabase) {
    let (store, both) = (database.store().await, Arc::new(Barrier::new(2)));
    let made = [1, 2].map(|number| {
        let (store, both) = (store.clone(), both.clone());
        tokio::spawn(async move {
            both.wait().await;
            let tx = store.platform_write().await.unwrap();
            match signing_key::insert(&tx, &new_key(number), at(0)).await {
                Ok(()) => tx.commit().await.map(|()| true),
                Err(Error::Conflict { .. }) => Ok(false),
                Err(error) => Err(error),
            }
        })
    });
    let mut outcomes = Vec::new();
    for one in made {
        outcomes.push(one.await.unwrap().unwrap());
    }
    outcomes.sort_unstable();
    assert_eq!(outcomes, [false, true]);
    assert_eq!(published(&store, 0).await.len(), 1);
}
