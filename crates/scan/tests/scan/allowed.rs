//! What may be read at all: a table outside of it is as if it were not there, whatever a caller asks for.

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
