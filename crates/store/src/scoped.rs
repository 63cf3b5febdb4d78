//! Statements that cannot leave an organization, nor the sources that a transaction is limited to: each starts with the
//! transaction's own `org_id`.

use sea_orm::sea_query::{Expr, ExprTrait, SelectStatement};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, DeleteMany, EntityTrait, Insert, InsertMany, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select, UpdateMany,
};
use uuid::Uuid;

use crate::entity::{About, TenantTable, expectation, incident, run};
use crate::transaction::{Connected, Owned, Reads};
use crate::{Error, WriteTx};

/// The rows that the transaction sees: of its organization, and of the sources that it is limited to.
fn visible<E: TenantTable>(tx: &impl Reads) -> Condition {
    let mine = Condition::all().add(E::ORG.eq(tx.org_id()));
    let Some(sources) = tx.sources() else { return mine };
    let among = |column: Expr| column.is_in(sources.iter().map(|source| source.0));
    let column = |column: E::Column| Expr::col((E::default(), column));
    match E::ABOUT {
        About::Source(source) => mine.add(among(column(source))),
        About::SourceOrAll(source) => {
            mine.add(Condition::any().add(among(column(source))).add(source.is_null()))
        }
        About::Run(run) => mine.add(column(run).in_subquery(ids::<run::Entity>(tx, run::Column::Id))),
        About::Incident(incident) => {
            mine.add(column(incident).in_subquery(ids::<incident::Entity>(tx, incident::Column::Id)))
        }
        About::Expectation(expectation) => {
            mine.add(column(expectation).in_subquery(ids::<expectation::Entity>(tx, expectation::Column::Id)))
        }
        About::Organization => mine,
    }
}

/// The ids of those rows of a table that the transaction sees.
fn ids<E: TenantTable>(tx: &impl Reads, id: E::Column) -> SelectStatement {
    find::<E>(tx).select_only().column(id).into_query()
}

/// The rows that the transaction sees.
pub(crate) fn find<E: TenantTable>(tx: &impl Reads) -> Select<E> {
    E::find().filter(visible::<E>(tx))
}

/// At most `rows` of a list, the newest first. `order` is the column of its times and that of its ids, which tell rows of one
/// moment apart; with `after`, only what comes after that time, in milliseconds, and that id.
pub(crate) async fn newest_first<E: TenantTable>(
    tx: &impl Reads,
    mut query: Select<E>,
    (time, id): (E::Column, E::Column),
    after: Option<(i64, Uuid)>,
    rows: u64,
) -> Result<Vec<E::Model>, Error> {
    if let Some((last_time, last_id)) = after {
        let same = Condition::all().add(time.eq(last_time)).add(id.lt(last_id));
        query = query.filter(Condition::any().add(time.lt(last_time)).add(same));
    }
    Ok(query.order_by_desc(time).order_by_desc(id).limit(rows).all(tx.connection()).await?)
}

/// How many rows a list has.
pub(crate) async fn count<E: TenantTable>(tx: &impl Reads, query: Select<E>) -> Result<u64, Error>
where
    E::Model: Sync,
{
    Ok(query.count(tx.connection()).await?)
}

/// An update of the organization's rows; narrow it with `filter`.
pub(crate) fn update<E: TenantTable>(tx: &WriteTx) -> UpdateMany<E> {
    E::update_many().filter(visible::<E>(tx))
}

/// A deletion of the organization's rows; narrow it with `filter`.
pub(crate) fn delete<E: TenantTable>(tx: &WriteTx) -> DeleteMany<E> {
    E::delete_many().filter(visible::<E>(tx))
}

/// Deletes at most `rows` of the organization's rows that the condition wants, and answers how many; `key` tells its rows
/// apart. A long deletion in such parts lets other writers have their turn.
pub(crate) async fn delete_some<E: TenantTable, const N: usize>(
    tx: &WriteTx,
    wanted: Expr,
    key: [E::Column; N],
    rows: usize,
) -> Result<u64, Error> {
    let mut some = find::<E>(tx).select_only().filter(wanted.clone());
    for column in key {
        some = some.column(column);
    }
    let some = some.limit(rows as u64).into_query();
    let names = key.map(|column| Expr::col((E::default(), column)));
    let deleted = delete::<E>(tx)
        .filter(wanted)
        .filter(Expr::tuple(names).in_subquery(some))
        .exec(tx.connection())
        .await?;
    Ok(deleted.rows_affected)
}

/// How many rows of the organization there are for which a condition holds, also of sources that the transaction does not
/// see.
pub(crate) async fn count_all<E: TenantTable>(tx: &WriteTx, wanted: Condition) -> Result<u64, Error>
where
    E::Model: Send + Sync,
{
    Ok(E::find().filter(E::ORG.eq(tx.org_id())).filter(wanted).count(tx.connection()).await?)
}

/// An insertion; whatever `org_id` the row had, it gets the transaction's.
pub(crate) fn insert<A>(tx: &WriteTx, mut row: A) -> Insert<A>
where
    A: ActiveModelTrait,
    A::Entity: TenantTable,
{
    row.set(<A::Entity as TenantTable>::ORG, tx.org_id().into());
    A::Entity::insert(row)
}

/// An insertion of many rows, none of them or all; nothing is sent when there are none.
pub(crate) fn insert_many<A>(tx: &WriteTx, rows: impl IntoIterator<Item = A>) -> InsertMany<A>
where
    A: ActiveModelTrait,
    A::Entity: TenantTable,
{
    let org = tx.org_id();
    let rows = rows.into_iter().map(move |mut row| {
        row.set(<A::Entity as TenantTable>::ORG, org.into());
        row
    });
    A::Entity::insert_many(rows)
}
