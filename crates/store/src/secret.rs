//! Secrets at rest: each organization has a data key, wrapped by the master key; each secret is sealed for its one place.
//!
//! What is sealed opens only for the same organization, subject, purpose and key version: a ciphertext that was moved to
//! another row is refused. *Rotate* makes a new data key for what is written from then on; *re-encrypt* moves the rest to
//! it in batches; *rewrap* puts all data keys under a new master key without touching a secret.

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use types::Timestamp;
use types::organization::SecretView;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::entity::{credential, data_key};
use crate::key::{self, KEY_BYTES};
use crate::transaction::{Connected, Owned};
use crate::{Error, Reads, Store, WriteTx, scoped, second_factor};

/// A secret shorter than this shows none of its characters.
const SHOW_FROM: usize = 12;

type DataKey = Zeroizing<[u8; KEY_BYTES]>;

/// Keeps a secret, in place of the one that was there.
///
/// # Errors
/// When the data key does not open, or the database refuses.
pub async fn put(
    tx: &WriteTx,
    subject_table: &str,
    subject_id: Uuid,
    purpose: &str,
    plaintext: &str,
    now: Timestamp,
) -> Result<(), Error> {
    let (version, key) = current_key(tx, now).await?;
    let aad = associated(tx.org_id(), subject_table, subject_id, purpose, version);
    let (nonce, ciphertext) = key::seal(&key, plaintext.as_bytes(), &aad)?;
    let row = credential::ActiveModel {
        id: Set(Uuid::now_v7()),
        subject_table: Set(subject_table.to_owned()),
        subject_id: Set(subject_id),
        purpose: Set(purpose.to_owned()),
        auth_type: Set("token".to_owned()),
        key_version: Set(version),
        nonce: Set(nonce),
        ciphertext: Set(ciphertext),
        last4: Set(last4(plaintext)),
        expires_at: Set(None),
        refresh_lease: Set(None),
        created_at: Set(now.millis()),
        updated_at: Set(now.millis()),
        ..Default::default()
    };
    scoped::insert(tx, row)
        .on_conflict(
            OnConflict::columns([
                credential::Column::OrgId,
                credential::Column::SubjectTable,
                credential::Column::SubjectId,
                credential::Column::Purpose,
            ])
            .update_columns([
                credential::Column::KeyVersion,
                credential::Column::Nonce,
                credential::Column::Ciphertext,
                credential::Column::Last4,
                credential::Column::UpdatedAt,
            ])
            .to_owned(),
        )
        .exec_without_returning(tx.connection())
        .await?;
    Ok(())
}

/// All that may be shown of a secret.
///
/// # Errors
/// When the database refuses.
pub async fn view(
    tx: &impl Reads,
    subject_table: &str,
    subject_id: Uuid,
    purpose: &str,
) -> Result<SecretView, Error> {
    let row = find(tx, subject_table, subject_id, purpose).await?;
    Ok(row.map_or_else(SecretView::default, |row| SecretView { set: true, last4: row.last4 }))
}

/// The secret itself, wiped when dropped; for a call to the system it belongs to, and for nothing else.
///
/// # Errors
/// [`Error::SecretUnreadable`] when it does not open.
pub async fn open(
    tx: &impl Reads,
    subject_table: &str,
    subject_id: Uuid,
    purpose: &str,
) -> Result<Option<Zeroizing<String>>, Error> {
    let Some(row) = find(tx, subject_table, subject_id, purpose).await? else {
        return Ok(None);
    };
    let plain = open_row(tx, &row).await?;
    let text = std::str::from_utf8(&plain).map_err(|_| Error::SecretUnreadable)?;
    Ok(Some(Zeroizing::new(text.to_owned())))
}

/// Forgets a secret; fine when there is none.
///
/// # Errors
/// When the database refuses.
pub async fn clear(tx: &WriteTx, subject_table: &str, subject_id: Uuid, purpose: &str) -> Result<(), Error> {
    scoped::delete::<credential::Entity>(tx)
        .filter(credential::Column::SubjectTable.eq(subject_table))
        .filter(credential::Column::SubjectId.eq(subject_id))
        .filter(credential::Column::Purpose.eq(purpose))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// The version of the organization's data key; 0 before its first secret.
///
/// # Errors
/// When the database refuses.
pub async fn version(tx: &impl Reads) -> Result<u32, Error> {
    Ok(newest(tx).await?.map_or(0, |key| key.version.unsigned_abs()))
}

/// Makes a new data key; answers its version. What was sealed before stays readable.
///
/// # Errors
/// [`Error::Conflict`] when another rotation was faster.
pub async fn rotate(tx: &WriteTx, now: Timestamp) -> Result<u32, Error> {
    let next = newest(tx).await?.map_or(1, |key| key.version + 1);
    data_key::Entity::insert(fresh_key(tx, next, now)?).exec_without_returning(tx.connection()).await?;
    Ok(next.unsigned_abs())
}

/// How many secrets still use an older data key.
///
/// # Errors
/// When the database refuses.
pub async fn remaining(tx: &impl Reads) -> Result<u32, Error> {
    let Some(newest) = newest(tx).await? else {
        return Ok(0);
    };
    let count = scoped::find::<credential::Entity>(tx)
        .filter(credential::Column::KeyVersion.lt(newest.version))
        .count(tx.connection())
        .await?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Moves at most `limit` secrets to the newest data key; answers how many were moved and how many are left. A crash
/// between batches loses nothing, and a secret that was written meanwhile wins.
///
/// # Errors
/// [`Error::SecretUnreadable`] when one of them does not open.
pub async fn reencrypt_batch(tx: &WriteTx, limit: u64, now: Timestamp) -> Result<(u32, u32), Error> {
    let (version, key) = current_key(tx, now).await?;
    let rows = scoped::find::<credential::Entity>(tx)
        .filter(credential::Column::KeyVersion.lt(version))
        .order_by_asc(credential::Column::Id)
        .limit(limit)
        .all(tx.connection())
        .await?;
    let mut rewritten = 0;
    for row in rows {
        let plain = open_row(tx, &row).await?;
        let aad = associated(row.org_id, &row.subject_table, row.subject_id, &row.purpose, version);
        let (nonce, ciphertext) = key::seal(&key, &plain, &aad)?;
        let updated = scoped::update::<credential::Entity>(tx)
            .col_expr(credential::Column::KeyVersion, Expr::value(version))
            .col_expr(credential::Column::Nonce, Expr::value(nonce))
            .col_expr(credential::Column::Ciphertext, Expr::value(ciphertext))
            .filter(credential::Column::Id.eq(row.id))
            .filter(credential::Column::Ciphertext.eq(row.ciphertext))
            .exec(tx.connection())
            .await?;
        rewritten += u32::from(updated.rows_affected == 1);
    }
    Ok((rewritten, remaining(tx).await?))
}

/// What a new master key took over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rewrapped {
    /// Data keys of organizations.
    pub data_keys: u32,
    /// People's second factors.
    pub second_factors: u32,
}

/// Wraps every organization's data key, and every person's second factor, with the current master key, all or none;
/// answers how many were not so before.
///
/// # Errors
/// [`Error::WrongMasterKey`] when one was wrapped by a key that is neither the current nor the previous one.
pub async fn rewrap(store: &Store) -> Result<Rewrapped, Error> {
    let tx = store.platform_write().await?;
    let current = tx.keys().current_id();
    let rows = data_key::Entity::find()
        .filter(data_key::Column::KeyId.ne(current.as_str()))
        .all(tx.connection())
        .await?;
    let mut data_keys = 0;
    for row in rows {
        let aad = key_associated(row.org_id, row.version);
        let with = tx.keys().named(&row.key_id).ok_or(Error::WrongMasterKey)?;
        let plain = key::unwrap(with, &row.wrapped, &aad)?;
        let wrapped = key::wrap(&tx.keys().current, &plain, &aad)?;
        data_key::Entity::update_many()
            .col_expr(data_key::Column::Wrapped, Expr::value(wrapped))
            .col_expr(data_key::Column::KeyId, Expr::value(current.as_str()))
            .filter(data_key::Column::OrgId.eq(row.org_id))
            .filter(data_key::Column::Version.eq(row.version))
            .exec(tx.connection())
            .await?;
        data_keys += 1;
    }
    let second_factors = second_factor::rewrap(&tx).await?;
    key::write_canary(&tx, tx.keys(), true).await?;
    tx.commit().await?;
    Ok(Rewrapped { data_keys, second_factors })
}

async fn find(
    tx: &impl Reads,
    subject_table: &str,
    subject_id: Uuid,
    purpose: &str,
) -> Result<Option<credential::Model>, Error> {
    Ok(scoped::find::<credential::Entity>(tx)
        .filter(credential::Column::SubjectTable.eq(subject_table))
        .filter(credential::Column::SubjectId.eq(subject_id))
        .filter(credential::Column::Purpose.eq(purpose))
        .one(tx.connection())
        .await?)
}

async fn open_row(tx: &impl Reads, row: &credential::Model) -> Result<Zeroizing<Vec<u8>>, Error> {
    let data_key = data_key::Entity::find_by_id((row.org_id, row.key_version))
        .one(tx.connection())
        .await?
        .ok_or(Error::SecretUnreadable)?;
    let key = unwrap_key(tx, &data_key)?;
    let aad = associated(row.org_id, &row.subject_table, row.subject_id, &row.purpose, row.key_version);
    key::open(&key, &row.nonce, &row.ciphertext, &aad)
}

/// The organization's newest data key, made now when it has none.
async fn current_key(tx: &WriteTx, now: Timestamp) -> Result<(i32, DataKey), Error> {
    let row = match newest(tx).await? {
        Some(row) => row,
        None => {
            data_key::Entity::insert(fresh_key(tx, 1, now)?)
                .on_conflict_do_nothing_on([data_key::Column::OrgId, data_key::Column::Version])
                .exec_without_returning(tx.connection())
                .await?;
            newest(tx).await?.ok_or(Error::SecretUnreadable)?
        }
    };
    Ok((row.version, unwrap_key(tx, &row)?))
}

async fn newest(tx: &impl Reads) -> Result<Option<data_key::Model>, Error> {
    Ok(data_key::Entity::find()
        .filter(data_key::Column::OrgId.eq(tx.org_id()))
        .order_by_desc(data_key::Column::Version)
        .one(tx.connection())
        .await?)
}

fn fresh_key(tx: &WriteTx, version: i32, now: Timestamp) -> Result<data_key::ActiveModel, Error> {
    let plain = Zeroizing::new(key::random::<KEY_BYTES>()?);
    let aad = key_associated(tx.org_id(), version);
    Ok(data_key::ActiveModel {
        org_id: Set(tx.org_id()),
        version: Set(version),
        wrapped: Set(key::wrap(&tx.keys().current, plain.as_slice(), &aad)?),
        key_id: Set(tx.keys().current_id()),
        created_at: Set(now.millis()),
    })
}

fn unwrap_key(tx: &impl Reads, row: &data_key::Model) -> Result<DataKey, Error> {
    let with = tx.keys().named(&row.key_id).ok_or(Error::SecretUnreadable)?;
    let plain = key::unwrap(with, &row.wrapped, &key_associated(row.org_id, row.version))?;
    let key = <[u8; KEY_BYTES]>::try_from(plain.as_slice()).map_err(|_| Error::SecretUnreadable)?;
    Ok(Zeroizing::new(key))
}

fn key_associated(org: Uuid, version: i32) -> Vec<u8> {
    key::associated(&[b"bastion/data-key/1", org.as_bytes(), &version.to_be_bytes()])
}

/// The label is a constant, not the table's name: renaming the table must not make secrets unreadable.
fn associated(org: Uuid, subject_table: &str, subject_id: Uuid, purpose: &str, version: i32) -> Vec<u8> {
    key::associated(&[
        b"bastion/credential/1",
        org.as_bytes(),
        subject_table.as_bytes(),
        subject_id.as_bytes(),
        purpose.as_bytes(),
        &version.to_be_bytes(),
    ])
}

fn last4(plaintext: &str) -> Option<String> {
    let characters = plaintext.chars().count();
    (characters >= SHOW_FROM).then(|| plaintext.chars().skip(characters - 4).collect())
}
