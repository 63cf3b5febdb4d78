//! How many rows came in each day, in every engine.

use scan::{BackfillEvent, BackfillRequest};
use types::Timestamp;
use types::protocol::TableBackfill;

use super::sqlite::File;
use super::*;

fn request() -> BackfillRequest {
    BackfillRequest { days: 3, until: Timestamp::parse("2024-03-04T06:00:00Z"), ..BackfillRequest::default() }
}

async fn counted(url: &str, request: BackfillRequest, limits: Limits) -> Vec<TableBackfill> {
    let tables = Mutex::new(Vec::new());
    let tell = |event| {
        if let BackfillEvent::Table(table) = event {
            tables.lock().unwrap().push(table);
        }
    };
    source(url).backfill(&request, limits, &CancellationToken::new(), &tell).await.unwrap();
    tables.into_inner().unwrap()
}

/// The days and counts of a table, or why there are none.
fn days(tables: &[TableBackfill], path: &str) -> Result<Vec<(String, u64)>, String> {
    let table = tables.iter().find(|table| table.table == path);
    let table = table.unwrap_or_else(|| panic!("{path} is not among {tables:?}"));
    if let Some(reason) = &table.skipped {
        assert_eq!(table.days, [], "{path}");
        return Err(reason.clone());
    }
    Ok(table.days.iter().map(|day| (day.from.to_string(), day.rows)).collect())
}

/// What the rows of [`ROWS`] come to in days that end at six o'clock.
fn expected() -> Vec<(String, u64)> {
    [("2024-03-01T06:00:00.000Z", 2), ("2024-03-03T06:00:00.000Z", 1)]
        .map(|(at, n)| (at.to_owned(), n))
        .into()
}

/// Before the first day, at its first moment, in its last second, in the last day, after it, and never.
const ROWS: [&str; 6] = [
    "'2024-03-01 05:59:59'",
    "'2024-03-01 06:00:00'",
    "'2024-03-02 05:59:59'",
    "'2024-03-03 12:00:00'",
    "'2024-03-04 06:00:00'",
    "NULL",
];

fn rows(table: &str, column: &str) -> String {
    let rows: Vec<String> = ROWS.iter().map(|at| format!("({at})")).collect();
    format!("INSERT INTO {table} ({column}) VALUES {}; ", rows.join(", "))
}

#[tokio::test]
async fn postgres_counts_days_of_every_type_of_time() {
    let database = empty();
    let mut sql = String::from(
        "CREATE DOMAIN moment AS timestamptz; SET TimeZone = 'UTC'; \
         CREATE TABLE parted (created_at timestamptz) PARTITION BY HASH (created_at); \
         CREATE TABLE part PARTITION OF parted FOR VALUES WITH (MODULUS 1, REMAINDER 0); \
         CREATE TABLE changed (updated_at timestamptz NOT NULL); \
         CREATE TABLE born (birth_date date, birth timestamptz DEFAULT now()); \
         CREATE TABLE dated (created_on date NOT NULL); \
         INSERT INTO dated VALUES ('2024-03-01'), ('2024-03-02'), ('2024-03-02'), ('infinity'); \
         CREATE TABLE endless (created_at timestamptz); \
         INSERT INTO endless VALUES ('infinity'), ('-infinity'); ",
    );
    for (table, of_type) in [("zoned", "timestamptz"), ("plain", "timestamp(0)"), ("domains", "moment")] {
        sql.push_str(&format!("CREATE TABLE {table} (id int, created_at {of_type}); "));
    }
    for table in ["zoned", "plain", "domains", "parted"] {
        sql.push_str(&rows(table, "created_at"));
    }
    sql.push_str("CREATE INDEX ON zoned (created_at)");
    database.psql(&sql);
    let role = reader(&database);
    let url = database.url_as(&role);
    let tables = counted(&url, request(), Limits::default()).await;
    for table in ["zoned", "plain", "domains", "parted"] {
        assert_eq!(days(&tables, &format!("public.{table}")).unwrap(), expected(), "{table}");
    }
    assert_eq!(days(&tables, "public.endless").unwrap(), []);
    let midnights = [("2024-03-01T06:00:00.000Z".to_owned(), 2)];
    assert_eq!(days(&tables, "public.dated").unwrap(), midnights, "a date is its midnight");
    for table in ["changed", "born"] {
        let reason = days(&tables, &format!("public.{table}")).unwrap_err();
        assert_eq!(reason, "no column says when its rows came in", "{table}");
    }
    assert!(!tables.iter().any(|table| table.table == "public.part"), "its parent stands for it");

    // A column that is asked for is counted by, whatever it tells of.
    let columns = [("public.changed".to_owned(), "updated_at".to_owned())];
    let asked = ["public.changed".to_owned(), "public.none".to_owned()];
    let some = BackfillRequest { tables: asked.into(), timestamp_columns: columns.into(), ..request() };
    let tables = counted(&url, some, Limits::default()).await;
    assert_eq!(tables.len(), 2);
    assert_eq!(days(&tables, "public.changed").unwrap(), []);
    assert!(days(&tables, "public.none").unwrap_err().contains("no table"));
}

#[tokio::test]
async fn postgres_passes_over_what_it_may_not_read_or_would_cost_too_much() {
    let database = empty();
    database.psql(&format!(
        "CREATE TABLE large (created_at timestamptz); {} ANALYZE large; \
         CREATE TABLE hidden (created_at timestamptz); ALTER TABLE hidden ENABLE ROW LEVEL SECURITY; \
         CREATE TABLE secret (created_at timestamptz)",
        rows("large", "created_at")
    ));
    let role = reader(&database);
    database.psql(&format!("REVOKE SELECT ON secret FROM \"{}\"", role.name));
    let url = database.url_as(&role);
    let few = Limits { backfill_rows: 5, ..Limits::default() };
    let tables = counted(&url, request(), few).await;
    assert!(days(&tables, "public.large").unwrap_err().contains("more than 5 rows"));
    assert!(days(&tables, "public.hidden").unwrap_err().contains("row-level security"));
    assert!(days(&tables, "public.secret").unwrap_err().contains("permission"));
    let small = Limits { backfill_bytes: 8191, ..Limits::default() };
    let reason = days(&counted(&url, request(), small).await, "public.large").unwrap_err();
    assert!(reason.contains("more than 8191 bytes"), "{reason}");
}

#[tokio::test]
async fn a_backfill_that_is_cancelled_stops_its_statement() {
    let database = empty();
    database.psql("CREATE TABLE t (created_at timestamptz); INSERT INTO t VALUES (now())");
    let cancel = CancellationToken::new();
    cancel.cancel();
    let request = request();
    let result = source(&database.url()).backfill(&request, Limits::default(), &cancel, &|_| {}).await;
    assert_eq!(result.unwrap_err().code(), "cancelled");
}

#[tokio::test]
async fn mariadb_counts_days_of_every_type_of_time() {
    let (database, account) = mariadb::empty();
    let mut sql = String::from(
        "SET time_zone = '+00:00'; SET sql_mode = ''; \
         CREATE TABLE dated (created_on DATE NOT NULL); \
         INSERT INTO dated VALUES ('2024-03-01'), ('2024-03-02'), ('2024-03-02'), ('0000-00-00'); \
         CREATE TABLE follows (ts TIMESTAMP NOT NULL DEFAULT current_timestamp() ON UPDATE current_timestamp()); ",
    );
    for (table, of_type) in [("plain", "DATETIME(6) NULL"), ("stamped", "TIMESTAMP NULL DEFAULT NULL")] {
        sql.push_str(&format!("CREATE TABLE {table} (id INT, created_at {of_type}); "));
        sql.push_str(&rows(table, "created_at"));
    }
    sql.push_str("CREATE INDEX i ON plain (created_at)");
    database.sql(&sql);
    let url = database.url_as(&account);
    let tables = counted(&url, request(), Limits::default()).await;
    let path = |table: &str| types::snapshot::path_of(&[database.name(), table]);
    for table in ["plain", "stamped"] {
        assert_eq!(days(&tables, &path(table)).unwrap(), expected(), "{table}");
    }
    let midnights = [("2024-03-01T06:00:00.000Z".to_owned(), 2)];
    assert_eq!(days(&tables, &path("dated")).unwrap(), midnights, "a date is its midnight");
    let reason = days(&tables, &path("follows")).unwrap_err();
    assert_eq!(reason, "no column says when its rows came in");

    let small = Limits { backfill_bytes: 1, ..Limits::default() };
    let reason = days(&counted(&url, request(), small).await, &path("plain")).unwrap_err();
    assert!(reason.contains("more than 1 bytes"), "{reason}");
}

#[tokio::test]
async fn sqlite_counts_every_form_of_a_time_that_a_profile_reads() {
    let file = File::new(
        "CREATE TABLE mixed (id INTEGER PRIMARY KEY, created_at); INSERT INTO mixed (created_at) VALUES \
             ('2024-03-01 06:00'), ('2024-03-01T06:00:00Z'), ('2024-03-01 08:30:00.5+02:30'), \
             (1709272800), (1709272800000), (1709272800000000), ('2024-03-02'), \
             ('2024-03-01 05:59:59.999'), (2460370.75), ('soon'), (NULL), (x'00'); \
         CREATE TABLE keyed (created_at TEXT PRIMARY KEY) WITHOUT ROWID; \
         INSERT INTO keyed VALUES ('2024-03-03 07:00:00'); \
         CREATE TABLE timeless (id INTEGER PRIMARY KEY, name TEXT)",
    );
    let before = file.bytes();
    let tables = counted(&file.url(), request(), Limits::default()).await;
    let day = |at: &str, rows| vec![(at.to_owned(), rows)];
    assert_eq!(days(&tables, "main.mixed").unwrap(), day("2024-03-01T06:00:00.000Z", 7));
    assert_eq!(days(&tables, "main.keyed").unwrap(), day("2024-03-03T06:00:00.000Z", 1));
    assert!(days(&tables, "main.timeless").unwrap_err().contains("no column"));
    assert_eq!(file.bytes(), before);

    let many = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) \
                INSERT INTO mixed (created_at) SELECT '2024-03-01 07:00:00' FROM n";
    file.execute(many);
    let few = Limits { backfill_rows: 4000, ..Limits::default() };
    let tables = counted(&file.url(), request(), few).await;
    assert!(days(&tables, "main.mixed").unwrap_err().contains("more than 4000 rows"));
    assert_eq!(days(&tables, "main.keyed").unwrap().len(), 1, "the others are counted all the same");
}

#[tokio::test]
async fn hostile_names_are_counted_as_names() {
    let name = "\"; drop table canary; --`'$1 ? :x é";
    let double = name.replace('"', "\"\"");
    let database = empty();
    let values = rows(&format!("\"{double}\""), &format!("\"{double}\""));
    let create = |of_type: &str| format!("CREATE TABLE \"{double}\" (\"{double}\" {of_type} NULL); {values}");
    database.psql(&format!("SET TimeZone = 'UTC'; CREATE TABLE canary (id int); {}", create("timestamptz")));
    let column = |path: &str| BackfillRequest {
        timestamp_columns: [(path.to_owned(), name.to_owned())].into(),
        ..request()
    };
    let path = types::snapshot::path_of(&["public", name]);
    let tables = counted(&database.url(), column(&path), Limits::default()).await;
    assert_eq!(days(&tables, &path).unwrap(), expected());
    assert_eq!(count(&scan(&database.url()).await, "table"), 2);

    let file = File::new(&format!("CREATE TABLE canary (id INT); {}", create("DATETIME")));
    let path = types::snapshot::path_of(&["main", name]);
    let tables = counted(&file.url(), column(&path), Limits::default()).await;
    assert_eq!(days(&tables, &path).unwrap(), expected());
    assert_eq!(file.number("SELECT count(*) FROM canary"), 0);

    let (database, account) = mariadb::empty();
    let back = format!("`{}`", name.replace('`', "``"));
    let values = rows(&back, &back);
    database
        .sql(&format!("CREATE TABLE canary (id INT); CREATE TABLE {back} ({back} DATETIME NULL); {values}"));
    let path = types::snapshot::path_of(&[database.name(), name]);
    let tables = counted(&database.url_as(&account), column(&path), Limits::default()).await;
    assert_eq!(days(&tables, &path).unwrap(), expected());
}
