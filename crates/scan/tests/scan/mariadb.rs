//! What tests of MariaDB share, and the tests of its accounts.

use testkit::mariadb::{Account, Database, Server};

use super::*;

const EVERYTHING: &str = include_str!("../fixtures/mysql/everything.sql");
const CHINOOK: &str = include_str!("../fixtures/chinook/mysql.sql");

pub(super) fn empty() -> (Database, Account) {
    let server = Server::shared();
    let database = server.create_database("scan");
    let account = server.create_account("reader");
    grant(&database, "SELECT, SHOW VIEW", &account);
    (database, account)
}

pub(super) fn everything() -> (Database, Account) {
    let (database, account) = empty();
    database.sql(EVERYTHING);
    (database, account)
}

/// The script makes a database of its own: here it has one already.
pub(super) fn chinook() -> (Database, Account) {
    let (database, account) = empty();
    let own = ["DROP DATABASE", "CREATE DATABASE", "USE "];
    let lines: Vec<&str> = CHINOOK
        .trim_start_matches('\u{feff}')
        .lines()
        .filter(|line| !own.iter().any(|w| line.starts_with(w)))
        .collect();
    // Its texts have backslashes that mean themselves.
    database.sql(&format!("SET sql_mode = 'NO_BACKSLASH_ESCAPES';\n{}", lines.join("\n")));
    (database, account)
}

pub(super) fn grant(database: &Database, rights: &str, account: &Account) {
    database.sql(&format!("GRANT {rights} ON `{}`.* TO '{}'@'%'", database.name(), account.name));
}

async fn codes(url: &str) -> Vec<(String, bool)> {
    let info = source(url).info(Limits::default()).await;
    assert!(info.reachable, "{:?}", info.findings);
    info.findings.into_iter().map(|finding| (finding.code, finding.unsafe_)).collect()
}

#[tokio::test]
async fn an_account_as_set_up_is_safe() {
    let (database, account) = empty();
    let url = database.url_as(&account);
    assert_eq!(codes(&url).await, []);
    source(&url).require_safe_role(Limits::default()).await.unwrap();
    let info = source(&url).info(Limits::default()).await;
    assert_eq!(info.engine, types::snapshot::Engine::Mariadb);
    assert_eq!(info.database.as_deref(), Some(database.name()));
    assert!(info.now.is_some() && info.engine_version.unwrap().split('.').count() == 3);
}

#[tokio::test]
async fn every_right_beyond_reading_is_found() {
    let cases = [
        ("GRANT INSERT ON `#`.t TO '$'@'%'", "can_write"),
        ("GRANT UPDATE (id) ON `#`.t TO '$'@'%'", "can_write"),
        ("GRANT TRIGGER ON `#`.* TO '$'@'%'", "other_rights"),
        ("GRANT FILE ON *.* TO '$'@'%'", "reads_files"),
        ("GRANT EXECUTE ON `#`.* TO '$'@'%'", "runs_routines"),
        ("GRANT SELECT ON `#`.t TO '$'@'%' WITH GRANT OPTION", "grants"),
        ("GRANT ALL PRIVILEGES ON `#`.* TO '$'@'%'", "superuser"),
        ("CREATE ROLE `$_role`; GRANT DELETE ON `#`.* TO `$_role`; GRANT `$_role` TO '$'@'%'", "can_write"),
    ];
    let (database, _) = empty();
    database.sql("CREATE TABLE t (id INT)");
    for (statement, expected) in cases {
        let account = Server::shared().create_account("reader");
        grant(&database, "SELECT, SHOW VIEW", &account);
        database.sql(&statement.replace('$', &account.name).replace('#', database.name()));
        let url = database.url_as(&account);
        let found = codes(&url).await;
        assert!(found.contains(&(expected.to_owned(), true)), "{statement}: {found:?}");
        let error = source(&url).require_safe_role(Limits::default()).await.unwrap_err();
        assert_eq!(error.code(), "unsafe_role");
        assert!(error.to_string().contains("bastion-mcp setup-sql mysql"), "{error}");
    }
}

#[tokio::test]
async fn the_printed_account_is_enough() {
    let server = Server::shared();
    let database = server.create_database("setup");
    database.sql("CREATE TABLE t (id INT)");
    // The name in the text is for everybody; here it must be this test's own.
    let account = Account {
        name: format!("u{}", &database.name()[database.name().len() - 12..]),
        password: "change-me".into(),
    };
    let sql = scan::setup::MYSQL
        .replace("'bastion'", &format!("'{}'", account.name))
        .replace("`DATABASE`", &format!("`{}`", database.name()));
    database.sql(&sql);
    let url = database.url_as(&account);
    assert_eq!(codes(&url).await, []);
    assert_eq!(count(&scan(&url).await, "table"), 1);
}

#[tokio::test]
async fn a_wrong_password_is_refused_without_repeating_it() {
    let (database, mut account) = empty();
    account.password = "hunter2".into();
    let info = source(&database.url_as(&account)).info(Limits::default()).await;
    assert!(!info.reachable);
    assert_eq!(info.findings[0].code, "sign_in_refused");
    assert!(!info.findings[0].message.contains("hunter2"));
}

#[tokio::test]
async fn a_certificate_is_checked_in_full_where_tls_is_asked_for() {
    let (database, account) = empty();
    database.sql(&format!("ALTER USER '{}'@'%' REQUIRE SSL", account.name));
    let (ours, other) = (Server::shared().authority(), Server::shared().other_authority());
    let plain = database.url_as(&account);
    let with = |mode: &str, authority: &std::path::Path| {
        format!("{plain}?ssl-mode={mode}&ssl-ca={}", authority.display())
    };
    for mode in ["required", "verify-ca", "verify-identity"] {
        assert_eq!(codes(&with(mode, &ours)).await, [], "{mode}");
    }
    assert_eq!(count(&scan(&with("required", &ours)).await, "schema"), 1);
    let elsewhere = with("required", &ours).replace("127.0.0.1", "localhost");
    let missing = std::path::Path::new("/nowhere/at/all.pem");
    let refused = [
        ("another authority's", with("required", &other), "plaintext", "ssl-ca="),
        ("nobody's that this machine knows", format!("{plain}?ssl-mode=required"), "", "ssl-ca="),
        ("another host's", elsewhere, "plaintext", "no verified TLS"),
        ("one that is not looked for", format!("{plain}?ssl-mode=disabled"), "sign_in_refused", ""),
        ("an authority's that cannot be read", with("required", missing), "unreachable", "ssl-ca"),
    ];
    for (what, url, code, words) in refused {
        let info = source(&url).info(Limits::default()).await;
        let finding = &info.findings[0];
        assert!(!info.reachable && finding.code.contains(code), "{what}: {finding:?}");
        assert!(finding.message.contains(words), "{what}: {finding:?}");
        assert!(!finding.message.contains(&account.password), "{what}");
    }
}

#[tokio::test]
async fn cancelling_stops_the_server() {
    let (database, account) = empty();
    database.sql("CREATE TABLE t (id INT); INSERT INTO t SELECT seq FROM seq_1_to_200000");
    let running = || {
        let user = &account.name;
        let list = format!(
            "SELECT count(*) FROM information_schema.PROCESSLIST WHERE user = '{user}' AND info LIKE '%FROM%'"
        );
        database.sql(&list).trim() != "0"
    };
    let cancel = CancellationToken::new();
    let source = source(&database.url_as(&account));
    let request = ProfileRequest::default();
    let tell = |event| {
        if let ProfileEvent::Progress(progress) = event
            && progress.done == 0
        {
            cancel.cancel();
        }
    };
    let error = source.profile(&request, Limits::default(), &cancel, &tell).await.unwrap_err();
    assert_eq!(error.code(), "cancelled");
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while running() {
        assert!(std::time::Instant::now() < deadline, "the server goes on");
    }
}

#[tokio::test]
async fn chinook_is_measured_as_sql_counts_it() {
    let (database, account) = chinook();
    let url = database.url_as(&account);
    let profiles = profile(&url, ProfileRequest::default()).await;
    assert_eq!(profiles.len(), 11);
    for table in &profiles {
        let name = table.table.rsplit('.').next().unwrap();
        // In one statement: each starts a client of its own.
        let of_column = |column: &ColumnProfile| {
            let c = &column.column;
            format!(", count(*) - count(`{c}`), count(DISTINCT CAST(`{c}` AS BINARY))")
        };
        let counts: String = table.columns.iter().map(of_column).collect();
        let answer = database.sql(&format!("SELECT count(*){counts} FROM `{name}`"));
        let mut numbers = answer.split_whitespace().map(|number| number.parse::<u64>().unwrap());
        assert_eq!((table.row_count, table.skipped.as_deref()), (numbers.next().unwrap(), None), "{name}");
        for column in &table.columns {
            let counted = (numbers.next().unwrap(), numbers.next());
            assert_eq!((column.null_count, column.distinct_count), counted, "{name}.{}", column.column);
        }
        assert_eq!(numbers.next(), None);
    }
    let invoice = profiles.iter().find(|table| table.table.ends_with(".Invoice")).unwrap();
    assert_eq!(invoice.timestamp_column.as_deref(), Some("InvoiceDate"));
    let newest = invoice.latest_value_at.unwrap().to_string();
    assert!(newest.starts_with("2025-12-22") || newest.starts_with("2013-12-22"), "{newest}");
}

#[tokio::test]
async fn freshness_comes_from_an_index() {
    let (database, account) = empty();
    database.sql(
        "CREATE TABLE indexed (id INT PRIMARY KEY, created_at DATETIME, KEY (created_at)); \
         INSERT INTO indexed VALUES (1, '2024-01-01 12:00:00'), (2, '2024-01-02 00:00:00'), (3, '9999-01-01'); \
         CREATE TABLE none (id INT)",
    );
    let paths = ["indexed", "none"].map(|name| format!("{}.{name}", database.name()));
    let answer = freshness(&database.url_as(&account), &paths, &[]).await;
    assert_eq!(answer.tables[0].latest_value_at.unwrap().to_string(), "2024-01-02T00:00:00.000Z");
    assert_eq!(answer.tables[1].latest_value_at, None);
}
