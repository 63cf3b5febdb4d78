//! Policies about drift: versions that are only added, of the organization and of each source.

use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use types::policy::PolicyVersion;
use types::{SourceId, Timestamp};
use uuid::Uuid;

use crate::entity::policy_version::{ActiveModel, Column, Entity, Model};
use crate::row::{number, time};
use crate::transaction::Connected;
use crate::{Error, Reads, WriteTx, scoped};

/// What a version is made of.
#[derive(Clone, Debug)]
pub struct New<'a> {
    /// The organization's policy without one.
    pub source: Option<SourceId>,
    pub version: u32,
    pub author: &'a str,
    pub at: Timestamp,
    pub reason: Option<&'a str>,
    /// YAML.
    pub text: &'a str,
}

/// Adds a version; from then on it is in force.
///
/// # Errors
/// [`Error::Conflict`] when its number is taken.
pub async fn insert(tx: &WriteTx, new: New<'_>) -> Result<(), Error> {
    let row = ActiveModel {
        id: Set(Uuid::now_v7()),
        source_id: Set(new.source.map(|source| source.0)),
        version: Set(number(new.version)?),
        author: Set(new.author.to_owned()),
        at: Set(new.at.millis()),
        reason: Set(new.reason.map(str::to_owned)),
        text: Set(new.text.to_owned()),
        ..Default::default()
    };
    scoped::insert(tx, row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// The version in force, which is the newest; `None` while nothing was decided.
///
/// # Errors
/// When the database fails.
pub async fn newest(tx: &impl Reads, source: Option<SourceId>) -> Result<Option<PolicyVersion>, Error> {
    Ok(list(tx, source, None, 1).await?.pop())
}

/// At most `rows` versions, newest first, only those before a version if one is given.
///
/// # Errors
/// When the database fails.
pub async fn list(
    tx: &impl Reads,
    source: Option<SourceId>,
    before: Option<u32>,
    rows: u64,
) -> Result<Vec<PolicyVersion>, Error> {
    let mut query = of(tx, source);
    if let Some(before) = before {
        let before: i32 = number(before)?;
        query = query.filter(Column::Version.lt(before));
    }
    let found = query.order_by_desc(Column::Version).limit(rows).all(tx.connection()).await?;
    found.into_iter().map(converted).collect()
}

fn of(tx: &impl Reads, source: Option<SourceId>) -> Select<Entity> {
    let query = scoped::find::<Entity>(tx);
    match source {
        Some(source) => query.filter(Column::SourceId.eq(source.0)),
        None => query.filter(Column::SourceId.is_null()),
    }
}

fn converted(row: Model) -> Result<PolicyVersion, Error> {
    Ok(PolicyVersion {
        version: number(row.version)?,
        author: row.author,
        at: time(row.at)?,
        reason: row.reason,
        text: row.text,
    })
}
