//! The secret that a person's authenticator app shares with us.
//!
//! It belongs to a person and to no organization, so no organization's data key seals it but the master key itself, bound
//! to the person: a ciphertext that was moved to somebody else's row does not open. There is one for each person who wants
//! it, so the key seals few; a new master key takes them over in `rewrap_some`.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use types::{Timestamp, UserId};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::entity::second_factor::{ActiveModel, Column, Entity, Model};
use crate::row::{time, time_option};
use crate::transaction::Connected;
use crate::{Error, PlatformReads, PlatformWrite, PlatformWrites, key};

/// A person's second factor, opened.
#[derive(Debug)]
pub struct Factor {
    /// Wiped when dropped.
    pub secret: Zeroizing<Vec<u8>>,
    /// Missing while it only has been set up: it counts for nothing then.
    pub enabled_at: Option<Timestamp>,
    /// As it is stored: what was looked at is what is changed.
    sealed: Vec<u8>,
}

/// The second factor of a person, enabled or only set up.
///
/// # Errors
/// [`Error::SecretUnreadable`] when the secret does not open.
pub async fn find(tx: &impl PlatformReads, user: UserId) -> Result<Option<Factor>, Error> {
    let Some(row) = Entity::find_by_id(user.0).one(tx.connection()).await? else { return Ok(None) };
    let secret = open(tx, &row)?;
    Ok(Some(Factor { secret, enabled_at: time_option(row.enabled_at)?, sealed: row.sealed }))
}

/// Since when a person has one; nothing when it is off, also when it only has been set up.
///
/// # Errors
/// When the database fails.
pub async fn enabled_at(tx: &impl PlatformReads, user: UserId) -> Result<Option<Timestamp>, Error> {
    let column = Entity::find_by_id(user.0).select_only().column(Column::EnabledAt);
    let enabled = column.into_tuple::<Option<i64>>().one(tx.connection()).await?;
    time_option(enabled.flatten())
}

/// Keeps a secret that is not enabled yet, in place of an earlier one that never was; `false` when one is enabled.
///
/// # Errors
/// When the database fails.
pub async fn set_up(
    tx: &impl PlatformWrites,
    user: UserId,
    secret: &[u8],
    now: Timestamp,
) -> Result<bool, Error> {
    let (key_id, master) = key::present(tx).await?;
    let row = ActiveModel {
        user_id: Set(user.0),
        sealed: Set(key::wrap(master, secret, &associated(user.0))?),
        key_id: Set(key_id),
        created_at: Set(now.millis()),
        enabled_at: Set(None),
        last_step: Set(None),
        attempts: Set(0),
        attempts_since: Set(now.millis()),
    };
    let mut replace = OnConflict::column(Column::UserId);
    replace
        .update_columns([Column::Sealed, Column::KeyId, Column::CreatedAt])
        .action_and_where(Column::EnabledAt.is_null());
    let kept = Entity::insert(row).on_conflict(replace).exec_without_returning(tx.connection()).await?;
    Ok(kept == 1)
}

/// Enables what was set up; `false` when it is not there any more as it was found. `step` is the first code's.
///
/// # Errors
/// When the database fails.
pub async fn enable(
    tx: &impl PlatformWrites,
    user: UserId,
    found: &Factor,
    step: i64,
    now: Timestamp,
) -> Result<bool, Error> {
    let row = ActiveModel {
        enabled_at: Set(Some(now.millis())),
        last_step: Set(Some(step)),
        attempts: Set(0),
        ..Default::default()
    };
    let enabled = Entity::update_many()
        .set(row)
        .filter(Column::UserId.eq(user.0))
        .filter(Column::Sealed.eq(found.sealed.clone()))
        .filter(Column::EnabledAt.is_null())
        .exec(tx.connection())
        .await?;
    Ok(enabled.rows_affected == 1)
}

/// Takes a code of `step`, which no other request can take then; `false` when one of it or of a later step was taken.
///
/// # Errors
/// When the database fails.
pub async fn take_step(
    tx: &impl PlatformWrites,
    user: UserId,
    found: &Factor,
    step: i64,
) -> Result<bool, Error> {
    let row = ActiveModel { last_step: Set(Some(step)), ..Default::default() };
    let taken = Entity::update_many()
        .set(row)
        .filter(Column::UserId.eq(user.0))
        .filter(Column::Sealed.eq(found.sealed.clone()))
        .filter(Column::EnabledAt.is_not_null())
        .filter(Column::LastStep.is_null().or(Column::LastStep.lt(step)))
        .exec(tx.connection())
        .await?;
    Ok(taken.rows_affected == 1)
}

/// Counts an attempt at a code. When there were `most` since the count began, and that was after `window_start`, this one
/// is not counted, and the answer is when the count began.
///
/// # Errors
/// When the database fails.
pub async fn count_attempt(
    tx: &impl PlatformWrites,
    user: UserId,
    most: i32,
    window_start: Timestamp,
    now: Timestamp,
) -> Result<Option<Timestamp>, Error> {
    let over = Column::AttemptsSince.lte(window_start.millis()).or(Column::Attempts.eq(0));
    let attempts = CaseStatement::new().case(over.clone(), 1).finally(Expr::col(Column::Attempts).add(1));
    let since =
        CaseStatement::new().case(over.clone(), now.millis()).finally(Expr::col(Column::AttemptsSince));
    let counted = Entity::update_many()
        .col_expr(Column::Attempts, attempts.into())
        .col_expr(Column::AttemptsSince, since.into())
        .filter(Column::UserId.eq(user.0))
        .filter(over.or(Column::Attempts.lt(most)))
        .exec(tx.connection())
        .await?;
    if counted.rows_affected == 1 {
        return Ok(None);
    }
    let row = Entity::find_by_id(user.0).one(tx.connection()).await?;
    row.map(|row| time(row.attempts_since)).transpose()
}

/// Forgets the attempts, after a right one.
///
/// # Errors
/// When the database fails.
pub async fn forget_attempts(tx: &impl PlatformWrites, user: UserId) -> Result<(), Error> {
    let row = ActiveModel { attempts: Set(0), ..Default::default() };
    Entity::update_many().set(row).filter(Column::UserId.eq(user.0)).exec(tx.connection()).await?;
    Ok(())
}

/// Turns it off, and forgets the recovery codes with it; `false` when it was not on.
///
/// # Errors
/// When the database fails.
pub async fn remove(tx: &impl PlatformWrites, user: UserId) -> Result<bool, Error> {
    let on = enabled_at(tx, user).await?.is_some();
    let removed = Entity::delete_by_id(user.0).exec(tx.connection()).await?;
    Ok(on && removed.rows_affected == 1)
}

/// Seals at most `limit` secrets, which another master key sealed, with the present one; answers how many.
///
/// # Errors
/// [`Error::MasterKeyReplaced`] when a key is not at hand, [`Error::SecretUnreadable`] when a secret does not open.
pub async fn rewrap_some(tx: &PlatformWrite, limit: u64) -> Result<u32, Error> {
    let (present, master) = key::present(tx).await?;
    let others = Entity::find().filter(Column::KeyId.ne(present.as_str())).limit(limit);
    let mut rewrapped = 0;
    for row in others.all(tx.connection()).await? {
        let sealed = key::wrap(master, &open(tx, &row)?, &associated(row.user_id))?;
        // One that was replaced meanwhile is sealed already.
        let updated = Entity::update_many()
            .col_expr(Column::Sealed, Expr::value(sealed))
            .col_expr(Column::KeyId, Expr::value(present.as_str()))
            .filter(Column::UserId.eq(row.user_id))
            .filter(Column::Sealed.eq(row.sealed))
            .exec(tx.connection())
            .await?;
        rewrapped += u32::from(updated.rows_affected == 1);
    }
    Ok(rewrapped)
}

fn open(tx: &impl PlatformReads, row: &Model) -> Result<Zeroizing<Vec<u8>>, Error> {
    key::unwrap(tx.keys().named(&row.key_id)?, &row.sealed, &associated(row.user_id))
}

/// The label is a constant, not the table's name: renaming the table must not make secrets unreadable.
fn associated(user: Uuid) -> Vec<u8> {
    key::associated(&[b"bastion/second-factor/1", user.as_bytes()])
}
