//! The audit log: a chain that neither concurrency nor somebody with a database client breaks unnoticed.

use serde_json::json;
use store::audit::{self, Filter};
use store::{Store, secret};
use types::audit::{AuditFault, AuditVerification, BrokenLink};
use types::organization::AuditEntry;
use uuid::Uuid;

use crate::database::{Migrated, TestDatabase, at, in_silos, on_both_databases, tenant};

on_both_databases![
    those_who_write_at_once_make_one_chain,
    a_row_that_does_not_follow_the_last_is_refused,
    whatever_was_tampered_with_is_found_at_its_first_row,
    a_change_that_cannot_be_written_down_is_not_made,
    rows_are_found_by_who_what_and_when,
];
in_silos![those_who_write_at_once_make_one_chain];

fn deed<'a>(seconds: i64, actor: &'a str, action: &'a str, subject: &'a str) -> audit::New<'a> {
    // Keys that a database which sorts them by length would give back in another order, and a fraction.
    let detail = json!({"longest": 1.5, "b": [null, 2], "aa": {"z": "ä", "y": 0.1}});
    audit::New { at: at(seconds), actor, action, subject, detail, request_id: Some("request") }
}

async fn record(store: &Store, org: u128, new: audit::New<'_>) {
    let tx = store.write(&tenant(org)).await.unwrap();
    audit::record(&tx, new).await.unwrap();
    tx.commit().await.unwrap();
}

/// An organization with four rows, and another with one.
async fn five_deeds(database: &TestDatabase) -> Store {
    let store = database.store().await;
    record(&store, 1, deed(0, "ada@example.org", "source.created", "source:shop")).await;
    record(&store, 1, deed(10, "bob@example.org", "source.changed", "source:shop")).await;
    record(&store, 1, deed(20, "API key ci", "scan.started", "run:100%")).await;
    record(&store, 1, deed(30, "ada@example.org", "member.removed", "bob@example.org")).await;
    record(&store, 2, deed(0, "eve@example.org", "source.created", "source:shop")).await;
    store
}

async fn verify(store: &Store, org: u128) -> AuditVerification {
    audit::verify(&store.read(&tenant(org)).await.unwrap()).await.unwrap()
}

async fn those_who_write_at_once_make_one_chain(database: &TestDatabase) {
    let store = database.store().await;
    let writers = (0..12).map(|number| {
        let store = store.clone();
        tokio::spawn(async move {
            for _ in 0..4 {
                record(&store, 1 + number % 2, deed(0, "ada@example.org", "source.changed", "source:shop"))
                    .await;
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    for org in [1, 2] {
        let found = verify(&store, org).await;
        assert!(found.intact, "{found:?}");
        assert_eq!(found.rows, 24);
    }
}

async fn a_row_that_does_not_follow_the_last_is_refused(database: &TestDatabase) {
    let store = five_deeds(database).await;
    let head = verify(&store, 2).await.head.unwrap();
    let insert = |verb: &str, seq: i64, previous: &str| {
        format!(
            "{verb} INTO audit (org_id, seq, at, actor, action, subject, detail, previous_hash, hash) \
             VALUES ({}, {seq}, 0, 'nobody', 'a.b', 'c', '{{}}', '{previous}', 'forged')",
            database.uuid(Uuid::from_u128(2))
        )
    };
    let mut forged = vec![insert("INSERT", 1, ""), insert("INSERT", 3, &head), insert("INSERT", 2, "other")];
    if let Migrated::Sqlite(_) = database.0 {
        forged.push(insert("REPLACE", 1, ""));
    }
    for sql in forged {
        let refused = database.execute(&sql).await.unwrap_err().to_string();
        assert!(refused.contains("must follow the last one"), "{sql}: {refused}");
    }
    assert_eq!(verify(&store, 2).await.rows, 1);
}

/// What the owner of a database can do, who may take the triggers away.
async fn past_the_triggers(database: &TestDatabase, sql: &str) -> u64 {
    let disarm = match database.0 {
        Migrated::Sqlite(_) => {
            "DROP TRIGGER IF EXISTS audit_no_update; DROP TRIGGER IF EXISTS audit_no_delete; \
             DROP TRIGGER IF EXISTS audit_follows"
        }
        Migrated::Postgres(_) => "ALTER TABLE audit DISABLE TRIGGER USER",
    };
    database.execute(disarm).await.unwrap();
    database.execute(sql).await.unwrap()
}

async fn whatever_was_tampered_with_is_found_at_its_first_row(database: &TestDatabase) {
    let store = five_deeds(database).await;
    assert!(verify(&store, 1).await.intact);
    let mine = format!("org_id = {}", database.uuid(Uuid::from_u128(1)));
    // A row that is whole in itself, and belongs to another chain.
    record(&store, 2, deed(10, "bob@example.org", "source.changed", "source:shop")).await;
    let graft = format!(
        "INSERT INTO audit SELECT {}, seq, at, actor, action, subject, detail, request_id, previous_hash, hash \
         FROM audit WHERE seq = 2 AND org_id = {}",
        database.uuid(Uuid::from_u128(1)),
        database.uuid(Uuid::from_u128(2))
    );
    // Each spoils a row that is no later than the one before it.
    for (sql, seq, fault) in [
        (format!("DELETE FROM audit WHERE seq = 4 AND {mine}"), 4, AuditFault::Missing),
        (
            format!("UPDATE audit SET actor = 'somebody else' WHERE seq = 3 AND {mine}"),
            3,
            AuditFault::Altered,
        ),
        (format!("DELETE FROM audit WHERE seq = 2 AND {mine}"), 2, AuditFault::Missing),
        (graft, 2, AuditFault::Unlinked),
        (format!("UPDATE audit SET detail = '{{}}' WHERE seq = 1 AND {mine}"), 1, AuditFault::Altered),
        (format!("DELETE FROM audit WHERE seq = 1 AND {mine}"), 1, AuditFault::Missing),
    ] {
        assert_eq!(past_the_triggers(database, &sql).await, 1, "{sql}");
        let found = verify(&store, 1).await;
        assert_eq!(found.broken, Some(BrokenLink { seq, fault }), "{sql}");
        assert!(!found.intact);
        assert_eq!(found.rows, seq.unsigned_abs() - 1);
    }
    assert!(verify(&store, 2).await.intact);
}

async fn a_change_that_cannot_be_written_down_is_not_made(database: &TestDatabase) {
    let store = five_deeds(database).await;
    let refuse = match database.0 {
        Migrated::Sqlite(_) => {
            "CREATE TRIGGER audit_broken BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'broken'); END"
        }
        Migrated::Postgres(_) => {
            "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'broken'; END $$; \
             CREATE TRIGGER audit_broken BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION broken()"
        }
    };
    database.execute(refuse).await.unwrap();
    let tx = store.write(&tenant(1)).await.unwrap();
    secret::put(&tx, "connection", Uuid::nil(), "token", "a secret", at(0)).await.unwrap();
    let refused = audit::record(&tx, deed(0, "ada@example.org", "connection.changed", "connection")).await;
    assert!(refused.is_err());
    drop(tx);
    let tx = store.read(&tenant(1)).await.unwrap();
    assert_eq!(secret::open(&tx, "connection", Uuid::nil(), "token").await, Ok(None));
    assert!(verify(&store, 1).await.intact);
}

async fn rows_are_found_by_who_what_and_when(database: &TestDatabase) {
    let store = five_deeds(database).await;
    let any = Filter::default;
    let text = |text: &str| Some(text.to_owned());
    let tx = store.read(&tenant(1)).await.unwrap();
    for (filter, found) in [
        (any(), vec![4, 3, 2, 1]),
        (Filter { actor: text("ADA@"), ..any() }, vec![4, 1]),
        (Filter { actor: text("api key"), ..any() }, vec![3]),
        (Filter { action: text("source."), ..any() }, vec![2, 1]),
        (Filter { subject: text("%"), ..any() }, vec![3]),
        (Filter { subject: text("shop"), actor: text("bob"), ..any() }, vec![2]),
        (Filter { from: Some(at(10)), to: Some(at(20)), ..any() }, vec![3, 2]),
        (Filter { actor: text("eve"), ..any() }, vec![]),
    ] {
        let seqs = |rows: Vec<AuditEntry>| rows.into_iter().map(|row| row.seq).collect::<Vec<_>>();
        assert_eq!(seqs(audit::list(&tx, &filter, None, 10).await.unwrap()), found, "{filter:?}");
        let exported = audit::links(&tx, &filter, 0, 10).await.unwrap();
        let mut exported = seqs(exported.into_iter().map(|link| link.entry).collect());
        exported.reverse();
        assert_eq!(exported, found, "{filter:?}");
    }
    let next: Vec<_> = audit::list(&tx, &any(), Some(3), 1).await.unwrap();
    assert_eq!(next[0].seq, 2);
}
