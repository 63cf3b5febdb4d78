//! Servers that only follow another one.

use std::time::Duration;

use testkit::postgres::standby::{Member, Pair};
use testkit::valve::Valve;
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
    testkit::wait_for(sql, expected, |sql| member.psql(sql));
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
    let pair = Arc::new(pair);
    let holder = std::thread::spawn({
        let pair = Arc::clone(&pair);
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

/// A table that takes a while to be sent: 14 MB in 2,000 pages of seven rows.
const LONG: &str = "\
    DROP TABLE IF EXISTS long; CREATE TABLE long (id int, word text); \
    INSERT INTO long SELECT g, repeat(md5(g::text), 31) FROM generate_series(1, 14000) g; ANALYZE long";

#[tokio::test(flavor = "multi_thread")]
async fn a_read_that_a_standby_gives_up_in_the_middle_is_tried_again_or_told_as_far_as_it_came() {
    let pair = Pair::start();
    pair.primary.psql("CREATE TABLE other (id int); INSERT INTO other VALUES (1)");
    // Read by one statement, and held in the middle of it; read by three, and held as the second begins.
    for (conflicts, pages_at_once, passes) in [(1, 16_384, 1_000_000), (2, 1_999, 4_500_000)] {
        pair.primary.psql(LONG);
        pair.catch_up();
        let valve = Valve::before(pair.standby.port()).await;
        valve.let_pass(passes);
        let url = pair.standby.url_at(valve.port());
        let limits = Limits { pages_at_once, ..Limits::default() };
        let profiles =
            tokio::spawn(async move { profile_within(&url, &ProfileRequest::default(), limits).await });
        valve.shut().await;
        // Rows that the statement still has to send are removed for good.
        pair.primary.psql("DELETE FROM long WHERE id % 2 = 0");
        pair.catch_up();
        pair.primary.psql("VACUUM long");
        // The reader is given up at once, or as soon as somebody takes what it sends.
        pair.settle();
        valve.open();
        let profiles = profiles.await.unwrap();
        let given_up = "SELECT confl_snapshot FROM pg_stat_database_conflicts WHERE datname = 'postgres'";
        wait_for(&pair.standby, given_up, &conflicts.to_string());
        let [long, other] = &profiles[..] else { panic!("{profiles:?}") };
        assert_eq!((other.row_count, &other.skipped, &long.skipped), (1, &None, &None));
        if conflicts == 1 {
            assert_eq!((long.row_count, &long.partial_reason), (7_000, &None), "read again, as it is now");
        } else {
            let reason = long.partial_reason.as_deref().unwrap();
            assert!(long.partial && reason.contains("standby"), "{reason}");
            assert_eq!((long.row_count, long.columns.len()), (14_000, 2), "as the catalog says");
        }
        pair.catch_up();
    }
}
