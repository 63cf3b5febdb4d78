//! Tables that others hold locked while they are read.

use std::thread::JoinHandle;
use std::time::Duration;

use testkit::valve::Valve;

use super::postgres_kindness::{reads, wait_for};
use super::*;

/// Runs statements in a transaction that stays open until there is a row in the table `go`.
fn hold(database: &Arc<Database>, statements: &'static str) -> JoinHandle<()> {
    let database = Arc::clone(database);
    std::thread::spawn(move || {
        database.psql(&format!(
            "BEGIN; {statements}; DO 'BEGIN FOR i IN 1..6000 LOOP \
             EXIT WHEN EXISTS (SELECT FROM go); PERFORM pg_sleep(0.01); END LOOP; END'; COMMIT"
        ));
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_change_that_stays_open_fails_no_scan_and_keeps_no_other_table_from_being_profiled() {
    let database = Arc::new(empty());
    database.psql(
        "CREATE TABLE held (id serial, name text DEFAULT upper('x'), at timestamptz DEFAULT now(), \
             twice int GENERATED ALWAYS AS (id * 2) STORED, CHECK (name <> ''), PRIMARY KEY (id)); \
         CREATE INDEX ON held (lower(name)); CREATE VIEW over AS SELECT name FROM held; \
         CREATE TABLE parts (id int DEFAULT 7) PARTITION BY LIST (id); \
         CREATE TABLE part PARTITION OF parts FOR VALUES IN (1); INSERT INTO parts VALUES (1); \
         CREATE TABLE other (id int); INSERT INTO other VALUES (1), (2); CREATE TABLE go (id int)",
    );
    let holder = hold(&database, "ALTER TABLE held ADD late int; ALTER TABLE part ADD CHECK (id > 0)");
    let held = "SELECT count(DISTINCT relation) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted \
                AND relation IN ('held'::regclass, 'part'::regclass)";
    wait_for(&database, held, "2");

    let url = database.url();
    let cancel = CancellationToken::new();
    let limits = Limits { lock: Duration::from_millis(200), ..Limits::default() };
    let profiles = Mutex::new(Vec::new());
    let tell = |event| {
        if let ProfileEvent::Table(table) = event {
            profiles.lock().unwrap().push((table.table, table.row_count, table.skipped));
        }
    };
    source(&url).profile(&ProfileRequest::default(), limits, &cancel, &tell).await.unwrap();
    let profiles = profiles.into_inner().unwrap();
    let [go, held, other, parts] = &profiles[..] else { panic!("{profiles:?}") };
    assert_eq!((&go.2, &other.2, other.1), (&None, &None, 2), "{profiles:?}");
    for skipped in [held, parts] {
        assert!(skipped.2.as_deref().is_some_and(|reason| reason.contains("holds a lock")), "{skipped:?}");
    }
    source(&url).fingerprint(limits, &cancel).await.unwrap();
    let tables = vec!["public.held".to_owned(), "public.other".to_owned()];
    let request = FreshnessRequest { tables, ..FreshnessRequest::default() };
    let fresh = source(&url).freshness(&request, limits, &cancel).await.unwrap();
    assert_eq!((fresh.tables.len(), fresh.tables[0].latest_value_at), (2, None));

    // The time there is for it is over: it says where the change is.
    let short = Limits { catalog_statement: Duration::from_secs(2), ..limits };
    let error = source(&url).scan(&Filter::default(), short, &cancel).await.unwrap_err();
    assert_eq!(error.code(), "timeout");
    assert!(error.to_string().contains("public.held"), "{error}");

    // It waits a while, makes room for others, and waits again.
    let scan = tokio::spawn({
        let (source, cancel) = (source(&url), cancel.clone());
        async move { source.scan(&Filter::default(), limits, &cancel).await }
    });
    let waiting = "SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database() \
                   AND application_name = 'bastion-mcp' AND wait_event_type = 'Lock'";
    for expected in ["t", "f", "t"] {
        wait_for(&database, waiting, expected);
    }
    // Its connection ends, as a standby ends those that rest in a transaction: it goes on over another one.
    let ours =
        "FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'bastion-mcp'";
    let first = database.psql(&format!("SELECT pid {ours}"));
    database.psql(&format!("SELECT pg_terminate_backend({})", first.trim()));
    wait_for(&database, &format!("SELECT count(*) {ours} AND pid <> {}", first.trim()), "1");
    database.psql("INSERT INTO go VALUES (1)");
    holder.join().unwrap();
    let snapshot = scan.await.unwrap().unwrap();
    // As it was before the change or after it: the attempt that came through may have begun before the change was over.
    let columns = &table(&snapshot, "public.held").columns;
    assert!(columns.len() == 4 || columns.iter().any(|column| column.name == "late"), "{columns:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_whose_connection_ends_in_the_middle_goes_on_over_another_one() {
    let database = Arc::new(empty());
    database.psql(
        "CREATE TABLE before (id int); INSERT INTO before VALUES (1); CREATE TABLE held (id int); \
         CREATE TABLE later (id int); INSERT INTO later VALUES (1), (2); CREATE TABLE go (id int)",
    );
    let holder = hold(&database, "LOCK TABLE held");
    let held = "SELECT count(*) FROM pg_locks WHERE relation = 'held'::regclass AND granted";
    wait_for(&database, held, "1");
    let limits = Limits { lock: Duration::from_secs(120), ..Limits::default() };
    let url = database.url();
    let profiles =
        tokio::spawn(async move { profile_within(&url, &ProfileRequest::default(), limits).await });
    let waiting = "FROM pg_stat_activity WHERE datname = current_database() \
                   AND application_name = 'bastion-mcp' AND wait_event_type = 'Lock'";
    wait_for(&database, &format!("SELECT count(*) {waiting}"), "1");
    let first = database.psql(&format!("SELECT pid {waiting}"));
    database.psql(&format!("SELECT pg_terminate_backend({})", first.trim()));
    let again = format!("SELECT count(*) {waiting} AND pid <> {}", first.trim());
    wait_for(&database, &again, "1");
    database.psql("INSERT INTO go VALUES (1)");
    holder.join().unwrap();
    let profiles = profiles.await.unwrap();
    let told: Vec<_> =
        profiles.iter().map(|table| (table.table.as_str(), table.row_count, &table.skipped)).collect();
    let expected = [("public.before", 1), ("public.go", 1), ("public.held", 0), ("public.later", 2)];
    assert_eq!(told, expected.map(|(table, rows)| (table, rows, &None)));
}

/// How often profiles have looked whether others need the server.
fn looks(database: &Database) -> usize {
    database.statements().iter().filter(|sent| sent.contains("xact_commit")).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_for_a_lock_makes_profiles_of_that_database_rest_and_of_no_other() {
    let (database, other) = (Arc::new(empty()), empty());
    for made in [&*database, &other] {
        made.psql("CREATE TABLE held (id int); CREATE TABLE free (id int); CREATE TABLE go (id int)");
        made.log_statements();
    }
    let of_held =
        |which: &str| format!("SELECT count(*) FROM pg_locks WHERE relation = 'held'::regclass AND {which}");
    let holder = hold(&database, "LOCK TABLE held");
    wait_for(&database, &of_held("granted"), "1");
    let waiter = std::thread::spawn({
        let database = Arc::clone(&database);
        move || drop(database.psql("BEGIN; LOCK TABLE held; COMMIT"))
    });
    wait_for(&database, &of_held("NOT granted"), "1");
    let request = ProfileRequest { tables: vec!["public.free".into()], ..ProfileRequest::default() };
    assert_eq!(profile(&other.url(), request.clone()).await.len(), 1);
    assert!(looks(&other) < 7, "three seconds of rest are seven looks");

    let (url, started) = (database.url(), std::time::Instant::now());
    let resting = tokio::spawn(async move { profile(&url, request).await });
    // The second is half a second after the first: a table without rows is not read for so long.
    while looks(&database) < 2 {
        assert!(started.elapsed() < Duration::from_secs(60), "it does not rest");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    database.psql("INSERT INTO go VALUES (1)");
    assert_eq!(resting.await.unwrap().len(), 1);
    holder.join().unwrap();
    waiter.join().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_for_the_profiles_own_lock_gets_it_after_this_stretch_and_the_next_is_shorter() {
    let database = Arc::new(empty());
    // 1,200 pages of seven rows.
    database.psql(
        "CREATE TABLE big (id int, word text); \
         INSERT INTO big SELECT g, repeat(md5(g::text), 31) FROM generate_series(1, 8400) g",
    );
    database.log_statements();
    let port = Server::shared().port();
    let valve = Valve::before(port).await;
    valve.let_pass(1_000_000);
    let url = database.url().replace(&format!(":{port}/"), &format!(":{}/", valve.port()));
    let limits = Limits { pages_at_once: 1024, ..Limits::default() };
    let profiles =
        tokio::spawn(async move { profile_within(&url, &ProfileRequest::default(), limits).await });
    // In the middle of the first stretch, of 3.6 MB.
    valve.shut().await;
    let waiter = std::thread::spawn({
        let database = Arc::clone(&database);
        move || drop(database.psql("ALTER TABLE big ADD late int"))
    });
    wait_for(
        &database,
        "SELECT count(*) FROM pg_locks WHERE relation = 'big'::regclass AND NOT granted",
        "1",
    );
    // A stretch should take two seconds at most.
    database.psql(
        "SELECT pg_sleep_until(query_start + interval '2.1 s') FROM pg_stat_activity \
         WHERE datname = current_database() AND application_name = 'bastion-mcp'",
    );
    assert!(!waiter.is_finished(), "the stretch has not ended");
    valve.let_pass(3_200_000);
    waiter.join().unwrap();
    // In the middle of the next one.
    valve.shut().await;
    let read = reads(&database);
    let pages = |copy: &str| {
        let (_, pages) = copy.split_once("ctid >= ").unwrap();
        pages.replace("::pg_catalog.tid", "")
    };
    let read: Vec<String> = read.iter().map(|copy| pages(copy)).collect();
    let [first, second] = &read[..] else { panic!("{read:?}") };
    assert!(first.starts_with("'(0,0)' AND ctid < '(512,0)'"), "{first}");
    assert!(second.starts_with("'(512,0)' AND ctid < '(768,0)'"), "{second}");
    valve.open();
    let profiles = profiles.await.unwrap();
    let [big] = &profiles[..] else { panic!("{profiles:?}") };
    assert_eq!((big.row_count, &big.partial_reason, &big.skipped), (8_400, &None, &None));
}
