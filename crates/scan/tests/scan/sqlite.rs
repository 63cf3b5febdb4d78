use std::path::PathBuf;

use rusqlite::Connection;
use tempfile::TempDir;
use types::profile::{Level, Method};
use types::snapshot::{Body, Identity};

use super::*;

pub(super) struct File {
    _directory: TempDir,
    path: PathBuf,
}

impl File {
    pub(super) fn new(sql: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("shop.db");
        let file = Self { _directory: directory, path };
        file.execute(sql);
        file
    }

    pub(super) fn execute(&self, sql: &str) {
        Connection::open(&self.path).unwrap().execute_batch(sql).unwrap();
    }

    pub(super) fn number(&self, sql: &str) -> u64 {
        let number: i64 = Connection::open(&self.path).unwrap().query_row(sql, [], |row| row.get(0)).unwrap();
        number.try_into().unwrap()
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        std::fs::read(&self.path).unwrap()
    }

    pub(super) fn url(&self) -> String {
        format!("sqlite:{}", self.path.display())
    }
}

fn chinook() -> File {
    let text = include_str!("../fixtures/chinook/sqlite.sql").trim_start_matches('\u{feff}');
    File::new(&format!("PRAGMA synchronous = OFF; BEGIN; {text}; COMMIT"))
}

#[tokio::test]
async fn chinook_is_read_and_measured() {
    let file = chinook();
    let snapshot = scan(&file.url()).await;
    assert_eq!((count(&snapshot, "table"), count(&snapshot, "schema")), (11, 1));
    assert_eq!(snapshot.header.database, "shop");
    let track = table(&snapshot, "main.Track");
    assert_eq!(track.columns.len(), 9);
    assert_eq!(track.columns[1].data_type, "NVARCHAR(200)");
    assert_eq!(track.foreign_keys.len(), 3);
    let playlist = table(&snapshot, "main.PlaylistTrack");
    assert_eq!(playlist.primary_key.as_ref().unwrap().columns, ["PlaylistId", "TrackId"]);
    assert_eq!(playlist.primary_key.as_ref().unwrap().name, "PK_PlaylistTrack");
    assert_eq!(playlist.indexes.len(), 2);

    for table in profile(&file.url(), ProfileRequest::default()).await {
        let name = table.table.strip_prefix("main.").unwrap();
        assert_eq!(table.row_count, file.number(&format!("SELECT count(*) FROM \"{name}\"")), "{name}");
        for column in &table.columns {
            let c = &column.column;
            let truth = |what: &str| file.number(&format!("SELECT {what} FROM \"{name}\""));
            assert_eq!(column.null_count, truth(&format!("count(*) - count(\"{c}\")")), "{name}.{c}");
            assert_eq!(column.distinct_count, Some(truth(&format!("count(DISTINCT \"{c}\")"))), "{name}.{c}");
            assert_eq!(column.method, Method::Exact);
        }
    }
}

#[tokio::test]
async fn what_only_the_text_says_is_read_as_well() {
    let file = File::new(
        "CREATE TABLE parent (id INTEGER PRIMARY KEY AUTOINCREMENT, code TEXT UNIQUE COLLATE NOCASE); \
         CREATE TABLE t (a INT, b TEXT NOT NULL DEFAULT ('x'), total INT AS (a * 2) STORED, \
             up INT REFERENCES parent (id) ON DELETE CASCADE, CONSTRAINT positive CHECK (a > 0), \
             PRIMARY KEY (b, a)) STRICT, WITHOUT ROWID; \
         CREATE UNIQUE INDEX i ON t (lower(b) DESC, up) WHERE up > 1; \
         CREATE VIEW v AS SELECT t.a FROM t JOIN parent ON parent.id = t.up; \
         CREATE VIEW broken AS SELECT * FROM missing; \
         CREATE TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM parent; END; \
         CREATE VIRTUAL TABLE words USING fts5 (w)",
    );
    let snapshot = scan(&file.url()).await;
    let t = table(&snapshot, "main.t");
    assert_eq!(t.options, ["strict", "without_rowid"]);
    assert_eq!((t.checks[0].name.as_str(), t.checks[0].expression.as_str()), ("positive", "a > 0"));
    assert_eq!(t.columns[2].generated.as_ref().unwrap().expression, "a * 2");
    assert_eq!(t.primary_key.as_ref().unwrap().columns, ["b", "a"]);
    assert!(!t.columns[0].nullable, "a key without row numbers is never NULL");
    assert_eq!(t.foreign_keys[0].on_delete, "cascade");
    assert_eq!(t.triggers[0].name, "g");
    let index = &t.indexes[0];
    assert_eq!((index.parts[0].expression.as_str(), index.parts[0].descending), ("lower(b)", true));
    assert_eq!(index.predicate.as_deref(), Some("up > 1"));
    let parent = table(&snapshot, "main.parent");
    assert_eq!(parent.columns[0].identity, Some(Identity::AutoIncrement));
    assert_eq!(parent.columns[1].collation.as_deref(), Some("NOCASE"));
    assert_eq!(parent.uniques[0].columns, ["code"]);
    let Body::View(view) = &find(&snapshot, "main.v").body else { panic!("a view") };
    assert_eq!(view.depends_on, ["main.parent", "main.t"]);
    let codes: Vec<_> =
        snapshot.header.warnings.iter().map(|w| (w.code.as_str(), w.subject.as_str())).collect();
    assert_eq!(codes, [("partial", "main.broken"), ("unsupported", "virtual_table")]);
}

#[tokio::test]
async fn times_in_text_and_numbers_tell_freshness() {
    let file = File::new(
        "CREATE TABLE a (id INTEGER PRIMARY KEY, created_at TEXT); \
         INSERT INTO a (created_at) VALUES ('2024-01-01 12:00:00'), ('2024-01-02T00:00:00Z'), ('9999-01-01'); \
         CREATE TABLE b (id INTEGER PRIMARY KEY, updated_at INTEGER, created_at INTEGER); \
         INSERT INTO b (updated_at, created_at) VALUES (1704110400, 1700000000), (1704110000, 1600000000)",
    );
    let expected = ["2024-01-02T00:00:00.000Z", "2024-01-01T12:00:00.000Z"];
    let profiles = profile(&file.url(), ProfileRequest::default()).await;
    let tables: Vec<String> = profiles.iter().map(|table| table.table.clone()).collect();
    let fresh = freshness(&file.url(), &tables, &[]).await;
    for ((profile, fresh), expected) in profiles.iter().zip(&fresh.tables).zip(expected) {
        assert_eq!(profile.latest_value_at.unwrap().to_string(), expected, "{}", profile.table);
        assert_eq!(fresh.latest_value_at.unwrap().to_string(), expected, "{}", profile.table);
    }
    let asked = freshness(&file.url(), &tables, &[("main.b", "created_at")]).await;
    assert_eq!(asked.tables[0], fresh.tables[0]);
    assert_eq!(asked.tables[1].timestamp_column.as_deref(), Some("created_at"));
    assert_eq!(asked.tables[1].latest_value_at.unwrap().to_string(), "2023-11-14T22:13:20.000Z");
}

#[tokio::test]
async fn rows_are_read_in_stretches_whatever_their_numbers_are_called() {
    let file = File::new(
        "CREATE TABLE a (id INTEGER PRIMARY KEY, rowid TEXT, _rowid_ TEXT); \
         INSERT INTO a VALUES (-9223372036854775808, 'x', 'y'), (-1, 'x', 'y'), (0, 'x', 'y'), (7, 'x', 'y'), \
             (9223372036854775806, 'x', 'y'), (9223372036854775807, 'x', 'y'); \
         CREATE TABLE b (rowid TEXT, oid TEXT, _rowid_ TEXT); INSERT INTO b SELECT rowid, 'x', 'y' FROM a; \
         CREATE TABLE c (name TEXT PRIMARY KEY) WITHOUT ROWID; INSERT INTO c VALUES ('x'), ('y'), ('z')",
    );
    for rows_at_once in [1, 2, 3, 5, 6, 7] {
        let limits = Limits { rows_at_once, ..Limits::default() };
        let tables = profile_within(&file.url(), &ProfileRequest::default(), limits).await;
        let read: Vec<_> = tables.iter().map(|table| (table.row_count, table.partial)).collect();
        assert_eq!(read, [(6, false), (6, false), (3, false)], "{rows_at_once} at once");
        assert_eq!(column(&tables[0], "id").distinct_count, Some(6));
    }
}

#[tokio::test]
async fn a_budget_of_bytes_leaves_a_table_partial_and_skips_the_rest() {
    let file = File::new(
        "CREATE TABLE a (id INTEGER PRIMARY KEY, word TEXT); CREATE TABLE b (id INTEGER); \
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) \
         INSERT INTO a SELECT i, printf('%0200d', i) FROM n",
    );
    let budget = Budget { bytes: Some(500_000), ..Budget::default() };
    for rows_at_once in [1000, 1_000_000] {
        let request = ProfileRequest { budget, ..ProfileRequest::default() };
        let limits = Limits { rows_at_once, ..Limits::default() };
        let tables = profile_within(&file.url(), &request, limits).await;
        assert!(tables[0].partial && (2_000..9_000).contains(&tables[0].row_count), "{:?}", tables[0]);
        assert_eq!(tables[0].partial_reason.as_deref(), Some("the budget of bytes ran out"));
        assert_eq!(tables[1].skipped.as_deref(), Some("the budget of bytes ran out"));
    }
}

#[tokio::test]
async fn a_file_that_nobody_wrote_to_is_not_read_again() {
    for mode in ["DELETE", "WAL"] {
        let file = File::new(&format!(
            "PRAGMA journal_mode = {mode}; CREATE TABLE a (id INTEGER PRIMARY KEY, n INT); \
             CREATE TABLE b (id INTEGER); INSERT INTO a VALUES (1, 1), (2, 2)"
        ));
        // Keeps the log in place, where there is one.
        let writer = Connection::open(&file.path).unwrap();
        let write = |sql: &str| writer.execute_batch(sql).unwrap();
        write("INSERT INTO b VALUES (1)");
        let request = ProfileRequest { memory: Some(scan::Memory::default()), ..ProfileRequest::default() };
        let carried = async |request: &ProfileRequest| -> Vec<(u64, bool)> {
            let tables = profile_within(&file.url(), request, Limits::default()).await;
            tables.iter().map(|table| (table.row_count, table.carried_over)).collect()
        };
        assert_eq!(carried(&request).await, [(2, false), (1, false)], "{mode}");
        assert_eq!(carried(&request).await, [(2, true), (1, true)], "{mode}");
        // Nothing longer, nothing shorter: only the header counts it.
        write("UPDATE a SET n = 3 WHERE id = 1");
        assert_eq!(carried(&request).await, [(2, false), (1, false)], "{mode}");
        assert_eq!(carried(&request).await, [(2, true), (1, true)], "{mode}");
        let again = ProfileRequest { again: true, ..request.clone() };
        assert_eq!(carried(&again).await, [(2, false), (1, false)], "{mode}");
        let values = ProfileRequest { values: true, ..request.clone() };
        assert_eq!(carried(&values).await, [(2, false), (1, false)], "another question");
        write("PRAGMA wal_checkpoint(TRUNCATE); DELETE FROM a");
        assert_eq!(carried(&request).await, [(0, false), (1, false)], "{mode}");
    }
}

#[tokio::test]
async fn estimates_are_those_of_analyze_and_samples_those_of_ranges() {
    let file = File::new(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, kind INT NOT NULL, word TEXT, half INT); \
         CREATE INDEX i ON t (kind, word); CREATE INDEX p ON t (half) WHERE half IS NOT NULL; \
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) \
         INSERT INTO t SELECT i, i % 50, 'w' || i, CASE WHEN i % 4 > 0 THEN i END FROM n; \
         CREATE TABLE few (a INT); INSERT INTO few VALUES (1), (NULL); \
         CREATE TABLE far (id INTEGER PRIMARY KEY); INSERT INTO far SELECT id FROM t WHERE id <= 1000; \
         INSERT INTO far VALUES (9000000000000000000)",
    );
    let at = |level| ProfileRequest { level, ..ProfileRequest::default() };
    let unknown = profile(&file.url(), at(Level::Estimate)).await;
    assert!(unknown.iter().all(|table| table.skipped.as_deref().unwrap().contains("ANALYZE")), "{unknown:?}");
    file.execute("ANALYZE");
    let tables = profile(&file.url(), at(Level::Estimate)).await;
    let t = tables.iter().find(|table| table.table == "main.t").unwrap();
    assert_eq!((t.row_count, t.row_count_method, t.level), (300_000, Method::Estimated, Level::Estimate));
    let told: Vec<_> =
        t.columns.iter().map(|c| (c.column.as_str(), c.distinct_count, c.null_percent)).collect();
    assert_eq!(told, [("id", Some(300_000), Some(0.0)), ("kind", Some(50), Some(0.0))]);

    let tables = profile(&file.url(), at(Level::Sample)).await;
    let [far, few, t] = tables.as_slice() else { panic!("{tables:?}") };
    assert_eq!((t.level, t.row_count_method, t.partial), (Level::Sample, Method::Estimated, false));
    assert!((297_000..303_000).contains(&t.row_count), "{}", t.row_count);
    let half = column(t, "half");
    assert_eq!(half.method, Method::Sampled);
    let off = (half.null_percent.unwrap() - 25.0).abs();
    assert!(off <= half.error_bound.unwrap() && off < 1.0, "{half:?}");
    // What a sample cannot tell is read whole, and says so.
    for (table, rows) in [(few, 2), (far, 1001)] {
        assert_eq!(
            (table.level, table.row_count, table.row_count_method),
            (Level::Full, rows, Method::Exact)
        );
    }
}

#[tokio::test]
async fn hostile_names_are_names() {
    let name = "\"; drop table canary; --";
    let quoted = name.replace('"', "\"\"");
    let file = File::new(&format!(
        "CREATE TABLE canary (id INT); CREATE TABLE \"{quoted}\" (\"{quoted}\" INT, at TEXT); \
         INSERT INTO \"{quoted}\" VALUES (1, 'x')"
    ));
    let path = types::snapshot::path_of(&["main", name]);
    assert_eq!(table(&scan(&file.url()).await, &path).columns[0].name, name);
    let profiles = profile(&file.url(), ProfileRequest::default()).await;
    assert!(profiles.iter().any(|table| table.table == path && table.row_count == 1), "{profiles:?}");
    assert_eq!(file.number("SELECT count(*) FROM canary"), 0);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_unreachable() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("notes.db");
    std::fs::write(&path, "not a database, but long enough to have a header of a hundred bytes ".repeat(9))
        .unwrap();
    for url in [format!("sqlite:{}", path.display()), "sqlite:/nowhere/at/all.db".to_owned()] {
        let info = source(&url).info(Limits::default()).await;
        assert!(!info.reachable);
        assert_eq!(info.findings[0].code, "unreachable", "{:?}", info.findings);
    }
}

#[tokio::test]
async fn a_scan_tells_how_far_it_is() {
    let file = File::new("CREATE TABLE one (id INTEGER)");
    let told = Mutex::new(Vec::new());
    let tell = |progress| told.lock().unwrap().push(progress);
    let source = source(&file.url());
    source
        .scan_telling(&Filter::default(), Limits::default(), &CancellationToken::new(), &tell)
        .await
        .unwrap();
    let told = told.into_inner().unwrap();
    assert!(told.iter().map(|progress| (progress.done, progress.total)).eq((0..5).map(|done| (done, 5))));
    assert_eq!(told[0].message, "reading tables and views");
}
