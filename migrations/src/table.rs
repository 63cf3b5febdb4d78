//! What every table has in common: named keys, and row-level security for those of an organization.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

/// Creates a table of the platform.
pub(crate) async fn platform_table(
    manager: &SchemaManager<'_>,
    table: TableCreateStatement,
) -> Result<(), DbErr> {
    manager.create_table(table).await
}

/// Creates a table of an organization. On PostgreSQL nobody sees or writes a row of another organization than the
/// transaction's, the table's owner included; without one, nothing is visible. The sub-select makes the setting be read
/// once per statement; an ended transaction leaves it empty, hence the `NULLIF`.
pub(crate) async fn tenant_table(
    manager: &SchemaManager<'_>,
    table: TableCreateStatement,
) -> Result<(), DbErr> {
    let name = match table.get_table_name() {
        Some(TableRef::Table(TableName(None, name), None)) => name.to_string(),
        _ => return Err(DbErr::Custom("a tenant table needs a plain name".into())),
    };
    manager.create_table(table).await?;
    if manager.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let mine = "org_id = (SELECT NULLIF(current_setting('bastion.org_id', true), '')::uuid)";
    manager
        .get_connection()
        .execute_unprepared(&format!(
            r#"ALTER TABLE "{name}" ENABLE ROW LEVEL SECURITY;
               ALTER TABLE "{name}" FORCE ROW LEVEL SECURITY;
               CREATE POLICY tenant ON "{name}" USING ({mine}) WITH CHECK ({mine});"#
        ))
        .await?;
    Ok(())
}

/// Runs a statement on the rows of all organizations in `tables`: their owner is exempt from their policies meanwhile,
/// which nobody else sees, as the transaction holds the tables. Without it, an owner that lacks BYPASSRLS, as on many
/// managed offerings, would change no row and get no error.
pub(crate) async fn across_organizations(
    manager: &SchemaManager<'_>,
    tables: &[&str],
    sql: &str,
) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    let force = async |word: &str| -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            for table in tables {
                let sql = format!(r#"ALTER TABLE "{table}" {word} ROW LEVEL SECURITY"#);
                connection.execute_unprepared(&sql).await?;
            }
        }
        Ok(())
    };
    force("NO FORCE").await?;
    connection.execute_unprepared(sql).await?;
    force("FORCE").await
}

/// A primary key.
pub(crate) fn key(columns: &[&'static str]) -> IndexCreateStatement {
    let mut key = Index::create();
    for column in columns {
        key.col(*column);
    }
    key.primary().take()
}

/// A unique index, named as PostgreSQL names a unique constraint: errors carry the name.
pub(crate) fn unique(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = named(table, columns, "key");
    index.unique().take()
}

/// An index.
pub(crate) fn index(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    named(table, columns, "index")
}

fn named(table: &'static str, columns: &[&'static str], suffix: &str) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(format!("{table}_{}_{suffix}", columns.join("_"))).table(table);
    for column in columns {
        index.col(*column);
    }
    index.take()
}

/// A reference to the row that this one is a part of: it goes when that goes.
pub(crate) fn owned_by(
    table: &'static str,
    columns: &[&'static str],
    parent: &'static str,
    parent_columns: &[&'static str],
) -> ForeignKeyCreateStatement {
    refers_to(table, columns, parent, parent_columns).on_delete(ForeignKeyAction::Cascade).take()
}

/// A reference to a row that cannot go before this one.
pub(crate) fn refers_to(
    table: &'static str,
    columns: &[&'static str],
    parent: &'static str,
    parent_columns: &[&'static str],
) -> ForeignKeyCreateStatement {
    let mut reference = ForeignKey::create();
    reference.name(format!("{table}_{}_fkey", columns.join("_")));
    for column in columns {
        reference.from(table, *column);
    }
    for column in parent_columns {
        reference.to(parent, *column);
    }
    reference.take()
}

/// Drops tables, in the order given.
pub(crate) async fn drop_tables(manager: &SchemaManager<'_>, tables: &[&'static str]) -> Result<(), DbErr> {
    for table in tables {
        manager.drop_table(Table::drop().table(*table).take()).await?;
    }
    Ok(())
}
