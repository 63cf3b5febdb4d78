//! A migrated database past the store: what only its owner may do, and what lies in it.

use std::collections::BTreeMap;

use migrations::{Roles, silo};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbErr, Statement,
    TransactionTrait,
};
use types::OrgId;

use crate::database::{RUNTIME, TestDatabase, committed};

/// The tables of a control plane on PostgreSQL.
const TABLES: &str =
    "SELECT tablename::text AS text FROM pg_tables WHERE schemaname IN ('platform', 'pooled')";

impl TestDatabase {
    /// Runs a statement as the tables' owner; answers how many rows it changed. On PostgreSQL the owner is a superuser,
    /// whom row-level security does not hold.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn execute(&self, sql: &str) -> Result<u64, DbErr> {
        let connection = self.owner().await?;
        let done = connection.execute_unprepared(sql).await?;
        connection.close().await?;
        Ok(done.rows_affected())
    }

    /// Ends once a statement that begins so waits for a lock. On PostgreSQL only: on SQLite nobody begins to write while
    /// somebody else does.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn waited(&self, beginning: &str) -> Result<(), DbErr> {
        let beginning = beginning.replace('\'', "''");
        let waiting = format!(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' \
             AND starts_with(query, '{beginning}')"
        );
        let connection = self.owner().await?;
        while connection.execute_unprepared(&waiting).await?.rows_affected() == 0 {
            tokio::task::yield_now().await;
        }
        connection.close().await
    }

    /// Moves an organization to a schema of its own, on PostgreSQL.
    ///
    /// # Errors
    /// When the move fails.
    pub async fn move_to_silo(&self, org: OrgId) -> Result<(), silo::Error> {
        silo::to_silo(&self.owner_url(), &Roles::runtime(RUNTIME), org.0, 0, committed).await.map(drop)
    }

    /// Keeps an organization from being changed, as a move of it does, until the transaction ends.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn freeze(&self, org: OrgId) -> Result<DatabaseTransaction, DbErr> {
        let transaction = self.owner().await?.begin().await?;
        transaction.execute_unprepared(&format!("SELECT {}", silo::freeze_sql(org.0))).await?;
        Ok(transaction)
    }

    /// An id as this database writes it.
    #[must_use]
    pub fn literal(&self, id: OrgId) -> String {
        match self {
            Self::Sqlite(_) => format!("X'{}'", id.0.simple()),
            Self::Postgres(_) => format!("'{}'", id.0),
        }
    }

    /// All rows of an organization, by table, as text: equal when nothing was changed.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn contents(&self, org: OrgId) -> Result<BTreeMap<String, Vec<String>>, DbErr> {
        let tables = match self {
            Self::Sqlite(_) => {
                "SELECT m.name AS text FROM sqlite_master m, pragma_table_info(m.name) c \
                 WHERE m.type = 'table' AND c.name = 'org_id'"
            }
            Self::Postgres(_) => {
                "SELECT table_name::text AS text FROM information_schema.columns \
                 WHERE column_name = 'org_id' AND table_schema IN ('platform', 'pooled')"
            }
        };
        self.rows(tables, &format!("org_id = {}", self.literal(org))).await
    }

    /// All rows there are, by table, as text: whatever organization they are of.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn everything(&self) -> Result<BTreeMap<String, Vec<String>>, DbErr> {
        let tables = match self {
            Self::Sqlite(_) => {
                "SELECT name AS text FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            }
            Self::Postgres(_) => TABLES,
        };
        self.rows(tables, "true").await
    }

    /// Those rows of some tables of which `condition` holds, by table, as text and in the order of that.
    async fn rows(&self, tables: &str, condition: &str) -> Result<BTreeMap<String, Vec<String>>, DbErr> {
        let connection = self.owner().await?;
        let mut found = BTreeMap::new();
        for table in texts(&connection, tables).await? {
            let row = match self {
                Self::Sqlite(_) => {
                    let columns = format!(
                        "SELECT group_concat('quote(\"' || name || '\")', ' || ''|'' || ') AS text \
                         FROM pragma_table_info('{table}')"
                    );
                    texts(&connection, &columns).await?.concat()
                }
                // A table may have a column of its own name.
                Self::Postgres(_) => "whole_row::text".to_owned(),
            };
            let rows =
                format!("SELECT {row} AS text FROM \"{table}\" AS whole_row WHERE {condition} ORDER BY 1");
            found.insert(table, texts(&connection, &rows).await?);
        }
        connection.close().await?;
        Ok(found)
    }

    /// The bytes of all rows of each table; on SQLite with those of their index entries.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn stored(&self) -> Result<BTreeMap<String, i64>, DbErr> {
        let connection = self.owner().await?;
        let sizes = match self {
            Self::Sqlite(_) => {
                "SELECT m.tbl_name AS text, sum(d.payload) AS bytes FROM dbstat d JOIN sqlite_master m USING (name) \
                 GROUP BY m.tbl_name"
                    .to_owned()
            }
            Self::Postgres(_) => {
                let tables = texts(&connection, TABLES).await?;
                let size = |table: String| {
                    format!(
                        "SELECT '{table}' AS text, coalesce(sum(pg_column_size(t.*)), 0)::bigint AS bytes \
                         FROM \"{table}\" t"
                    )
                };
                tables.into_iter().map(size).collect::<Vec<_>>().join(" UNION ALL ")
            }
        };
        let statement = Statement::from_string(connection.get_database_backend(), sizes);
        let rows = connection.query_all_raw(statement).await?;
        let sizes =
            rows.iter().map(|row| Ok((row.try_get("", "text")?, row.try_get("", "bytes")?))).collect();
        connection.close().await?;
        sizes
    }

    async fn owner(&self) -> Result<DatabaseConnection, DbErr> {
        let mut options = ConnectOptions::new(self.owner_url());
        options.max_connections(1);
        let connection = Database::connect(options).await?;
        if let Self::Postgres(_) = self {
            connection.execute_unprepared("SET search_path TO pooled, platform").await?;
        }
        Ok(connection)
    }
}

/// The column `text` of each row.
async fn texts(connection: &DatabaseConnection, sql: &str) -> Result<Vec<String>, DbErr> {
    let rows =
        connection.query_all_raw(Statement::from_string(connection.get_database_backend(), sql)).await?;
    rows.iter().map(|row| row.try_get("", "text")).collect()
}
