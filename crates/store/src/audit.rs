//! Who did what: rows that are only added, each holding the hash of the one before.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use serde_json::Value;
use sha2::{Digest, Sha256};
use types::Timestamp;
use types::audit::{AuditFault, AuditLink, AuditVerification, BrokenLink};
use types::organization::AuditEntry;

use crate::entity::audit::{ActiveModel, Column, Entity, Model};
use crate::row::time;
use crate::text::holds;
use crate::transaction::Connected;
use crate::{Error, Reads, WriteTx, scoped, sequence};

const SEQUENCE: &str = "audit";
/// How many rows are in memory at once while the chain is read.
const VERIFIED_AT_ONCE: u64 = 1_000;

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
        detail: settled(new.detail),
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

/// Which rows a list holds.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// A part of who acted, in any case.
    pub actor: Option<String>,
    /// A part of what was done.
    pub action: Option<String>,
    /// A part of what it was done to.
    pub subject: Option<String>,
    /// At this time or later.
    pub from: Option<Timestamp>,
    /// At this time or earlier.
    pub to: Option<Timestamp>,
}

/// At most `rows` rows before a sequence number, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(
    tx: &impl Reads,
    filter: &Filter,
    before: Option<i64>,
    rows: u64,
) -> Result<Vec<AuditEntry>, Error> {
    let mut query = filtered(tx, filter).order_by_desc(Column::Seq).limit(rows);
    if let Some(before) = before {
        query = query.filter(Column::Seq.lt(before));
    }
    query.all(tx.connection()).await?.into_iter().map(converted).collect()
}

/// At most `rows` rows after a sequence number, oldest first, with their hashes.
///
/// # Errors
/// When the database fails.
pub async fn links(tx: &impl Reads, filter: &Filter, after: i64, rows: u64) -> Result<Vec<AuditLink>, Error> {
    let found = filtered(tx, filter)
        .filter(Column::Seq.gt(after))
        .order_by_asc(Column::Seq)
        .limit(rows)
        .all(tx.connection())
        .await?;
    found.into_iter().map(linked).collect()
}

fn filtered(tx: &impl Reads, filter: &Filter) -> Select<Entity> {
    let mut query = scoped::find::<Entity>(tx);
    for (column, part) in
        [(Column::Actor, &filter.actor), (Column::Action, &filter.action), (Column::Subject, &filter.subject)]
    {
        if let Some(part) = part {
            query = query.filter(holds(Expr::col((Entity, column)), part));
        }
    }
    if let Some(from) = filter.from {
        query = query.filter(Column::At.gte(from.millis()));
    }
    if let Some(to) = filter.to {
        query = query.filter(Column::At.lte(to.millis()));
    }
    query
}

/// Reads the whole chain and says where it breaks: a row that is not there, one that was changed, one that follows another
/// than the one before it. Rows cut off at the end show as well, as their numbers were given out.
///
/// # Errors
/// When the database fails.
pub async fn verify(tx: &impl Reads) -> Result<AuditVerification, Error> {
    let mut chain = Chain::default();
    loop {
        let rows = scoped::find::<Entity>(tx)
            .filter(Column::Seq.gt(chain.last))
            .order_by_asc(Column::Seq)
            .limit(VERIFIED_AT_ONCE)
            .all(tx.connection())
            .await?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            if let Some(broken) = chain.follow(row)? {
                return Ok(chain.verified(Some(broken)));
            }
        }
    }
    let given_out = sequence::last(tx, SEQUENCE).await?;
    let cut_off =
        (given_out > chain.last).then_some(BrokenLink { seq: chain.last + 1, fault: AuditFault::Missing });
    Ok(chain.verified(cut_off))
}

/// The rows that were found to fit.
#[derive(Default)]
struct Chain {
    /// The number of the last one; 0 before the first.
    last: i64,
    hash: String,
}

impl Chain {
    /// Adds a row, unless it does not fit.
    fn follow(&mut self, row: Model) -> Result<Option<BrokenLink>, Error> {
        let broken = |seq, fault| Ok(Some(BrokenLink { seq, fault }));
        let seq = row.seq;
        if seq != self.last + 1 {
            return broken(self.last + 1, AuditFault::Missing);
        }
        // A time that is none was not written by us.
        let Ok(AuditLink { entry, previous_hash, hash }) = linked(row) else {
            return broken(seq, AuditFault::Altered);
        };
        if hash != chained(&previous_hash, &entry)? {
            return broken(seq, AuditFault::Altered);
        }
        if previous_hash != self.hash {
            return broken(seq, AuditFault::Unlinked);
        }
        (self.last, self.hash) = (seq, hash);
        Ok(None)
    }

    fn verified(self, broken: Option<BrokenLink>) -> AuditVerification {
        AuditVerification {
            intact: broken.is_none(),
            rows: self.last.unsigned_abs(),
            head: Some(self.hash).filter(|hash| !hash.is_empty()),
            broken,
        }
    }
}

/// The same value, in which a fraction that would not read back as it is written is a text: it would look as if somebody had
/// changed it.
fn settled(value: Value) -> Value {
    match value {
        Value::Number(number) if number.is_f64() => {
            let text = number.to_string();
            let reads_back = text.parse::<Value>().is_ok_and(|read| read.as_f64() == number.as_f64());
            if reads_back { Value::Number(number) } else { Value::String(text) }
        }
        Value::Array(items) => items.into_iter().map(settled).collect(),
        Value::Object(members) => members.into_iter().map(|(name, value)| (name, settled(value))).collect(),
        other => other,
    }
}

/// The hash of a row: of the one before it and of its own JSON, whose keys serde_json keeps sorted.
fn chained(previous: &str, entry: &AuditEntry) -> Result<String, Error> {
    let json = serde_json::to_vec(entry).map_err(damaged)?;
    let digest = Sha256::new().chain_update(previous).chain_update(json).finalize();
    Ok(crate::session::TokenHash::of(digest.into()).as_str().to_owned())
}

fn damaged(error: serde_json::Error) -> Error {
    Error::Corrupt(error.to_string())
}

fn linked(row: Model) -> Result<AuditLink, Error> {
    let (previous_hash, hash) = (row.previous_hash.clone(), row.hash.clone());
    Ok(AuditLink { entry: converted(row)?, previous_hash, hash })
}

pub(crate) fn converted(row: Model) -> Result<AuditEntry, Error> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_settled_detail_reads_back_as_it_is_written() {
        let mut random = 7_u64;
        for _ in 0..10_000 {
            // Marsaglia's xorshift, so that all kinds of fractions come up.
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let number = f64::from_bits(random);
            let settled = settled(serde_json::json!({"least": [number]}));
            assert_eq!(settled.to_string().parse::<Value>().unwrap(), settled);
        }
    }
}
