//! Blobs and manifests.

use store::manifest::{self, Entry};
use store::object::{self, Address, Packed};
use store::{Error, ReadTx, Store};

use crate::database::{TestDatabase, at, on_both_databases, tenant};

on_both_databases![
    what_is_put_is_what_is_got,
    the_same_content_is_kept_once_in_each_organization,
    damaged_content_is_not_handed_out,
    a_manifest_is_the_same_in_whatever_order_it_is_written,
    only_what_changed_is_compared,
    an_earlier_manifest_is_read_and_compared,
];

async fn put(store: &Store, org: u128, contents: &[Vec<u8>]) -> Vec<Address> {
    let tx = store.write(&tenant(org)).await.unwrap();
    let blobs: Vec<_> = contents.iter().map(|content| Packed::new(content).unwrap()).collect();
    let addresses = blobs.iter().map(|blob| blob.address.clone()).collect();
    object::put_many(&tx, blobs, at(0)).await.unwrap();
    tx.commit().await.unwrap();
    addresses
}

async fn what_is_put_is_what_is_got(database: &TestDatabase) {
    let store = database.store().await;
    let mut contents: Vec<Vec<u8>> = (0..450_u32).map(|number| number.to_string().into_bytes()).collect();
    contents.push(Vec::new());
    contents.push(contents[3].clone());
    let addresses = put(&store, 1, &contents).await;
    assert_eq!(addresses[3], addresses[451]);
    let tx = store.read(&tenant(1)).await.unwrap();
    assert_eq!(object::get_many(&tx, &addresses).await.unwrap(), contents);
    assert_eq!(object::get(&tx, &addresses[7]).await.unwrap(), b"7");
    assert_eq!(object::get(&tx, &Address::of(b"absent")).await, Err(Error::NotFound));
}

async fn the_same_content_is_kept_once_in_each_organization(database: &TestDatabase) {
    let store = database.store().await;
    for org in [1, 1, 2] {
        put(&store, org, &[b"same".to_vec()]).await;
    }
    let rows = database.execute("UPDATE schema_object SET created_at = 0").await;
    assert_eq!(rows.unwrap(), 2);
}

async fn damaged_content_is_not_handed_out(database: &TestDatabase) {
    let store = database.store().await;
    let addresses = put(&store, 1, &[b"one".to_vec(), b"other".to_vec()]).await;
    let swap = format!(
        "UPDATE schema_object SET bytes = (SELECT o.bytes FROM schema_object AS o WHERE o.hash = '{}')",
        addresses[1]
    );
    database.execute(&swap).await.unwrap();
    let tx = store.read(&tenant(1)).await.unwrap();
    assert!(matches!(object::get(&tx, &addresses[0]).await, Err(Error::Corrupt(_))));
    assert_eq!(object::get(&tx, &addresses[1]).await.unwrap(), b"other");
}

fn entry(number: usize, hash: &str) -> Entry {
    Entry {
        path: format!("public.t{number:04}"),
        kind: "table".into(),
        hash: hash.into(),
        address: Address::of(format!("{number} {hash}").as_bytes()),
    }
}

async fn write(store: &Store, entries: &[Entry]) -> Address {
    let tx = store.write(&tenant(1)).await.unwrap();
    let (address, blobs) = manifest::pack(entries).unwrap();
    object::put_many(&tx, blobs, at(0)).await.unwrap();
    tx.commit().await.unwrap();
    address
}

async fn a_manifest_is_the_same_in_whatever_order_it_is_written(database: &TestDatabase) {
    let store = database.store().await;
    let entries: Vec<Entry> = (0..700).map(|number| entry(number, "a")).collect();
    let mut backwards = entries.clone();
    backwards.reverse();
    let address = write(&store, &entries).await;
    assert_eq!(write(&store, &backwards).await, address);
    let empty = write(&store, &[]).await;
    let tx = store.read(&tenant(1)).await.unwrap();
    assert_eq!(manifest::read(&tx, &address).await.unwrap(), entries);
    assert_eq!(manifest::read(&tx, &empty).await.unwrap(), []);
}

/// As they were written before manifests were trees: one list of chunks, each of a hundred entries or more.
async fn an_earlier_manifest_is_read_and_compared(database: &TestDatabase) {
    let store = database.store().await;
    let entries: Vec<Entry> = (0..500).map(|number| entry(number, "a")).collect();
    let tx = store.write(&tenant(1)).await.unwrap();
    let mut chunks = Vec::new();
    for chunk in entries.chunks(120) {
        chunks.push(object::put(&tx, &serde_json::to_vec(chunk).unwrap(), at(0)).await.unwrap());
    }
    let old = object::put(&tx, &serde_json::to_vec(&chunks).unwrap(), at(0)).await.unwrap();
    tx.commit().await.unwrap();
    let mut after = entries.clone();
    after[7] = entry(7, "b");
    let new = write(&store, &after).await;
    let tx = store.read(&tenant(1)).await.unwrap();
    assert_eq!(manifest::read(&tx, &old).await.unwrap(), entries);
    let changed = manifest::changed(&tx, &old, &new).await.unwrap();
    assert_eq!(changed, (vec![entry(7, "a")], vec![entry(7, "b")]));
}

async fn only_what_changed_is_compared(database: &TestDatabase) {
    let store = database.store().await;
    let before: Vec<Entry> = (0..2000).map(|number| entry(number, "a")).collect();
    let mut after = before.clone();
    after.remove(1500);
    after[700] = entry(700, "b");
    // Another address with the same canonical hash is no change.
    after[900].address = Address::of(b"physical ids moved");
    after.push(entry(2000, "a"));
    let (old, new) = (write(&store, &before).await, write(&store, &after).await);

    // Nodes that both have are not read: without them, comparing still works.
    let tx = store.read(&tenant(1)).await.unwrap();
    let (ours, theirs) = (nodes(&tx, &old).await, nodes(&tx, &new).await);
    drop(tx);
    let shared: Vec<String> =
        ours.into_iter().filter(|node| theirs.contains(node)).map(|node| format!("'{node}'")).collect();
    assert!(shared.len() > 100, "{} nodes shared", shared.len());
    let delete = format!("DELETE FROM schema_object WHERE hash IN ({})", shared.join(", "));
    assert_eq!(database.execute(&delete).await.unwrap(), shared.len() as u64);

    let tx = store.read(&tenant(1)).await.unwrap();
    let (gone, come) = manifest::changed(&tx, &old, &new).await.unwrap();
    assert_eq!(gone, [entry(700, "a"), entry(1500, "a")]);
    assert_eq!(come, [entry(700, "b"), entry(2000, "a")]);
    let same = manifest::changed(&tx, &old, &old).await.unwrap();
    assert_eq!(same, (Vec::new(), Vec::new()));
}

/// Every node below a manifest's root.
async fn nodes(tx: &ReadTx, manifest: &Address) -> Vec<Address> {
    let (mut found, mut unread) = (Vec::new(), vec![manifest.clone()]);
    while let Some(node) = unread.pop() {
        let below = serde_json::from_slice::<Vec<Address>>(&object::get(tx, &node).await.unwrap());
        let below = below.unwrap_or_default();
        found.extend(below.iter().cloned());
        unread.extend(below);
    }
    found
}
