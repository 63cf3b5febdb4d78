//! The master key: a wrong one stops the start, a new one takes over without losing a secret.

use store::{Error, MasterKeys, Store, secret};
use uuid::Uuid;

use crate::database::{TestDatabase, at, keys, on_both_databases, tenant};

on_both_databases![
    another_master_key_is_refused_at_the_start,
    a_new_master_key_takes_over,
    the_first_start_of_two_processes_agrees_on_one_key,
];

fn pair(current: u8, previous: Option<u8>) -> MasterKeys {
    MasterKeys { current: [current; 32], previous: previous.map(|byte| [byte; 32]) }
}

async fn connect(database: &TestDatabase, keys: MasterKeys) -> Result<Store, Error> {
    Store::connect(&database.settings(), keys).await
}

async fn another_master_key_is_refused_at_the_start(database: &TestDatabase) {
    drop(database.store().await);
    let refused = connect(database, pair(9, None)).await.err();
    assert_eq!(refused, Some(Error::WrongMasterKey));
    assert!(Error::WrongMasterKey.to_string().contains("BASTION_MASTER_KEY_PREVIOUS"));
    assert!(connect(database, keys()).await.is_ok());
}

async fn open(store: &Store) -> Option<String> {
    let tx = store.read(&tenant(1)).await.unwrap();
    let opened = secret::open(&tx, "connection", Uuid::nil(), "token").await.unwrap();
    opened.map(|text| text.as_str().to_owned())
}

async fn a_new_master_key_takes_over(database: &TestDatabase) {
    let old = database.store().await;
    let tx = old.write(&tenant(1)).await.unwrap();
    secret::put(&tx, "connection", Uuid::nil(), "token", "kept throughout", at(0)).await.unwrap();
    tx.commit().await.unwrap();

    let both = connect(database, pair(2, Some(1))).await.unwrap();
    assert_eq!(open(&both).await.as_deref(), Some("kept throughout"));
    // Before all data keys are wrapped anew, the old key cannot be left out.
    assert_eq!(connect(database, pair(2, None)).await.err(), Some(Error::WrongMasterKey));
    assert_eq!(secret::rewrap(&both).await.unwrap(), 1);
    assert_eq!(secret::rewrap(&both).await.unwrap(), 0);

    let new = connect(database, pair(2, None)).await.unwrap();
    assert_eq!(open(&new).await.as_deref(), Some("kept throughout"));
    assert_eq!(connect(database, keys()).await.err(), Some(Error::WrongMasterKey));
}

async fn the_first_start_of_two_processes_agrees_on_one_key(database: &TestDatabase) {
    let (one, other) = tokio::join!(connect(database, pair(1, None)), connect(database, pair(2, None)));
    assert_eq!([one.is_ok(), other.is_ok()].iter().filter(|ok| **ok).count(), 1);
    let refused = one.err().or(other.err());
    assert_eq!(refused, Some(Error::WrongMasterKey));
}
