//! Reading a server's tables by statements that stand alone.
//!
//! Decision: each goes there in one message, with what says whose rows it means before it. Such a message is a transaction of
//! its own, so row-level security holds as it does elsewhere, and there and back is gone once: to begin, to enter, to ask and to
//! end would be four messages, three of them waited for. It has no parameters, which also suits a pooler in transaction mode.
//! So values are written into it, and only those that cannot be misread: what is not plain is asked in a transaction, as a
//! parameter. <https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-MULTI-STATEMENT>

use std::time::Instant;

use futures_util::TryStreamExt as _;
use sea_orm::sea_query::{PostgresQueryBuilder, Value, inject_parameters};
use sea_orm::sqlx::{AssertSqlSafe, Either, raw_sql};
use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DbErr, QueryResult, RuntimeErr, SqlxError, Statement,
    TransactionOptions,
};

use crate::begin::begin;
use crate::connect::IDLE;
use crate::patience::patiently;
use crate::statement::{self, SLOW};
use crate::{Error, metric};

/// Who asks a server, and for whose rows.
pub struct Glance {
    pool: DatabaseConnection,
    /// Statements that say whose rows are meant.
    entering: String,
}

impl Glance {
    pub(crate) fn new(pool: DatabaseConnection, entering: String) -> Self {
        Self { pool, entering }
    }

    /// The rows of a statement that only reads.
    pub(crate) async fn ask(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match written(&statement) {
            Some(sql) => {
                let begun = Instant::now();
                let rows = patiently(is_gone, IDLE, || self.at_once(&sql)).await?;
                // Without its values: among them may be what names a session.
                statement::sent(&statement.sql, begun.elapsed(), SLOW);
                Ok(rows)
            }
            None => patiently(is_gone, IDLE, || self.with_parameters(statement.clone())).await,
        }
    }

    /// The rows of the last statement of the message.
    async fn at_once(&self, sql: &str) -> Result<Vec<QueryResult>, DbErr> {
        let asked = Instant::now();
        let mut connection = self.pool.get_postgres_connection_pool().acquire().await.map_err(failed)?;
        metric::waited(false, asked.elapsed());
        // Safe: `entering` is this crate's, and `written` lets nothing through that could end a literal.
        let message = raw_sql(AssertSqlSafe(format!("{}; {sql}", self.entering)));
        let mut answers = message.fetch_many(&mut *connection);
        let (mut rows, mut last) = (Vec::new(), Vec::new());
        while let Some(answer) = answers.try_next().await.map_err(failed)? {
            match answer {
                Either::Right(row) => rows.push(QueryResult::from(row)),
                Either::Left(_) => last = std::mem::take(&mut rows),
            }
        }
        Ok(last)
    }

    async fn with_parameters(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let transaction = begin(&self.pool, TransactionOptions::default()).await?;
        transaction.execute_unprepared(&self.entering).await?;
        transaction.query_all_raw(statement).await
    }
}

/// The statement with its values in it; nothing where one of them is not plain.
fn written(statement: &Statement) -> Option<String> {
    let Some(values) = &statement.values else { return Some(statement.sql.clone()) };
    values.0.iter().all(is_plain).then(|| inject_parameters(&statement.sql, &values.0, &PostgresQueryBuilder))
}

/// Whether a value is read as that value, and nothing else, wherever it is written: a number without a sign, a truth, an id, or
/// a word of letters, digits, hyphens and underscores.
fn is_plain(value: &Value) -> bool {
    let is_of_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    match value {
        Value::Bool(_) | Value::BigUnsigned(_) | Value::Uuid(_) => true,
        Value::Int(number) => number.is_none_or(|number| number >= 0),
        Value::BigInt(number) => number.is_none_or(|number| number >= 0),
        Value::String(text) => text.as_deref().is_none_or(|text| text.bytes().all(is_of_word)),
        _ => false,
    }
}

fn failed(error: SqlxError) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}

/// A server that was started anew has ended connections that nobody has asked for since.
fn is_gone(error: &DbErr) -> bool {
    Error::from(error.clone()) == Error::Unavailable
}

#[cfg(test)]
mod tests {
    use sea_orm::DbBackend;
    use uuid::Uuid;

    use super::*;

    fn with(values: impl IntoIterator<Item = Value>) -> Option<String> {
        written(&Statement::from_sql_and_values(DbBackend::Postgres, "SELECT $1", values))
    }

    #[test]
    fn a_value_is_written_into_a_statement_only_if_it_cannot_be_misread() {
        let id = Uuid::from_u128(7);
        for (value, expected) in [
            (Value::from(true), Some("SELECT TRUE".to_owned())),
            (Value::from(5_i64), Some("SELECT 5".to_owned())),
            (Value::from(-5_i64), None),
            (Value::from(-7_i32), None),
            (Value::from(7_i32), Some("SELECT 7".to_owned())),
            (Value::from(id), Some(format!("SELECT '{id}'"))),
            (Value::from(None::<Uuid>), Some("SELECT NULL".to_owned())),
            (Value::from("acme-data_2"), Some("SELECT 'acme-data_2'".to_owned())),
            (Value::from(""), Some("SELECT ''".to_owned())),
            (Value::from("it's"), None),
            (Value::from("a\\"), None),
            (Value::from("a b"), None),
            (Value::from("$2"), None),
            (Value::from("--"), Some("SELECT '--'".to_owned())),
            (Value::from("é"), None),
            (Value::from("a\u{0}"), None),
            (Value::from(0.5_f64), None),
            (Value::from(vec![0_u8]), None),
        ] {
            assert_eq!(with([value.clone()]), expected, "{value:?}");
        }
    }

    #[test]
    fn one_value_that_is_not_plain_keeps_the_others_out_as_well() {
        assert_eq!(with([Value::from(1_i64), Value::from("'")]), None);
    }
}
