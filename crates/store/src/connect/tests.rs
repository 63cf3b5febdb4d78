use std::io::{self, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use sea_orm::TransactionTrait as _;
use tracing::Instrument as _;
use types::{OrgId, Timestamp};
use uuid::Uuid;

use super::*;
use crate::{MasterKeys, object};

/// What is logged on this thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_full_disk_stops_writing_but_not_reading_until_there_is_space() {
    let directory = tempfile::TempDir::new().unwrap();
    let url = format!("sqlite://{}/full.db?mode=rwc", directory.path().display());
    migrations::up(&url, None).await.unwrap();
    let settings = Settings { url, owner_url: None, max_connections: 2, dev: false };
    let keys = MasterKeys { current: [1; 32], previous: None };
    let store = Store::connect(&settings, keys).await.unwrap();
    let tenant = Tenant::of(OrgId(Uuid::nil()));
    let now = Timestamp::from_millis(0).unwrap();
    // The bytes do not compress, so they need pages that the limit does not give.
    let large: Vec<u8> =
        (0..40_000_u32).flat_map(|number| *blake3::hash(&number.to_be_bytes()).as_bytes()).collect();
    let limit = |pages: u32| format!("PRAGMA max_page_count = {pages}");

    store.inside.writer.execute_unprepared(&limit(1)).await.unwrap();
    let tx = store.write(&tenant).await.unwrap();
    assert_eq!(object::put(&tx, &large, now).await.err(), Some(Error::StorageFull));
    drop(tx);
    let absent = || async {
        let tx = store.read(&tenant).await.unwrap();
        object::get(&tx, &object::Address::of(&large)).await == Err(Error::NotFound)
    };
    assert!(absent().await);

    // What is given up after it leaves nothing open either, which whatever follows would be a part of.
    store.inside.writer.execute_unprepared(&limit(1_000_000)).await.unwrap();
    let tx = store.write(&tenant).await.unwrap();
    object::put(&tx, &large, now).await.unwrap();
    drop(tx);
    assert!(absent().await);
    let tx = store.write(&tenant).await.unwrap();
    object::put(&tx, &large, now).await.unwrap();
    tx.commit().await.unwrap();
    assert!(!absent().await);
}

#[tokio::test]
async fn a_slow_statement_is_logged_without_its_values_in_the_span_that_says_for_whom() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    let _capturing = tracing::subscriber::set_default(subscriber);
    for (slow, lines) in [(Duration::from_secs(3600), 0), (Duration::ZERO, 1)] {
        let directory = tempfile::TempDir::new().unwrap();
        let url = format!("sqlite://{}/slow.db?mode=rwc", directory.path().display());
        let mut options = pool_options("sqlite::memory:", 1);
        options.map_sqlx_sqlite_opts(move |_| url.parse().unwrap());
        let pool = open_pool(options, slow).await.unwrap();
        let sql = "SELECT ? AS shown";
        let asking = async {
            let transaction = pool.begin().await.unwrap();
            let statement = Statement::from_sql_and_values(DbBackend::Sqlite, sql, ["hunter2".into()]);
            transaction.query_one_raw(statement).await.unwrap();
            transaction.commit().await.unwrap();
        };
        let span = tracing::info_span!("request", route = "/api/sources/{id}", org = "acme");
        asking.instrument(span).await;
        let text = log.text();
        let told: Vec<_> = text.lines().filter(|line| line.contains("a statement was slow")).collect();
        assert_eq!(told.len(), lines, "{text}");
        for part in ["WARN", sql, "elapsed_ms", "/api/sources/{id}", "acme"] {
            assert!(told.iter().all(|line| line.contains(part)), "{part} is missing: {text}");
        }
        assert!(!text.contains("hunter2"), "{text}");
    }
}

#[tokio::test]
async fn a_reading_connection_of_sqlite_cannot_write() {
    let directory = tempfile::TempDir::new().unwrap();
    let url = format!("sqlite://{}/read.db?mode=rwc", directory.path().display());
    let settings = Settings { url, owner_url: None, max_connections: 2, dev: false };
    let (reader, writer, _) = sqlite_pools(&settings).await.unwrap();
    let create = "CREATE TABLE t (id INTEGER)";
    let refused = reader.execute_unprepared(create).await.unwrap_err().to_string();
    assert!(refused.contains("readonly"), "{refused}");
    writer.execute_unprepared(create).await.unwrap();
}

#[tokio::test]
async fn only_what_may_be_over_in_a_moment_is_tried_again_and_not_for_ever() {
    let minute = Duration::from_secs(60);
    for (failures, patience, expected, attempts) in [
        (vec![], minute, Ok(()), 1),
        (vec![Error::Busy, Error::Busy], minute, Ok(()), 3),
        (vec![Error::Busy, Error::NotFound], minute, Err(Error::NotFound), 2),
        (vec![Error::Busy, Error::Busy], Duration::ZERO, Err(Error::Busy), 1),
    ] {
        let asked = AtomicUsize::new(0);
        let attempt = || {
            let failure = failures.get(asked.fetch_add(1, Ordering::Relaxed)).cloned();
            async move { failure.map_or(Ok(()), Err) }
        };
        let outcome = patiently(is_busy, patience, attempt).await;
        assert_eq!((outcome, asked.into_inner()), (expected, attempts), "{failures:?}");
    }
}
