//! What may be read at all, and what may run: a table outside of the first is as if it were not there, whatever a caller
//! asks for, and no function of a user's is called.

use serde_json::json;

use super::expectation::{expected, judged};
use super::*;

#[tokio::test]
async fn no_table_that_may_not_be_read_is_compared_with() {
    let rows = "CREATE TABLE child (p INTEGER); INSERT INTO child VALUES (1); \
                CREATE TABLE open (id INTEGER); INSERT INTO open VALUES (1); \
                CREATE TABLE closed (id INTEGER); INSERT INTO closed VALUES (1)";
    let postgres = empty();
    postgres.psql(rows);
    let (maria, account) = mariadb::empty();
    maria.sql(&rows.replace("open", "`open`"));
    let file = sqlite::File::new(rows);
    for (schema, url) in
        [("public", postgres.url()), (maria.name(), maria.url_as(&account)), ("main", file.url())]
    {
        let refers = |table: &str| {
            let rule = json!({"kind": "referential", "columns": ["p"], "references": table, "referenced_columns": ["id"]});
            ("child", rule)
        };
        let request = ProfileRequest {
            expectations: expected(schema, &[refers("open"), refers("closed")]),
            allowed: Filter::new(&[], &["*.closed".into()]).unwrap(),
            ..ProfileRequest::default()
        };
        let found = judged(&url, request).await;
        assert_eq!(found[0], "passed 0/1", "{schema}");
        assert!(found[1].contains("no such table"), "{schema}: {found:?}");
    }
}

/// Whoever owns a type decides what its values become as another.
#[tokio::test]
async fn casts_of_the_users_never_run() {
    let database = empty();
    let evil = "LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the cast ran'; END $$";
    database.psql(&format!(
        "CREATE TYPE mood AS ENUM ('a', 'b'); CREATE DOMAIN humour AS mood; \
         CREATE FUNCTION evil(mood) RETURNS text {evil}; CREATE CAST (mood AS text) WITH FUNCTION evil(mood); \
         CREATE TYPE own; \
         CREATE FUNCTION own_in(cstring) RETURNS own LANGUAGE internal IMMUTABLE STRICT AS 'textin'; \
         CREATE FUNCTION own_out(own) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout'; \
         CREATE TYPE own (INPUT = own_in, OUTPUT = own_out, LIKE = text, CATEGORY = 'S'); \
         CREATE FUNCTION evil(own) RETURNS text {evil}; CREATE CAST (own AS text) WITH FUNCTION evil(own); \
         CREATE TABLE t (mood mood, humour humour, n int, own own); \
         INSERT INTO t VALUES ('a', 'b', 1, 'x'), ('a', 'b', 1, 'y'), ('b', NULL, 1, NULL); \
         CREATE TABLE moods (mood mood PRIMARY KEY); INSERT INTO moods VALUES ('b')"
    ));
    let unique = |column: &str| ("t", json!({"kind": "unique", "columns": [column, "n"]}));
    let refers = |column: &str| {
        let rule = json!({"kind": "referential", "columns": [column], "references": "moods", "referenced_columns": ["mood"]});
        ("t", rule)
    };
    let rules = [unique("mood"), unique("humour"), refers("mood"), refers("humour")];
    let request = ProfileRequest { expectations: expected("public", &rules), ..ProfileRequest::default() };
    let url = database.url();
    let found = judged(&url, request).await;
    assert_eq!(found, ["failed 1/3", "failed 1/2", "failed 2/3", "passed 0/2"]);
    let profiles = profile(&url, ProfileRequest::default()).await;
    assert!(profiles.iter().all(|table| table.skipped.is_none()), "{profiles:?}");
    let table = profiles.iter().find(|table| table.table == "public.t").unwrap();
    assert_eq!(column(table, "own").null_count, 1);
}
