use std::path::PathBuf;

use rusqlite::Connection;
use tempfile::TempDir;
use types::profile::Method;
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
         CREATE TABLE b (id INTEGER PRIMARY KEY, updated_at INTEGER); \
         INSERT INTO b (updated_at) VALUES (1704110400), (1704110000)",
    );
    let expected = ["2024-01-02T00:00:00.000Z", "2024-01-01T12:00:00.000Z"];
    let profiles = profile(&file.url(), ProfileRequest::default()).await;
    let tables: Vec<String> = profiles.iter().map(|table| table.table.clone()).collect();
    let fresh =
        source(&file.url()).freshness(&tables, Limits::default(), &CancellationToken::new()).await.unwrap();
    for ((profile, fresh), expected) in profiles.iter().zip(&fresh.tables).zip(expected) {
        assert_eq!(profile.latest_value_at.unwrap().to_string(), expected, "{}", profile.table);
        assert_eq!(fresh.latest_value_at.unwrap().to_string(), expected, "{}", profile.table);
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
