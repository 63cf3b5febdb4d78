//! Budgets, cancelling, and what is not read again.

use std::time::{Duration, Instant};

use scan::Memory;
use types::profile::{Level, TimeMethod};

use super::*;

/// Waits until a query answers `expected`.
pub(super) fn wait_for(database: &Database, sql: &str, expected: &str) {
    testkit::wait_for(sql, expected, |sql| database.psql(sql));
}

/// Somebody whom a role with `pg_read_all_stats` sees at work, until it is dropped.
pub(super) struct Other<'a> {
    database: &'a Arc<Database>,
    session: Option<std::thread::JoinHandle<()>>,
}

impl<'a> Other<'a> {
    const SESSIONS: &'static str =
        "FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";

    pub(super) fn at_work(database: &'a Arc<Database>) -> Self {
        let inside = Arc::clone(database);
        let session = std::thread::spawn(move || {
            inside.psql("DO $$ BEGIN PERFORM pg_sleep(600); EXCEPTION WHEN query_canceled THEN NULL; END $$");
        });
        wait_for(database, &format!("SELECT count(*) {}", Self::SESSIONS), "1");
        Self { database, session: Some(session) }
    }
}

impl Drop for Other<'_> {
    fn drop(&mut self) {
        self.database.psql(&format!("SELECT pg_cancel_backend(pid) {}", Self::SESSIONS));
        let ended = self.session.take().map(std::thread::JoinHandle::join);
        assert!(std::thread::panicking() || matches!(ended, Some(Ok(()))));
    }
}

/// The statements that read rows.
pub(super) fn reads(database: &Database) -> Vec<String> {
    let is_read = |sent: &String| sent.starts_with("COPY") || sent.starts_with("DECLARE");
    database.statements().into_iter().filter(is_read).collect()
}

/// Counters reach the statistics when the session that wrote has ended.
pub(super) fn settle(database: &Database, table: &str, inserted: u64) {
    let sql = format!("SELECT pg_stat_get_tuples_inserted('{table}'::regclass)");
    wait_for(database, &sql, &inserted.to_string());
}

/// Whether anything is being done for the agent in the database.
const ACTIVE: &str = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                      AND application_name = 'bastion-mcp' AND state = 'active'";

/// How long the server goes on with a read that waits for a lock, after it was cancelled, or after whoever asked no longer
/// waits.
async fn stopped_after(database: &Database, is_cancelled: bool) -> Duration {
    let cancel = CancellationToken::new();
    let limits = Limits { lock: Duration::from_secs(120), ..Limits::default() };
    let work = tokio::spawn({
        let (cancel, source) = (cancel.clone(), source(&database.url()));
        async move { source.profile(&ProfileRequest::default(), limits, &cancel, &|_| ()).await }
    });
    wait_for(database, ACTIVE, "1");
    let asked = Instant::now();
    if is_cancelled {
        cancel.cancel();
        assert_eq!(work.await.unwrap().unwrap_err().code(), "cancelled");
    } else {
        work.abort();
        assert!(work.await.unwrap_err().is_cancelled());
    }
    wait_for(database, ACTIVE, "0");
    asked.elapsed()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_cancelled_or_given_up_ends_at_the_server_within_a_second() {
    let database = Arc::new(empty());
    database.psql("CREATE TABLE held (id int)");
    // A statement that would go on for a minute: it waits for a lock.
    let holder = Arc::clone(&database);
    let lock = std::thread::spawn(move || {
        // Ended from outside, below: an error.
        let hold = "BEGIN; LOCK TABLE held; DO $$ BEGIN PERFORM pg_sleep(60); EXCEPTION WHEN query_canceled THEN NULL; END $$";
        holder.psql(hold);
    });
    let granted = "SELECT count(*) > 0 FROM pg_locks WHERE relation = 'held'::regclass AND granted";
    wait_for(&database, granted, "t");
    for is_cancelled in [true, false] {
        let mut took = stopped_after(&database, is_cancelled).await;
        if took >= Duration::from_secs(1) {
            // The promise is the server's and this program's; a machine that is busy otherwise gets a second chance.
            took = stopped_after(&database, is_cancelled).await;
        }
        assert!(took < Duration::from_secs(1), "{took:?}, cancelled: {is_cancelled}");
    }
    let asleep = "SELECT count(*) FROM pg_locks WHERE relation = 'held'::regclass AND granted";
    assert_ne!(database.psql(asleep).trim(), "0", "ended by the cancellation, not because the lock was free");
    database.psql(
        "SELECT pg_cancel_backend(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()",
    );
    lock.join().unwrap();
}

#[tokio::test]
async fn beside_others_rows_come_some_at_a_time_and_tell_the_same_as_alone() {
    let database = Arc::new(empty());
    // A column for each way in which values are sent.
    database.psql(
        "CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE DOMAIN feeling AS mood; CREATE TYPE pair AS (a int, b text); \
         CREATE TABLE t AS SELECT g AS id, (g % 7)::int2 AS tiny, g::int8 AS large, g::oid AS number, g / 3::float4 AS real, \
         sqrt(g) AS double, g * 1.25 AS exact, g::numeric::money AS money, date '2024-01-01' + g % 900 AS day, \
         time '10:00' + g * interval '1 second' AS hour, timestamptz '2024-01-01' + g * interval '1 minute' AS at, \
         g * interval '1 hour' AS lasts, g % 3 = 0 AS yes, md5(g::text)::uuid AS unique_id, \
         ('10.0.' || g % 250 || '.1')::inet AS address, (ARRAY['sad', 'ok'])[g % 2 + 1]::mood AS mood, \
         (ARRAY['sad', 'ok'])[g % 2 + 1]::feeling AS feeling, CASE WHEN g % 5 > 0 THEN 'word ' || g % 40 END AS word, \
         repeat('long ', g % 400) AS long, (g % 60)::char(4) AS fixed, (g % 60)::varchar(9) AS short, \
         decode(md5(g::text), 'hex') AS bytes, jsonb_build_object('g', g) AS document, ARRAY[g] AS list, \
         ROW(g, NULL)::pair AS pair FROM generate_series(1, 3000) g; ANALYZE",
    );
    let _other = Other::at_work(&database);
    let profiled = async |duty_percent: u8| {
        let read = reads(&database).len();
        let budget = Budget { duty_percent, ..Budget::default() };
        let request = ProfileRequest { budget, ..ProfileRequest::default() };
        let mut found = profile_at_its_pace(&database.url(), &request, Limits::default()).await;
        (found.remove(0), reads(&database).split_off(read))
    };
    database.log_statements();
    let (alone, by_copy) = profiled(100).await;
    let (beside, by_cursor) = profiled(50).await;
    assert_eq!((beside.row_count, beside.partial), (3000, false));
    assert_eq!(beside.columns, alone.columns);
    assert!(by_copy.iter().all(|sent| sent.starts_with("COPY")), "{by_copy:?}");
    let is_part = |sent: &String| sent.starts_with("DECLARE") && sent.contains("ctid");
    assert!(by_cursor.len() > 1 && by_cursor.iter().all(is_part), "{by_cursor:?}");
    let fetched = database.statements().into_iter().filter(|sent| sent.starts_with("FETCH")).count();
    assert!(fetched > 20, "a megabyte, some 32 KiB at once: {fetched}");
}

#[tokio::test]
async fn a_budget_that_runs_out_leaves_a_partial_table_and_skips_the_rest() {
    let database = empty();
    database.psql(
        "CREATE TABLE a (id int, t text); INSERT INTO a SELECT g, repeat('x', 200) FROM generate_series(1, 50000) g; \
         CREATE TABLE b (id int); INSERT INTO b VALUES (1); ANALYZE",
    );
    let budget = Budget { bytes: Some(2_000_000), ..Budget::default() };
    let request = ProfileRequest { budget, ..ProfileRequest::default() };
    let profiles = profile_within(&database.url(), &request, Limits::default()).await;
    let [a, b] = &profiles[..] else { panic!("{profiles:?}") };
    assert!(a.partial && a.partial_reason.as_deref().unwrap().contains("bytes"), "{a:?}");
    assert_eq!(a.row_count, 50_000, "as the catalog says");
    assert_eq!(column(a, "id").error_bound, None, "the first rows are no fair sample");
    assert!(b.skipped.as_deref().unwrap().contains("bytes"));
}

#[tokio::test]
async fn a_budget_runs_out_between_two_stretches_of_a_table_of_which_little_is_sent() {
    let database = empty();
    // Many pages, and on most of them no row is left.
    database.psql(
        "CREATE TABLE t (t text); INSERT INTO t SELECT repeat('x', 1000) FROM generate_series(1, 8000) g; \
         DELETE FROM t WHERE ctid > '(10,0)'",
    );
    let budget = Budget { bytes: Some(1), ..Budget::default() };
    let request = ProfileRequest { budget, ..ProfileRequest::default() };
    let limits = Limits { pages_at_once: 64, ..Limits::default() };
    database.log_statements();
    let t = profile_within(&database.url(), &request, limits).await.remove(0);
    assert!(t.partial && t.partial_reason.as_deref().unwrap().contains("bytes"), "{t:?}");
    assert_eq!(reads(&database).len(), 1, "of some twenty");
}

#[tokio::test]
async fn a_table_that_nobody_wrote_to_is_not_read_again() {
    let database = empty();
    database.psql("CREATE TABLE t (id int PRIMARY KEY, n text); INSERT INTO t SELECT g, g % 7 FROM generate_series(1, 1000) g");
    settle(&database, "t", 1000);
    database.log_statements();
    let request = ProfileRequest { memory: Some(Memory::default()), ..ProfileRequest::default() };
    let url = database.url();
    let once = profile_within(&url, &request, Limits::default()).await;
    let twice = profile_within(&url, &request, Limits::default()).await;
    assert_eq!(reads(&database).len(), 1);
    let [first, second] = [&once[0], &twice[0]];
    assert!(!first.carried_over && second.carried_over);
    assert_eq!((second.rows_carried_over, &second.columns), (1000, &first.columns));
    assert_eq!(second.writes.unwrap().inserted, 1000);

    let again = ProfileRequest { again: true, ..request.clone() };
    assert!(!profile_within(&url, &again, Limits::default()).await[0].carried_over);
    assert_eq!(reads(&database).len(), 2);

    for (number, change) in
        ["UPDATE t SET n = 'x' WHERE id = 1", "DELETE FROM t WHERE id = 2", "TRUNCATE t"].iter().enumerate()
    {
        database.psql(change);
        // Written by a session that has ended; then its counters arrive.
        let changes =
            "SELECT pg_stat_get_tuples_updated('t'::regclass) + pg_stat_get_tuples_deleted('t'::regclass)";
        wait_for(&database, changes, &(number + 1).min(2).to_string());
        let changed = profile_within(&url, &request, Limits::default()).await;
        assert!(!changed[0].carried_over, "{change}");
        assert_eq!(changed[0].last_write_method, Some(TimeMethod::Counters), "{change}");
    }
}

#[tokio::test]
async fn many_tables_are_looked_at_by_one_statement() {
    let database = empty();
    let tables: Vec<String> = (0..120).map(|number| format!("CREATE TABLE t{number} (id int)")).collect();
    database.psql(&tables.join("; "));
    database.log_statements();
    let request = ProfileRequest { memory: Some(Memory::default()), ..ProfileRequest::default() };
    assert_eq!(profile_within(&database.url(), &request, Limits::default()).await.len(), 120);
    let statements = database.statements();
    let looks = statements.iter().filter(|sent| sent.contains("pg_relation_filenode(c.oid)")).count();
    assert_eq!(looks, 2, "a hundred at once");

    // Of one of them, nothing of the others is asked for.
    let one = ["public.t7".to_owned()];
    let oid = format!("'{{{}}}'", database.psql("SELECT 't7'::regclass::oid").trim());
    let before = database.parameters().len();
    freshness(&database.url(), &one, &[]).await;
    let request = ProfileRequest { tables: one.into(), ..ProfileRequest::default() };
    assert_eq!(profile_within(&database.url(), &request, Limits::default()).await.len(), 1);
    let sent = database.parameters().split_off(before);
    let lists: Vec<_> = sent.iter().filter(|parameters| parameters.contains('{')).collect();
    assert!(lists.len() == 4 && lists.iter().all(|parameters| parameters.contains(&oid)), "{oid} {lists:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_between_the_look_at_a_table_and_its_reading_is_found_next_time() {
    let database = empty();
    database.psql(
        "CREATE TABLE a (id int); CREATE TABLE b (id int); CREATE TABLE c (id int); INSERT INTO c VALUES (0)",
    );
    settle(&database, "c", 1);
    let request = ProfileRequest { memory: Some(Memory::default()), ..ProfileRequest::default() };
    let url = database.url();
    let profiled = async |between: &(dyn Fn() + Sync)| {
        let found = Mutex::new(None);
        let tell = |event| match event {
            // All are looked at before the first is read.
            ProfileEvent::Progress(progress) if progress.message.ends_with(".b") => between(),
            ProfileEvent::Table(table) if table.table.ends_with(".c") => {
                *found.lock().unwrap() = Some(*table)
            }
            _ => {}
        };
        source(&url)
            .profile(&without_rest(&request), Limits::default(), &CancellationToken::new(), &tell)
            .await
            .unwrap();
        found.into_inner().unwrap().unwrap()
    };
    for rows in 2..5 {
        let write = || {
            database.psql("INSERT INTO c VALUES (1)");
            settle(&database, "c", rows);
        };
        // Told as it was at the look, or as it was read: never that the new row will not be found.
        let told = profiled(&write).await;
        assert!(told.row_count == rows || told.row_count == rows - 1, "{told:?}");
        let next = profiled(&|| ()).await;
        assert_eq!((next.row_count, next.carried_over), (rows, false));
        let last = profiled(&|| ()).await;
        assert_eq!((last.row_count, last.carried_over), (rows, true));
    }
}

#[tokio::test]
async fn of_a_table_that_only_grows_the_new_pages_are_read() {
    let database = empty();
    let fill = |from: u32, to: u32| {
        database.psql(&format!(
            "INSERT INTO log SELECT g, 'user ' || g % 90, timestamptz '2024-01-01' + g * interval '1 second', \
             CASE WHEN g % 4 = 0 THEN NULL ELSE g * 0.5 END FROM generate_series({from}, {to}) g"
        ));
        settle(&database, "log", to.into());
    };
    database.psql("CREATE TABLE log (id bigint PRIMARY KEY, who text, created_at timestamptz, n numeric)");
    fill(1, 20_000);
    database.log_statements();
    let request = ProfileRequest { memory: Some(Memory::default()), ..ProfileRequest::default() };
    let limits = Limits { pages_at_once: 32, ..Limits::default() };
    let url = database.url();
    profile_within(&url, &request, limits).await;
    for to in [20_010, 25_000] {
        fill(if to == 20_010 { 20_001 } else { 20_011 }, to);
        let before = reads(&database).len();
        let grown = profile_within(&url, &request, limits).await.remove(0);
        let new = reads(&database).split_off(before);
        assert!(!new.is_empty() && new.iter().all(|copy| !copy.contains("'(0,0)'")), "{new:?}");
        assert!(grown.rows_carried_over > 15_000, "{}", grown.rows_carried_over);
        // As if it had been read whole.
        let whole =
            profile_within(&url, &ProfileRequest { memory: None, ..request.clone() }, limits).await.remove(0);
        assert_eq!((grown.row_count, grown.latest_value_at), (whole.row_count, whole.latest_value_at));
        for (ours, theirs) in grown.columns.iter().zip(&whole.columns) {
            let name = &ours.column;
            assert_eq!(ours.null_count, theirs.null_count, "{name}");
            assert_eq!(ours.distinct_count, theirs.distinct_count, "{name}");
            assert_eq!((&ours.min, &ours.max), (&theirs.min, &theirs.max), "{name}");
            assert_eq!(ours.quantiles, theirs.quantiles, "{name}");
            assert_eq!(ours.lengths, theirs.lengths, "{name}");
        }
    }
    // One update, and nothing of it can be trusted.
    database.psql("UPDATE log SET n = 0 WHERE id = 1");
    wait_for(&database, "SELECT pg_stat_get_tuples_updated('log'::regclass)", "1");
    let changed = profile_within(&url, &request, limits).await.remove(0);
    assert_eq!((changed.rows_carried_over, changed.row_count), (0, 25_000));
}

#[tokio::test]
async fn partitions_that_are_closed_are_not_read_again() {
    let database = empty();
    database.psql(
        "CREATE TABLE p (id int, at timestamptz) PARTITION BY RANGE (id); \
         CREATE TABLE p_old PARTITION OF p FOR VALUES FROM (0) TO (5000); \
         CREATE TABLE p_new PARTITION OF p FOR VALUES FROM (5000) TO (20000); \
         INSERT INTO p SELECT g, now() FROM generate_series(0, 8999) g",
    );
    settle(&database, "p_new", 4000);
    settle(&database, "p_old", 5000);
    let request = ProfileRequest { memory: Some(Memory::default()), ..ProfileRequest::default() };
    let url = database.url();
    profile_within(&url, &request, Limits::default()).await;
    database.psql("INSERT INTO p SELECT g, now() FROM generate_series(9000, 9999) g");
    settle(&database, "p_new", 5000);
    database.log_statements();
    let again = profile_within(&url, &request, Limits::default()).await.remove(0);
    let read = reads(&database);
    assert!(read.iter().all(|copy| copy.contains("p_new")) && !read.is_empty(), "{read:?}");
    assert_eq!((again.row_count, again.rows_carried_over), (10_000, 5000));
    assert_eq!(column(&again, "id").distinct_count, Some(10_000));
}

#[tokio::test]
async fn a_sample_of_clustered_data_states_an_error_that_holds() {
    let database = empty();
    // NULLs in runs of several pages, as after a column was added.
    database.psql(
        "CREATE TABLE big (id int, maybe int); INSERT INTO big SELECT g, CASE WHEN g / 3000 % 5 > 0 THEN g END \
         FROM generate_series(1, 600000) g; ANALYZE big",
    );
    let request = ProfileRequest { level: Level::Sample, ..ProfileRequest::default() };
    let big = profile_within(&database.url(), &request, Limits::default()).await.remove(0);
    assert_eq!(big.level, Level::Sample);
    let maybe = column(&big, "maybe");
    let (found, bound) = (maybe.null_percent.unwrap(), maybe.error_bound.unwrap());
    assert!((found - 20.0).abs() <= bound, "{found} ± {bound}");
    // Rows drawn one by one would be good for ± 0.25; pages of rows that are alike are not.
    assert!((1.0..8.0).contains(&bound), "{bound}");
}
