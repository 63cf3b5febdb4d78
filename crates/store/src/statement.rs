//! What is looked at in every statement: how long it took, and, as a net under the types, whose rows it means. Debug builds,
//! and so all tests, stop at one that forgets that.

use std::time::Duration;

use crate::entity::TENANT_TABLES;
use crate::metric;

/// A statement that takes this long is logged, without its values.
pub(crate) const SLOW: Duration = Duration::from_secs(1);
/// One that inserts many rows is long: its beginning tells which it is.
const SHOWN_BYTES: usize = 1_000;

/// Takes note of a statement that was sent and answered. Debug builds stop at one that forgets whose rows it means.
pub(crate) fn sent(sql: &str, elapsed: Duration, slow: Duration) {
    if cfg!(debug_assertions) {
        check_scope(sql);
    }
    metric::asked();
    log_slow(sql, elapsed, slow);
}

/// Logs a statement that took `slow` or longer. For which organization and what it was asked say the spans around it.
pub(crate) fn log_slow(sql: &str, elapsed: Duration, slow: Duration) {
    if elapsed >= slow {
        let elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        let statement = &sql[..sql.floor_char_boundary(SHOWN_BYTES)];
        tracing::warn!(statement, elapsed_ms, "a statement was slow");
    }
}

/// Checks a statement that was sent: one on a tenant's table must have `org_id` in its condition, or among the columns
/// that it inserts.
///
/// # Panics
/// When it has not. SQLite has no row-level security that would catch it.
fn check_scope(sql: &str) {
    assert!(is_scoped(sql), "this statement does not say whose rows it means: {sql}");
}

fn is_scoped(sql: &str) -> bool {
    if !names_tenant_table(sql) {
        return true;
    }
    let condition = if sql.starts_with("INSERT") {
        Some(sql)
    } else {
        sql.split_once(" WHERE ").map(|(_, condition)| condition)
    };
    condition.is_some_and(|text| text.contains("\"org_id\""))
}

/// Walks along the quoted names once: a statement that inserts many rows is long, and every test sends many.
fn names_tenant_table(sql: &str) -> bool {
    let mut parts = sql.split('"');
    let mut before = parts.next().unwrap_or_default();
    while let (Some(name), Some(after)) = (parts.next(), parts.next()) {
        let is_table = ["FROM ", "JOIN ", "INTO ", "UPDATE "].iter().any(|word| before.ends_with(word));
        if is_table && (after.is_empty() || after.starts_with(' ')) && TENANT_TABLES.contains(&name) {
            return true;
        }
        before = after;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::is_scoped;

    #[test]
    fn a_statement_on_a_tenant_table_must_name_the_organization_where_it_counts() {
        for (sql, scoped) in [
            (r#"SELECT "run"."org_id" FROM "run" WHERE "run"."org_id" = $1"#, true),
            (r#"SELECT "run"."org_id" FROM "run" WHERE "run"."id" = $1"#, false),
            (r#"SELECT "run"."org_id" FROM "run""#, false),
            (r#"UPDATE "run" SET "state" = $1 WHERE "id" = $2"#, false),
            (r#"DELETE FROM "run" WHERE "run"."org_id" = $1"#, true),
            (r#"DELETE FROM "run""#, false),
            (r#"INSERT INTO "run" ("org_id", "id") VALUES ($1, $2)"#, true),
            (r#"INSERT INTO "run" ("id") VALUES ($1)"#, false),
            (r#"SELECT "user"."id" FROM "user" WHERE "user"."id" = $1"#, true),
            (r#"SELECT 1 FROM "user" JOIN "run" ON "run"."id" = "user"."id" WHERE "user"."id" = $1"#, false),
            (r#"SELECT "run" FROM "user" WHERE "user"."id" = $1"#, true),
        ] {
            assert_eq!(is_scoped(sql), scoped, "{sql}");
        }
    }
}
