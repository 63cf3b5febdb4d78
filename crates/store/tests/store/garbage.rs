//! Blobs that nothing refers to, while a scan finds the same again.

use store::object::{self, Address, GRACE};
use store::{Error, Store, garbage};
use types::Timestamp;

use crate::database::{TestDatabase, at, on_both_databases, tenant};

on_both_databases![
    a_blob_that_a_scan_wants_while_it_is_swept_stays,
    a_blob_that_a_scan_wants_after_it_was_found_dead_stays,
];

/// A blob that nobody has wanted for long, and when that is so.
async fn old_blob(store: &Store) -> (Address, Timestamp) {
    let tx = store.write(&tenant(1)).await.unwrap();
    let address = object::put(&tx, b"found again", at(0)).await.unwrap();
    tx.commit().await.unwrap();
    let now = Timestamp(at(0).0 + 2 * GRACE);
    let tx = store.read(&tenant(1)).await.unwrap();
    assert_eq!(garbage::dead(&tx, now, 10).await.unwrap(), std::slice::from_ref(&address));
    (address, now)
}

async fn is_there(store: &Store, address: &Address) -> bool {
    let tx = store.read(&tenant(1)).await.unwrap();
    match object::get(&tx, address).await {
        Ok(_) => true,
        Err(error) => {
            assert_eq!(error, Error::NotFound);
            false
        }
    }
}

async fn a_blob_that_a_scan_wants_after_it_was_found_dead_stays(database: &TestDatabase) {
    let store = database.store_with_source().await;
    let (address, now) = old_blob(&store).await;
    let tx = store.write(&tenant(1)).await.unwrap();
    object::put(&tx, b"found again", now).await.unwrap();
    tx.commit().await.unwrap();
    let tx = store.write(&tenant(1)).await.unwrap();
    assert_eq!(garbage::sweep(&tx, std::slice::from_ref(&address), now).await.unwrap(), 0);
    tx.commit().await.unwrap();
    assert!(is_there(&store, &address).await);
}

/// Whichever of the two comes first and is not done yet when the other begins.
async fn a_blob_that_a_scan_wants_while_it_is_swept_stays(database: &TestDatabase) {
    let store = database.store_with_source().await;
    for scan_is_first in [true, false] {
        let (address, now) = old_blob(&store).await;
        let dead = std::slice::from_ref(&address);
        let first = store.write(&tenant(1)).await.unwrap();
        if scan_is_first {
            object::put(&first, b"found again", now).await.unwrap();
        } else {
            assert_eq!(garbage::sweep(&first, dead, now).await.unwrap(), 1);
        }
        let other = async {
            let tx = store.write(&tenant(1)).await.unwrap();
            if scan_is_first {
                assert_eq!(garbage::sweep(&tx, dead, now).await.unwrap(), 0);
            } else {
                object::put(&tx, b"found again", now).await.unwrap();
            }
            tx.commit().await.unwrap();
        };
        let (_, committed) = tokio::join!(other, first.commit());
        committed.unwrap();
        assert!(is_there(&store, &address).await, "{scan_is_first}");
        // For the next round nobody has wanted it since.
        database.execute("DELETE FROM schema_object").await.unwrap();
    }
}
