//! Second factors, recovery codes, and sign-ins that wait for one of them.

use std::sync::Arc;

use store::pending_sign_in::{self, Pending};
use store::session::{self, TokenHash};
use store::{Error, PlatformWrite, Store, recovery_code, second_factor, user};
use tokio::sync::Barrier;
use types::session::User;
use types::{Timestamp, UserId};
use uuid::Uuid;

use crate::database::{TestDatabase, at, on_both_databases};

on_both_databases![
    a_secret_counts_from_when_it_is_enabled,
    what_was_replaced_meanwhile_is_not_enabled,
    a_step_is_taken_once_and_none_before_it,
    two_who_take_the_same_step_at_once_are_one,
    attempts_are_counted_until_the_window_is_over,
    a_recovery_code_is_taken_once,
    two_who_take_the_same_recovery_code_at_once_are_one,
    new_recovery_codes_replace_the_earlier_ones,
    turning_it_off_forgets_all_of_it,
    a_secret_moved_to_somebody_else_does_not_open,
    a_sign_in_waits_for_a_while_and_for_a_few_attempts,
    ending_all_sessions_ends_what_waits_as_well,
];

const ADA: UserId = UserId(Uuid::from_u128(1));
const BOB: UserId = UserId(Uuid::from_u128(2));
const SECRET: &[u8] = b"twenty bytes of hers";

fn hash(number: u8) -> TokenHash {
    TokenHash::of([number; 32])
}

async fn people(database: &TestDatabase) -> Store {
    let store = database.store().await;
    let tx = store.platform_write().await.unwrap();
    for (id, name) in [(ADA, "ada"), (BOB, "bob")] {
        let person = User {
            id,
            email: format!("{name}@example.org"),
            name: name.to_owned(),
            created_at: at(0),
            email_confirmed_at: None,
        };
        user::insert(&tx, &person, "$argon2id$").await.unwrap();
    }
    tx.commit().await.unwrap();
    store
}

/// Turns it on for a person by the code of step 100.
async fn enable(tx: &PlatformWrite, user: UserId) {
    assert!(second_factor::set_up(tx, user, SECRET, at(0)).await.unwrap());
    let found = second_factor::find(tx, user).await.unwrap().unwrap();
    assert!(second_factor::enable(tx, user, &found, 100, at(1)).await.unwrap());
}

async fn enabled(database: &TestDatabase) -> Store {
    let store = people(database).await;
    let tx = store.platform_write().await.unwrap();
    enable(&tx, ADA).await;
    tx.commit().await.unwrap();
    store
}

async fn take(tx: &PlatformWrite, step: i64) -> bool {
    let found = second_factor::find(tx, ADA).await.unwrap().unwrap();
    second_factor::take_step(tx, ADA, &found, step).await.unwrap()
}

async fn a_secret_counts_from_when_it_is_enabled(database: &TestDatabase) {
    let store = people(database).await;
    let tx = store.platform_write().await.unwrap();
    assert!(second_factor::find(&tx, ADA).await.unwrap().is_none());
    assert!(second_factor::set_up(&tx, ADA, b"never confirmed", at(0)).await.unwrap());
    assert!(second_factor::set_up(&tx, ADA, SECRET, at(1)).await.unwrap());
    let found = second_factor::find(&tx, ADA).await.unwrap().unwrap();
    assert_eq!((found.secret.as_slice(), found.enabled_at), (SECRET, None));
    assert_eq!(second_factor::enabled_at(&tx, ADA).await.unwrap(), None);
    assert!(!take(&tx, 500).await, "it is not enabled");
    assert!(second_factor::enable(&tx, ADA, &found, 100, at(2)).await.unwrap());
    assert_eq!(second_factor::enabled_at(&tx, ADA).await.unwrap(), Some(at(2)));
    // Once is enough, and another secret must not take the place of one that is on.
    assert!(!second_factor::enable(&tx, ADA, &found, 101, at(3)).await.unwrap());
    assert!(!second_factor::set_up(&tx, ADA, b"somebody else's", at(3)).await.unwrap());
    let found = second_factor::find(&tx, ADA).await.unwrap().unwrap();
    assert_eq!((found.secret.as_slice(), found.enabled_at), (SECRET, Some(at(2))));
    assert_eq!(second_factor::enabled_at(&tx, BOB).await.unwrap(), None);
}

async fn what_was_replaced_meanwhile_is_not_enabled(database: &TestDatabase) {
    let store = people(database).await;
    let tx = store.platform_write().await.unwrap();
    second_factor::set_up(&tx, ADA, SECRET, at(0)).await.unwrap();
    let found = second_factor::find(&tx, ADA).await.unwrap().unwrap();
    second_factor::set_up(&tx, ADA, b"of another window", at(1)).await.unwrap();
    assert!(!second_factor::enable(&tx, ADA, &found, 100, at(2)).await.unwrap());
    assert_eq!(second_factor::enabled_at(&tx, ADA).await.unwrap(), None);
}

async fn a_step_is_taken_once_and_none_before_it(database: &TestDatabase) {
    let store = enabled(database).await;
    let tx = store.platform_write().await.unwrap();
    // The first code, which enabled it, is taken as well.
    for (step, expected) in [(100, false), (101, true), (101, false), (100, false), (103, true), (102, false)]
    {
        assert_eq!(take(&tx, step).await, expected, "{step}");
    }
}

async fn two_who_take_the_same_step_at_once_are_one(database: &TestDatabase) {
    let store = enabled(database).await;
    let start = Arc::new(Barrier::new(4));
    let tasks = (0..4).map(|_| {
        let (store, start) = (store.clone(), Arc::clone(&start));
        tokio::spawn(async move {
            let read = store.platform_read().await.unwrap();
            let found = second_factor::find(&read, ADA).await.unwrap().unwrap();
            drop(read);
            start.wait().await;
            let tx = store.platform_write().await.unwrap();
            let taken = second_factor::take_step(&tx, ADA, &found, 101).await.unwrap();
            tx.commit().await.unwrap();
            taken
        })
    });
    let tasks: Vec<_> = tasks.collect();
    let mut taken = 0;
    for task in tasks {
        taken += u32::from(task.await.unwrap());
    }
    assert_eq!(taken, 1);
}

async fn attempts_are_counted_until_the_window_is_over(database: &TestDatabase) {
    let store = enabled(database).await;
    let tx = store.platform_write().await.unwrap();
    enable(&tx, BOB).await;
    let attempt = async |user, seconds| {
        second_factor::count_attempt(&tx, user, 3, at(seconds - 60), at(seconds)).await.unwrap()
    };
    // The count that begins with the secret is over by now.
    for seconds in [100, 110, 120] {
        assert_eq!(attempt(ADA, seconds).await, None, "{seconds}");
    }
    assert_eq!(attempt(ADA, 130).await, Some(at(100)));
    assert_eq!(attempt(BOB, 130).await, None);
    assert_eq!(attempt(ADA, 159).await, Some(at(100)));
    for (seconds, expected) in [(160, None), (161, None), (162, None), (163, Some(at(160)))] {
        assert_eq!(attempt(ADA, seconds).await, expected, "{seconds}");
    }
    second_factor::forget_attempts(&tx, ADA).await.unwrap();
    assert_eq!(attempt(ADA, 164).await, None);
    assert_eq!(attempt(UserId(Uuid::nil()), 164).await, None, "who has none has nothing to guess");
}

async fn keep(tx: &PlatformWrite, hashes: &[TokenHash]) {
    recovery_code::replace(tx, ADA, hashes, at(2)).await.unwrap();
}

async fn take_code(tx: &PlatformWrite, user: UserId, number: u8) -> bool {
    recovery_code::take(tx, user, &hash(number), at(3)).await.unwrap()
}

async fn a_recovery_code_is_taken_once(database: &TestDatabase) {
    let store = enabled(database).await;
    let tx = store.platform_write().await.unwrap();
    keep(&tx, &[hash(1), hash(2), hash(3)]).await;
    assert_eq!(recovery_code::left(&tx, ADA).await.unwrap(), 3);
    assert!(!take_code(&tx, BOB, 2).await && !take_code(&tx, ADA, 9).await);
    assert!(take_code(&tx, ADA, 2).await);
    assert!(!take_code(&tx, ADA, 2).await);
    assert_eq!(recovery_code::left(&tx, ADA).await.unwrap(), 2);
}

async fn two_who_take_the_same_recovery_code_at_once_are_one(database: &TestDatabase) {
    let store = enabled(database).await;
    let tx = store.platform_write().await.unwrap();
    keep(&tx, &[hash(1), hash(2)]).await;
    tx.commit().await.unwrap();
    let start = Arc::new(Barrier::new(4));
    let tasks: Vec<_> = (0..4)
        .map(|_| {
            let (store, start) = (store.clone(), Arc::clone(&start));
            tokio::spawn(async move {
                start.wait().await;
                let tx = store.platform_write().await.unwrap();
                let taken = take_code(&tx, ADA, 1).await;
                tx.commit().await.unwrap();
                taken
            })
        })
        .collect();
    let mut taken = 0;
    for task in tasks {
        taken += u32::from(task.await.unwrap());
    }
    assert_eq!(taken, 1);
}

async fn new_recovery_codes_replace_the_earlier_ones(database: &TestDatabase) {
    let store = enabled(database).await;
    let tx = store.platform_write().await.unwrap();
    keep(&tx, &[hash(1), hash(2)]).await;
    take_code(&tx, ADA, 1).await;
    keep(&tx, &[hash(3), hash(4), hash(5)]).await;
    assert_eq!(recovery_code::left(&tx, ADA).await.unwrap(), 3);
    for (number, expected) in [(1, false), (2, false), (3, true)] {
        assert_eq!(take_code(&tx, ADA, number).await, expected, "{number}");
    }
    // Without a second factor there are none.
    let refused = recovery_code::replace(&tx, BOB, &[hash(1)], at(2)).await;
    assert!(matches!(refused, Err(Error::Conflict { .. })), "{refused:?}");
}

async fn turning_it_off_forgets_all_of_it(database: &TestDatabase) {
    let store = enabled(database).await;
    let tx = store.platform_write().await.unwrap();
    keep(&tx, &[hash(1)]).await;
    assert!(second_factor::remove(&tx, ADA).await.unwrap());
    assert!(second_factor::find(&tx, ADA).await.unwrap().is_none());
    assert_eq!(recovery_code::left(&tx, ADA).await.unwrap(), 0);
    assert!(!second_factor::remove(&tx, ADA).await.unwrap());
    // What was only set up was never on.
    second_factor::set_up(&tx, ADA, SECRET, at(5)).await.unwrap();
    assert!(!second_factor::remove(&tx, ADA).await.unwrap());
    assert!(second_factor::find(&tx, ADA).await.unwrap().is_none());
}

async fn a_secret_moved_to_somebody_else_does_not_open(database: &TestDatabase) {
    let store = enabled(database).await;
    let swap = format!(
        "UPDATE second_factor SET user_id = {} WHERE user_id = {}",
        database.uuid(BOB.0),
        database.uuid(ADA.0)
    );
    assert_eq!(database.execute(&swap).await.unwrap(), 1);
    let tx = store.platform_read().await.unwrap();
    assert_eq!(second_factor::find(&tx, BOB).await.err(), Some(Error::SecretUnreadable));
}

async fn wait(tx: &PlatformWrite, number: u8, user: UserId, expires_at: Timestamp) {
    pending_sign_in::insert(tx, &hash(number), Pending { user, sso: None }, at(0), expires_at).await.unwrap();
}

async fn a_sign_in_waits_for_a_while_and_for_a_few_attempts(database: &TestDatabase) {
    let store = people(database).await;
    let tx = store.platform_write().await.unwrap();
    wait(&tx, 1, ADA, at(600)).await;
    wait(&tx, 2, BOB, at(600)).await;
    let attempt = async |number, seconds| {
        let waiting = pending_sign_in::count_attempt(&tx, &hash(number), 2, at(seconds)).await.unwrap();
        waiting.map(|pending| pending.user)
    };
    assert_eq!(attempt(9, 1).await, None, "nobody waits with this token");
    assert_eq!(attempt(1, 1).await, Some(ADA));
    assert_eq!(attempt(1, 599).await, Some(ADA));
    assert_eq!(attempt(1, 599).await, None, "there were two");
    assert_eq!(attempt(2, 600).await, None, "it is over");
    assert_eq!(attempt(2, 599).await, Some(BOB));
    assert!(pending_sign_in::remove(&tx, &hash(2)).await.unwrap());
    assert!(!pending_sign_in::remove(&tx, &hash(2)).await.unwrap());
    assert_eq!(attempt(2, 599).await, None);
    wait(&tx, 3, BOB, at(700)).await;
    assert_eq!(pending_sign_in::forget_before(&tx, at(700)).await.unwrap(), 1);
    assert_eq!(attempt(3, 650).await, Some(BOB));
}

async fn ending_all_sessions_ends_what_waits_as_well(database: &TestDatabase) {
    let store = people(database).await;
    let tx = store.platform_write().await.unwrap();
    wait(&tx, 1, ADA, at(600)).await;
    wait(&tx, 2, BOB, at(600)).await;
    session::revoke_all(&tx, ADA, None, at(1)).await.unwrap();
    let attempt = async |number| {
        let waiting = pending_sign_in::count_attempt(&tx, &hash(number), 5, at(1)).await.unwrap();
        waiting.map(|pending| pending.user)
    };
    assert_eq!([attempt(1).await, attempt(2).await], [None, Some(BOB)]);
}
