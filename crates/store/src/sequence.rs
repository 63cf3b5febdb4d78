//! Numbers that grow by one within an organization, without gaps: a rolled back transaction gives them back.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};

use crate::entity::sequence;
use crate::transaction::Connected;
use crate::{Error, Reads, WriteTx, scoped};

/// Takes the next `count` numbers of a sequence and answers the first of them; a sequence starts at 1. Whoever else takes
/// from it waits until this transaction ends.
pub(crate) async fn take(tx: &WriteTx, name: &str, count: i64) -> Result<i64, Error> {
    let row = sequence::ActiveModel { name: Set(name.to_owned()), value: Set(count), ..Default::default() };
    let taken = scoped::insert(tx, row)
        .on_conflict(
            OnConflict::columns([sequence::Column::OrgId, sequence::Column::Name])
                .value(
                    sequence::Column::Value,
                    Expr::col((sequence::Entity, sequence::Column::Value)).add(count),
                )
                .to_owned(),
        )
        .exec_with_returning(tx.connection())
        .await?;
    Ok(taken.value - count + 1)
}

/// The last number that was given out; 0 when none was.
pub(crate) async fn last(tx: &impl Reads, name: &str) -> Result<i64, Error> {
    let row = scoped::find::<sequence::Entity>(tx)
        .filter(sequence::Column::Name.eq(name))
        .one(tx.connection())
        .await?;
    Ok(row.map_or(0, |row| row.value))
}

/// How far the sequences of an organization are: what happened there, what was written into its audit log, and what its runs
/// have logged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Position(Vec<(String, i64)>);

/// How far they are as of this transaction. As long as that is equal, nobody has changed anything in the organization and
/// no run has got further: both leave rows that are numbered, in the transaction of the change.
///
/// # Errors
/// When the database fails.
pub async fn position(tx: &impl Reads) -> Result<Position, Error> {
    let rows = scoped::find::<sequence::Entity>(tx)
        .order_by_asc(sequence::Column::Name)
        .all(tx.connection())
        .await?;
    Ok(Position(rows.into_iter().map(|row| (row.name, row.value)).collect()))
}
