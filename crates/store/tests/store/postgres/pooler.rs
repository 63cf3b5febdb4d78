//! Behind PgBouncer in transaction mode, set up as the documentation says.

use futures_util::future::join_all;
use store::sequence::{self, Position};
use store::{Error, Store, object};
use testkit::database::{RUNTIME, runtime};
use testkit::pgbouncer::Pooler;
use testkit::postgres::Server;

use super::{database, inner};
use crate::database::{at, keys, tenant};

/// How many organizations share the connections.
const ORGANIZATIONS: u128 = 4;
/// How many connections they share.
const CONNECTIONS: u32 = 2;
/// How many transactions write at once, and then read.
const WRITERS: u128 = 40;

fn text(number: u128) -> Vec<u8> {
    format!("object {number}").into_bytes()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn organizations_that_share_two_connections_see_their_own_rows_alone() {
    let database = database();
    let pooler = Pooler::start(Server::shared(), &runtime(), CONNECTIONS);
    let mut settings = database.settings();
    settings.url = pooler.url(inner(&database), &runtime());
    let pending = migrations::status(&settings.url).await.unwrap();
    assert!(pending.iter().all(|entry| entry.applied), "{pending:?}");
    // Two servers: what each has prepared has the names that the other gives.
    let one = Store::connect(&settings, keys()).await.unwrap();
    let other = Store::connect(&settings, keys()).await.unwrap();
    let store = |number: u128| if number.is_multiple_of(2) { &one } else { &other };
    join_all((0..WRITERS).map(|number| async move {
        let tx = store(number / ORGANIZATIONS).write(&tenant(number % ORGANIZATIONS)).await.unwrap();
        object::put(&tx, &text(number), at(0)).await.unwrap();
        tx.commit().await.unwrap();
    }))
    .await;
    join_all((0..WRITERS).map(|reader| async move {
        let org = reader % ORGANIZATIONS;
        let tx = store(reader).read(&tenant(org)).await.unwrap();
        for number in 0..WRITERS {
            let found = object::get(&tx, &object::Address::of(&text(number))).await;
            let expected =
                if number % ORGANIZATIONS == org { Ok(text(number)) } else { Err(Error::NotFound) };
            assert_eq!(found, expected, "{org} {number}");
        }
    }))
    .await;
    // So does a statement that stands alone, whichever connection it is given.
    join_all((0..WRITERS).map(|number| async move {
        let glance = store(number).glance(&tenant(number % ORGANIZATIONS)).await;
        assert_eq!(object::get(&glance, &object::Address::of(&text(number))).await, Ok(text(number)));
        assert_eq!(sequence::position(&glance).await, Ok(Position::default()));
        assert!(store(number).moment().await.unwrap().is_some());
        let other = store(number).glance(&tenant((number + 1) % ORGANIZATIONS)).await;
        assert_eq!(object::get(&other, &object::Address::of(&text(number))).await, Err(Error::NotFound));
    }))
    .await;
    let sessions = inner(&database).psql(&format!(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = '{RUNTIME}'"
    ));
    assert_eq!(sessions.trim(), CONNECTIONS.to_string());

    // What a transaction was told ends with it, although the connection stays.
    let tx = one.read(&tenant(ORGANIZATIONS)).await.unwrap();
    assert_eq!(object::get(&tx, &object::Address::of(&text(0))).await, Err(Error::NotFound));
}
