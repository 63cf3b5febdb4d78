//! What the newest profile of each table tells beyond its figures.
//!
//! A row is written only where it tells something else than the one before, which is removed once nobody sees it any more.

use std::collections::HashMap;

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use types::profile::TableFacets;
use types::{SourceId, Timestamp};

use super::{BATCH, profiled_at};
use crate::entity::table_facets::{ActiveModel, Column, Entity};
use crate::object::{Address, Packed, unpacked};
use crate::transaction::Connected;
use crate::{Error, Reads, WriteTx, scoped};

/// Facets that are ready to be kept.
#[derive(Clone, Debug)]
pub struct PackedFacets {
    /// The table's path.
    pub table: String,
    packed: Packed,
}

impl PackedFacets {
    /// Hashes them, and compresses what is not `known` yet, which takes no transaction; `None` where it is known.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when they cannot be written.
    pub fn new(table: &str, facets: &TableFacets, known: Option<&Address>) -> Result<Option<Self>, Error> {
        let json = serde_json::to_vec(facets).map_err(|error| Error::Corrupt(error.to_string()))?;
        if known.is_some_and(|known| *known == Address::of(&json)) {
            return Ok(None);
        }
        Ok(Some(Self { table: table.to_owned(), packed: Packed::new(&json)? }))
    }

    /// The same for the same content.
    #[must_use]
    pub fn address(&self) -> &Address {
        &self.packed.address
    }
}

/// Adds rows of one time, which nobody sees before [`publish`](super::publish).
///
/// # Errors
/// When the database fails.
pub async fn insert_facets(
    tx: &WriteTx,
    source: SourceId,
    recorded_at: Timestamp,
    facets: &[PackedFacets],
) -> Result<(), Error> {
    for batch in facets.chunks(BATCH) {
        let rows = batch.iter().map(|one| ActiveModel {
            source_id: Set(source.0),
            table_path: Set(one.table.clone()),
            recorded_at: Set(recorded_at.millis()),
            hash: Set(one.packed.address.to_string()),
            bytes: Set(one.packed.bytes().to_vec()),
            ..Default::default()
        });
        scoped::insert_many(tx, rows).exec_without_returning(tx.connection()).await?;
    }
    Ok(())
}

/// What is known of each table of a source, by the table's path.
///
/// # Errors
/// When the database fails.
pub async fn known_facets(tx: &impl Reads, source: SourceId) -> Result<HashMap<String, Address>, Error> {
    let Some(seen) = profiled_at(tx, source).await? else { return Ok(HashMap::new()) };
    let rows: Vec<(String, String)> = scoped::find::<Entity>(tx)
        .select_only()
        .columns([Column::TablePath, Column::Hash])
        .filter(Column::SourceId.eq(source.0))
        .filter(Column::RecordedAt.lte(seen))
        .order_by_asc(Column::RecordedAt)
        .into_tuple()
        .all(tx.connection())
        .await?;
    // Of two, the later one.
    rows.into_iter().map(|(table, hash)| Ok((table, hash.parse()?))).collect()
}

/// The newest of a table; `None` where it was never profiled.
///
/// # Errors
/// [`Error::Corrupt`] when they are not what was put there.
pub async fn facets_of(tx: &impl Reads, source: SourceId, table: &str) -> Result<Option<TableFacets>, Error> {
    let Some(seen) = profiled_at(tx, source).await? else { return Ok(None) };
    let row = scoped::find::<Entity>(tx)
        .filter(Column::SourceId.eq(source.0))
        .filter(Column::TablePath.eq(table))
        .filter(Column::RecordedAt.lte(seen))
        .order_by_desc(Column::RecordedAt)
        .limit(1)
        .one(tx.connection())
        .await?;
    let Some(row) = row else { return Ok(None) };
    let facets = serde_json::from_slice(&unpacked(&row.bytes)?);
    facets.map(Some).map_err(|error| Error::Corrupt(format!("facets of a table: {error}")))
}

/// Forgets those of tables that are gone.
///
/// # Errors
/// When the database fails.
pub async fn forget_facets(tx: &WriteTx, source: SourceId, tables: &[String]) -> Result<(), Error> {
    for batch in tables.chunks(BATCH) {
        scoped::delete::<Entity>(tx)
            .filter(Column::SourceId.eq(source.0))
            .filter(Column::TablePath.is_in(batch.iter().map(String::as_str)))
            .exec(tx.connection())
            .await?;
    }
    Ok(())
}

/// Removes at most [`BATCH`] rows that nobody will see, or sees any more; answers how many.
pub(super) async fn discard(tx: &WriteTx, source: SourceId, seen: i64) -> Result<u64, Error> {
    let unseen = Column::RecordedAt.gt(seen).or(Expr::exists(newer(seen)));
    let wanted = Column::SourceId.eq(source.0).and(unseen);
    scoped::delete_some::<Entity, 2>(tx, wanted, [Column::TablePath, Column::RecordedAt], BATCH).await
}

/// A later row of the same table that is seen.
fn newer(seen: i64) -> SelectStatement {
    const NEWER: &str = "newer";
    let same = |column: Column| Expr::col((NEWER, column)).equals((Entity, column));
    Query::select()
        .expr(Expr::val(1))
        .from_as(Entity, NEWER)
        .and_where(same(Column::OrgId))
        .and_where(same(Column::SourceId))
        .and_where(same(Column::TablePath))
        .and_where(Expr::col((NEWER, Column::RecordedAt)).gt(Expr::col((Entity, Column::RecordedAt))))
        .and_where(Expr::col((NEWER, Column::RecordedAt)).lte(seen))
        .take()
}
