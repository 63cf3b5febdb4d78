//! Copying one organization's rows from schema to schema, and comparing them.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseTransaction};
use uuid::Uuid;

use super::{Error, execute, select};

/// What was copied, and found to be the same in both places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    pub tables: u64,
    pub rows: u64,
}

struct Table {
    name: String,
    /// Its columns, as a list of quoted names.
    columns: String,
    /// Those of its key, likewise.
    key: String,
}

/// Copies an organization's rows of all tables, then counts them in both places and compares their checksums. Nobody may
/// change them meanwhile. Goes on as the organization, with the tables of `to` before all others.
pub(super) async fn all(
    transaction: &DatabaseTransaction,
    org: Uuid,
    from: &str,
    to: &str,
) -> Result<Copied, Error> {
    enter(transaction, org, to).await?;
    let tables = tables(transaction, from).await?;
    for Table { name, columns, key } in &tables {
        // In the order of their keys: the audit log takes a row only after the one before it.
        let copy = format!(
            r#"INSERT INTO {to}."{name}" ({columns}) SELECT {columns} FROM {from}."{name}" WHERE org_id = $1 ORDER BY {key}"#
        );
        execute(transaction, &copy, [org.into()]).await?;
    }
    let mut copied = Copied::default();
    for table in &tables {
        let there = content(transaction, table, org, from).await?;
        let here = content(transaction, table, org, to).await?;
        if there != here {
            let table = table.name.clone();
            return Err(Error::Differs { table, from: there.to_string(), to: here.to_string() });
        }
        copied.tables += 1;
        copied.rows += here.rows;
    }
    Ok(copied)
}

/// Deletes an organization's rows of all tables; answers how many.
pub(super) async fn clear(transaction: &DatabaseTransaction, org: Uuid, schema: &str) -> Result<u64, Error> {
    enter(transaction, org, schema).await?;
    let mut deleted = 0;
    for Table { name, .. } in tables(transaction, schema).await?.iter().rev() {
        let delete = format!(r#"DELETE FROM {schema}."{name}" WHERE org_id = $1"#);
        deleted += execute(transaction, &delete, [org.into()]).await?;
    }
    Ok(deleted)
}

/// As the server does: row-level security holds for the owner too, and triggers mean the schema's own tables.
async fn enter(transaction: &DatabaseTransaction, org: Uuid, schema: &str) -> Result<(), Error> {
    let sql = "SELECT set_config('bastion.org_id', $1, true), set_config('search_path', $2, true)";
    select(transaction, sql, [org.to_string().into(), format!("{schema}, platform").into()]).await?;
    Ok(())
}

/// How many rows an organization has in a table, and a checksum of them in whatever order: the sum of their hashes.
#[derive(PartialEq, Eq)]
struct Content {
    rows: u64,
    checksum: String,
}

impl std::fmt::Display for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} rows, checksum {}", self.rows, self.checksum)
    }
}

async fn content(
    transaction: &DatabaseTransaction,
    table: &Table,
    org: Uuid,
    schema: &str,
) -> Result<Content, Error> {
    let Table { name, columns, .. } = table;
    // Two halves of 64 bits: PostgreSQL has no greater numbers that it reads from hexadecimal digits.
    let half = |start: u8| {
        format!("coalesce(sum(('x' || substr(hash, {start}, 16))::bit(64)::bigint::numeric), 0)::text")
    };
    let sql = format!(
        r#"SELECT count(*) AS rows, {} || ':' || {} AS checksum FROM
             (SELECT encode(sha256(convert_to(ROW({columns})::text, 'UTF8')), 'hex') AS hash
              FROM {schema}."{name}" WHERE org_id = $1) AS hashed"#,
        half(1),
        half(17)
    );
    let rows = select(transaction, &sql, [org.into()]).await?;
    let row = rows.first().ok_or(Error::NoSilo)?;
    let count: i64 = row.try_get("", "rows")?;
    Ok(Content { rows: count.unsigned_abs(), checksum: row.try_get("", "checksum")? })
}

/// The tables of organizations in a schema, each after those that it refers to.
async fn tables(connection: &impl ConnectionTrait, schema: &str) -> Result<Vec<Table>, Error> {
    let rows = select(
        connection,
        "SELECT c.relname::text AS name,
           (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute a
            WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
           (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY array_position(i.indkey::int2[], a.attnum))
            FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey::int2[])
            WHERE i.indrelid = c.oid AND i.indisprimary) AS key
         FROM pg_class c WHERE c.relnamespace = to_regnamespace($1) AND c.relkind = 'r' AND c.relname <> 'tenant_migration'",
        [schema.into()],
    )
    .await?;
    let mut found = BTreeMap::new();
    for row in rows {
        let name: String = row.try_get("", "name")?;
        let table =
            Table { name: name.clone(), columns: row.try_get("", "columns")?, key: row.try_get("", "key")? };
        found.insert(name, table);
    }
    let rows = select(
        connection,
        "SELECT c.relname::text AS child, p.relname::text AS parent FROM pg_constraint k
         JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class p ON p.oid = k.confrelid
         WHERE k.contype = 'f' AND k.connamespace = to_regnamespace($1) AND c.oid <> p.oid",
        [schema.into()],
    )
    .await?;
    let mut references = BTreeSet::new();
    for row in rows {
        references.insert((row.try_get::<String>("", "child")?, row.try_get::<String>("", "parent")?));
    }
    let order = parents_first(found.keys().cloned().collect(), &references)?;
    Ok(order.iter().filter_map(|name| found.remove(name)).collect())
}

/// The names in an order in which each comes after those that it refers to (`child, parent`).
fn parents_first(
    mut left: BTreeSet<String>,
    references: &BTreeSet<(String, String)>,
) -> Result<Vec<String>, Error> {
    let mut order = Vec::new();
    while !left.is_empty() {
        let waits =
            |name: &String| references.iter().any(|(child, parent)| child == name && left.contains(parent));
        let (later, next): (BTreeSet<String>, BTreeSet<String>) = left.iter().cloned().partition(waits);
        if next.is_empty() {
            return Err(Error::Circle(Vec::from_iter(later).join(", ")));
        }
        order.extend(next);
        left = later;
    }
    Ok(order)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_comes_after_those_that_it_refers_to_and_a_circle_is_refused() {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let pairs = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(child, parent)| ((*child).to_owned(), (*parent).to_owned())).collect()
        };
        let names = set(&["drift", "run", "run_step", "source"]);
        let references =
            pairs(&[("run_step", "run"), ("run", "source"), ("drift", "run"), ("drift", "source")]);
        assert_eq!(parents_first(names, &references).unwrap(), ["source", "run", "drift", "run_step"]);
        let circle = parents_first(set(&["a", "b", "c"]), &pairs(&[("a", "b"), ("b", "a")]));
        assert!(matches!(circle, Err(Error::Circle(names)) if names == "a, b"));
    }
}
