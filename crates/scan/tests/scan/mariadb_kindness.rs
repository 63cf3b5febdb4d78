//! What is given up ends at the server, and what stands in the way for a moment is waited for.

use std::time::{Duration, Instant};

use testkit::mariadb::{Account, Database};

use super::mariadb::empty;
use super::*;

/// Waits until a query answers `expected`, as long as a loaded machine may need.
fn wait_for(database: &Database, sql: &str, expected: &str) {
    let started = Instant::now();
    loop {
        let answer = database.sql(sql);
        if answer.trim() == expected {
            return;
        }
        assert!(started.elapsed() < Duration::from_secs(60), "{sql}: {answer}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// How many statements of an account wait for a lock.
fn waiting(account: &Account) -> String {
    format!(
        "SELECT COUNT(*) FROM information_schema.PROCESSLIST \
         WHERE USER = '{}' AND STATE = 'Waiting for table metadata lock'",
        account.name
    )
}

/// Holds tables, does what is given, and lets them go. It rests in between until [`release`] wakes it.
fn hold(database: &std::sync::Arc<Database>, tables: &str, then: &str) -> std::thread::JoinHandle<()> {
    let sql = format!("LOCK TABLES {tables}; SELECT SLEEP(60) /* held */; {then}; UNLOCK TABLES");
    let holder = std::sync::Arc::clone(database);
    let held = std::thread::spawn(move || drop(holder.sql(&sql)));
    wait_for(database, &format!("SELECT COUNT(*) {}", resting(database)), "1");
    held
}

fn resting(database: &Database) -> String {
    format!(
        "FROM information_schema.PROCESSLIST WHERE DB = '{}' AND STATE = 'User sleep' AND INFO LIKE '%held%'",
        database.name()
    )
}

fn release(database: &Database, held: std::thread::JoinHandle<()>) {
    let id = database.sql(&format!("SELECT ID {}", resting(database)));
    database.sql(&format!("KILL QUERY {}", id.trim()));
    held.join().unwrap();
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
    let database = std::sync::Arc::new(database);
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
