//! Rollups of tables.

use domain::rollup::{Period, Summary, then};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use types::{SourceId, Timestamp};

use super::{Place, Rolled, figures, period, summary};
use crate::entity::{table_rollup, table_stats};
use crate::row::{time, time_option};
use crate::transaction::Connected;
use crate::{Error, Reads, scoped};

/// One row of `table_rollup`.
#[derive(Clone, Debug, PartialEq)]
pub struct TableRollup {
    pub source_id: SourceId,
    /// The table's path.
    pub table: String,
    pub period: Period,
    pub starts_at: Timestamp,
    /// The time of the last profile in it.
    pub last_at: Timestamp,
    pub row_count: Option<Summary>,
    pub freshness_seconds: Option<Summary>,
    /// At `last_at`, or when there last was one.
    pub latest_value_at: Option<Timestamp>,
}

/// The rollups of some tables whose last profile is between two times, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn table_rollups(
    tx: &impl Reads,
    source: SourceId,
    tables: &[String],
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<TableRollup>, Error> {
    use table_rollup::Column::{LastAt, SourceId, TablePath};
    let rows = scoped::find::<table_rollup::Entity>(tx)
        .filter(SourceId.eq(source.0))
        .filter(TablePath.is_in(tables.iter().map(String::as_str)))
        .filter(LastAt.between(from.millis(), to.millis()))
        .order_by_asc(LastAt)
        .all(tx.connection())
        .await?;
    rows.into_iter().map(TableRollup::read).collect()
}

impl Rolled for TableRollup {
    type Profiles = table_stats::Entity;
    type Rollups = table_rollup::Entity;
    type Row = table_rollup::ActiveModel;

    const OF_PROFILES: Place<Self::Profiles> = Place {
        source: table_stats::Column::SourceId,
        time: table_stats::Column::RecordedAt,
        table: table_stats::Column::TablePath,
    };
    const OF_ROLLUPS: Place<Self::Rollups> = Place {
        source: table_rollup::Column::SourceId,
        time: table_rollup::Column::StartsAt,
        table: table_rollup::Column::TablePath,
    };
    const PERIOD: table_rollup::Column = table_rollup::Column::Period;

    fn of_profile(row: table_stats::Model) -> Result<Self, Error> {
        let at = time(row.recorded_at)?;
        Ok(Self {
            source_id: SourceId(row.source_id),
            table: row.table_path,
            period: Period::Day,
            starts_at: Period::Day.start(at),
            last_at: at,
            row_count: Summary::of(row.row_count as f64),
            freshness_seconds: row.freshness_seconds.and_then(|seconds| Summary::of(seconds as f64)),
            latest_value_at: time_option(row.latest_value_at)?,
        })
    }

    fn read(row: table_rollup::Model) -> Result<Self, Error> {
        Ok(Self {
            source_id: SourceId(row.source_id),
            table: row.table_path,
            period: period(&row.period)?,
            starts_at: time(row.starts_at)?,
            last_at: time(row.last_at)?,
            row_count: summary((
                row.row_count_points,
                row.row_count_min,
                row.row_count_max,
                row.row_count_mean,
                row.row_count_last,
            ))?,
            freshness_seconds: summary((
                row.freshness_seconds_points,
                row.freshness_seconds_min,
                row.freshness_seconds_max,
                row.freshness_seconds_mean,
                row.freshness_seconds_last,
            ))?,
            latest_value_at: time_option(row.latest_value_at)?,
        })
    }

    fn row(&self) -> Result<table_rollup::ActiveModel, Error> {
        let rows = figures(self.row_count)?;
        let freshness = figures(self.freshness_seconds)?;
        Ok(table_rollup::ActiveModel {
            source_id: Set(self.source_id.0),
            table_path: Set(self.table.clone()),
            period: Set(self.period.as_str().to_owned()),
            starts_at: Set(self.starts_at.millis()),
            last_at: Set(self.last_at.millis()),
            row_count_points: Set(rows.0),
            row_count_min: Set(rows.1),
            row_count_max: Set(rows.2),
            row_count_mean: Set(rows.3),
            row_count_last: Set(rows.4),
            freshness_seconds_points: Set(freshness.0),
            freshness_seconds_min: Set(freshness.1),
            freshness_seconds_max: Set(freshness.2),
            freshness_seconds_mean: Set(freshness.3),
            freshness_seconds_last: Set(freshness.4),
            latest_value_at: Set(self.latest_value_at.map(Timestamp::millis)),
            ..Default::default()
        })
    }

    fn name(&self) -> (String, String) {
        (self.table.clone(), String::new())
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
            row_count: then(self.row_count, later.row_count),
            freshness_seconds: then(self.freshness_seconds, later.freshness_seconds),
            latest_value_at: later.latest_value_at.or(self.latest_value_at),
            ..later
        }
    }
}
