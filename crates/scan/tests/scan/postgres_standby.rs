//! Servers that only follow another one.

use std::time::Duration;

use testkit::postgres::standby::{Member, Pair};
use types::profile::TimeMethod;

use super::*;

const ROWS: &str = "\
    CREATE TABLE held (id int); INSERT INTO held VALUES (1); CREATE TABLE go (id int); \
    CREATE TABLE t (id int PRIMARY KEY, at timestamptz, word text); \
    INSERT INTO t SELECT g, timestamptz '2024-01-01' + g * interval '1 hour', 'word ' || g % 7 \
    FROM generate_series(1, 1000) g; ANALYZE";

async fn fingerprint(url: &str) -> Option<String> {
    let (request, cancel) = (ProfileRequest::default(), CancellationToken::new());
    source(url).profile_fingerprint(&request, Limits::default(), &cancel).await.unwrap()
}

/// What is said of the server itself.
async fn finding(url: &str) -> Option<String> {
    let info = source(url).info(Limits::default()).await;
    info.findings.into_iter().find(|finding| finding.code == "replica").map(|finding| finding.message)
}

fn wait_for(member: &Member, sql: &str, expected: &str) {
    let started = std::time::Instant::now();
    while member.psql(sql).trim() != expected {
        assert!(started.elapsed() < Duration::from_secs(60), "{sql}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_is_read_like_its_primary_and_never_taken_for_unchanged() {
    let pair = Pair::start();
    pair.primary.psql(ROWS);
    pair.catch_up();
    let (primary, standby) = (pair.primary.url(), pair.standby.url());
    let [one, other] = [scan(&primary).await, scan(&standby).await].map(domain::canonicalize);
    assert_eq!(
        (&one.header.root_hash, &one.header.fingerprint),
        (&other.header.root_hash, &other.header.fingerprint)
    );
    let [one, other] = [&primary, &standby].map(|url| profile(url, ProfileRequest::default()));
    let (one, other) = (one.await, other.await);
    let figures = |tables: &[TableProfile]| {
        let of = |table: &TableProfile| (table.table.clone(), table.row_count, table.columns.clone());
        tables.iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!((figures(&one), one.len()), (figures(&other), 3));
    // It counts no writes, and so can never say that there were none.
    assert!(fingerprint(&primary).await.is_some() && fingerprint(&standby).await.is_none());
    assert!(one[2].writes.is_some() && other[2].writes.is_none());
    let tables = ["public.t".to_owned()];
    let fresh = [freshness(&primary, &tables, &[]).await, freshness(&standby, &tables, &[]).await];
    let [first, second] = fresh.map(|mut answer| answer.tables.remove(0));
    assert!(first.writes.is_some() && second.writes.is_none());
    assert_eq!(first.last_write_method, Some(TimeMethod::CommitTime), "these servers keep commit times");
    assert!(first.last_write_at.is_some() && one[2].last_write_at == first.last_write_at);
    let times = |table: types::protocol::TableFreshness| (table.latest_value_at, table.last_write_at);
    assert_eq!(times(first), times(second));

    assert_eq!(finding(&primary).await, None);
    let told = finding(&standby).await.unwrap();
    assert!(told.contains("seconds ago"), "{told}");

    // What the primary has locked is locked on the standby as well, and keeps no other table from being read.
    let pair = std::sync::Arc::new(pair);
    let holder = std::thread::spawn({
        let pair = std::sync::Arc::clone(&pair);
        move || {
            pair.primary.psql(
                "BEGIN; LOCK TABLE held; DO 'BEGIN FOR i IN 1..6000 LOOP \
                 EXIT WHEN EXISTS (SELECT FROM go); PERFORM pg_sleep(0.01); END LOOP; END'; COMMIT",
            );
        }
    });
    let held = "SELECT count(*) FROM pg_locks WHERE relation = 'held'::regclass AND granted";
    wait_for(&pair.primary, held, "1");
    pair.catch_up();
    assert_eq!(pair.standby.psql(held).trim(), "1");
    let limits = Limits { lock: Duration::from_millis(200), ..Limits::default() };
    let profiles = profile_within(&standby, &ProfileRequest::default(), limits).await;
    let skipped: Vec<_> = profiles.iter().filter_map(|table| table.skipped.as_deref()).collect();
    assert!(matches!(&skipped[..], [reason] if reason.contains("holds a lock")), "{profiles:?}");
    pair.primary.psql("INSERT INTO go VALUES (1)");
    holder.join().unwrap();
}
