//! How far the detection of anomalies of a source is.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, QueryFilter};
use types::{SourceId, Timestamp};

use crate::entity::detection::{ActiveModel, Column, Entity};
use crate::row::{number, time, time_option};
use crate::transaction::Connected;
use crate::{Error, Reads, WriteTx, scoped};

/// One row of `detection`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Detection {
    pub source_id: SourceId,
    /// The profile that was judged last.
    pub profiled_at: Option<Timestamp>,
    /// The time of the points that were judged last: the profile's, or later where it was found unchanged.
    pub judged_at: Timestamp,
    /// How often the source was judged.
    pub points: u32,
    /// From when something is to be judged although nothing changed: a table gets stale, or a first odd point wants to be
    /// confirmed.
    pub due_at: Option<Timestamp>,
}

/// How far it is; `None` before the first judgement.
///
/// # Errors
/// When the database fails.
pub async fn detection(tx: &impl Reads, source: SourceId) -> Result<Option<Detection>, Error> {
    let row = scoped::find::<Entity>(tx).filter(Column::SourceId.eq(source.0)).one(tx.connection()).await?;
    row.map(|row| {
        Ok(Detection {
            source_id: SourceId(row.source_id),
            profiled_at: time_option(row.profiled_at)?,
            judged_at: time(row.judged_at)?,
            points: number(row.points)?,
            due_at: time_option(row.due_at)?,
        })
    })
    .transpose()
}

/// Makes what was written up to `judged_at` visible.
///
/// # Errors
/// When the database fails.
pub async fn set_detection(tx: &WriteTx, detection: &Detection) -> Result<(), Error> {
    let row = ActiveModel {
        source_id: Set(detection.source_id.0),
        profiled_at: Set(detection.profiled_at.map(Timestamp::millis)),
        judged_at: Set(detection.judged_at.millis()),
        points: Set(number(detection.points)?),
        due_at: Set(detection.due_at.map(Timestamp::millis)),
        ..Default::default()
    };
    let again = OnConflict::columns([Column::OrgId, Column::SourceId])
        .update_columns([Column::ProfiledAt, Column::JudgedAt, Column::Points, Column::DueAt])
        .to_owned();
    scoped::insert(tx, row).on_conflict(again).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Lets the next run judge a source anew, also where it measures nothing new. What was never judged is judged anyway.
///
/// # Errors
/// When the database fails.
pub async fn make_due(tx: &WriteTx, source: SourceId, now: Timestamp) -> Result<(), Error> {
    scoped::update::<Entity>(tx)
        .col_expr(Column::DueAt, Expr::value(now.millis()))
        .filter(Column::SourceId.eq(source.0))
        .exec(tx.connection())
        .await?;
    Ok(())
}
