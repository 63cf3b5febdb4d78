//! What profiles measured: a row for each table and column of each run.
//!
//! A profile's rows have one time of their own. They are written in batches that nobody sees, and [`publish`] makes that
//! time the source's newest: a large profile becomes visible at once, by one small update.

mod column;
mod facets;
mod history;
mod rollup;
mod score;
mod table;
mod trend;

pub use column::{ColumnBadge, ColumnStats, badges, columns_among, columns_of, insert_columns};
pub use facets::{PackedFacets, facets_of, forget_facets, insert_facets, known_facets};
pub use history::{ColumnPoint, NewestPoint, column_history, columns_at, profile_times};
pub use rollup::{Before, ColumnRollup, TableRollup, column_rollups, roll_up, table_rollups};
pub use score::{SourceScore, insert_score, newest_scores, scores};
pub use table::{TableStats, insert_tables, latest_tables, table_history};
pub use trend::{ColumnName, NullPoint, Span, moving_columns, null_history, null_jumps};

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, QueryFilter, QuerySelect};
use types::{SourceId, Timestamp};
use uuid::Uuid;

use crate::entity::{column_stats, source, table_stats};
use crate::transaction::Connected;
use crate::{Error, Reads, WriteTx, scoped};

/// How many rows one statement inserts: SQLite binds at most 32,766 values. A caller that writes one batch in each
/// transaction holds SQLite's write lock for some milliseconds only.
pub const BATCH: usize = 500;

/// The newest rows of some sources; `None` when none of them has any.
async fn newest<C: ColumnTrait>(
    tx: &impl Reads,
    sources: &[SourceId],
    (source_id, recorded_at): (C, C),
) -> Result<Option<Condition>, Error> {
    let profiled: Vec<(Uuid, Option<i64>)> = scoped::find::<source::Entity>(tx)
        .select_only()
        .columns([source::Column::Id, source::Column::ProfiledAt])
        .filter(source::Column::Id.is_in(sources.iter().map(|id| id.0)))
        .into_tuple()
        .all(tx.connection())
        .await?;
    let mut any = Condition::any();
    for (id, at) in profiled.iter().filter_map(|(id, at)| Some((*id, (*at)?))) {
        any = any.add(Condition::all().add(source_id.eq(id)).add(recorded_at.eq(at)));
    }
    Ok((!any.is_empty()).then_some(any))
}

/// That rows of some tables are of between two times. The sign keeps the index by time out of it: SQLite, which knows
/// nothing of how values are spread, would rather go through all tables' rows of these times than through all times of the
/// tables. Neither database minds it otherwise.
fn during(signed: &'static str, from: Timestamp, to: Timestamp) -> Expr {
    Expr::cust(signed).between(from.millis(), to.millis())
}

/// The times of a column's and of a table's profiles, for [`during`] and for the order of what it finds.
const OF_COLUMN: &str = r#"+"column_stats"."recorded_at""#;
const OF_TABLE: &str = r#"+"table_stats"."recorded_at""#;

/// Makes the rows of a time the newest of a source.
///
/// # Errors
/// [`Error::NotFound`] when the source is gone.
pub async fn publish(tx: &WriteTx, source: SourceId, recorded_at: Timestamp) -> Result<(), Error> {
    let result = scoped::update::<source::Entity>(tx)
        .col_expr(source::Column::ProfiledAt, Expr::value(recorded_at.millis()))
        .filter(source::Column::Id.eq(source.0))
        .exec(tx.connection())
        .await?;
    if result.rows_affected == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// Removes at most [`BATCH`] rows of each kind that were written and never published, by an attempt that died, or that
/// others have taken the place of; `false` when none is left. Only for the attempt that holds the source's run.
///
/// # Errors
/// When the database fails.
pub async fn discard(tx: &WriteTx, source: SourceId) -> Result<bool, Error> {
    let after = profiled_at(tx, source).await?.unwrap_or(i64::MIN);
    let columns = {
        use column_stats::Column::{ColumnName, RecordedAt, SourceId, TablePath};
        let wanted = SourceId.eq(source.0).and(RecordedAt.gt(after));
        let key = [TablePath, ColumnName, RecordedAt];
        scoped::delete_some::<column_stats::Entity, 3>(tx, wanted, key, BATCH).await?
    };
    let tables = {
        use table_stats::Column::{RecordedAt, SourceId, TablePath};
        let wanted = SourceId.eq(source.0).and(RecordedAt.gt(after));
        let key = [TablePath, RecordedAt];
        scoped::delete_some::<table_stats::Entity, 2>(tx, wanted, key, BATCH).await?
    };
    let facets = facets::discard(tx, source, after).await?;
    Ok(columns + tables + facets > 0)
}

/// Up to which time rows of a source are seen.
async fn profiled_at(tx: &impl Reads, source: SourceId) -> Result<Option<i64>, Error> {
    let profiled: Option<Option<i64>> = scoped::find::<source::Entity>(tx)
        .select_only()
        .column(source::Column::ProfiledAt)
        .filter(source::Column::Id.eq(source.0))
        .into_tuple()
        .one(tx.connection())
        .await?;
    Ok(profiled.flatten())
}
