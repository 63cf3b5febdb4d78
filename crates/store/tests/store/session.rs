//! Sessions and what is kept of a person who signs in.

use store::caller::{self, Within};
use store::session::{self, ForClerk, Session, TokenHash};
use store::{PlatformReads, PlatformWrite, user};
use types::session::User;
use types::{Timestamp, UserId};
use uuid::Uuid;

use crate::database::{TestDatabase, at, on_both_databases};

on_both_databases![
    a_list_of_sessions_leaves_out_those_that_have_ended,
    all_sessions_of_a_person_end_but_the_one_that_is_spared,
    a_proof_belongs_to_one_session,
    what_stands_for_one_session_at_clerk_ends_together,
];

const ADA: UserId = UserId(Uuid::from_u128(1));
const BOB: UserId = UserId(Uuid::from_u128(2));

fn token(number: u8) -> TokenHash {
    TokenHash::of([number; 32])
}

async fn add_people(tx: &PlatformWrite) {
    for (id, name) in [(ADA, "ada"), (BOB, "bob")] {
        let person = User {
            id,
            email: format!("{name}@example.org"),
            name: name.to_owned(),
            created_at: at(0),
            email_confirmed_at: None,
        };
        user::insert(tx, &person, "$argon2id$").await.unwrap();
    }
}

async fn open(tx: &PlatformWrite, number: u8, user: UserId, created_at: Timestamp, expires_at: Timestamp) {
    open_for(tx, number, user, None, created_at, expires_at).await;
}

async fn open_for(
    tx: &PlatformWrite,
    number: u8,
    user: UserId,
    clerk: Option<u8>,
    created_at: Timestamp,
    expires_at: Timestamp,
) {
    let new = session::New {
        id: token(number),
        user,
        org: None,
        created_at,
        expires_at,
        ip: "192.0.2.1".to_owned(),
        user_agent: None,
        proved_at: None,
        sso: None,
        clerk: clerk.map(token),
    };
    session::insert(tx, new).await.unwrap();
}

async fn held(tx: &impl PlatformReads, number: u8) -> Session {
    caller::find(tx, &token(number), Within::None).await.unwrap().unwrap().session
}

async fn a_list_of_sessions_leaves_out_those_that_have_ended(database: &TestDatabase) {
    let store = database.store().await;
    let tx = store.platform_write().await.unwrap();
    add_people(&tx).await;
    open(&tx, 1, ADA, at(10), at(1_000)).await;
    open(&tx, 2, ADA, at(20), at(1_000)).await;
    open(&tx, 3, ADA, at(30), at(50)).await;
    open(&tx, 4, ADA, at(5), at(1_000)).await;
    open(&tx, 5, ADA, at(40), at(1_000)).await;
    open(&tx, 6, BOB, at(40), at(1_000)).await;
    session::revoke(&tx, &token(5), at(45)).await.unwrap();
    session::touch(&tx, &token(1), at(60)).await.unwrap();
    let listed = session::of_user(&tx, ADA, at(60), at(5), 10).await.unwrap();
    let ids: Vec<_> = listed.iter().map(|found| found.id.clone()).collect();
    assert_eq!(ids, [token(1), token(2)], "3 has expired, 4 is idle, 5 is revoked, 6 is somebody else's");
    assert_eq!(session::of_user(&tx, ADA, at(60), at(5), 1).await.unwrap().len(), 1);
    let names: Vec<_> = ids.iter().map(TokenHash::session_id).collect();
    assert_ne!(names[0], names[1]);
}

async fn all_sessions_of_a_person_end_but_the_one_that_is_spared(database: &TestDatabase) {
    let store = database.store().await;
    let tx = store.platform_write().await.unwrap();
    add_people(&tx).await;
    for (number, user) in [(1, ADA), (2, ADA), (3, BOB)] {
        open(&tx, number, user, at(0), at(1_000)).await;
    }
    let revoked = async |number| held(&tx, number).await.revoked;
    session::revoke_all(&tx, ADA, Some(&token(1)), at(1)).await.unwrap();
    assert_eq!([revoked(1).await, revoked(2).await, revoked(3).await], [false, true, false]);
    session::revoke_all(&tx, ADA, None, at(2)).await.unwrap();
    assert_eq!([revoked(1).await, revoked(2).await, revoked(3).await], [true, true, false]);
}

async fn a_proof_belongs_to_one_session(database: &TestDatabase) {
    let store = database.store().await;
    let tx = store.platform_write().await.unwrap();
    add_people(&tx).await;
    open(&tx, 1, ADA, at(0), at(1_000)).await;
    open(&tx, 2, ADA, at(0), at(1_000)).await;
    session::prove(&tx, &token(1), at(90)).await.unwrap();
    let proved = async |number| held(&tx, number).await.proved_at;
    assert_eq!([proved(1).await, proved(2).await], [at(90), at(0)]);
    tx.commit().await.unwrap();
    // A session of an earlier version, which knew of no proof but its opening.
    database.execute("UPDATE session SET proved_at = NULL").await.unwrap();
    let tx = store.platform_read().await.unwrap();
    assert_eq!(held(&tx, 1).await.proved_at, at(0));
}

async fn what_stands_for_one_session_at_clerk_ends_together(database: &TestDatabase) {
    let store = database.store().await;
    let tx = store.platform_write().await.unwrap();
    add_people(&tx).await;
    // 8 and 9 are the names of two sessions at Clerk.
    for (number, clerk) in [(1, Some(9)), (2, Some(9)), (3, None), (4, Some(8)), (5, Some(8))] {
        open_for(&tx, number, ADA, clerk, at(0), at(1_000)).await;
    }
    let known = async |name| session::for_clerk(&tx, &token(name)).await.unwrap();
    assert_eq!(known(9).await, ForClerk { named: false, ended: false });
    open(&tx, 9, ADA, at(0), at(1_000)).await;
    assert_eq!(known(9).await, ForClerk { named: true, ended: false });
    assert_eq!(known(7).await, ForClerk::default());
    let revoked = async || {
        let mut revoked = Vec::new();
        for number in [1, 2, 3, 4, 5, 9] {
            if held(&tx, number).await.revoked {
                revoked.push(number);
            }
        }
        revoked
    };
    // One that another takes the place of ends alone, and nobody has ended the one at Clerk.
    session::replace(&tx, &token(2), at(1)).await.unwrap();
    assert_eq!((revoked().await, known(9).await.ended), (vec![2], false));
    session::revoke(&tx, &token(1), at(2)).await.unwrap();
    assert_eq!((revoked().await, known(9).await.ended), (vec![1, 2, 9], true));
    // Clerk says so: of its session there is a name alone.
    session::revoke(&tx, &token(8), at(3)).await.unwrap();
    assert_eq!((revoked().await, known(8).await.ended), (vec![1, 2, 4, 5, 9], true));
    assert!(!known(8).await.named);
}
