//! What is given up ends at the server, and what stands in the way for a moment is waited for.

use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use testkit::mariadb::{Account, Database};

use super::mariadb::empty;
use super::*;

/// Waits until a query answers `expected`.
fn wait_for(database: &Database, sql: &str, expected: &str) {
    testkit::wait_for(sql, expected, |sql| database.sql(sql));
}

/// How many statements of an account wait for a lock.
fn waiting(account: &Account) -> String {
    format!(
        "SELECT COUNT(*) FROM information_schema.PROCESSLIST \
         WHERE USER = '{}' AND STATE = 'Waiting for table metadata lock'",
        account.name
    )
}

/// A session that holds tables, and one that keeps it from going on.
struct Held {
    keeper: JoinHandle<()>,
    holder: JoinHandle<()>,
}

/// The one that keeps the other, of a database.
fn keeper(database: &Database) -> String {
    let name = database.name();
    format!("FROM information_schema.PROCESSLIST WHERE DB = '{name}' AND INFO LIKE '%SLEEP(100) AS keeper'")
}

/// Holds tables until [`release`], then does what is given and lets them go.
fn hold(database: &Arc<Database>, tables: &str, then: &str) -> Held {
    let name = database.name();
    let run = |sql: String| {
        let database = Arc::clone(database);
        // The keeper is ended from outside: an error.
        std::thread::spawn(move || drop(database.try_sql(&sql)))
    };
    let kept = run(format!("DO GET_LOCK('{name}', 60); SELECT SLEEP(100) AS keeper"));
    wait_for(database, &format!("SELECT COUNT(*) {}", keeper(database)), "1");
    let holder = run(format!("LOCK TABLES {tables}; DO GET_LOCK('{name}', 100); {then}; UNLOCK TABLES"));
    let waits = "FROM information_schema.PROCESSLIST WHERE INFO LIKE 'DO GET_LOCK%'";
    wait_for(database, &format!("SELECT COUNT(*) {waits} AND DB = '{name}'"), "1");
    Held { keeper: kept, holder }
}

fn release(database: &Database, held: Held) {
    let id = database.sql(&format!("SELECT ID {}", keeper(database)));
    database.sql(&format!("KILL {}", id.trim()));
    held.keeper.join().unwrap();
    held.holder.join().unwrap();
}

/// How long the server goes on with a read that waits for a lock, after it was cancelled, or after whoever asked no longer
/// waits.
async fn stopped_after(database: &Database, account: &Account, is_cancelled: bool) -> Duration {
    let cancel = CancellationToken::new();
    let limits = Limits { lock: Duration::from_secs(120), ..Limits::default() };
    let work = tokio::spawn({
        let (cancel, source) = (cancel.clone(), source(&database.url_as(account)));
        async move { source.profile(&ProfileRequest::default(), limits, &cancel, &|_| ()).await }
    });
    wait_for(database, &waiting(account), "1");
    let asked = Instant::now();
    if is_cancelled {
        cancel.cancel();
        assert_eq!(work.await.unwrap().unwrap_err().code(), "cancelled");
    } else {
        work.abort();
        assert!(work.await.unwrap_err().is_cancelled());
    }
    wait_for(database, &waiting(account), "0");
    asked.elapsed()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_cancelled_or_given_up_ends_at_the_server_within_a_second() {
    let (database, account) = empty();
    let database = Arc::new(database);
    database.sql("CREATE TABLE held (id INT); INSERT INTO held VALUES (1)");
    let held = hold(&database, "held WRITE", "DO 0");
    for is_cancelled in [true, false] {
        let mut took = stopped_after(&database, &account, is_cancelled).await;
        if took >= Duration::from_secs(1) {
            // The promise is the server's and this program's; a machine that is busy otherwise gets a second chance.
            took = stopped_after(&database, &account, is_cancelled).await;
        }
        assert!(took < Duration::from_secs(1), "{took:?}, cancelled: {is_cancelled}");
    }
    // Ended by the cancellation, not because the lock was free.
    release(&database, held);
}

/// The sequences of a scan and their starts, while a session holds `second` and then does something to it.
async fn sequences_while(then: &str) -> (Vec<(String, i64)>, Vec<String>) {
    let (database, account) = empty();
    let database = Arc::new(database);
    database.sql("CREATE SEQUENCE first START WITH 7; CREATE SEQUENCE second START WITH 8");
    let held = hold(&database, "second WRITE", then);
    // Short, so that the lock is met more than once before it goes.
    let limits = Limits { lock: Duration::from_secs(1), ..Limits::default() };
    let scan = tokio::spawn({
        let source = source(&database.url_as(&account));
        async move { source.scan(&Filter::default(), limits, &CancellationToken::new()).await.unwrap() }
    });
    wait_for(&database, &waiting(&account), "1");
    if then == "DO 0" {
        wait_for(&database, &waiting(&account), "0");
        wait_for(&database, &waiting(&account), "1");
    }
    release(&database, held);
    let snapshot = scan.await.unwrap();
    let start = |object: &Object| match &object.body {
        types::snapshot::Body::Sequence(sequence) => Some((object.parts[1].clone(), sequence.start)),
        _ => None,
    };
    let warnings = snapshot.header.warnings.into_iter().map(|warning| warning.code).collect();
    let mut sequences: Vec<_> = snapshot.objects.iter().filter_map(start).collect();
    sequences.sort();
    (sequences, warnings)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sequence_that_vanishes_or_is_locked_keeps_no_other_from_being_read() {
    let first = ("first".to_owned(), 7);
    assert_eq!(sequences_while("DROP SEQUENCE second").await, (vec![first.clone()], vec![]));
    let second = ("second".to_owned(), 8);
    assert_eq!(sequences_while("DO 0").await, (vec![first, second], vec![]));
}
