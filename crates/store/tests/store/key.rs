//! The master key: a wrong one stops the start, a new one takes over without losing a secret.

use store::secret::Rewrapped;
use store::{Error, MasterKeys, Store, second_factor, secret, user};
use types::UserId;
use types::session::User;
use uuid::Uuid;

use crate::database::{TestDatabase, at, keys, on_both_databases, tenant};

on_both_databases![
    another_master_key_is_refused_at_the_start,
    a_new_master_key_takes_over,
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

async fn a_new_master_key_takes_over(database: &TestDatabase) {
    let old = database.store().await;
    let tx = old.write(&tenant(1)).await.unwrap();
    secret::put(&tx, "connection", Uuid::nil(), "token", "kept throughout", at(0)).await.unwrap();
    tx.commit().await.unwrap();
    let tx = old.platform_write().await.unwrap();
    let ada = User {
        id: ADA,
        email: "ada@example.org".into(),
        name: "Ada".into(),
        created_at: at(0),
        email_confirmed_at: None,
    };
    user::insert(&tx, &ada, "$argon2id$").await.unwrap();
    second_factor::set_up(&tx, ADA, b"hers throughout", at(0)).await.unwrap();
    tx.commit().await.unwrap();

    let both = connect(database, pair(2, Some(1))).await.unwrap();
    assert_eq!(open(&both).await.as_deref(), Some("kept throughout"));
    assert_eq!(open_factor(&both).await, b"hers throughout");
    // Before all data keys are wrapped anew, the old key cannot be left out.
    assert_eq!(connect(database, pair(2, None)).await.err(), Some(Error::WrongMasterKey));
    let took_over = async |data_keys, second_factors| {
        assert_eq!(secret::rewrap(&both).await.unwrap(), Rewrapped { data_keys, second_factors });
    };
    took_over(1, 1).await;
    took_over(0, 0).await;

    let new = connect(database, pair(2, None)).await.unwrap();
    assert_eq!(open(&new).await.as_deref(), Some("kept throughout"));
    assert_eq!(open_factor(&new).await, b"hers throughout");
    assert_eq!(connect(database, keys()).await.err(), Some(Error::WrongMasterKey));
}

async fn the_first_start_of_two_processes_agrees_on_one_key(database: &TestDatabase) {
    let (one, other) = tokio::join!(connect(database, pair(1, None)), connect(database, pair(2, None)));
    assert_eq!([one.is_ok(), other.is_ok()].iter().filter(|ok| **ok).count(), 1);
    let refused = one.err().or(other.err());
    assert_eq!(refused, Some(Error::WrongMasterKey));
}
