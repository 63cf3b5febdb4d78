//! Names, comments and texts made to break out of a statement, in every engine: reading them changes nothing, and what
//! is in tables and bodies stays there.

use testkit::hostile::corpus;

use super::postgres_kindness::Other;
use super::*;

/// Something that a customer keeps in rows, and in the bodies of routines.
const SECRET: &str = "tr0ub4dor-secret-row";
const BODY: &str = "hunter2-in-a-body";

fn quoted(name: &str, mark: char) -> String {
    format!("{mark}{}{mark}", name.replace(mark, &format!("{mark}{mark}")))
}

fn literal(text: &str) -> String {
    quoted(text, '\'')
}

/// All that leaves the agent: nothing of it may hold what is secret.
fn nothing_leaks(snapshot: &Snapshot, profiles: &[TableProfile], password: &str, source: &Source) {
    let told = format!(
        "{}{}{source:?}",
        serde_json::to_string(snapshot).unwrap(),
        serde_json::to_string(profiles).unwrap()
    );
    for secret in [SECRET, BODY, password] {
        assert!(!told.contains(secret), "{secret} is in what is told");
    }
}

fn all_are_there(snapshot: &Snapshot, profiles: &[TableProfile], schema: &str, names: &[String]) {
    for name in names {
        let path = types::snapshot::path_of(&[schema, name]);
        let table = table(snapshot, &path);
        assert_eq!(table.columns[0].name, *name, "{path}");
        let profile = profiles.iter().find(|profile| profile.table == path);
        let profile = profile.unwrap_or_else(|| panic!("{path} was not profiled"));
        assert_eq!((profile.row_count, profile.skipped.as_deref()), (1, None), "{path}");
    }
}

fn only(sent: &[String], allowed: &[&str], at_least: usize) {
    let bad: Vec<_> =
        sent.iter().filter(|text| !allowed.iter().any(|word| text.trim_start().starts_with(word))).collect();
    assert!(bad.is_empty() && sent.len() > at_least, "{bad:?} of {}", sent.len());
}

#[tokio::test]
async fn hostile_texts_in_postgres_change_nothing_and_leak_nothing() {
    let database = Arc::new(empty());
    let names = corpus();
    let mut sql = String::from("CREATE TABLE canary (id int); INSERT INTO canary VALUES (7); BEGIN;");
    for (index, name) in names.iter().enumerate() {
        let (identifier, text) = (quoted(name, '"'), literal(name));
        sql.push_str(&format!(
            "CREATE TABLE {identifier} ({identifier} text DEFAULT {text} CHECK ({identifier} <> {text}), \
                 at timestamptz); \
             COMMENT ON TABLE {identifier} IS {text}; COMMENT ON COLUMN {identifier}.{identifier} IS {text}; \
             INSERT INTO {identifier} VALUES ('{SECRET}', now()); \
             CREATE VIEW hostile{index} AS SELECT {text}::text AS {identifier}, * FROM canary; "
        ));
    }
    let labels: Vec<String> = names.iter().take(50).map(|name| literal(name)).collect();
    sql.push_str(&format!(
        "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$SELECT '{BODY}'$$; \
         CREATE TYPE mood AS ENUM ({}); COMMIT;",
        labels.join(", ")
    ));
    database.psql(&sql);
    let role = reader(&database);
    let url = database.url_as(&role);
    let state = "SELECT (SELECT sum(id) FROM canary), (SELECT count(*) FROM pg_class), (SELECT count(*) FROM pg_proc)";
    let before = database.psql(state);
    database.log_statements();
    let logged = || (database.statements().len(), database.simple_statements().len());
    let sent_since = |(prepared, simple)| {
        [database.statements().split_off(prepared), database.simple_statements().split_off(simple)].concat()
    };
    let before_any = logged();
    let snapshot = scan(&url).await;
    let profiles = profile(&url, ProfileRequest::default()).await;
    let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    let by_copy = ["SELECT", "WITH", "COPY (SELECT", begin, "COMMIT", "ROLLBACK"];
    only(&sent_since(before_any), &by_copy, names.len());
    // Beside others, by a cursor, which tables of a page are not worth otherwise.
    database.psql(&format!("GRANT pg_read_all_stats TO \"{}\"; ALTER ROLE \"{0}\" INHERIT", role.name));
    let beside = {
        let _other = Other::at_work(&database);
        let before_this = logged();
        let budget = Budget { duty_percent: 99, ..Budget::default() };
        let request = ProfileRequest { budget, ..ProfileRequest::default() };
        let limits = Limits { pages_at_once: 0, ..Limits::default() };
        let found = profile_at_its_pace(&url, &request, limits).await;
        let by_cursor = ["SELECT", "WITH", "DECLARE bastion", "FETCH FORWARD", begin, "COMMIT"];
        only(&sent_since(before_this), &by_cursor, 2 * names.len());
        found
    };
    assert!(beside.iter().map(|table| &table.columns).eq(profiles.iter().map(|table| &table.columns)));
    assert_eq!(database.psql(state), before);
    for profiles in [profiles, beside] {
        all_are_there(&snapshot, &profiles, "public", &names);
        nothing_leaks(&snapshot, &profiles, &role.password, &source(&url));
    }
}

#[tokio::test]
async fn hostile_texts_in_mariadb_change_nothing_and_leak_nothing() {
    let (database, account) = mariadb::empty();
    // The client that fills the database makes line breaks alike.
    let names: Vec<String> = corpus().into_iter().map(|name| name.replace('\r', "")).collect();
    // Backslashes are letters here, as they are in the names.
    let mut sql = String::from(
        "SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES'; CREATE TABLE canary (id INT); INSERT INTO canary VALUES (7);\n",
    );
    for (index, name) in names.iter().enumerate() {
        let (identifier, text) = (quoted(name, '`'), literal(name));
        sql.push_str(&format!(
            "CREATE TABLE {identifier} ({identifier} VARCHAR(100) DEFAULT {text} COMMENT {text}, at DATETIME) \
                 COMMENT {text};\n\
             INSERT INTO {identifier} VALUES ('{SECRET}', NOW());\n"
        ));
        if index % 4 == 0 {
            sql.push_str(&format!(
                "CREATE VIEW hostile{index} AS SELECT {text} AS {identifier}, canary.* FROM canary;\n"
            ));
        }
    }
    sql.push_str(&format!("CREATE FUNCTION f() RETURNS TEXT DETERMINISTIC RETURN '{BODY}';\n"));
    database.sql(&sql);
    let url = database.url_as(&account);
    let state = "SELECT sum(id) FROM canary; \
                 SELECT count(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()";
    let before = database.sql(state);
    let snapshot = scan(&url).await;
    let profiles = profile(&url, ProfileRequest::default()).await;
    let allowed = [
        "SELECT",
        "SET ",
        "SHOW GRANTS",
        "SHOW GLOBAL STATUS WHERE",
        "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
        "COMMIT",
    ];
    only(&database.statements(&account), &allowed, names.len());
    assert_eq!(database.sql(state), before);
    all_are_there(&snapshot, &profiles, database.name(), &names);
    nothing_leaks(&snapshot, &profiles, &account.password, &source(&url));
}

#[tokio::test]
async fn hostile_texts_in_sqlite_change_nothing_and_leak_nothing() {
    let names = corpus();
    let mut sql = String::from("CREATE TABLE canary (id INT); INSERT INTO canary VALUES (7); BEGIN;");
    for (index, name) in names.iter().enumerate().filter(|(_, name)| *name != "canary") {
        let (identifier, text) = (quoted(name, '"'), literal(name));
        sql.push_str(&format!(
            "CREATE TABLE {identifier} ({identifier} TEXT DEFAULT {text} CHECK ({identifier} <> {text}), at TEXT); \
             INSERT INTO {identifier} VALUES ('{SECRET}', '2024-01-01 12:00:00'); \
             CREATE VIEW hostile{index} AS SELECT {text} AS {identifier}, * FROM canary; \
             CREATE INDEX hostile_index{index} ON {identifier} ({identifier} || {text}) WHERE {identifier} <> {text};"
        ));
    }
    sql.push_str("COMMIT;");
    let file = sqlite::File::new(&sql);
    let url = file.url();
    let before = file.bytes();
    let snapshot = scan(&url).await;
    let profiles = profile(&url, ProfileRequest::default()).await;
    assert!(file.bytes() == before, "the file is what it was");
    all_are_there(&snapshot, &profiles, "main", &names);
    nothing_leaks(&snapshot, &profiles, BODY, &source(&url));
}
