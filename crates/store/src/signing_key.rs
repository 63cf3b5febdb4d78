//! The keys that sign access tokens.
//!
//! One signs at a time. The next is there for a while before it signs, so that whoever verifies tokens knows it by then, and
//! the one before stays for as long as a token that it signed. The secret half belongs to the deployment and to no
//! organization, so no organization's data key seals it but the master key itself, bound to the key's name: a ciphertext
//! that was moved to another row does not open. A new master key takes them over in `rewrap_some`.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use types::Timestamp;
use zeroize::Zeroizing;

use crate::entity::signing_key::{ActiveModel, Column, Entity, Model};
use crate::row::time_option;
use crate::transaction::Connected;
use crate::{Error, PlatformReads, PlatformWrite, PlatformWrites, key};

/// The one algorithm.
const ALGORITHM: &str = "EdDSA";

/// A key as it is made.
pub struct NewKey {
    /// What tokens call it.
    pub kid: String,
    pub public_key: Vec<u8>,
    /// The secret half. Wiped when dropped.
    pub seed: Zeroizing<[u8; 32]>,
}

/// A key as everybody may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Public {
    pub kid: String,
    pub public_key: Vec<u8>,
    /// From when it signs nothing more, if another is to take its place.
    pub retires_at: Option<Timestamp>,
}

/// The key that signs, opened.
pub struct Signer {
    pub kid: String,
    pub public_key: Vec<u8>,
    /// Wiped when dropped.
    pub seed: Zeroizing<Vec<u8>>,
}

/// The key that signs now: of those that have not retired the one that retires first. Nothing before the first was made.
///
/// # Errors
/// [`Error::SecretUnreadable`] when its secret half does not open.
pub async fn signer(tx: &impl PlatformReads, now: Timestamp) -> Result<Option<Signer>, Error> {
    let rows = Entity::find().filter(unretired_at(now)).all(tx.connection()).await?;
    let Some(row) = rows.into_iter().min_by_key(|row| row.retires_at.unwrap_or(i64::MAX)) else {
        return Ok(None);
    };
    let seed = open(tx, &row)?;
    Ok(Some(Signer { kid: row.kid, public_key: row.public_key, seed }))
}

/// The keys that had not retired at a time, the oldest first.
///
/// # Errors
/// When the database fails.
pub async fn published(tx: &impl PlatformReads, since: Timestamp) -> Result<Vec<Public>, Error> {
    let keys = Entity::find().filter(unretired_at(since));
    let rows = keys.order_by_asc(Column::CreatedAt).order_by_asc(Column::Kid).all(tx.connection()).await?;
    rows.into_iter().map(public).collect()
}

/// The key of a name, if it had not retired at a time.
///
/// # Errors
/// When the database fails.
pub async fn find(tx: &impl PlatformReads, kid: &str, since: Timestamp) -> Result<Option<Public>, Error> {
    let row = Entity::find_by_id(kid.to_owned()).filter(unretired_at(since)).one(tx.connection()).await?;
    row.map(public).transpose()
}

/// Keeps a new key. It signs once those before it have retired.
///
/// # Errors
/// [`Error::Conflict`] when there is one that is not about to retire; the transaction is of no use then.
pub async fn insert(tx: &impl PlatformWrites, new: &NewKey, now: Timestamp) -> Result<(), Error> {
    let (key_id, master) = key::present(tx).await?;
    let row = ActiveModel {
        kid: Set(new.kid.clone()),
        algorithm: Set(ALGORITHM.to_owned()),
        public_key: Set(new.public_key.clone()),
        sealed: Set(key::wrap(master, new.seed.as_slice(), &associated(&new.kid))?),
        key_id: Set(key_id),
        created_at: Set(now.millis()),
        retires_at: Set(None),
    };
    Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Has the key that was not about to retire do so at a time; answers whether there was one.
///
/// # Errors
/// When the database fails.
pub async fn retire(tx: &impl PlatformWrites, at: Timestamp) -> Result<bool, Error> {
    let row = ActiveModel { retires_at: Set(Some(at.millis())), ..Default::default() };
    let retired = Entity::update_many().set(row).filter(Column::RetiresAt.is_null()).exec(tx.connection());
    Ok(retired.await?.rows_affected > 0)
}

/// Forgets all keys, and with them whatever they have signed.
///
/// # Errors
/// When the database fails.
pub async fn forget_all(tx: &impl PlatformWrites) -> Result<(), Error> {
    let all = Entity::delete_many().filter(Column::Algorithm.eq(ALGORITHM));
    all.exec(tx.connection()).await?;
    Ok(())
}

/// Forgets the keys that had retired at a time; answers how many.
///
/// # Errors
/// When the database fails.
pub async fn forget_before(tx: &PlatformWrite, before: Timestamp) -> Result<u64, Error> {
    let retired = Entity::delete_many().filter(Column::RetiresAt.lte(before.millis()));
    Ok(retired.exec(tx.connection()).await?.rows_affected)
}

/// Seals at most `limit` keys, which another master key sealed, with the present one; answers how many.
///
/// # Errors
/// [`Error::MasterKeyReplaced`] when a master key is not at hand, [`Error::SecretUnreadable`] when a key does not open.
pub async fn rewrap_some(tx: &PlatformWrite, limit: u64) -> Result<u32, Error> {
    let (present, master) = key::present(tx).await?;
    let others = Entity::find().filter(Column::KeyId.ne(present.as_str())).limit(limit);
    let mut rewrapped = 0;
    for row in others.all(tx.connection()).await? {
        let sealed = key::wrap(master, &open(tx, &row)?, &associated(&row.kid))?;
        let updated = Entity::update_many()
            .col_expr(Column::Sealed, Expr::value(sealed))
            .col_expr(Column::KeyId, Expr::value(present.as_str()))
            .filter(Column::Kid.eq(row.kid))
            .filter(Column::Sealed.eq(row.sealed))
            .exec(tx.connection())
            .await?;
        rewrapped += u32::from(updated.rows_affected == 1);
    }
    Ok(rewrapped)
}

fn unretired_at(time: Timestamp) -> Condition {
    Condition::any().add(Column::RetiresAt.is_null()).add(Column::RetiresAt.gt(time.millis()))
}

fn public(row: Model) -> Result<Public, Error> {
    Ok(Public { kid: row.kid, public_key: row.public_key, retires_at: time_option(row.retires_at)? })
}

fn open(tx: &impl PlatformReads, row: &Model) -> Result<Zeroizing<Vec<u8>>, Error> {
    key::unwrap(tx.keys().named(&row.key_id)?, &row.sealed, &associated(&row.kid))
}

/// The label is a constant, not the table's name: renaming the table must not make keys unreadable.
fn associated(kid: &str) -> Vec<u8> {
    key::associated(&[b"bastion/signing-key/1", kid.as_bytes()])
}
