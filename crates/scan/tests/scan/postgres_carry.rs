//! When an earlier pass's figures hold no longer although nobody seems to have written, and when nobody has although it
//! seems so.

use scan::Memory;
use types::profile::TimeMethod;

use super::postgres_kindness::settle;
use super::*;

fn remembering() -> ProfileRequest {
    ProfileRequest { memory: Some(Memory::default()), values: true, ..ProfileRequest::default() }
}

async fn profile_of(database: &Database, request: &ProfileRequest) -> TableProfile {
    profile_within(&database.url(), request, Limits::default()).await.remove(0)
}

#[tokio::test]
async fn counters_that_start_anew_and_a_table_that_is_tidied_up_are_no_write() {
    let database = empty();
    database.psql("CREATE TABLE t (id int); INSERT INTO t SELECT generate_series(1, 10)");
    settle(&database, "t", 10);
    let request = remembering();
    profile_of(&database, &request).await;
    for (change, written) in [
        ("VACUUM FULL t", None),
        ("SELECT pg_stat_reset()", None),
        ("TRUNCATE t", Some(TimeMethod::Counters)),
    ] {
        database.psql(change);
        let told = profile_of(&database, &request).await;
        // What is not sure is read again, and not told to be a write.
        assert_eq!((told.carried_over, told.last_write_method), (false, written), "{change}");
        assert!(profile_of(&database, &request).await.carried_over, "{change}");
    }
}

#[tokio::test]
async fn another_column_of_the_same_name_and_other_labels_are_other_values() {
    let database = empty();
    database.psql(
        "CREATE TYPE mood AS ENUM ('sad', 'glad'); \
         CREATE TABLE t (id int, how mood, n int); INSERT INTO t SELECT g, 'sad', NULL FROM generate_series(1, 10) g",
    );
    settle(&database, "t", 10);
    let request = remembering();
    profile_of(&database, &request).await;
    database.psql("ALTER TABLE t DROP COLUMN n; ALTER TABLE t ADD COLUMN n int DEFAULT 5");
    let told = profile_of(&database, &request).await;
    assert_eq!((told.carried_over, column(&told, "n").null_count), (false, 0));
    assert!(profile_of(&database, &request).await.carried_over);
    database.psql("ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'");
    let told = profile_of(&database, &request).await;
    assert_eq!(
        (told.carried_over, column(&told, "how").top_values[0].value.clone()),
        (false, Some("blue".into()))
    );
}

#[tokio::test]
async fn what_is_written_while_nothing_is_counted_is_found() {
    let database = empty();
    database.psql("CREATE TABLE t (id int); INSERT INTO t SELECT generate_series(1, 10)");
    settle(&database, "t", 10);
    let request = remembering();
    profile_of(&database, &request).await;
    let name = database.psql("SELECT current_database()");
    database.psql(&format!("ALTER DATABASE \"{}\" SET track_counts = off", name.trim()));
    database.psql("INSERT INTO t VALUES (11)");
    let told = profile_of(&database, &request).await;
    assert_eq!((told.carried_over, told.row_count, told.writes), (false, 11, None));
}
