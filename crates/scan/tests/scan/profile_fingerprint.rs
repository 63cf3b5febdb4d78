//! Whether a profile would find anything new, told without reading a table.

use std::collections::BTreeMap;

use super::*;
use types::profile::Level;

const TABLES: &str = "\
    CREATE TABLE item (id int PRIMARY KEY, name text); INSERT INTO item SELECT i, 'n' || i FROM generate_series(1, 100) i; \
    CREATE TABLE part (id int, day date) PARTITION BY RANGE (day); \
    CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')";
/// Writes are counted once a session reports them: at once, instead of within a second.
const REPORTED: &str = "; SELECT pg_stat_force_next_flush()";

async fn fingerprint(url: &str, request: &ProfileRequest) -> Option<String> {
    let cancel = CancellationToken::new();
    source(url).profile_fingerprint(request, Limits::default(), &cancel).await.unwrap()
}

async fn ended(url: &str, request: &ProfileRequest) -> Option<String> {
    let cancel = CancellationToken::new();
    source(url).profile(&without_rest(request), Limits::default(), &cancel, &|_| ()).await.unwrap()
}

#[tokio::test]
async fn a_profiles_fingerprint_holds_until_somebody_writes_or_changes_what_may_be_read() {
    let database = empty();
    database.psql(&format!("{TABLES}{REPORTED}"));
    let role = reader(&database);
    let url = database.url_as(&role);
    let all = ProfileRequest::default();
    let mut known = ended(&url, &all).await;
    assert!(known.is_some());
    assert_eq!(fingerprint(&url, &all).await, known, "reading changes nothing");
    let grant = format!("GRANT SELECT (id) ON part TO \"{}\"", role.name);
    let policy = "ALTER TABLE item ENABLE ROW LEVEL SECURITY";
    for write in [
        "UPDATE item SET name = 'x' WHERE id = 1",
        "INSERT INTO item VALUES (101, 'y')",
        "DELETE FROM item WHERE id = 101",
        "INSERT INTO part VALUES (1, '2024-02-02')",
        "TRUNCATE part",
        "BEGIN; INSERT INTO item VALUES (200, 'z'); ROLLBACK",
        "CREATE TABLE fresh (id int)",
        "ALTER TABLE item ADD COLUMN more int DEFAULT 7",
        "VACUUM FULL item",
        &grant,
        policy,
    ] {
        database.psql(&format!("{write}{REPORTED}"));
        let now = fingerprint(&url, &all).await;
        assert_ne!(now, known, "{write}");
        assert_eq!(ended(&url, &all).await, now, "{write}");
        known = now;
    }
}

#[tokio::test]
async fn a_profile_of_a_part_or_one_that_left_something_unread_has_no_fingerprint() {
    let database = empty();
    database.psql(&format!("{TABLES}{REPORTED}"));
    let url = database.url();
    let full = fingerprint(&url, &ProfileRequest::default()).await;
    assert!(full.is_some());
    let chosen = BTreeMap::from([("public.part".to_owned(), "day".to_owned())]);
    let other = ProfileRequest { timestamp_columns: chosen, ..ProfileRequest::default() };
    assert_ne!(fingerprint(&url, &other).await, full, "other questions have other answers");
    let filter = Filter::new(&["public.item".into()], &[]).unwrap();
    for part in [
        ProfileRequest { tables: vec!["public.item".into()], ..ProfileRequest::default() },
        ProfileRequest { filter, ..ProfileRequest::default() },
        ProfileRequest { level: Level::Estimate, ..ProfileRequest::default() },
    ] {
        assert_eq!((fingerprint(&url, &part).await, ended(&url, &part).await), (None, None), "{part:?}");
    }
    let budget = Budget { time: Some(std::time::Duration::ZERO), ..Budget::default() };
    assert_eq!(ended(&url, &ProfileRequest { budget, ..ProfileRequest::default() }).await, None);
    let name = database.psql("SELECT current_database()");
    database.psql(&format!("ALTER DATABASE \"{}\" SET track_counts = off", name.trim()));
    assert_eq!(fingerprint(&url, &ProfileRequest::default()).await, None, "nothing is counted");
}

#[tokio::test]
async fn other_engines_have_none() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("shop.db");
    rusqlite::Connection::open(&path).unwrap().execute_batch("CREATE TABLE item (id INTEGER)").unwrap();
    let url = format!("sqlite:{}", path.display());
    let all = ProfileRequest::default();
    assert_eq!((fingerprint(&url, &all).await, ended(&url, &all).await), (None, None));
}
