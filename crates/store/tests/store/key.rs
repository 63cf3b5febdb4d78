//! The master key: a wrong one stops the start, a new one takes over without losing a secret.

use store::master_key::{self, Remaining};
use store::{Error, MasterKeys, Store, Tenant, second_factor, secret, signing_key, user};
use types::UserId;
use types::session::User;
use uuid::Uuid;

use crate::database::{TestDatabase, at, keys, on_both_databases, tenant};
use crate::signing_key::new_key;

on_both_databases![
    another_master_key_is_refused_at_the_start,
    a_new_master_key_takes_over,
    a_server_without_the_new_master_key_can_leave_nothing_under_the_old_one,
    what_is_being_kept_while_the_master_key_is_replaced_is_taken_over,
    another_server_fetches_a_master_key_that_was_made_since,
    a_data_key_goes_once_no_secret_uses_it,
    the_first_start_of_two_processes_agrees_on_one_key,
];

const ADA: UserId = UserId(Uuid::from_u128(1));

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

async fn open_factor(store: &Store) -> Vec<u8> {
    let tx = store.platform_read().await.unwrap();
    second_factor::find(&tx, ADA).await.unwrap().unwrap().secret.to_vec()
}

async fn open_signing_key(store: &Store) -> Vec<u8> {
    let tx = store.platform_read().await.unwrap();
    signing_key::signer(&tx, at(0)).await.unwrap().unwrap().seed.to_vec()
}

async fn put(store: &Store, org: u128, purpose: &str) -> Result<(), Error> {
    let tx = store.write(&tenant(org)).await?;
    secret::put(&tx, "connection", Uuid::nil(), purpose, "kept throughout", at(0)).await?;
    tx.commit().await
}

/// Somebody with a second factor, and a key that signs access tokens.
async fn ada(store: &Store) {
    let tx = store.platform_write().await.unwrap();
    let ada = User {
        id: ADA,
        email: "ada@example.org".into(),
        name: "Ada".into(),
        created_at: at(0),
        email_confirmed_at: None,
    };
    user::insert(&tx, &ada, "$argon2id$").await.unwrap();
    second_factor::set_up(&tx, ADA, b"hers throughout", at(0)).await.unwrap();
    signing_key::insert(&tx, &new_key(7), at(0)).await.unwrap();
    tx.commit().await.unwrap();
}

async fn replace(store: &Store) {
    let fresh = store.fresh_master_key().await.unwrap();
    let tx = store.platform_write().await.unwrap();
    master_key::replace(&tx, &fresh, at(1)).await.unwrap();
    tx.commit().await.unwrap();
}

async fn remaining(store: &Store) -> Remaining {
    master_key::remaining(&store.platform_read().await.unwrap()).await.unwrap()
}

/// Takes everything over, a little at a time.
async fn take_over(store: &Store) -> u32 {
    let mut taken = 0;
    let mut last = None;
    loop {
        let tx = store.platform_read().await.unwrap();
        let some = master_key::organizations(&tx, last, 1).await.unwrap();
        drop(tx);
        last = some.last().copied();
        let Some(org) = last else { break };
        let tx = store.write(&Tenant::of(org)).await.unwrap();
        taken += secret::rewrap(&tx).await.unwrap();
        tx.commit().await.unwrap();
    }
    let tx = store.platform_write().await.unwrap();
    taken += second_factor::rewrap_some(&tx, 10).await.unwrap();
    taken += signing_key::rewrap_some(&tx, 10).await.unwrap();
    master_key::retire(&tx).await.unwrap();
    tx.commit().await.unwrap();
    taken
}

async fn a_new_master_key_takes_over(database: &TestDatabase) {
    let old = database.store().await;
    put(&old, 1, "token").await.unwrap();
    ada(&old).await;

    let both = connect(database, pair(2, Some(1))).await.unwrap();
    assert_eq!(open(&both).await.as_deref(), Some("kept throughout"));
    assert_eq!(open_factor(&both).await, b"hers throughout");
    assert_eq!(open_signing_key(&both).await, [7; 32]);
    // Before the master key is replaced, what wraps it cannot be left out.
    assert_eq!(connect(database, pair(2, None)).await.err(), Some(Error::WrongMasterKey));
    replace(&both).await;
    assert_eq!(remaining(&both).await, Remaining { data_keys: 1, second_factors: 1, signing_keys: 1 });
    // Stopped here, everything opens, and it goes on where it was.
    drop(both);
    let both = connect(database, pair(2, Some(1))).await.unwrap();
    assert_eq!(open(&both).await.as_deref(), Some("kept throughout"));
    assert_eq!(open_factor(&both).await, b"hers throughout");
    assert_eq!(open_signing_key(&both).await, [7; 32]);
    assert_eq!(take_over(&both).await, 3);
    assert!(remaining(&both).await.is_none());

    let new = connect(database, pair(2, None)).await.unwrap();
    assert_eq!(open(&new).await.as_deref(), Some("kept throughout"));
    assert_eq!(open_factor(&new).await, b"hers throughout");
    assert_eq!(open_signing_key(&new).await, [7; 32]);
    assert_eq!(connect(database, keys()).await.err(), Some(Error::WrongMasterKey));
}

async fn a_server_without_the_new_master_key_can_leave_nothing_under_the_old_one(database: &TestDatabase) {
    let old = database.store().await;
    put(&old, 1, "token").await.unwrap();
    ada(&old).await;
    replace(&connect(database, pair(2, Some(1))).await.unwrap()).await;
    // It would wrap a data key, seal a second factor, or another signing key.
    assert_eq!(put(&old, 2, "token").await.err(), Some(Error::MasterKeyReplaced));
    let tx = old.platform_write().await.unwrap();
    let sealed = second_factor::set_up(&tx, ADA, b"another", at(1)).await;
    assert_eq!(sealed.err(), Some(Error::MasterKeyReplaced));
    signing_key::retire(&tx, at(1)).await.unwrap();
    let sealed = signing_key::insert(&tx, &new_key(8), at(1)).await;
    assert_eq!(sealed.err(), Some(Error::MasterKeyReplaced));
    drop(tx);
    // What it can open it still opens, and keeps secrets under data keys that are there.
    assert_eq!(open(&old).await.as_deref(), Some("kept throughout"));
    put(&old, 1, "another").await.unwrap();
    // A server of an earlier release does not look at what is the present one: the database does.
    for sql in [
        "INSERT INTO data_key (org_id, version, wrapped, key_id, created_at) SELECT org_id, 9, wrapped, key_id, 0 FROM data_key",
        "UPDATE second_factor SET key_id = key_id",
        "UPDATE signing_key SET key_id = key_id",
        "INSERT INTO signing_key SELECT 'other', 'other', public_key, sealed, key_id, 0, 0 FROM signing_key",
    ] {
        let refused = database.execute(sql).await.unwrap_err().to_string();
        assert!(refused.contains("the master key was replaced"), "{refused}");
    }
}

async fn what_is_being_kept_while_the_master_key_is_replaced_is_taken_over(database: &TestDatabase) {
    let old = database.store().await;
    let both = connect(database, pair(2, Some(1))).await.unwrap();
    let fresh = both.fresh_master_key().await.unwrap();
    // A data key under the old master key, which nobody else sees yet.
    let keeping = old.write(&tenant(1)).await.unwrap();
    secret::put(&keeping, "connection", Uuid::nil(), "token", "kept throughout", at(0)).await.unwrap();
    let replacing = tokio::spawn(async move {
        let tx = both.platform_write().await.unwrap();
        master_key::replace(&tx, &fresh, at(1)).await.unwrap();
        tx.commit().await.unwrap();
        both
    });
    tokio::task::yield_now().await;
    keeping.commit().await.unwrap();
    let both = replacing.await.unwrap();
    assert_eq!(take_over(&both).await, 1);
    let new = connect(database, pair(2, None)).await.unwrap();
    assert_eq!(open(&new).await.as_deref(), Some("kept throughout"));
}

async fn another_server_fetches_a_master_key_that_was_made_since(database: &TestDatabase) {
    let (one, other) = (database.store().await, database.store().await);
    put(&one, 1, "token").await.unwrap();
    replace(&one).await;
    take_over(&one).await;
    let tx = other.read(&tenant(1)).await.unwrap();
    let unknown = secret::open(&tx, "connection", Uuid::nil(), "token").await.err();
    assert_eq!(unknown, Some(Error::MasterKeyReplaced));
    drop(tx);
    assert_eq!(open(&other).await.as_deref(), Some("kept throughout"));
    put(&other, 2, "token").await.unwrap();
}

async fn a_data_key_goes_once_no_secret_uses_it(database: &TestDatabase) {
    let store = database.store().await;
    put(&store, 1, "token").await.unwrap();
    let tx = store.write(&tenant(1)).await.unwrap();
    secret::rotate(&tx, at(1)).await.unwrap();
    assert_eq!(secret::retire(&tx).await.unwrap(), 0, "a secret uses it");
    secret::reencrypt_batch(&tx, 10, at(1)).await.unwrap();
    assert_eq!(secret::retire(&tx).await.unwrap(), 1);
    tx.commit().await.unwrap();
    assert_eq!(open(&store).await.as_deref(), Some("kept throughout"));
    let tx = store.write(&tenant(1)).await.unwrap();
    assert_eq!(secret::retire(&tx).await.unwrap(), 0, "the newest stays");
    assert_eq!(secret::rotate(&tx, at(2)).await.unwrap(), 3, "no version is used twice");
}

async fn the_first_start_of_two_processes_agrees_on_one_key(database: &TestDatabase) {
    let (one, other) = tokio::join!(connect(database, pair(1, None)), connect(database, pair(2, None)));
    assert_eq!([one.is_ok(), other.is_ok()].iter().filter(|ok| **ok).count(), 1);
    let refused = one.err().or(other.err());
    assert_eq!(refused, Some(Error::WrongMasterKey));
}
