//! Owners and tags: documents of sources, and words about single objects.

use store::description::{self, Description};
use store::ownership::{self, Ownership};
use store::{Error, Store};
use types::ownership::{Owner, OwnershipRule};
use types::schema::DescriptionOrigin;
use types::{SourceId, UserId};
use uuid::Uuid;

use crate::database::{SOURCE, TestDatabase, at, on_both_databases, tenant};

on_both_databases![
    a_document_is_read_back_and_written_over,
    documents_are_of_their_organization,
    a_document_goes_with_its_source,
    only_objects_with_an_owner_or_a_tag_are_owned,
    members_are_found_by_their_address,
];

fn document(version: u32) -> Ownership {
    Ownership {
        source_id: SOURCE,
        version,
        author: "ada".into(),
        at: at(i64::from(version)),
        rules: vec![
            OwnershipRule { owner: Some(Owner::Team { name: "Data".into() }), ..OwnershipRule::default() },
            OwnershipRule {
                path: Some("public.pay_*".into()),
                owner: Some(Owner::Member { id: UserId(Uuid::from_u128(7)) }),
                tags: vec!["money".into(), "version".repeat(version as usize)],
            },
        ],
    }
}

async fn put(store: &Store, org: u128, document: &Ownership) {
    let tx = store.write(&tenant(org)).await.unwrap();
    ownership::put(&tx, document).await.unwrap();
    tx.commit().await.unwrap();
}

async fn a_document_is_read_back_and_written_over(database: &TestDatabase) {
    let store = database.store_with_source().await;
    let read = async || {
        let tx = store.read(&tenant(1)).await.unwrap();
        let one = ownership::find(&tx, SOURCE).await.unwrap();
        assert_eq!(ownership::list(&tx).await.unwrap(), Vec::from_iter(one.clone()));
        one
    };
    assert_eq!(read().await, None);
    for version in [1, 2] {
        put(&store, 1, &document(version)).await;
        assert_eq!(read().await, Some(document(version)));
    }
}

async fn documents_are_of_their_organization(database: &TestDatabase) {
    let store = database.store_with_source().await;
    put(&store, 1, &document(1)).await;
    let tx = store.write(&tenant(2)).await.unwrap();
    assert_eq!(ownership::find(&tx, SOURCE).await.unwrap(), None);
    ownership::put(&tx, &document(5)).await.unwrap();
    tx.commit().await.unwrap();
    let tx = store.read(&tenant(1)).await.unwrap();
    assert_eq!(ownership::find(&tx, SOURCE).await.unwrap(), Some(document(1)));
    drop(tx);
    let tx = store.write(&tenant(3)).await.unwrap();
    assert!(matches!(ownership::put(&tx, &document(1)).await, Err(Error::Conflict { .. })));
}

async fn a_document_goes_with_its_source(database: &TestDatabase) {
    let store = database.store_with_source().await;
    put(&store, 1, &document(1)).await;
    put(&store, 2, &document(1)).await;
    let org = database.uuid(Uuid::from_u128(1));
    database.execute(&format!("DELETE FROM source WHERE org_id = {org}")).await.unwrap();
    let tx = store.read(&tenant(1)).await.unwrap();
    assert_eq!(ownership::list(&tx).await.unwrap(), []);
    drop(tx);
    let tx = store.read(&tenant(2)).await.unwrap();
    assert_eq!(ownership::list(&tx).await.unwrap(), [document(1)]);
}

fn words(path: &str, owner: Option<&str>, tags: &[&str]) -> Description {
    Description {
        path: path.into(),
        text: Some("What it is.".into()),
        origin: DescriptionOrigin::Person,
        owner: owner.map(str::to_owned),
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        updated_by: None,
    }
}

async fn only_objects_with_an_owner_or_a_tag_are_owned(database: &TestDatabase) {
    let store = database.store_with_source().await;
    let all = [
        words("public.a", None, &[]),
        words("public.b", Some("Data"), &[]),
        words("public.b.c", None, &["pii"]),
    ];
    let tx = store.write(&tenant(1)).await.unwrap();
    description::put(&tx, SOURCE, &all, at(0)).await.unwrap();
    assert_eq!(description::owned(&tx, SOURCE).await.unwrap(), all[1..]);
    assert_eq!(description::owned(&tx, SourceId(Uuid::nil())).await.unwrap(), []);
    tx.commit().await.unwrap();
    let tx = store.read(&tenant(2)).await.unwrap();
    assert_eq!(description::owned(&tx, SOURCE).await.unwrap(), []);
}

async fn members_are_found_by_their_address(database: &TestDatabase) {
    let store = database.store_with_source().await;
    let org = database.uuid(Uuid::from_u128(1));
    let make = format!(
        "INSERT INTO organization (id, slug, name, placement, created_at) VALUES ({org}, 'acme', 'Acme', 'pooled', 0)"
    );
    database.execute(&make).await.unwrap();
    for (number, email, status) in [(7, "ada@example.com", "active"), (8, "bob@example.com", "requested")] {
        let id = database.uuid(Uuid::from_u128(number));
        let user =
            format!("INSERT INTO \"user\" (id, email, name, created_at) VALUES ({id}, '{email}', 'Name', 0)");
        database.execute(&user).await.unwrap();
        let member = format!(
            "INSERT INTO membership (org_id, user_id, role, status, joined_at) \
             VALUES ({org}, {id}, 'member', '{status}', 0)"
        );
        database.execute(&member).await.unwrap();
    }
    let tx = store.read(&tenant(1)).await.unwrap();
    let asked = ["Ada@Example.com", "bob@example.com", "eve@example.com", "Data"];
    let found = store::membership::by_email(&tx, tx_org(1), &asked).await.unwrap();
    let expected = [("Ada@Example.com".to_owned(), UserId(Uuid::from_u128(7)))];
    assert_eq!(found, expected.into());
    assert_eq!(store::membership::by_email(&tx, tx_org(2), &asked).await.unwrap().len(), 0);
}

fn tx_org(number: u128) -> types::OrgId {
    types::OrgId(Uuid::from_u128(number))
}
