//! Changes that take several transactions, or begin before others.

use super::*;
use crate::postgres_kindness::wait_for;

/// Two schemas go, of a transaction before and one after, and two come whose numbers add up to the same.
#[tokio::test]
async fn a_change_by_a_transaction_that_began_before_others_moves_that_of_postgres() {
    let database = Arc::new(empty());
    let schemas: String = (0..40).map(|n| format!("CREATE SCHEMA before{n};\n")).collect();
    database.psql(&format!("{schemas} CREATE TABLE chosen (one text, other text)"));
    let late = {
        let database = database.clone();
        std::thread::spawn(move || {
            database.psql(
                "BEGIN; SELECT txid_current(); \
                 DO $$ DECLARE pair record; BEGIN \
                   LOOP SELECT * INTO pair FROM chosen; EXIT WHEN FOUND; PERFORM pg_sleep(0.01); END LOOP; \
                   EXECUTE format('DROP SCHEMA %I', pair.one); EXECUTE format('DROP SCHEMA %I', pair.other); \
                   CREATE SCHEMA late; CREATE SCHEMA later; \
                 END $$; COMMIT",
            )
        })
    };
    let number = loop {
        let found = database.psql(
            "SELECT backend_xid FROM pg_stat_activity WHERE datname = current_database() AND backend_xid IS NOT NULL \
             AND pid <> pg_backend_pid()",
        );
        if let Ok(number) = found.trim().parse::<u64>() {
            break number;
        }
    };
    let pair = (0..500).find_map(|n| {
        database.psql(&format!("CREATE SCHEMA after{n}"));
        let pair = database.psql(&format!(
            "SELECT quote_literal(b.nspname) || ', ' || quote_literal(a.nspname) FROM pg_namespace b, pg_namespace a \
             WHERE b.nspname LIKE 'before%' AND a.nspname LIKE 'after%' \
             AND b.xmin::text::int8 + a.xmin::text::int8 = 2 * {number} LIMIT 1"
        ));
        Some(pair.trim().to_owned()).filter(|pair| !pair.is_empty())
    });
    let last = fingerprint(&database.url()).await;
    database.psql(&format!("INSERT INTO chosen VALUES ({})", pair.unwrap()));
    late.join().unwrap();
    assert_eq!(database.psql("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'late%'").trim(), "2");
    assert_ne!(fingerprint(&database.url()).await, last);
}

/// Others go on working while an index is built, which takes several transactions: a scan between them sees it unfinished.
#[tokio::test]
async fn what_changes_beside_others_work_moves_that_of_postgres_at_each_step() {
    let database = Arc::new(empty());
    database.psql(
        "CREATE TABLE t (id int); CREATE TABLE go (step int); CREATE TABLE parts (id int) PARTITION BY LIST (id); \
         CREATE TABLE part PARTITION OF parts FOR VALUES IN (1)",
    );
    let new = database.psql("SELECT current_setting('server_version_num')::int >= 140000").trim() == "t";
    let statements = [
        ("CREATE INDEX CONCURRENTLY i ON t (id)", "SELECT count(*) FROM pg_index WHERE NOT indisvalid", true),
        ("REINDEX INDEX CONCURRENTLY i", "SELECT count(*) FROM pg_class WHERE relname = 'i_ccnew'", true),
        (
            "ALTER TABLE parts DETACH PARTITION part CONCURRENTLY",
            "SELECT count(*) FROM pg_inherits WHERE to_jsonb(pg_inherits) ->> 'inhdetachpending' = 'true'",
            new,
        ),
    ];
    let run = |sql: String| {
        let database = database.clone();
        std::thread::spawn(move || drop(database.psql(&sql)))
    };
    let url = database.url();
    let mut last = fingerprint(&url).await;
    for (step, (statement, half_done, known)) in statements.into_iter().enumerate() {
        if !known {
            continue;
        }
        // It waits for those who may have begun before, until they are told to go.
        let holder = run(format!(
            "BEGIN; LOCK TABLE t IN ROW EXCLUSIVE MODE; SELECT FROM parts; DO 'BEGIN \
             WHILE NOT EXISTS (SELECT FROM go WHERE step = {step}) LOOP PERFORM pg_sleep(0.01); END LOOP; END'; COMMIT"
        ));
        let held = "SELECT count(*) FROM pg_locks WHERE relation = 'parts'::regclass AND mode = 'AccessShareLock' \
                    AND pid <> pg_backend_pid()";
        wait_for(&database, held, "1");
        let builder = run(statement.to_owned());
        wait_for(&database, half_done, "1");
        let between = fingerprint(&url).await;
        assert_ne!(between, last, "{statement}, half done");
        database.psql(&format!("INSERT INTO go VALUES ({step})"));
        holder.join().unwrap();
        builder.join().unwrap();
        last = fingerprint(&url).await;
        assert_ne!(last, between, "{statement}");
    }
}
