//! Statements that cannot leave an organization: each starts with the transaction's own `org_id`.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, DeleteMany, EntityTrait, Insert, InsertMany, QueryFilter, Select,
    UpdateMany,
};

use crate::WriteTx;
use crate::entity::TenantTable;
use crate::transaction::{Owned, Reads};

/// Rows of the transaction's organization.
pub(crate) fn find<E: TenantTable>(tx: &impl Reads) -> Select<E> {
    E::find().filter(E::ORG.eq(tx.org_id()))
}

/// An update of the organization's rows; narrow it with `filter`.
pub(crate) fn update<E: TenantTable>(tx: &WriteTx) -> UpdateMany<E> {
    E::update_many().filter(E::ORG.eq(tx.org_id()))
}

/// A deletion of the organization's rows; narrow it with `filter`.
pub(crate) fn delete<E: TenantTable>(tx: &WriteTx) -> DeleteMany<E> {
    E::delete_many().filter(E::ORG.eq(tx.org_id()))
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
