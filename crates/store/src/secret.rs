//! Secrets at rest: each organization has a data key, wrapped by the master key; each secret is sealed for its one place.
//!
//! What is sealed opens only for the same organization, subject, purpose and key version: a ciphertext that was moved to
//! another row is refused. *Rotate* makes a new data key for what is written from then on; *re-encrypt* moves the rest to
//! it in batches, and *retire* removes the data keys that nothing uses then; *rewrap* puts the data keys under a new master
//! key without touching a secret.

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use types::Timestamp;
use types::organization::SecretView;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::entity::{credential, data_key};
use crate::key::{self, KEY_BYTES};
use crate::transaction::{Connected, Owned};
use crate::{Error, Reads, WriteTx, scoped};

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
    let plain = match open_row(tx, &row).await? {
        Some(plain) => plain,
        // It was moved to another key since, and this one retired.
        None => match find(tx, subject_table, subject_id, purpose).await? {
            Some(row) => open_row(tx, &row).await?.ok_or(Error::SecretUnreadable)?,
            None => return Ok(None),
        },
    };
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
    data_key::Entity::insert(fresh_key(tx, next, now).await?).exec_without_returning(tx.connection()).await?;
    Ok(next.unsigned_abs())
}

/// How many secrets there are.
///
/// # Errors
/// When the database refuses.
pub async fn count(tx: &impl Reads) -> Result<u32, Error> {
    let count = scoped::find::<credential::Entity>(tx).count(tx.connection()).await?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
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
        let Some(plain) = open_row(tx, &row).await? else { return Err(Error::SecretUnreadable) };
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

/// Removes the data keys that no secret uses any more, but for the newest; answers how many. Whoever is about to keep a
/// secret under one of them is waited for.
///
/// # Errors
/// When the database refuses.
pub async fn retire(tx: &WriteTx) -> Result<u32, Error> {
    let Some(newest) = newest(tx).await? else { return Ok(0) };
    let older = data_key::Entity::find()
        .filter(data_key::Column::OrgId.eq(tx.org_id()))
        .filter(data_key::Column::Version.lt(newest.version))
        .lock_exclusive()
        .all(tx.connection())
        .await?;
    // Looked at after the lock was had: whoever held it has kept their secret by now.
    let used: Vec<i32> = scoped::find::<credential::Entity>(tx)
        .select_only()
        .column(credential::Column::KeyVersion)
        .distinct()
        .into_tuple()
        .all(tx.connection())
        .await?;
    let unused: Vec<i32> =
        older.iter().map(|key| key.version).filter(|version| !used.contains(version)).collect();
    if unused.is_empty() {
        return Ok(0);
    }
    let retired = data_key::Entity::delete_many()
        .filter(data_key::Column::OrgId.eq(tx.org_id()))
        .filter(data_key::Column::Version.is_in(unused))
        .exec(tx.connection())
        .await?;
    Ok(u32::try_from(retired.rows_affected).unwrap_or(u32::MAX))
}

/// Wraps the organization's data keys with the present master key; answers how many were not so before.
///
/// # Errors
/// [`Error::MasterKeyReplaced`] when a master key is not at hand, [`Error::SecretUnreadable`] when a data key does not open.
pub async fn rewrap(tx: &WriteTx) -> Result<u32, Error> {
    let (present, master) = key::present(tx).await?;
    let rows = data_key::Entity::find()
        .filter(data_key::Column::OrgId.eq(tx.org_id()))
        .filter(data_key::Column::KeyId.ne(present.as_str()))
        .all(tx.connection())
        .await?;
    let mut rewrapped = 0;
    for row in rows {
        let aad = key_associated(row.org_id, row.version);
        let plain = key::unwrap(tx.keys().named(&row.key_id)?, &row.wrapped, &aad)?;
        let wrapped = key::wrap(master, &plain, &aad)?;
        let updated = data_key::Entity::update_many()
            .col_expr(data_key::Column::Wrapped, Expr::value(wrapped))
            .col_expr(data_key::Column::KeyId, Expr::value(present.as_str()))
            .filter(data_key::Column::OrgId.eq(row.org_id))
            .filter(data_key::Column::Version.eq(row.version))
            .filter(data_key::Column::KeyId.eq(row.key_id))
            .exec(tx.connection())
            .await?;
        rewrapped += u32::from(updated.rows_affected == 1);
    }
    Ok(rewrapped)
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

/// What a row holds; nothing when its data key is not there.
async fn open_row(tx: &impl Reads, row: &credential::Model) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
    let data_key = data_key::Entity::find_by_id((row.org_id, row.key_version)).one(tx.connection()).await?;
    let Some(data_key) = data_key else { return Ok(None) };
    let key = unwrap_key(tx, &data_key)?;
    let aad = associated(row.org_id, &row.subject_table, row.subject_id, &row.purpose, row.key_version);
    key::open(&key, &row.nonce, &row.ciphertext, &aad).map(Some)
}

/// The organization's newest data key, made now when it has none. It cannot be retired until the transaction ends.
async fn current_key(tx: &WriteTx, now: Timestamp) -> Result<(i32, DataKey), Error> {
    let mut row = locked_newest(tx).await?;
    if row.is_none() && newest(tx).await?.is_none() {
        data_key::Entity::insert(fresh_key(tx, 1, now).await?)
            .on_conflict_do_nothing_on([data_key::Column::OrgId, data_key::Column::Version])
            .exec_without_returning(tx.connection())
            .await?;
    }
    if row.is_none() {
        // Just made; or a newer one was, and the older retired, while the lock was waited for.
        row = locked_newest(tx).await?;
    }
    let row = row.ok_or(Error::Busy)?;
    Ok((row.version, unwrap_key(tx, &row)?))
}

async fn locked_newest(tx: &WriteTx) -> Result<Option<data_key::Model>, Error> {
    Ok(by_age(tx).limit(1).lock_shared().one(tx.connection()).await?)
}

async fn newest(tx: &impl Reads) -> Result<Option<data_key::Model>, Error> {
    Ok(by_age(tx).one(tx.connection()).await?)
}

/// The data keys, newest first.
fn by_age(tx: &impl Reads) -> Select<data_key::Entity> {
    data_key::Entity::find()
        .filter(data_key::Column::OrgId.eq(tx.org_id()))
        .order_by_desc(data_key::Column::Version)
}

async fn fresh_key(tx: &WriteTx, version: i32, now: Timestamp) -> Result<data_key::ActiveModel, Error> {
    let (key_id, master) = key::present(tx).await?;
    let plain = Zeroizing::new(key::random::<KEY_BYTES>()?);
    let aad = key_associated(tx.org_id(), version);
    Ok(data_key::ActiveModel {
        org_id: Set(tx.org_id()),
        version: Set(version),
        wrapped: Set(key::wrap(master, plain.as_slice(), &aad)?),
        key_id: Set(key_id),
        created_at: Set(now.millis()),
    })
}

fn unwrap_key(tx: &impl Reads, row: &data_key::Model) -> Result<DataKey, Error> {
    let plain =
        key::unwrap(tx.keys().named(&row.key_id)?, &row.wrapped, &key_associated(row.org_id, row.version))?;
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
