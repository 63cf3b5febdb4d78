//! Rollups: statistics of days and weeks, which take the place of those of single profiles after a while.
//!
//! The oldest rows are deleted and added to their rollup in the same transaction, a batch at a time. Whoever deletes a row
//! adds it, so it counts once, however often a worker is killed and whoever else does the same.

mod column;
mod table;

pub use column::{ColumnRollup, column_rollups};
pub use table::{TableRollup, table_rollups};

use std::collections::BTreeMap;

use domain::rollup::{Period, Summary};
use sea_orm::{ActiveModelTrait, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use types::{SourceId, Timestamp};

use super::BATCH;
use crate::entity::TenantTable;
use crate::row::{number, number_option};
use crate::transaction::Connected;
use crate::{Error, WriteTx, scoped};

/// What is rolled up: rows from before these times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Before {
    /// Profiles, to days. At the start of a day, lest one be split for long.
    pub profiles: Timestamp,
    /// Days, to weeks. At the start of a week.
    pub days: Timestamp,
}

/// Rolls up one batch of a source's oldest statistics, and answers how many rows that were; none is left when it is zero.
/// A batch is about [`BATCH`] rows, and always all columns of a table at one time.
///
/// # Errors
/// When the database fails, or another worker does the same at this moment.
pub async fn roll_up(tx: &WriteTx, source: SourceId, before: Before) -> Result<usize, Error> {
    let mut rows = profiles::<ColumnRollup>(tx, source, before.profiles).await?;
    if rows == 0 {
        rows = profiles::<TableRollup>(tx, source, before.profiles).await?;
    }
    if rows == 0 {
        rows = days::<ColumnRollup>(tx, source, before.days).await?;
    }
    if rows == 0 {
        rows = days::<TableRollup>(tx, source, before.days).await?;
    }
    Ok(rows)
}

/// A rollup of a table or of a column.
trait Rolled: Sized {
    /// Where its profiles are.
    type Profiles: TenantTable;
    /// Where rollups of its kind are.
    type Rollups: TenantTable;
    /// The row of such a rollup, ready to be written.
    type Row: ActiveModelTrait<Entity = Self::Rollups> + Send;

    const OF_PROFILES: Place<Self::Profiles>;
    const OF_ROLLUPS: Place<Self::Rollups>;
    const PERIOD: <Self::Rollups as EntityTrait>::Column;

    /// That of a single profile.
    fn of_profile(row: <Self::Profiles as EntityTrait>::Model) -> Result<Self, Error>;
    fn read(row: <Self::Rollups as EntityTrait>::Model) -> Result<Self, Error>;
    fn row(&self) -> Result<Self::Row, Error>;
    /// What tells it apart from others of its source and period.
    fn name(&self) -> (String, String);
    fn last_at(&self) -> Timestamp;
    /// The start of the period that it is to be in.
    fn move_to(&mut self, period: Period) -> Timestamp;
    /// Together with what came later.
    fn then(self, later: Self) -> Self;
}

/// The columns by which rows are found.
struct Place<E: EntityTrait> {
    source: E::Column,
    time: E::Column,
    table: E::Column,
}

async fn profiles<R: Rolled>(tx: &WriteTx, source: SourceId, before: Timestamp) -> Result<usize, Error> {
    let wanted = Condition::all().add(R::OF_PROFILES.source.eq(source.0));
    let taken = take_oldest(tx, wanted, &R::OF_PROFILES, before).await?;
    let rows = taken.len();
    let taken = taken.into_iter().map(R::of_profile).collect::<Result<_, _>>()?;
    add::<R>(tx, source, taken, Period::Day).await?;
    Ok(rows)
}

async fn days<R: Rolled>(tx: &WriteTx, source: SourceId, before: Timestamp) -> Result<usize, Error> {
    let of_day = R::PERIOD.eq(Period::Day.as_str());
    let wanted = Condition::all().add(R::OF_ROLLUPS.source.eq(source.0)).add(of_day);
    let taken = take_oldest(tx, wanted, &R::OF_ROLLUPS, before).await?;
    let rows = taken.len();
    let taken = taken.into_iter().map(R::read).collect::<Result<_, _>>()?;
    add::<R>(tx, source, taken, Period::Week).await?;
    Ok(rows)
}

/// Deletes some of the oldest rows before a time, all of the same time, and returns them. The batch ends with a table: an
/// index has the rows of one time by table, so either database deletes a range of it.
async fn take_oldest<E: TenantTable>(
    tx: &WriteTx,
    wanted: Condition,
    place: &Place<E>,
    before: Timestamp,
) -> Result<Vec<E::Model>, Error> {
    let oldest: Option<i64> = scoped::find::<E>(tx)
        .select_only()
        .column(place.time)
        .filter(wanted.clone())
        .filter(place.time.lt(before.millis()))
        .order_by_asc(place.time)
        .limit(1)
        .into_tuple()
        .one(tx.connection())
        .await?;
    let Some(oldest) = oldest else { return Ok(Vec::new()) };
    let wanted = wanted.add(place.time.eq(oldest));
    let last: Option<String> = scoped::find::<E>(tx)
        .select_only()
        .column(place.table)
        .filter(wanted.clone())
        .order_by_asc(place.table)
        .offset(BATCH as u64 - 1)
        .limit(1)
        .into_tuple()
        .one(tx.connection())
        .await?;
    let mut taken = scoped::delete::<E>(tx).filter(wanted);
    if let Some(last) = last {
        taken = taken.filter(place.table.lte(last));
    }
    Ok(taken.exec_with_returning(tx.connection()).await?)
}

/// Adds rollups of one time to those of the period that they are in.
async fn add<R: Rolled>(
    tx: &WriteTx,
    source: SourceId,
    mut taken: Vec<R>,
    period: Period,
) -> Result<(), Error> {
    let Some(starts_at) = taken.iter_mut().map(|rollup| rollup.move_to(period)).last() else {
        return Ok(());
    };
    let mut tables: Vec<String> = taken.iter().map(|rollup| rollup.name().0).collect();
    tables.dedup();
    let place = R::OF_ROLLUPS;
    let there = scoped::delete::<R::Rollups>(tx)
        .filter(place.source.eq(source.0))
        .filter(R::PERIOD.eq(period.as_str()))
        .filter(place.time.eq(starts_at.millis()))
        .filter(place.table.is_in(tables))
        .exec_with_returning(tx.connection())
        .await?;
    let mut whole: BTreeMap<(String, String), R> = BTreeMap::new();
    let there = there.into_iter().map(R::read).collect::<Result<Vec<_>, _>>()?;
    for one in there.into_iter().chain(taken) {
        let name = one.name();
        let one = match whole.remove(&name) {
            Some(other) if other.last_at() <= one.last_at() => other.then(one),
            Some(other) => one.then(other),
            None => one,
        };
        whole.insert(name, one);
    }
    let rows = whole.values().map(R::row).collect::<Result<Vec<_>, _>>()?;
    for batch in rows.chunks(BATCH) {
        scoped::insert_many(tx, batch.to_vec()).exec_without_returning(tx.connection()).await?;
    }
    Ok(())
}

/// Five columns of a measure, in the order of [`Summary`]'s fields.
type Figures = (Option<i32>, Option<f64>, Option<f64>, Option<f64>, Option<f64>);

fn summary((points, min, max, mean, last): Figures) -> Result<Option<Summary>, Error> {
    let points = number_option(points)?;
    let figures = points.zip(min).zip(max).zip(mean).zip(last);
    Ok(figures.map(|((((points, min), max), mean), last)| Summary { points, min, max, mean, last }))
}

fn figures(summary: Option<Summary>) -> Result<Figures, Error> {
    let Some(Summary { points, min, max, mean, last }) = summary else { return Ok(Figures::default()) };
    Ok((Some(number(points)?), Some(min), Some(max), Some(mean), Some(last)))
}

fn period(word: &str) -> Result<Period, Error> {
    let periods = [Period::Day, Period::Week];
    let known = periods.into_iter().find(|period| period.as_str() == word);
    known.ok_or_else(|| Error::Corrupt(format!("{word} is no period of a rollup")))
}
