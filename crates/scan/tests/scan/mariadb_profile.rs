//! What a profile tells of a table of MariaDB.

use types::profile::{Level, Method, PiiClass, SemanticType, TimeMethod};

use super::mariadb::empty;
use super::*;

#[tokio::test]
async fn texts_are_judged_by_their_form_whatever_their_character_set() {
    let (database, account) = empty();
    database.sql(
        "CREATE TABLE t (id INT PRIMARY KEY, note VARCHAR(400) CHARACTER SET latin1, body LONGTEXT, \
             c1 VARCHAR(80), c2 VARCHAR(80), c3 TEXT, raw BLOB, place POINT, state ENUM('on', 'off')); \
         INSERT INTO t SELECT seq, 'grün', REPEAT('ä', 1000 + seq), CONCAT('Ann', seq, '@example.org'), \
             ELT(1 + seq % 3, 'DE89 3704 0044 0532 0130 00', 'GB29 NWBK 6016 1331 9268 19', 'FR1420041010050500013M02606'), \
             ELT(1 + seq % 3, '4111111111111111', '5500005555555559', '340000000000009'), \
             REPEAT('x', 5000), ST_GeomFromText('POINT(1 2)'), 'on' FROM seq_1_to_30; \
         INSERT INTO t (id, note) VALUES (31, ''), (32, '   '), (33, NULL)",
    );
    let request = || ProfileRequest { values: true, ..ProfileRequest::default() };
    let tables = profile(&database.url_as(&account), request()).await;
    let [t] = tables.as_slice() else { panic!("one table: {tables:?}") };
    assert_eq!((t.row_count, t.skipped.as_deref()), (33, None));

    let note = column(t, "note");
    assert_eq!((note.null_count, note.empty_count, note.blank_count), (1, Some(1), Some(1)));
    let lengths = note.lengths.unwrap();
    assert_eq!((lengths.min, lengths.max), (0, 4), "characters, not bytes");
    assert_eq!(
        (note.top_values[0].value.as_ref().unwrap().as_str(), note.top_values[0].count),
        (Some("grün"), 30)
    );
    assert_eq!(note.shapes[0].shape, "a+");

    // Sent as hashes, with their lengths.
    let body = column(t, "body");
    let lengths = body.lengths.unwrap();
    assert_eq!((lengths.min, lengths.max, body.distinct_count), (1001, 1030, Some(30)));

    let judged =
        |name: &str| column(t, name).semantics.as_ref().map(|s| (s.semantic_type, s.pii, s.evidence.clone()));
    let expected = [
        ("c1", SemanticType::Email, "pattern:email"),
        ("c2", SemanticType::BankAccount, "checksum:iban"),
        ("c3", SemanticType::PaymentCard, "checksum:luhn"),
    ];
    for (name, meaning, rule) in expected {
        let (found, pii, evidence) = judged(name).unwrap();
        assert_eq!((found, evidence.as_slice()), (meaning, &[rule.to_owned()][..]), "{name}");
        assert_ne!(pii, PiiClass::None, "{name}");
    }
    let raw = column(t, "raw");
    assert_eq!((raw.distinct_count, raw.lengths), (Some(1), None));
    let place = column(t, "place");
    assert_eq!((place.null_count, place.distinct_count, &place.min, place.mean), (3, None, &None, None));

    let masked = profile(&database.url_as(&account), ProfileRequest::default()).await;
    let told = masked[0].columns.iter().flat_map(|column| &column.top_values);
    assert!(told.clone().count() > 0 && told.clone().all(|top| top.value.is_none()), "{masked:?}");
}

#[tokio::test]
async fn a_profile_says_how_large_a_table_is_and_when_it_was_written() {
    let (database, account) = empty();
    database.sql(
        "CREATE TABLE t (id INT PRIMARY KEY, created_at DATETIME); \
         INSERT INTO t VALUES (1, '2024-01-01 12:00:00'); CREATE TABLE unwritten (id INT)",
    );
    let tables = profile(&database.url_as(&account), ProfileRequest::default()).await;
    let [t, unwritten] = tables.as_slice() else { panic!("two tables: {tables:?}") };
    assert!(t.bytes.unwrap() >= 16 * 1024);
    assert_eq!(t.last_write_method, Some(TimeMethod::TableTime));
    let written = t.last_write_at.unwrap();
    let since = (t.profiled_at.0 - written.0).num_seconds();
    assert!((0..120).contains(&since), "{written} and {}", t.profiled_at);
    assert_eq!(t.latest_value_at.unwrap().to_string(), "2024-01-01T12:00:00.000Z");
    assert_eq!(t.latest_value_method, Some(TimeMethod::FullPass));
    assert_eq!((unwritten.last_write_at, unwritten.last_write_method), (None, None));
}

#[tokio::test]
async fn a_table_is_read_in_short_transactions_each_row_once() {
    let (database, account) = empty();
    database.sql(
        "CREATE TABLE one (id BIGINT UNSIGNED PRIMARY KEY, word VARCHAR(20)); \
         INSERT INTO one SELECT seq * 7, CONCAT('w', seq) FROM seq_1_to_1000; \
         INSERT INTO one VALUES (18446744073709551615, 'the last'); \
         CREATE TABLE two (day DATE, n INT, at DATETIME(3), PRIMARY KEY (day, n, at)); \
         INSERT INTO two SELECT '2024-01-01' + INTERVAL seq DIV 400 DAY, seq % 3, \
             '2024-01-01' + INTERVAL seq SECOND FROM seq_1_to_1000; \
         CREATE TABLE named (name VARCHAR(20) PRIMARY KEY); INSERT INTO named SELECT seq FROM seq_1_to_1000; \
         CREATE TABLE odd (a INT, b INT, PRIMARY KEY (a, b DESC)); \
         INSERT INTO odd SELECT seq % 3, seq FROM seq_1_to_1000",
    );
    let limits = Limits { rows_at_once: 100, ..Limits::default() };
    let tables = profile_within(&database.url_as(&account), &ProfileRequest::default(), limits).await;
    let rows: Vec<_> = tables.iter().map(|table| (table.row_count, table.partial, &table.skipped)).collect();
    assert_eq!(rows, [1000, 1000, 1001, 1000].map(|rows| (rows, false, &None)));
    assert_eq!(column(&tables[2], "word").distinct_count, Some(1001));
    assert_eq!(column(&tables[3], "at").distinct_count, Some(1000));

    let sent = database.statements(&account);
    for (table, fewest) in [("one", 4), ("two", 4), ("named", 1), ("odd", 1)] {
        let name = format!("FROM `{}`.`{table}`", database.name());
        let ran = |at: &usize| sent[*at].contains(&name) && !sent[*at].contains('?');
        let places: Vec<usize> = (0..sent.len()).filter(ran).collect();
        let most = if fewest == 1 { 1 } else { 11 };
        assert!((fewest..=most).contains(&places.len()), "{table}: {} statements", places.len());
        for at in places {
            assert_eq!(sent[at + 1], "COMMIT", "{}", sent[at]);
            assert!(sent[..at].iter().rev().take(4).any(|before| before.starts_with("START TRANSACTION")));
        }
    }
}

#[tokio::test]
async fn a_budget_that_runs_out_leaves_the_table_partial_and_skips_the_rest() {
    let (database, account) = empty();
    let rows = "SELECT seq, REPEAT('x', 200), NOW() FROM seq_1_to_20000";
    database.sql(&format!(
        "CREATE TABLE a (id INT, filler VARCHAR(250), created_at DATETIME, KEY (created_at)); \
         CREATE TABLE b (id INT PRIMARY KEY, filler VARCHAR(250), created_at DATETIME); \
         INSERT INTO a {rows}; INSERT INTO b {rows}"
    ));
    let url = database.url_as(&account);
    let bytes = Budget { bytes: Some(600_000), ..Budget::default() };
    // By one statement, which is stopped, and by stretches.
    for (name, others) in [("a", 1), ("b", 0)] {
        let include = [format!("*.{name}"), "*.b".to_owned()];
        let filter = Filter::new(&include, &[]).unwrap();
        let request = ProfileRequest { budget: bytes, filter, ..ProfileRequest::default() };
        let limits = Limits { rows_at_once: 1000, ..Limits::default() };
        let tables = profile_within(&url, &request, limits).await;
        let table = &tables[0];
        assert!(table.partial && table.skipped.is_none(), "{table:?}");
        assert_eq!(table.partial_reason.as_deref(), Some("the budget of bytes ran out"));
        assert!(table.row_count >= 2_500 && !table.columns.is_empty());
        assert!(table.columns.iter().all(|column| column.error_bound.is_none()), "no fair sample");
        let method = if name == "a" { TimeMethod::Index } else { TimeMethod::Sample };
        assert_eq!(table.latest_value_method, Some(method), "{name}");
        let skipped: Vec<_> = tables[1..].iter().filter_map(|table| table.skipped.as_deref()).collect();
        assert_eq!(skipped, vec!["the budget of bytes ran out"; others]);
    }
    let seconds = Budget { time: Some(std::time::Duration::ZERO), ..Budget::default() };
    let tables = profile(&url, ProfileRequest { budget: seconds, ..ProfileRequest::default() }).await;
    let skipped: Vec<_> = tables.iter().map(|table| table.skipped.as_deref().unwrap()).collect();
    assert_eq!(skipped, ["the budget of seconds ran out"; 2]);
    assert!(tables.iter().all(|table| table.bytes.is_some()), "the size is known all the same");
}

/// What a profile and a scan tell while a session holds the table `a`, and another one wants to change it if `change` says
/// how.
fn beside(hold: &str, change: Option<&str>) -> (Vec<TableProfile>, Snapshot) {
    let (made, account) = empty();
    let database = &made;
    database.sql(
        "CREATE TABLE a (id INT PRIMARY KEY); CREATE TABLE b (id INT PRIMARY KEY); INSERT INTO b VALUES (1)",
    );
    let url = database.url_as(&account);
    let session = |what: &str| {
        let list = "SELECT id FROM information_schema.PROCESSLIST WHERE db = DATABASE() AND";
        loop {
            let found = database.sql(&format!("{list} {what}"));
            if !found.trim().is_empty() {
                break found.trim().to_owned();
            }
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(move || drop(database.try_sql(&format!("{hold}; SELECT SLEEP(120) AS held"))));
        let holder = session("info LIKE '%SLEEP(120) AS held'");
        if let Some(change) = change {
            scope.spawn(move || drop(database.try_sql(change)));
            session("state = 'Waiting for table metadata lock'");
        }
        let limits = Limits { lock: std::time::Duration::from_secs(1), ..Limits::default() };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let tables = runtime.block_on(profile_within(&url, &ProfileRequest::default(), limits));
        let (everything, cancel, source) = (Filter::default(), CancellationToken::new(), source(&url));
        let scanned = runtime.block_on(source.scan(&everything, limits, &cancel));
        database.sql(&format!("KILL {holder}"));
        (tables, scanned.unwrap())
    })
}

#[test]
fn a_table_that_is_locked_or_about_to_change_fails_no_scan_and_keeps_no_other_from_being_profiled() {
    let locked = beside("LOCK TABLES a WRITE", None);
    let changing = beside("START TRANSACTION; SELECT count(*) FROM a", Some("ALTER TABLE a ADD late INT"));
    for (tables, scanned) in [locked, changing] {
        let [a, b] = &tables[..] else { panic!("{tables:?}") };
        assert!(a.skipped.as_deref().unwrap().to_lowercase().contains("lock"), "{:?}", a.skipped);
        assert_eq!((b.row_count, &b.skipped), (1, &None));
        assert_eq!(count(&scanned, "table"), 2, "{:?}", scanned.header.warnings);
        assert!(
            scanned.objects.iter().all(|object| object.parts.len() < 2 || object.body.columns().len() == 1)
        );
    }
}

#[tokio::test]
async fn freshness_tells_the_write_and_how_the_newest_time_was_found() {
    let (database, account) = empty();
    database.sql(
        "CREATE TABLE indexed (id INT PRIMARY KEY, created_at DATETIME, KEY (created_at)); \
         INSERT INTO indexed VALUES (1, '2024-01-02'), (2, '2024-01-01'), (3, '9999-01-01'); \
         CREATE TABLE numbered (id INT PRIMARY KEY, created_at DATETIME); \
         INSERT INTO numbered SELECT seq, '2020-01-01' + INTERVAL seq DAY FROM seq_1_to_1500; \
         INSERT INTO numbered VALUES (0, '2025-01-01'); \
         CREATE TABLE named (name VARCHAR(9), created_at DATETIME); INSERT INTO named VALUES ('a', '2024-01-01')",
    );
    let paths = ["indexed", "numbered", "named"].map(|name| format!("{}.{name}", database.name()));
    let url = database.url_as(&account);
    // Of one of them, nothing of the others is asked for.
    freshness(&url, &paths[..1], &[]).await;
    for statement in database.statements(&account) {
        let of_many = statement.contains("information_schema.COLUMNS") || statement.contains("UPDATE_TIME");
        assert!(!of_many || statement.contains("'indexed'") || statement.contains('?'), "{statement}");
        assert!(!statement.contains("'numbered'"), "{statement}");
    }
    let answer = freshness(&url, &paths, &[]).await;
    let told: Vec<_> = answer
        .tables
        .iter()
        .map(|table| (table.latest_value_at.map(|at| at.to_string()), table.latest_value_method))
        .collect();
    let day = |text: &str| Some(format!("{text}T00:00:00.000Z"));
    let expected = [
        (day("2024-01-02"), Some(TimeMethod::Index)),
        // Among the last thousand rows.
        (day("2024-02-09"), Some(TimeMethod::Tail)),
        (None, None),
    ];
    assert_eq!(told, expected);
    for table in &answer.tables {
        assert_eq!(table.timestamp_column.as_deref(), Some("created_at"));
        assert_eq!(table.last_write_method, Some(TimeMethod::TableTime), "{}", table.table);
        assert!((0..120).contains(&(answer.now.0 - table.last_write_at.unwrap().0).num_seconds()));
    }
}

#[test]
fn tables_that_come_and_go_never_fail_a_scan_or_a_profile() {
    let (database, account) = empty();
    database.sql("CREATE TABLE kept (id INT PRIMARY KEY, a INT); INSERT INTO kept VALUES (1, 1)");
    let url = database.url_as(&account);
    let done = std::sync::atomic::AtomicBool::new(false);
    let round = "CREATE TABLE t1 (id INT PRIMARY KEY, at DATETIME, CHECK (id > 0)); CREATE SEQUENCE s1; \
                 CREATE TABLE t2 (id INT, FOREIGN KEY (id) REFERENCES t1 (id)); CREATE VIEW v1 AS SELECT * FROM t1; \
                 INSERT INTO t1 VALUES (1, NOW()); ALTER TABLE kept ADD b INT; DROP TABLE t2; RENAME TABLE t1 TO t3; \
                 ALTER TABLE kept DROP b; DROP TABLE t3; DROP VIEW v1; DROP SEQUENCE s1";
    let scans = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                database.sql(round);
            }
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let read = runtime.block_on(async {
            let mut read = Vec::new();
            for _ in 0..15 {
                let source = source(&url);
                let (limits, cancel) = (Limits::default(), CancellationToken::new());
                let scan = source.scan(&Filter::default(), limits, &cancel).await;
                let profiled = Mutex::new(Vec::new());
                let tell = |event| {
                    if let ProfileEvent::Table(table) = event {
                        profiled.lock().unwrap().push(*table);
                    }
                };
                let profile =
                    source.profile(&without_rest(&ProfileRequest::default()), limits, &cancel, &tell).await;
                read.push((scan, profile.map(|_| profiled.into_inner().unwrap())));
            }
            read
        });
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        read
    });
    let kept = format!("{}.kept", database.name());
    for (scan, tables) in scans {
        let scan = scan.unwrap();
        assert!(table(&scan, &kept).columns.len() >= 2, "{:?}", scan.header.warnings);
        let tables = tables.unwrap();
        assert!(tables.iter().any(|table| table.table == kept), "{tables:?}");
    }
}

#[tokio::test]
async fn estimates_come_from_indexes_and_samples_from_ranges_of_the_key() {
    let (database, account) = empty();
    database.sql(
        "CREATE TABLE t (id BIGINT UNSIGNED PRIMARY KEY, kind INT NOT NULL, half INT, at DATETIME, word VARCHAR(20), \
             KEY (kind), KEY (at)); \
         INSERT INTO t SELECT seq * 3, seq % 50, IF(seq % 4 > 0, seq, NULL), '2024-01-01' + INTERVAL seq SECOND, \
             CONCAT('w', seq) FROM seq_1_to_300000; \
         CREATE TABLE named (name VARCHAR(20) PRIMARY KEY); INSERT INTO named VALUES ('a'), ('b'); \
         ANALYZE TABLE t, named",
    );
    let url = database.url_as(&account);
    let at = |level| ProfileRequest { level, ..ProfileRequest::default() };
    let before = database.statements(&account).len();
    let tables = profile(&url, at(Level::Estimate)).await;
    let t = tables.iter().find(|table| table.table.ends_with(".t")).unwrap();
    assert_eq!(
        (t.row_count_method, t.level, t.skipped.as_deref()),
        (Method::Estimated, Level::Estimate, None)
    );
    assert!((200_000..400_000).contains(&t.row_count) && t.bytes.unwrap() > 1_000_000, "{t:?}");
    let kind = column(t, "kind");
    assert_eq!((kind.null_percent, kind.method), (Some(0.0), Method::Estimated));
    assert!((25..200).contains(&kind.distinct_count.unwrap()), "{kind:?}");
    assert!(t.columns.iter().all(|column| column.column != "word"), "nothing is known of it");
    let read = format!("FROM `{}`.", database.name());
    let sent = database.statements(&account);
    assert!(sent[before..].iter().all(|statement| !statement.contains(&read)), "no table is read");

    let tables = profile(&url, at(Level::Sample)).await;
    let [named, t] = tables.as_slice() else { panic!("{tables:?}") };
    assert_eq!((t.level, t.row_count_method, t.partial), (Level::Sample, Method::Estimated, false));
    assert!((295_000..305_000).contains(&t.row_count), "{}", t.row_count);
    let half = column(t, "half");
    let off = (half.null_percent.unwrap() - 25.0).abs();
    assert_eq!(half.method, Method::Sampled);
    assert!(off <= half.error_bound.unwrap() && off < 2.0, "{half:?}");
    // The index knows the newest.
    assert_eq!(t.latest_value_method, Some(TimeMethod::Index));
    assert_eq!(t.latest_value_at.unwrap().to_string(), "2024-01-04T11:20:00.000Z");
    assert_eq!((named.level, named.row_count, named.row_count_method), (Level::Full, 2, Method::Exact));
}

/// Why no figures of a table are carried over: the server has nothing that moves whenever somebody writes. What it notes
/// of a write is when the writer's transaction began, and it notes that when the transaction ends.
#[tokio::test]
async fn the_time_that_is_noted_of_a_write_may_stand_still_or_go_back() {
    let (database, _) = empty();
    database.sql("CREATE TABLE t (id INT PRIMARY KEY); INSERT INTO t VALUES (0)");
    let noted = || {
        database.sql(
            "SELECT UPDATE_TIME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 't'",
        )
    };
    let (mut early, mut late) = (database.session(), database.session());
    early.run("START TRANSACTION; INSERT INTO t VALUES (1)");
    let began = noted();
    // Its clock has whole seconds.
    late.run("DO SLEEP(1.1); START TRANSACTION; INSERT INTO t VALUES (2); COMMIT");
    let after_late = noted();
    assert!(after_late > began, "{after_late} after {began}");
    early.run("COMMIT");
    let after_early = noted();
    assert!(after_early < after_late, "{after_early}: another row is there, and the time is an earlier one");
    assert_eq!(database.sql("SELECT COUNT(*) FROM t").trim(), "3");
}
