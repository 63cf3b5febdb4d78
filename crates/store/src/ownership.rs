//! Owners and tags of sources and of patterns in them; those of single objects are in [`crate::description`].

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use types::ownership::OwnershipRule;
use types::{SourceId, Timestamp};

use crate::entity::ownership::{ActiveModel, Column, Entity, Model};
use crate::row::{json, number, time, to_json};
use crate::transaction::Connected;
use crate::{Error, Reads, WriteTx, scoped};

/// One row of `ownership`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ownership {
    pub source_id: SourceId,
    /// Counts the changes, from 1.
    pub version: u32,
    pub author: String,
    pub at: Timestamp,
    pub rules: Vec<OwnershipRule>,
}

/// What was written of a source, if anything.
///
/// # Errors
/// When the database fails.
pub async fn find(tx: &impl Reads, source: SourceId) -> Result<Option<Ownership>, Error> {
    let row = scoped::find::<Entity>(tx).filter(Column::SourceId.eq(source.0)).one(tx.connection()).await?;
    row.map(Ownership::try_from).transpose()
}

/// What was written of any source.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &impl Reads) -> Result<Vec<Ownership>, Error> {
    let rows = scoped::find::<Entity>(tx).order_by_asc(Column::SourceId).all(tx.connection()).await?;
    rows.into_iter().map(Ownership::try_from).collect()
}

/// Writes the document over what was there.
///
/// # Errors
/// [`Error::Conflict`] when the source is not the organization's.
pub async fn put(tx: &WriteTx, ownership: &Ownership) -> Result<(), Error> {
    let row = ActiveModel {
        source_id: Set(ownership.source_id.0),
        version: Set(number(ownership.version)?),
        author: Set(ownership.author.clone()),
        at: Set(ownership.at.millis()),
        rules: Set(to_json(&ownership.rules)?),
        ..Default::default()
    };
    let again = OnConflict::columns([Column::OrgId, Column::SourceId])
        .update_columns([Column::Version, Column::Author, Column::At, Column::Rules])
        .to_owned();
    scoped::insert(tx, row).on_conflict(again).exec_without_returning(tx.connection()).await?;
    Ok(())
}

impl TryFrom<Model> for Ownership {
    type Error = Error;

    fn try_from(row: Model) -> Result<Self, Error> {
        Ok(Self {
            source_id: SourceId(row.source_id),
            version: number(row.version)?,
            author: row.author,
            at: time(row.at)?,
            rules: json(row.rules)?,
        })
    }
}
