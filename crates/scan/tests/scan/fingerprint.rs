//! Every kind of schema change moves the fingerprint, and no change of data does.

mod concurrent;
mod postgres;

use super::*;

pub(crate) async fn fingerprint(url: &str) -> String {
    source(url).fingerprint(Limits::default(), &CancellationToken::new()).await.unwrap()
}

/// Runs statement by statement; each must move the fingerprint.
async fn each_moves(url: &str, statements: &[&str], mut run: impl FnMut(&str)) {
    let mut last = fingerprint(url).await;
    for statement in statements {
        run(statement);
        let now = fingerprint(url).await;
        assert_ne!(now, last, "{statement}");
        last = now;
    }
    let scanned = scan(url).await.header.fingerprint;
    assert_eq!(scanned, last, "a scan tells the same fingerprint");
}

const MARIADB: &[&str] = &[
    "CREATE TABLE t (id INT, n INT, note VARCHAR(10))",
    "RENAME TABLE t TO s",
    "RENAME TABLE s TO r, r TO t",
    "ALTER TABLE t COMMENT 'x'",
    "ALTER TABLE t ADD m TEXT",
    "ALTER TABLE t RENAME COLUMN m TO k",
    "ALTER TABLE t MODIFY k VARCHAR(20)",
    "ALTER TABLE t MODIFY k VARCHAR(21)",
    "ALTER TABLE t MODIFY k VARCHAR(21) NOT NULL",
    "ALTER TABLE t ALTER k SET DEFAULT 'x'",
    "ALTER TABLE t ALTER k SET DEFAULT 'y'",
    "ALTER TABLE t ALTER k DROP DEFAULT",
    "ALTER TABLE t MODIFY k VARCHAR(21) COLLATE utf8mb4_bin",
    "ALTER TABLE t MODIFY k VARCHAR(21) COLLATE utf8mb4_bin COMMENT 'k'",
    "ALTER TABLE t MODIFY k VARCHAR(21) FIRST",
    "ALTER TABLE t ADD h INT INVISIBLE",
    "ALTER TABLE t ADD v INT AS (n + 1) VIRTUAL",
    "ALTER TABLE t ADD p INT AS (n + 2) STORED",
    "ALTER TABLE t DROP v",
    "ALTER TABLE t ADD at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP",
    "ALTER TABLE t MODIFY at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP",
    "ALTER TABLE t ADD state ENUM('a')",
    "ALTER TABLE t MODIFY state ENUM('a', 'b')",
    "ALTER TABLE t MODIFY id INT UNSIGNED",
    "ALTER TABLE t ADD PRIMARY KEY (id)",
    "ALTER TABLE t MODIFY id INT UNSIGNED AUTO_INCREMENT",
    "ALTER TABLE t ADD UNIQUE KEY u (n)",
    "ALTER TABLE t RENAME KEY u TO w",
    "ALTER TABLE t ADD KEY prefixed (note(3))",
    "ALTER TABLE t DROP KEY prefixed, ADD KEY prefixed (note(4))",
    "ALTER TABLE t ALTER INDEX prefixed IGNORED",
    "ALTER TABLE t ADD KEY down (n DESC)",
    "ALTER TABLE t ADD KEY said (n) COMMENT 'x'",
    "ALTER TABLE t ADD FULLTEXT KEY words (note)",
    "DROP INDEX down ON t",
    "ALTER TABLE t ADD CONSTRAINT c CHECK (n > 0)",
    "ALTER TABLE t DROP CONSTRAINT c, ADD CONSTRAINT c CHECK (n > 1)",
    "ALTER TABLE t DROP CONSTRAINT c",
    "CREATE TABLE child (id INT, up INT UNSIGNED)",
    "ALTER TABLE child ADD CONSTRAINT up FOREIGN KEY (up) REFERENCES t (id)",
    "ALTER TABLE child DROP FOREIGN KEY up, ADD CONSTRAINT up2 FOREIGN KEY (up) REFERENCES t (id) ON DELETE CASCADE",
    "ALTER TABLE child DROP FOREIGN KEY up2",
    "ALTER TABLE child ENGINE = Aria",
    "ALTER TABLE child DEFAULT COLLATE latin1_bin",
    "ALTER TABLE child ROW_FORMAT = PAGE",
    "ALTER TABLE child PARTITION BY HASH (id) PARTITIONS 2",
    "ALTER TABLE child PARTITION BY HASH (id) PARTITIONS 3",
    "ALTER TABLE child REMOVE PARTITIONING",
    "CREATE TABLE kept (id INT PRIMARY KEY)",
    "ALTER TABLE kept ADD SYSTEM VERSIONING",
    "CREATE VIEW v AS SELECT id FROM t",
    "CREATE OR REPLACE VIEW v AS SELECT id, n FROM t",
    "CREATE OR REPLACE SQL SECURITY INVOKER VIEW v AS SELECT id, n FROM t",
    "CREATE OR REPLACE SQL SECURITY INVOKER VIEW v AS SELECT id, n FROM t WHERE n > 0 WITH CHECK OPTION",
    "DROP VIEW v",
    "CREATE SEQUENCE s",
    "ALTER SEQUENCE s INCREMENT 2",
    "ALTER SEQUENCE s CYCLE",
    "CREATE FUNCTION f(a INT) RETURNS INT DETERMINISTIC RETURN a",
    "CREATE OR REPLACE FUNCTION f(a INT) RETURNS INT DETERMINISTIC RETURN a + 1",
    "CREATE OR REPLACE FUNCTION f(a INT, b INT) RETURNS INT DETERMINISTIC RETURN a + 1",
    "ALTER FUNCTION f SQL SECURITY INVOKER",
    "ALTER FUNCTION f COMMENT 'x'",
    "CREATE PROCEDURE p() SELECT 1",
    "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.n = 1",
    "CREATE OR REPLACE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.n = 2",
    "CREATE TRIGGER h BEFORE INSERT ON t FOR EACH ROW PRECEDES g SET NEW.n = 2",
    "DROP TRIGGER g",
    "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SELECT 1",
    "ALTER EVENT e DISABLE",
    "DROP SEQUENCE s",
    "DROP PROCEDURE p",
    "ALTER DATABASE COMMENT 'x'",
    "ALTER DATABASE COLLATE latin1_bin",
    "DROP TABLE child",
    "CREATE TABLE plain (n INT)",
];

#[tokio::test]
async fn every_kind_of_change_moves_that_of_mariadb() {
    assert!(MARIADB.len() >= 60);
    let (database, account) = mariadb::empty();
    // An account that also sees what only those see who may make it.
    mariadb::grant(&database, "TRIGGER, EVENT", &account);
    database.sql(&format!("GRANT SELECT ON mysql.proc TO '{}'@'%'", account.name));
    let url = database.url_as(&account);
    let mut session = database.session();
    each_moves(&url, MARIADB, |statement| drop(session.run(statement))).await;
    let last = fingerprint(&url).await;
    for harmless in [
        "INSERT INTO plain VALUES (1), (2)",
        "ANALYZE TABLE plain",
        "DELETE FROM plain",
        "CREATE TEMPORARY TABLE x (i INT)",
    ] {
        session.run(harmless);
        assert_eq!(fingerprint(&url).await, last, "{harmless}");
    }
}

const SQLITE: &[&str] = &[
    "CREATE TABLE t (id INTEGER, n INT, note TEXT)",
    "ALTER TABLE t RENAME TO s",
    "ALTER TABLE s RENAME TO t",
    "ALTER TABLE t ADD m TEXT",
    "ALTER TABLE t RENAME m TO k",
    "ALTER TABLE t DROP k",
    "ALTER TABLE t ADD d INT DEFAULT 1",
    "ALTER TABLE t ADD g INT AS (n * 2) VIRTUAL",
    "ALTER TABLE t ADD up INT REFERENCES t (id)",
    "ALTER TABLE t ADD c TEXT COLLATE NOCASE CHECK (c <> '')",
    "CREATE INDEX i ON t (n)",
    "DROP INDEX i",
    "CREATE UNIQUE INDEX i ON t (n DESC)",
    "CREATE INDEX e ON t (lower(note)) WHERE n > 1",
    "CREATE VIEW v AS SELECT id FROM t",
    "DROP VIEW v",
    "CREATE VIEW v AS SELECT id, n FROM t",
    "CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END",
    "DROP TRIGGER g",
    "CREATE TRIGGER g AFTER INSERT ON t WHEN NEW.n > 0 BEGIN SELECT 2; END",
    "CREATE TABLE strict (id INTEGER PRIMARY KEY AUTOINCREMENT, b BLOB) STRICT",
    "CREATE TABLE plain (a INT, b INT, PRIMARY KEY (a, b)) WITHOUT ROWID",
    "CREATE VIRTUAL TABLE words USING fts5 (w)",
    "DROP TABLE words",
    "DROP VIEW v",
    "DROP TABLE t",
];

#[tokio::test]
async fn every_kind_of_change_moves_that_of_sqlite() {
    let file = sqlite::File::new("CREATE TABLE other (id INTEGER)");
    // Each kind over again on tables of other names: SQLite knows no more kinds.
    let mut statements: Vec<String> = SQLITE.iter().map(ToString::to_string).collect();
    for round in 0..2 {
        for name in ["a", "b c", "d\"e"] {
            let name = format!("\"{}{round}\"", name.replace('"', "\"\""));
            statements.push(format!("CREATE TABLE {name} (id INTEGER PRIMARY KEY, n INT UNIQUE)"));
            statements.push(format!("ALTER TABLE {name} ADD m TEXT NOT NULL DEFAULT ''"));
            statements.push(format!("ALTER TABLE {name} RENAME n TO o"));
            statements.push(format!("CREATE INDEX i ON {name} (m)"));
            statements.push("DROP INDEX i".to_owned());
            statements.push(format!("DROP TABLE {name}"));
        }
    }
    assert!(statements.len() >= 60);
    let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
    each_moves(&file.url(), &statements, |statement| file.execute(statement)).await;
    let last = fingerprint(&file.url()).await;
    for harmless in ["INSERT INTO other VALUES (1)", "UPDATE other SET id = 2", "DELETE FROM other"] {
        file.execute(harmless);
        assert_eq!(fingerprint(&file.url()).await, last, "{harmless}");
    }
}
