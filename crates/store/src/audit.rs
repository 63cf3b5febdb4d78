//! Who did what: rows that are only added, each holding the hash of the one before.

use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::Value;
use sha2::{Digest, Sha256};
use types::Timestamp;
use types::organization::AuditEntry;

use crate::entity::audit::{ActiveModel, Column, Entity, Model};
use crate::row::time;
use crate::transaction::Connected;
use crate::{Error, Reads, WriteTx, scoped, sequence};

const SEQUENCE: &str = "audit";

/// One deed.
#[derive(Clone, Debug)]
pub struct New<'a> {
    pub at: Timestamp,
    pub actor: &'a str,
    pub action: &'a str,
    pub subject: &'a str,
    pub detail: Value,
    pub request_id: Option<&'a str>,
}

/// Adds a row to the organization's chain.
///
/// # Errors
/// When the database fails.
pub async fn record(tx: &WriteTx, new: New<'_>) -> Result<(), Error> {
    let entry = AuditEntry {
        seq: sequence::take(tx, SEQUENCE, 1).await?,
        at: new.at,
        actor: new.actor.to_owned(),
        action: new.action.to_owned(),
        subject: new.subject.to_owned(),
        detail: new.detail,
        request_id: new.request_id.map(str::to_owned),
    };
    let previous = scoped::find::<Entity>(tx).order_by_desc(Column::Seq).one(tx.connection()).await?;
    let previous_hash = previous.map(|row| row.hash).unwrap_or_default();
    let hash = chained(&previous_hash, &entry)?;
    let AuditEntry { seq, at, actor, action, subject, detail, request_id } = entry;
    let row = ActiveModel {
        seq: Set(seq),
        at: Set(at.millis()),
        actor: Set(actor),
        action: Set(action),
        subject: Set(subject),
        detail: Set(detail),
        request_id: Set(request_id),
        previous_hash: Set(previous_hash),
        hash: Set(hash),
        ..Default::default()
    };
    scoped::insert(tx, row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// The newest rows before a sequence number, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &impl Reads, before: Option<i64>, limit: u64) -> Result<Vec<AuditEntry>, Error> {
    let mut rows = scoped::find::<Entity>(tx).order_by_desc(Column::Seq).limit(limit);
    if let Some(before) = before {
        rows = rows.filter(Column::Seq.lt(before));
    }
    rows.all(tx.connection()).await?.into_iter().map(converted).collect()
}

/// The first row whose content or place does not fit the chain; `None` when all do.
///
/// # Errors
/// When the database fails.
pub async fn first_broken(tx: &impl Reads) -> Result<Option<i64>, Error> {
    let rows = scoped::find::<Entity>(tx).order_by_asc(Column::Seq).all(tx.connection()).await?;
    let mut expected_previous = String::new();
    for (row, expected_seq) in rows.into_iter().zip(1..) {
        let (seq, previous_hash, hash) = (row.seq, row.previous_hash.clone(), row.hash.clone());
        let entry = converted(row)?;
        if seq != expected_seq
            || previous_hash != expected_previous
            || hash != chained(&previous_hash, &entry)?
        {
            return Ok(Some(seq));
        }
        expected_previous = hash;
    }
    Ok(None)
}

/// The hash of a row: of the one before it and of its own JSON, whose keys serde_json keeps sorted.
fn chained(previous: &str, entry: &AuditEntry) -> Result<String, Error> {
    let json = serde_json::to_vec(entry).map_err(|error| Error::Corrupt(error.to_string()))?;
    let digest = Sha256::new().chain_update(previous).chain_update(json).finalize();
    Ok(crate::session::TokenHash::of(digest.into()).as_str().to_owned())
}

fn converted(row: Model) -> Result<AuditEntry, Error> {
    Ok(AuditEntry {
        seq: row.seq,
        at: time(row.at)?,
        actor: row.actor,
        action: row.action,
        subject: row.subject,
        detail: row.detail,
        request_id: row.request_id,
    })
}
