//! What a snapshot of PostgreSQL tells does not depend on how the catalog was read.

use std::time::Duration;

use super::postgres_kindness::wait_for;
use super::*;

/// Every catalog is large.
fn large() -> Limits {
    Limits { catalog_at_once: 0, ..Limits::default() }
}

/// Of one that is read on one connection, however large.
fn small() -> Limits {
    Limits { catalog_at_once: u64::MAX, ..Limits::default() }
}

async fn read(url: &str, limits: Limits) -> Snapshot {
    source(url).scan(&Filter::default(), limits, &CancellationToken::new()).await.unwrap()
}

/// Versions 15, 16 and 18 were seen to tell the same. A change here is a version of every customer's schema: it belongs
/// to a new canonical version, and nowhere else.
#[tokio::test]
async fn pagila_keeps_its_hash() {
    let snapshot = domain::canonicalize(scan(&pagila().url()).await);
    assert_eq!(domain::CANONICAL_VERSION, 5);
    assert_eq!(
        snapshot.header.root_hash,
        "524e58a8a6245b9200eba561e840a63febc199fc823f3b48bde28da75a1ca137",
        "{:#?}",
        snapshot.objects.iter().map(|object| (&object.path, &object.hash)).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn a_large_catalog_is_read_over_two_connections_and_told_the_same() {
    let database = pagila();
    let url = database.url();
    let taken_over = || {
        let sent = database.statements();
        sent.iter().filter(|statement| statement.starts_with("SET TRANSACTION SNAPSHOT")).count()
    };
    database.log_statements();
    let one = read(&url, small()).await;
    assert_eq!(taken_over(), 0);
    let two = read(&url, large()).await;
    assert_eq!(taken_over(), 1);
    assert_eq!(domain::canonicalize(one).objects, domain::canonicalize(two).objects);

    let filter = Filter::new(&["public.film".into()], &[]).unwrap();
    let few = source(&url).scan(&filter, large(), &CancellationToken::new()).await.unwrap();
    assert_eq!((count(&few, "table"), taken_over()), (1, 1), "few relations are not worth it");
}

#[tokio::test]
async fn a_scan_tells_how_far_it_is() {
    let database = pagila();
    let source = source(&database.url());
    for limits in [small(), large()] {
        let told = Mutex::new(Vec::new());
        let tell = |progress| told.lock().unwrap().push(progress);
        source.scan_telling(&Filter::default(), limits, &CancellationToken::new(), &tell).await.unwrap();
        let told = told.into_inner().unwrap();
        let total = told[0].total;
        assert!(
            told.iter()
                .map(|progress| (progress.done, progress.total))
                .eq((1..=total).map(|done| (done, total)))
        );
        assert!(told.iter().any(|progress| progress.message == "read tables and views"), "{told:?}");
    }
}

#[tokio::test]
async fn a_role_that_may_not_have_two_connections_reads_a_large_catalog_over_one() {
    let database = pagila();
    let all = read(&database.url(), small()).await;
    for (attributes, revoked) in [("CONNECTION LIMIT 1", false), ("", true)] {
        let role = Server::shared().create_role("lonely", attributes);
        if revoked {
            database.psql("REVOKE EXECUTE ON FUNCTION pg_catalog.pg_export_snapshot() FROM PUBLIC");
        }
        let found = read(&database.url_as(&role), large()).await;
        assert_eq!(found.objects.len(), all.objects.len(), "{attributes}");
        assert_eq!(table(&found, "public.film").indexes, table(&all, "public.film").indexes);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_ends_what_both_connections_do() {
    let database = Arc::new(empty());
    let url = database.url();
    // The first to come to a new database opens all catalogs that are cached and writes down what it found. Another that
    // comes before that is done does the same, and would wait for the lock as well.
    database.psql("SELECT 1");
    // The second comes to read the sequences, and waits for the lock.
    let holder = Arc::clone(&database);
    let lock = std::thread::spawn(move || {
        holder.psql(
            "BEGIN; LOCK TABLE pg_catalog.pg_sequence; \
             DO $$ BEGIN PERFORM pg_sleep(60); EXCEPTION WHEN query_canceled THEN NULL; END $$",
        );
    });
    let locks = "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database \
                 WHERE d.datname = current_database() AND l.relation = 'pg_sequence'::regclass AND";
    let (held, waiting) = (format!("{locks} l.granted"), format!("{locks} NOT l.granted"));
    wait_for(&database, &held, "1");
    let cancel = CancellationToken::new();
    let limits = Limits { lock: Duration::from_secs(120), ..large() };
    let work = tokio::spawn({
        let (cancel, source) = (cancel.clone(), source(&url));
        async move { source.scan(&Filter::default(), limits, &cancel).await }
    });
    wait_for(&database, &waiting, "1");
    cancel.cancel();
    assert_eq!(work.await.unwrap().unwrap_err().code(), "cancelled");
    wait_for(&database, &waiting, "0");
    assert_eq!(database.psql(&held).trim(), "1", "not because the lock was free");
    database.psql(
        "SELECT pg_cancel_backend(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()",
    );
    lock.join().unwrap();
}

/// The catalog lists their columns as 0, or by the negative numbers of system columns.
#[tokio::test]
async fn conditions_on_whole_rows_system_columns_and_expressions_are_told() {
    let database = empty();
    database.psql(
        "CREATE TABLE t (n int, span int4range, CONSTRAINT whole CHECK (t IS NOT NULL), \
             CONSTRAINT system CHECK (tableoid > 0), \
             CONSTRAINT part EXCLUDE USING gist (int4range(n, n + 1) WITH &&)); \
         CREATE FUNCTION f(t) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 1'; \
         CREATE INDEX i ON t (f(t), n, (n + 1)) INCLUDE (span) WHERE t IS NOT NULL; \
         CREATE TABLE quiet (a text DEFAULT '{VAR :varno 1}', b text COLLATE \"C\", \
             c text GENERATED ALWAYS AS (a || b) STORED); \
         CREATE INDEX j ON quiet (a COLLATE \"C\", b COLLATE \"C\", b COLLATE \"POSIX\" text_pattern_ops)",
    );
    let snapshot = scan(&database.url()).await;
    assert!(snapshot.header.warnings.is_empty(), "{:?}", snapshot.header.warnings);
    let t = table(&snapshot, "public.t");
    let checks: Vec<_> =
        t.checks.iter().map(|check| (check.name.as_str(), check.expression.as_str())).collect();
    assert_eq!(checks, [("system", "(tableoid > (0)::oid)"), ("whole", "(t.* IS NOT NULL)")]);
    assert_eq!(t.exclusions[0].definition, "EXCLUDE USING gist (int4range(n, (n + 1)) WITH &&)");
    let parts: Vec<_> = t.indexes[0].parts.iter().map(|part| part.expression.as_str()).collect();
    assert_eq!(parts, ["public.f(t.*)", "n", "((n + 1))"]);
    assert_eq!(t.indexes[0].include, ["span"]);
    assert_eq!(t.indexes[0].predicate.as_deref(), Some("(t.* IS NOT NULL)"));

    let quiet = table(&snapshot, "public.quiet");
    assert_eq!(quiet.columns[0].default.as_deref(), Some("'{VAR :varno 1}'::text"));
    assert_eq!(quiet.columns[2].generated.as_ref().unwrap().expression, "(a || b)");
    let collations: Vec<_> = quiet.indexes[0].parts.iter().map(|part| part.collation.as_deref()).collect();
    assert_eq!(collations, [Some("C"), None, Some("POSIX")], "a column's own is not told");
    assert_eq!(quiet.indexes[0].parts[2].operator_class.as_deref(), Some("text_pattern_ops"));
}

#[tokio::test]
async fn what_keys_carry_along_and_when_and_how_far_they_act_is_told() {
    let database = empty();
    database.psql(
        "CREATE TABLE up (a int, b int, note text, \
             CONSTRAINT up_key PRIMARY KEY (a, b) INCLUDE (note), \
             CONSTRAINT late UNIQUE (b, note) DEFERRABLE INITIALLY DEFERRED); \
         CREATE TABLE down (a int, b int, \
             CONSTRAINT whole FOREIGN KEY (a, b) REFERENCES up (a, b) ON DELETE SET NULL, \
             CONSTRAINT part FOREIGN KEY (a, b) REFERENCES up (a, b) ON DELETE SET NULL (b) INITIALLY DEFERRED)",
    );
    let read = async || domain::canonicalize(scan(&database.url()).await);
    let before = read().await;
    let up = table(&before, "public.up");
    let key = up.primary_key.as_ref().unwrap();
    assert_eq!((&key.columns[..], &key.include[..]), (&["a".into(), "b".into()][..], &["note".into()][..]));
    assert!(!key.initially_deferred && up.uniques[0].initially_deferred && up.uniques[0].include.is_empty());
    let [part, whole] = &table(&before, "public.down").foreign_keys[..] else { panic!("two references") };
    assert_eq!((part.on_delete.as_str(), &part.on_delete_columns[..]), ("set null", &["b".to_owned()][..]));
    assert_eq!((part.deferrable, part.initially_deferred, whole.initially_deferred), (true, true, false));
    assert!(whole.on_delete_columns.is_empty() && !whole.not_enforced);

    let changes = [
        ("ALTER TABLE down ALTER CONSTRAINT part DEFERRABLE INITIALLY IMMEDIATE", "foreign_key.changed"),
        (
            "ALTER TABLE down DROP CONSTRAINT part, ADD CONSTRAINT part FOREIGN KEY (a, b) REFERENCES up (a, b) \
             ON DELETE SET NULL DEFERRABLE",
            "foreign_key.changed",
        ),
        (
            "ALTER TABLE up DROP CONSTRAINT late, ADD CONSTRAINT late UNIQUE (b, note) DEFERRABLE",
            "unique.changed",
        ),
        (
            "ALTER TABLE up DROP CONSTRAINT late, ADD CONSTRAINT late UNIQUE (b, note) INCLUDE (a) DEFERRABLE",
            "unique.changed",
        ),
    ];
    let mut old = before;
    for (statement, kind) in changes {
        database.psql(statement);
        let new = read().await;
        let found: Vec<_> = domain::diff(&old, &new, None).into_iter().map(|change| change.kind).collect();
        assert_eq!(found, [kind], "{statement}");
        old = new;
    }
}
