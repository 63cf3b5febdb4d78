//! Rollups of columns.

use domain::rollup::{Period, Summary, then};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use types::{SourceId, Timestamp};

use super::{Place, Rolled, figures, period, summary};
use crate::entity::{column_rollup, column_stats};
use crate::row::time;
use crate::transaction::Connected;
use crate::{Error, Reads, scoped};

/// One row of `column_rollup`.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnRollup {
    pub source_id: SourceId,
    /// The table's path.
    pub table: String,
    pub column: String,
    pub period: Period,
    pub starts_at: Timestamp,
    /// The time of the last profile in it.
    pub last_at: Timestamp,
    pub null_percent: Option<Summary>,
    pub uniqueness_percent: Option<Summary>,
    pub distinct_count: Option<Summary>,
}

/// The rollups of columns of some tables, or of these columns of them, whose last profile is between two times, oldest
/// first.
///
/// # Errors
/// When the database fails.
pub async fn column_rollups(
    tx: &impl Reads,
    source: SourceId,
    tables: &[String],
    columns: Option<&[String]>,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<ColumnRollup>, Error> {
    use column_rollup::Column::{ColumnName, LastAt, SourceId, TablePath};
    let mut query = scoped::find::<column_rollup::Entity>(tx)
        .filter(SourceId.eq(source.0))
        .filter(TablePath.is_in(tables.iter().map(String::as_str)))
        .filter(LastAt.between(from.millis(), to.millis()));
    if let Some(columns) = columns {
        query = query.filter(ColumnName.is_in(columns.iter().map(String::as_str)));
    }
    let rows = query.order_by_asc(LastAt).all(tx.connection()).await?;
    rows.into_iter().map(ColumnRollup::read).collect()
}

impl Rolled for ColumnRollup {
    type Profiles = column_stats::Entity;
    type Rollups = column_rollup::Entity;
    type Row = column_rollup::ActiveModel;

    const OF_PROFILES: Place<Self::Profiles> = Place {
        source: column_stats::Column::SourceId,
        time: column_stats::Column::RecordedAt,
        table: column_stats::Column::TablePath,
    };
    const OF_ROLLUPS: Place<Self::Rollups> = Place {
        source: column_rollup::Column::SourceId,
        time: column_rollup::Column::StartsAt,
        table: column_rollup::Column::TablePath,
    };
    const PERIOD: column_rollup::Column = column_rollup::Column::Period;

    fn of_profile(row: column_stats::Model) -> Result<Self, Error> {
        let at = time(row.recorded_at)?;
        Ok(Self {
            source_id: SourceId(row.source_id),
            table: row.table_path,
            column: row.column_name,
            period: Period::Day,
            starts_at: Period::Day.start(at),
            last_at: at,
            null_percent: row.null_percent.and_then(Summary::of),
            uniqueness_percent: row.uniqueness_percent.and_then(Summary::of),
            distinct_count: row.distinct_count.and_then(|count| Summary::of(count as f64)),
        })
    }

    fn read(row: column_rollup::Model) -> Result<Self, Error> {
        Ok(Self {
            source_id: SourceId(row.source_id),
            table: row.table_path,
            column: row.column_name,
            period: period(&row.period)?,
            starts_at: time(row.starts_at)?,
            last_at: time(row.last_at)?,
            null_percent: summary((
                row.null_percent_points,
                row.null_percent_min,
                row.null_percent_max,
                row.null_percent_mean,
                row.null_percent_last,
            ))?,
            uniqueness_percent: summary((
                row.uniqueness_percent_points,
                row.uniqueness_percent_min,
                row.uniqueness_percent_max,
                row.uniqueness_percent_mean,
                row.uniqueness_percent_last,
            ))?,
            distinct_count: summary((
                row.distinct_count_points,
                row.distinct_count_min,
                row.distinct_count_max,
                row.distinct_count_mean,
                row.distinct_count_last,
            ))?,
        })
    }

    fn row(&self) -> Result<column_rollup::ActiveModel, Error> {
        let nulls = figures(self.null_percent)?;
        let uniqueness = figures(self.uniqueness_percent)?;
        let distinct = figures(self.distinct_count)?;
        Ok(column_rollup::ActiveModel {
            source_id: Set(self.source_id.0),
            table_path: Set(self.table.clone()),
            column_name: Set(self.column.clone()),
            period: Set(self.period.as_str().to_owned()),
            starts_at: Set(self.starts_at.millis()),
            last_at: Set(self.last_at.millis()),
            null_percent_points: Set(nulls.0),
            null_percent_min: Set(nulls.1),
            null_percent_max: Set(nulls.2),
            null_percent_mean: Set(nulls.3),
            null_percent_last: Set(nulls.4),
            uniqueness_percent_points: Set(uniqueness.0),
            uniqueness_percent_min: Set(uniqueness.1),
            uniqueness_percent_max: Set(uniqueness.2),
            uniqueness_percent_mean: Set(uniqueness.3),
            uniqueness_percent_last: Set(uniqueness.4),
            distinct_count_points: Set(distinct.0),
            distinct_count_min: Set(distinct.1),
            distinct_count_max: Set(distinct.2),
            distinct_count_mean: Set(distinct.3),
            distinct_count_last: Set(distinct.4),
            ..Default::default()
        })
    }

    fn name(&self) -> (String, String) {
        (self.table.clone(), self.column.clone())
    }

    fn last_at(&self) -> Timestamp {
        self.last_at
    }

    fn move_to(&mut self, period: Period) -> Timestamp {
        self.period = period;
        self.starts_at = period.start(self.last_at);
        self.starts_at
    }

    fn then(self, later: Self) -> Self {
        Self {
            null_percent: then(self.null_percent, later.null_percent),
            uniqueness_percent: then(self.uniqueness_percent, later.uniqueness_percent),
            distinct_count: then(self.distinct_count, later.distinct_count),
            ..later
        }
    }
}
