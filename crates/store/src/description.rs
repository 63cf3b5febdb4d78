//! Words about tables and columns: text, owner, tags, and whose they are.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder};
use types::schema::DescriptionOrigin;
use types::{SourceId, Timestamp};

use crate::entity::description::{ActiveModel, Column, Entity, Model};
use crate::row::{json, to_json, word};
use crate::transaction::Connected;
use crate::{Error, Reads, WriteTx, scoped};

/// One row of `description`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// Of the table, view or column; for a column the table's path, a dot and its name.
    pub path: String,
    pub text: Option<String>,
    pub origin: DescriptionOrigin,
    pub owner: Option<String>,
    pub tags: Vec<String>,
    pub updated_by: Option<String>,
}

/// How many rows one statement inserts.
const BATCH: usize = 500;

/// All of a source, by path.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &impl Reads, source: SourceId) -> Result<Vec<Description>, Error> {
    let rows = scoped::find::<Entity>(tx)
        .filter(Column::SourceId.eq(source.0))
        .order_by_asc(Column::Path)
        .all(tx.connection())
        .await?;
    rows.into_iter().map(Description::try_from).collect()
}

/// Those of some paths.
///
/// # Errors
/// When the database fails.
pub async fn find_many(
    tx: &impl Reads,
    source: SourceId,
    paths: &[String],
) -> Result<Vec<Description>, Error> {
    let mut found = Vec::new();
    for batch in paths.chunks(BATCH) {
        let rows = scoped::find::<Entity>(tx)
            .filter(Column::SourceId.eq(source.0))
            .filter(Column::Path.is_in(batch.iter().map(String::as_str)))
            .all(tx.connection())
            .await?;
        for row in rows {
            found.push(Description::try_from(row)?);
        }
    }
    Ok(found)
}

/// Those of a source in which an owner or a tag is named, by path.
///
/// # Errors
/// When the database fails.
pub async fn owned(tx: &impl Reads, source: SourceId) -> Result<Vec<Description>, Error> {
    let tags = Expr::col((Entity, Column::Tags)).cast_as("text");
    let rows = scoped::find::<Entity>(tx)
        .filter(Column::SourceId.eq(source.0))
        .filter(Condition::any().add(Column::Owner.is_not_null()).add(tags.ne("[]")))
        .order_by_asc(Column::Path)
        .all(tx.connection())
        .await?;
    rows.into_iter().map(Description::try_from).collect()
}

/// Writes descriptions over what was there.
///
/// # Errors
/// When the database fails.
pub async fn put(
    tx: &WriteTx,
    source: SourceId,
    descriptions: &[Description],
    now: Timestamp,
) -> Result<(), Error> {
    for batch in descriptions.chunks(BATCH) {
        let rows = batch
            .iter()
            .map(|description| {
                Ok(ActiveModel {
                    source_id: Set(source.0),
                    path: Set(description.path.clone()),
                    text: Set(description.text.clone()),
                    origin: Set(word_of(description.origin)?),
                    owner: Set(description.owner.clone()),
                    tags: Set(to_json(&description.tags)?),
                    updated_by: Set(description.updated_by.clone()),
                    updated_at: Set(now.millis()),
                    ..Default::default()
                })
            })
            .collect::<Result<Vec<_>, Error>>()?;
        let again = OnConflict::columns([Column::OrgId, Column::SourceId, Column::Path])
            .update_columns([
                Column::Text,
                Column::Origin,
                Column::Owner,
                Column::Tags,
                Column::UpdatedBy,
                Column::UpdatedAt,
            ])
            .to_owned();
        scoped::insert_many(tx, rows).on_conflict(again).exec_without_returning(tx.connection()).await?;
    }
    Ok(())
}

fn word_of(origin: DescriptionOrigin) -> Result<String, Error> {
    let word = to_json(&origin)?;
    word.as_str().map(str::to_owned).ok_or_else(|| Error::Corrupt("an origin is a word".to_owned()))
}

impl TryFrom<Model> for Description {
    type Error = Error;

    fn try_from(row: Model) -> Result<Self, Error> {
        Ok(Self {
            path: row.path,
            text: row.text,
            origin: word(&row.origin)?,
            owner: row.owner,
            tags: json(row.tags)?,
            updated_by: row.updated_by,
        })
    }
}
