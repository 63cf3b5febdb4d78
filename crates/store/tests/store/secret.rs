//! Secrets: sealed for one place, readable through every rotation.

use std::fs;

use store::{Error, Store, secret};
use types::organization::SecretView;
use uuid::Uuid;

use crate::database::{Migrated, TestDatabase, at, in_silos, on_both_databases, tenant};

on_both_databases![
    a_secret_is_kept_shown_in_part_replaced_and_cleared,
    a_short_secret_shows_nothing,
    a_secret_belongs_to_one_organization,
    a_ciphertext_moved_to_another_place_does_not_open,
    rotation_leaves_old_secrets_readable_until_they_are_moved,
    half_a_re_encryption_loses_nothing,
    the_plaintext_is_nowhere_in_the_database,
];
in_silos![half_a_re_encryption_loses_nothing];

const SUBJECT: Uuid = Uuid::from_u128(77);

async fn put(store: &Store, org: u128, purpose: &str, plaintext: &str) {
    let tx = store.write(&tenant(org)).await.unwrap();
    secret::put(&tx, "connection", SUBJECT, purpose, plaintext, at(0)).await.unwrap();
    tx.commit().await.unwrap();
}

async fn open(store: &Store, org: u128, purpose: &str) -> Result<Option<String>, Error> {
    let tx = store.read(&tenant(org)).await.unwrap();
    let opened = secret::open(&tx, "connection", SUBJECT, purpose).await?;
    Ok(opened.map(|text| text.as_str().to_owned()))
}

async fn view(store: &Store, org: u128, purpose: &str) -> SecretView {
    let tx = store.read(&tenant(org)).await.unwrap();
    secret::view(&tx, "connection", SUBJECT, purpose).await.unwrap()
}

async fn a_secret_is_kept_shown_in_part_replaced_and_cleared(database: &TestDatabase) {
    let store = database.store().await;
    assert_eq!(view(&store, 1, "token").await, SecretView::default());
    put(&store, 1, "token", "first-secret-1234").await;
    put(&store, 1, "token", "second-secret-äöü5").await;
    assert_eq!(open(&store, 1, "token").await.unwrap().as_deref(), Some("second-secret-äöü5"));
    let shown = view(&store, 1, "token").await;
    assert_eq!((shown.set, shown.last4.as_deref()), (true, Some("äöü5")));
    let tx = store.write(&tenant(1)).await.unwrap();
    for _ in 0..2 {
        secret::clear(&tx, "connection", SUBJECT, "token").await.unwrap();
    }
    tx.commit().await.unwrap();
    assert_eq!(open(&store, 1, "token").await, Ok(None));
}

async fn a_short_secret_shows_nothing(database: &TestDatabase) {
    let store = database.store().await;
    put(&store, 1, "token", "elevenchars").await;
    let shown = view(&store, 1, "token").await;
    assert_eq!((shown.set, shown.last4), (true, None));
}

async fn a_secret_belongs_to_one_organization(database: &TestDatabase) {
    let store = database.store().await;
    put(&store, 1, "token", "of the first one").await;
    assert_eq!(open(&store, 2, "token").await, Ok(None));
    let tx = store.write(&tenant(2)).await.unwrap();
    secret::clear(&tx, "connection", SUBJECT, "token").await.unwrap();
    tx.commit().await.unwrap();
    put(&store, 2, "token", "of the second one").await;
    assert_eq!(open(&store, 1, "token").await.unwrap().as_deref(), Some("of the first one"));
}

async fn a_ciphertext_moved_to_another_place_does_not_open(database: &TestDatabase) {
    let store = database.store().await;
    let moves = [
        "UPDATE credential SET purpose = 'other' WHERE purpose = 'token'".to_owned(),
        format!(
            "UPDATE credential SET org_id = {} WHERE purpose = 'other'",
            database.uuid(Uuid::from_u128(2))
        ),
    ];
    put(&store, 1, "token", "a secret").await;
    put(&store, 2, "mine", "so that the second has a key as well").await;
    for (sql, org) in moves.iter().zip([1, 2]) {
        assert_eq!(database.execute(sql).await.unwrap(), 1);
        assert_eq!(open(&store, org, "other").await, Err(Error::SecretUnreadable));
    }
}

async fn rotate(store: &Store) -> u32 {
    let tx = store.write(&tenant(1)).await.unwrap();
    let version = secret::rotate(&tx, at(1)).await.unwrap();
    tx.commit().await.unwrap();
    version
}

async fn rotation_leaves_old_secrets_readable_until_they_are_moved(database: &TestDatabase) {
    let store = database.store().await;
    for number in 0..5 {
        put(&store, 1, &format!("p{number}"), &format!("secret {number}")).await;
    }
    put(&store, 2, "token", "not part of it").await;
    assert_eq!(rotate(&store).await, 2);
    let tx = store.read(&tenant(1)).await.unwrap();
    assert_eq!(secret::version(&tx).await.unwrap(), 2);
    assert_eq!(secret::remaining(&tx).await.unwrap(), 5);
    drop(tx);
    assert_eq!(open(&store, 1, "p0").await.unwrap().as_deref(), Some("secret 0"));
    for expected in [(2, 3), (2, 1), (1, 0), (0, 0)] {
        let tx = store.write(&tenant(1)).await.unwrap();
        assert_eq!(secret::reencrypt_batch(&tx, 2, at(2)).await.unwrap(), expected);
        tx.commit().await.unwrap();
    }
    // The old key can go: nothing needs it.
    let delete =
        format!("DELETE FROM data_key WHERE version = 1 AND org_id = {}", database.uuid(Uuid::from_u128(1)));
    assert_eq!(database.execute(&delete).await.unwrap(), 1);
    for number in 0..5 {
        let opened = open(&store, 1, &format!("p{number}")).await.unwrap();
        assert_eq!(opened, Some(format!("secret {number}")));
    }
    assert_eq!(open(&store, 2, "token").await.unwrap().as_deref(), Some("not part of it"));
}

async fn half_a_re_encryption_loses_nothing(database: &TestDatabase) {
    let store = database.store().await;
    for number in 0..4 {
        put(&store, 1, &format!("p{number}"), &format!("secret {number}")).await;
    }
    rotate(&store).await;
    let tx = store.write(&tenant(1)).await.unwrap();
    secret::reencrypt_batch(&tx, 2, at(2)).await.unwrap();
    tx.commit().await.unwrap();
    // The process ends in the middle of the second batch.
    let tx = store.write(&tenant(1)).await.unwrap();
    secret::reencrypt_batch(&tx, 2, at(2)).await.unwrap();
    drop(tx);
    drop(store);
    let store = database.store().await;
    for number in 0..4 {
        let opened = open(&store, 1, &format!("p{number}")).await.unwrap();
        assert_eq!(opened, Some(format!("secret {number}")));
    }
    let tx = store.read(&tenant(1)).await.unwrap();
    assert_eq!(secret::remaining(&tx).await.unwrap(), 2);
}

async fn the_plaintext_is_nowhere_in_the_database(database: &TestDatabase) {
    let store = database.store().await;
    put(&store, 1, "token", "canary-5f0c1d9e-plaintext").await;
    let needle = "canary-5f0c1d9e";
    match &database.0 {
        Migrated::Sqlite(directory) => {
            for file in fs::read_dir(directory.path()).unwrap() {
                let bytes = fs::read(file.unwrap().path()).unwrap();
                let found = bytes.windows(needle.len()).any(|window| window == needle.as_bytes());
                assert!(!found);
            }
        }
        Migrated::Postgres(database) => {
            let rows = database.psql("SELECT c.*, encode(c.ciphertext, 'escape') FROM pooled.credential c");
            assert!(rows.contains("connection") && !rows.contains(needle), "{rows}");
        }
    }
}
