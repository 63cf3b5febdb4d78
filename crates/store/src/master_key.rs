//! Another master key in place of the present one: it is the present one from the first moment, and then takes over what the
//! one before wrapped, a little in each transaction.
//!
//! A server that does not have it cannot wrap anything from then on, which the database itself refuses; so nothing is left
//! behind under a key that everybody believes to be gone.

use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use types::{OrgId, Timestamp};
use uuid::Uuid;

use crate::entity::{data_key, master_key, second_factor, signing_key};
use crate::transaction::Connected;
use crate::{Error, Fresh, PlatformReads, PlatformWrite, Store, key, keyring};

/// What another master key than the present one still wraps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Remaining {
    /// Data keys of organizations.
    pub data_keys: u64,
    /// People's second factors.
    pub second_factors: u64,
    /// Keys that sign access tokens.
    pub signing_keys: u64,
}

impl Remaining {
    /// Whether there is none.
    #[must_use]
    pub fn is_none(self) -> bool {
        self == Self::default()
    }
}

/// Whether the present master key is wrapped by what wraps new ones. It is not when the operator has changed that, and not
/// in an installation of an earlier release, which had no wrapped one.
///
/// # Errors
/// When the database refuses.
pub async fn is_wrapped_anew(store: &Store, tx: &impl PlatformReads) -> Result<bool, Error> {
    let Some(present) = key::canary(tx).await? else { return Ok(false) };
    let row = master_key::Entity::find_by_id(present.key_id).one(tx.connection()).await?;
    Ok(row.is_some_and(|row| row.wrapped_by == store.keyring().wrappers.current.name()))
}

/// Makes a fresh master key the present one. Whoever is about to wrap something with the one before is waited for.
///
/// # Errors
/// When the database refuses.
pub async fn replace(tx: &PlatformWrite, fresh: &Fresh, now: Timestamp) -> Result<(), Error> {
    keyring::insert(tx, fresh, now).await?;
    key::replace_canary(tx, &fresh.id).await
}

/// How much another master key still wraps.
///
/// # Errors
/// When the database refuses.
pub async fn remaining(tx: &impl PlatformReads) -> Result<Remaining, Error> {
    let present = present(tx).await?;
    let data_keys = data_key::Entity::find().filter(data_key::Column::KeyId.ne(present.as_str()));
    let factors = second_factor::Entity::find().filter(second_factor::Column::KeyId.ne(present.as_str()));
    let signing = signing_key::Entity::find().filter(signing_key::Column::KeyId.ne(present.as_str()));
    Ok(Remaining {
        data_keys: data_keys.count(tx.connection()).await?,
        second_factors: factors.count(tx.connection()).await?,
        signing_keys: signing.count(tx.connection()).await?,
    })
}

/// Some of the organizations whose data keys another master key wraps, after one of them.
///
/// # Errors
/// When the database refuses.
pub async fn organizations(
    tx: &impl PlatformReads,
    after: Option<OrgId>,
    limit: u64,
) -> Result<Vec<OrgId>, Error> {
    let present = present(tx).await?;
    let mut found = data_key::Entity::find()
        .select_only()
        .column(data_key::Column::OrgId)
        .distinct()
        .filter(data_key::Column::KeyId.ne(present.as_str()))
        .order_by_asc(data_key::Column::OrgId)
        .limit(limit);
    if let Some(after) = after {
        found = found.filter(data_key::Column::OrgId.gt(after.0));
    }
    let ids: Vec<Uuid> = found.into_tuple().all(tx.connection()).await?;
    Ok(ids.into_iter().map(OrgId).collect())
}

/// Forgets the master keys that wrap nothing any more; answers how many.
///
/// # Errors
/// When the database refuses.
pub async fn retire(tx: &PlatformWrite) -> Result<u64, Error> {
    // Nobody replaces it meanwhile, and nothing is wrapped by any other.
    let (present, _) = key::present(tx).await?;
    if !remaining(tx).await?.is_none() {
        return Ok(0);
    }
    let others = master_key::Entity::delete_many().filter(master_key::Column::KeyId.ne(present));
    Ok(others.exec(tx.connection()).await?.rows_affected)
}

async fn present(tx: &impl PlatformReads) -> Result<String, Error> {
    Ok(key::canary(tx).await?.ok_or(Error::WrongMasterKey)?.key_id)
}
