use std::cell::Cell;

use rusqlite::trace::{TraceEvent, TraceEventCodes};

use super::*;

thread_local! {
    static STATEMENTS: Cell<usize> = const { Cell::new(0) };
}

/// Counts what is asked of SQLite. What it asks itself for a table-valued pragma is told as a comment.
fn count(event: TraceEvent<'_>) {
    if let TraceEvent::Stmt(_, text) = event
        && !text.starts_with("--")
    {
        STATEMENTS.set(STATEMENTS.get() + 1);
    }
}

#[test]
fn the_number_of_statements_does_not_grow_with_the_number_of_tables() {
    let counts = [(1, 0), (30, 0), (31, 1)].map(|(tables, broken)| {
        let connection = Connection::open_in_memory().unwrap();
        for i in 0..tables {
            let sql = format!(
                "CREATE TABLE t{i} (id INTEGER PRIMARY KEY, up INT REFERENCES t{i}, name TEXT UNIQUE); \
                 CREATE INDEX i{i} ON t{i} (up); CREATE VIEW v{i} AS SELECT * FROM t{i}"
            );
            connection.execute_batch(&sql).unwrap();
        }
        for i in 0..broken {
            connection.execute_batch(&format!("DROP TABLE t{i}")).unwrap();
        }
        STATEMENTS.set(0);
        connection.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(count));
        let snapshot = scan(&connection, "shop".to_owned(), None, &|_| ()).unwrap();
        assert_eq!(snapshot.objects.len(), 1 + 2 * tables - broken);
        assert_eq!(snapshot.header.warnings.len(), broken);
        STATEMENTS.get()
    });
    assert_eq!(counts[0], counts[1]);
    assert!((1..=11).contains(&counts[0]), "{counts:?}");
    // To find one among so many takes two for each halving.
    assert!(counts[2] <= counts[0] + 1 + 2 * 5, "{counts:?}");
}

thread_local! {
    static TEXTS_SENT: std::cell::RefCell<Vec<String>> = const { std::cell::RefCell::new(Vec::new()) };
}

fn keep(event: TraceEvent<'_>) {
    if let TraceEvent::Stmt(_, text) = event {
        TEXTS_SENT.with_borrow_mut(|texts| texts.push(text.to_owned()));
    }
}

#[test]
fn what_is_not_meant_is_not_asked_for() {
    let connection = Connection::open_in_memory().unwrap();
    let sql = "CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (id INTEGER PRIMARY KEY, up INT REFERENCES a); \
         CREATE INDEX i ON b (up); CREATE VIEW v AS SELECT id FROM a; CREATE VIEW w AS SELECT up FROM b; \
         CREATE TRIGGER t AFTER INSERT ON b BEGIN SELECT 1; END";
    connection.execute_batch(sql).unwrap();
    let read = |meant: &[&str]| {
        let meant = |path: &str| meant.contains(&path);
        scan(&connection, "shop".to_owned(), Some(&meant), &|_| ()).unwrap().objects
    };
    let all = scan(&connection, "shop".to_owned(), None, &|_| ()).unwrap().objects;
    connection.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(keep));
    let some = read(&["main.b", "main.v"]);
    let of_each = ["pragma_table_xinfo(l.", "pragma_index_list(l.", "pragma_foreign_key_list(l."];
    TEXTS_SENT.with_borrow(|texts| {
        let of_each = texts.iter().filter(|text| of_each.iter().any(|pragma| text.contains(pragma)));
        assert!(
            of_each.clone().count() == 4 && of_each.clone().all(|text| text.contains("l.name IN (?, ?)"))
        );
    });
    let by_path = |path: &str| all.iter().find(|object| object.path == path).unwrap();
    assert_eq!(some, [by_path("main"), by_path("main.b"), by_path("main.v")].map(Clone::clone));
    assert_eq!(read(&[]).len(), 1, "the schema, which the caller leaves out");
}
