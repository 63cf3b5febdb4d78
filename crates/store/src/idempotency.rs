//! Answers kept under an `Idempotency-Key`, so that a repeated request has one effect.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, TryInsertResult};
use serde_json::Value;
use types::Timestamp;

use crate::entity::idempotency::{ActiveModel, Column, Entity};
use crate::row::{number, time};
use crate::transaction::Connected;
use crate::{Error, PlatformReads, PlatformWrite};

/// What a request is known by.
#[derive(Clone, Debug)]
pub struct Key {
    /// Whoever asks: the hash of their session or key.
    pub principal: String,
    /// Method and path.
    pub route: String,
    pub key: String,
}

/// What is kept of a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// The hash of what was asked.
    pub fingerprint: String,
    /// Missing while it is being worked on.
    pub answer: Option<(u16, Option<Value>)>,
    pub created_at: Timestamp,
}

/// Claims the key; `false` when it is there already.
///
/// # Errors
/// When the database fails.
pub async fn claim(tx: &PlatformWrite, key: &Key, fingerprint: &str, now: Timestamp) -> Result<bool, Error> {
    let row = ActiveModel {
        principal: Set(key.principal.clone()),
        route: Set(key.route.clone()),
        key: Set(key.key.clone()),
        org_id: Set(None),
        fingerprint: Set(fingerprint.to_owned()),
        status: Set(None),
        body: Set(None),
        created_at: Set(now.millis()),
    };
    let inserted = Entity::insert(row)
        .on_conflict_do_nothing_on([Column::Principal, Column::Route, Column::Key])
        .exec_without_returning(tx.connection())
        .await?;
    Ok(matches!(inserted, TryInsertResult::Inserted(1..)))
}

/// What is kept under the key.
///
/// # Errors
/// When the database fails.
pub async fn find(tx: &impl PlatformReads, key: &Key) -> Result<Option<Kept>, Error> {
    let row = Entity::find_by_id((key.principal.clone(), key.route.clone(), key.key.clone()))
        .one(tx.connection())
        .await?;
    let Some(row) = row else { return Ok(None) };
    let answer = match row.status {
        Some(status) => Some((number(status)?, row.body)),
        None => None,
    };
    Ok(Some(Kept { fingerprint: row.fingerprint, answer, created_at: time(row.created_at)? }))
}

/// Keeps the answer.
///
/// # Errors
/// When the database fails.
pub async fn complete(tx: &PlatformWrite, key: &Key, status: u16, body: Option<Value>) -> Result<(), Error> {
    let row = ActiveModel { status: Set(Some(i32::from(status))), body: Set(body), ..Default::default() };
    Entity::update_many()
        .set(row)
        .filter(Column::Principal.eq(&key.principal))
        .filter(Column::Route.eq(&key.route))
        .filter(Column::Key.eq(&key.key))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Changes since when the request has been worked on.
///
/// # Errors
/// When the database fails.
pub async fn begun_at(tx: &PlatformWrite, key: &Key, at: Timestamp) -> Result<(), Error> {
    Entity::update_many()
        .col_expr(Column::CreatedAt, Expr::value(at.millis()))
        .filter(Column::Principal.eq(&key.principal))
        .filter(Column::Route.eq(&key.route))
        .filter(Column::Key.eq(&key.key))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Gives the key free again.
///
/// # Errors
/// When the database fails.
pub async fn release(tx: &PlatformWrite, key: &Key) -> Result<(), Error> {
    Entity::delete_by_id((key.principal.clone(), key.route.clone(), key.key.clone()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Forgets what is older.
///
/// # Errors
/// When the database fails.
pub async fn forget_before(tx: &PlatformWrite, before: Timestamp) -> Result<u64, Error> {
    let old = Entity::delete_many().filter(Column::CreatedAt.lt(before.millis()));
    Ok(old.exec(tx.connection()).await?.rows_affected)
}
