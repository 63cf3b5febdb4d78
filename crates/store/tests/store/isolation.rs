//! What keeps organizations apart beside the types: composite keys, and an audit log that cannot be rewritten.

use store::Error;
use store::object;
use uuid::Uuid;

use crate::database::{TestDatabase, at, in_silos, on_both_databases, tenant};

on_both_databases![
    a_row_cannot_refer_to_another_organizations_row,
    a_pooled_connection_keeps_nothing_of_the_organization_before,
    the_audit_log_refuses_changes,
    a_source_has_one_unfinished_run,
    a_cause_has_one_incident_that_has_not_ended,
    a_reader_sees_one_moment,
];
in_silos![a_pooled_connection_keeps_nothing_of_the_organization_before];

/// Statements that make a source, and a run of it in `run_org`.
fn source_and_run(database: &TestDatabase, source_org: u128, run_org: u128) -> [String; 2] {
    let id = |number| database.uuid(Uuid::from_u128(number));
    [
        format!(
            "INSERT INTO source (org_id, id, name, transport, agent_source, findings, created_at, updated_at) \
             VALUES ({}, {}, 'shop', 'direct', 'shop', '[]', 0, 0)",
            id(source_org),
            id(10)
        ),
        format!(
            "INSERT INTO run (org_id, id, source_id, state, trigger, created_at, cancel_requested) \
             VALUES ({}, {}, {}, 'queued', 'manual', 0, false)",
            id(run_org),
            database.uuid(Uuid::now_v7()),
            id(10)
        ),
    ]
}

async fn a_row_cannot_refer_to_another_organizations_row(database: &TestDatabase) {
    let [source, run] = source_and_run(database, 1, 2);
    database.execute(&source).await.unwrap();
    let refused = Error::from(database.execute(&run).await.unwrap_err());
    assert!(matches!(refused, Error::Conflict { .. }), "{refused:?}");
    let [_, run] = source_and_run(database, 1, 1);
    database.execute(&run).await.unwrap();
}

async fn a_source_has_one_unfinished_run(database: &TestDatabase) {
    let [source, first] = source_and_run(database, 1, 1);
    let [_, second] = source_and_run(database, 1, 1);
    database.execute(&source).await.unwrap();
    database.execute(&first).await.unwrap();
    let refused = Error::from(database.execute(&second).await.unwrap_err());
    let constraint = "run_org_id_source_id_key".to_owned();
    assert_eq!(refused, Error::Conflict { constraint });
    database.execute("UPDATE run SET state = 'failed'").await.unwrap();
    database.execute(&second).await.unwrap();
}

/// A statement that makes an incident of `public.orders`.
fn incident(database: &TestDatabase, org: u128, source: u128, cause: &str) -> String {
    let id = |number| database.uuid(Uuid::from_u128(number));
    format!(
        "INSERT INTO incident (org_id, id, source_id, object_path, cause, severity, state, fingerprint, title, evidence, \
         snoozed_until_changed, opened_at, last_seen_at, updated_at, reopened, run_id) \
         VALUES ({}, {}, {}, 'public.orders', '{cause}', 'warning', 'open', '', '', '{{}}', false, 0, 0, 0, 0, {})",
        id(org),
        database.uuid(Uuid::now_v7()),
        id(source),
        id(1)
    )
}

async fn a_cause_has_one_incident_that_has_not_ended(database: &TestDatabase) {
    for org in [1, 2] {
        let [source, _] = source_and_run(database, org, org);
        database.execute(&source).await.unwrap();
        database.execute(&incident(database, org, 10, "nulls")).await.unwrap();
    }
    let refused = Error::from(database.execute(&incident(database, 1, 10, "nulls")).await.unwrap_err());
    let constraint = "incident_org_id_source_id_object_path_cause_key".to_owned();
    assert_eq!(refused, Error::Conflict { constraint });
    // Of another cause it is another one, and so it is once the first has ended.
    database.execute(&incident(database, 1, 10, "volume")).await.unwrap();
    database.execute("UPDATE incident SET ended_at = 1 WHERE cause = 'nulls'").await.unwrap();
    for _ in 0..2 {
        database.execute(&incident(database, 1, 10, "nulls")).await.unwrap();
        database.execute("UPDATE incident SET ended_at = 1 WHERE cause = 'nulls'").await.unwrap();
    }
    let [source, _] = source_and_run(database, 1, 1);
    database
        .execute(&source.replace("'shop'", "'bank'").replacen(
            &database.uuid(Uuid::from_u128(10)),
            &database.uuid(Uuid::from_u128(11)),
            1,
        ))
        .await
        .unwrap();
    database.execute(&incident(database, 1, 11, "volume")).await.unwrap();
    let foreign = Error::from(database.execute(&incident(database, 2, 11, "volume")).await.unwrap_err());
    assert!(matches!(foreign, Error::Conflict { .. }), "{foreign:?}");
}

async fn a_pooled_connection_keeps_nothing_of_the_organization_before(database: &TestDatabase) {
    let mut settings = database.settings();
    settings.max_connections = 1;
    let store = store::Store::connect(&settings, crate::database::keys()).await.unwrap();
    let tx = store.write(&tenant(1)).await.unwrap();
    let address = object::put(&tx, b"of the first", at(0)).await.unwrap();
    tx.commit().await.unwrap();
    for org in [2, 1, 2] {
        let tx = store.read(&tenant(org)).await.unwrap();
        assert_eq!(object::get(&tx, &address).await.is_ok(), org == 1);
    }
}

async fn the_audit_log_refuses_changes(database: &TestDatabase) {
    let insert = format!(
        "INSERT INTO audit (org_id, seq, at, actor, action, subject, detail, previous_hash, hash) \
         VALUES ({}, 1, 0, 'a', 'b', 'c', '{{}}', '', '')",
        database.uuid(Uuid::from_u128(1))
    );
    assert_eq!(database.execute(&insert).await.unwrap(), 1);
    for sql in ["UPDATE audit SET actor = 'somebody else'", "DELETE FROM audit"] {
        let refused = database.execute(sql).await.unwrap_err().to_string();
        assert!(refused.contains("append-only"), "{refused}");
    }
}

async fn a_reader_sees_one_moment(database: &TestDatabase) {
    let store = database.store().await;
    let reader = store.read(&tenant(1)).await.unwrap();
    let address = object::Address::of(b"later");
    assert_eq!(object::get(&reader, &address).await, Err(Error::NotFound));
    let tx = store.write(&tenant(1)).await.unwrap();
    object::put(&tx, b"later", at(0)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(object::get(&reader, &address).await, Err(Error::NotFound));
    drop(reader);
    let reader = store.read(&tenant(1)).await.unwrap();
    assert_eq!(object::get(&reader, &address).await.unwrap(), b"later");
}
