//! What profiles measured: a row for each table and column of each run, the newest marked `latest`.

mod column;
mod score;
mod table;
mod trend;

pub use column::{
    ColumnBadge, ColumnFilter, ColumnKey, ColumnRow, ColumnSort, ColumnStats, badges, column_rows,
    columns_of, insert_columns,
};
pub use score::{SourceScore, insert_score, newest_scores, scores};
pub use table::{TableStats, insert_tables, latest_tables, table_history};
pub use trend::{ColumnName, NullPoint, moving_columns, null_history, null_jumps};

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use types::SourceId;

use crate::entity::{column_stats, table_stats};
use crate::transaction::Connected;
use crate::{Error, WriteTx, scoped};

/// How many rows one statement inserts: SQLite binds at most 32,766 values.
const BATCH: usize = 500;

/// The rows marked `latest`. The bare column, as in the partial indexes: neither database takes `latest = $1` for it.
fn newest<E: EntityTrait>(table: E, latest: E::Column) -> Expr {
    Expr::col((table, latest))
}

/// Takes the mark `latest` off everything of a source, before newer rows come.
///
/// # Errors
/// When the database fails.
pub async fn supersede(tx: &WriteTx, source: SourceId) -> Result<(), Error> {
    scoped::update::<table_stats::Entity>(tx)
        .col_expr(table_stats::Column::Latest, Expr::value(false))
        .filter(table_stats::Column::SourceId.eq(source.0))
        .filter(newest(table_stats::Entity, table_stats::Column::Latest))
        .exec(tx.connection())
        .await?;
    scoped::update::<column_stats::Entity>(tx)
        .col_expr(column_stats::Column::Latest, Expr::value(false))
        .filter(column_stats::Column::SourceId.eq(source.0))
        .filter(newest(column_stats::Entity, column_stats::Column::Latest))
        .exec(tx.connection())
        .await?;
    Ok(())
}
