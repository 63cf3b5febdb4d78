//! What happened in an organization.

use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use types::Timestamp;
use types::activity::Activity;

use crate::entity::activity::{ActiveModel, Column, Entity, Model};
use crate::row::time;
use crate::transaction::Connected;
use crate::{Error, Reads, WriteTx, scoped, sequence};

const SEQUENCE: &str = "activity";

/// One thing that happened.
#[derive(Clone, Copy, Debug)]
pub struct New<'a> {
    pub at: Timestamp,
    pub kind: &'a str,
    pub actor: &'a str,
    pub message: &'a str,
    pub source: Option<&'a str>,
    pub link: Option<&'a str>,
}

/// Writes it and returns its sequence number.
///
/// # Errors
/// When the database fails.
pub async fn record(tx: &WriteTx, new: New<'_>) -> Result<i64, Error> {
    let New { at, kind, actor, message, source, link } = new;
    let seq = sequence::take(tx, SEQUENCE, 1).await?;
    let row = ActiveModel {
        seq: Set(seq),
        at: Set(at.millis()),
        kind: Set(kind.to_owned()),
        actor: Set(actor.to_owned()),
        message: Set(message.to_owned()),
        source: Set(source.map(str::to_owned)),
        link: Set(link.map(str::to_owned)),
        ..Default::default()
    };
    scoped::insert(tx, row).exec_without_returning(tx.connection()).await?;
    Ok(seq)
}

/// The same in the place of the newest row of the kind `began` with the same link, whose actor it keeps: what began is told
/// once more when it has ended, and then as one thing. Its number is new, so that whoever reads on hears of it.
///
/// # Errors
/// When the database fails.
pub async fn conclude(tx: &WriteTx, began: &str, new: New<'_>) -> Result<i64, Error> {
    let row = scoped::find::<Entity>(tx)
        .filter(Column::Kind.eq(began))
        .filter(Column::Link.eq(new.link.unwrap_or_default()))
        .order_by_desc(Column::Seq)
        .one(tx.connection())
        .await?;
    let Some(row) = row else { return record(tx, new).await };
    scoped::delete::<Entity>(tx).filter(Column::Seq.eq(row.seq)).exec(tx.connection()).await?;
    record(tx, New { actor: &row.actor, ..new }).await
}

/// Oldest first after a sequence number, or newest first from the newest.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &impl Reads, after: Option<i64>, limit: u64) -> Result<Vec<Activity>, Error> {
    let rows = match after {
        Some(after) => scoped::find::<Entity>(tx).filter(Column::Seq.gt(after)).order_by_asc(Column::Seq),
        None => scoped::find::<Entity>(tx).order_by_desc(Column::Seq),
    };
    rows.limit(limit).all(tx.connection()).await?.into_iter().map(converted).collect()
}

/// The newest sequence number; 0 before the first.
///
/// # Errors
/// When the database fails.
pub async fn latest(tx: &impl Reads) -> Result<i64, Error> {
    let newest = scoped::find::<Entity>(tx).order_by_desc(Column::Seq).one(tx.connection()).await?;
    Ok(newest.map_or(0, |row| row.seq))
}

pub(crate) fn converted(row: Model) -> Result<Activity, Error> {
    Ok(Activity {
        seq: row.seq,
        at: time(row.at)?,
        kind: row.kind,
        actor: row.actor,
        message: row.message,
        source: row.source,
        link: row.link,
    })
}
