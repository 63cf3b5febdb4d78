//! Content-addressed blobs: compressed, kept once per organization, checked when they are read.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::io::Read;
use std::str::FromStr;
use std::time::Duration;

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, QueryFilter, QuerySelect};
use serde::{Deserialize, Serialize};
use types::Timestamp;

use crate::entity::schema_object;
use crate::transaction::Connected;
use crate::{Error, Reads, WriteTx, scoped};

/// zstd's default: snapshots are small, and written far less often than read.
const LEVEL: i32 = 3;
/// No blob unpacks to more than this.
const MAX_BYTES: u64 = 64 * 1024 * 1024;
/// How long a blob is kept that nothing refers to: far longer than a run can take between writing it and referring to it.
pub const GRACE: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Rows per statement: both databases limit the number of parameters.
const BATCH: usize = 200;

/// Where a blob is: the BLAKE3 of its content, in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address(String);

impl Address {
    /// The address that this content has.
    #[must_use]
    pub fn of(content: &[u8]) -> Self {
        Self(blake3::hash(content).to_hex().to_string())
    }

    /// The 64 hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Address {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        let digits = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if digits && text.len() == 64 {
            Ok(Self(text))
        } else {
            Err(Error::Corrupt("an address is not 64 hexadecimal digits".into()))
        }
    }
}

impl FromStr for Address {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::try_from(text.to_owned())
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.0
    }
}

/// A blob that is ready to be kept: hashing and compressing it took no transaction.
#[derive(Clone, Debug)]
pub struct Packed {
    pub address: Address,
    bytes: Vec<u8>,
}

impl Packed {
    /// Hashes and compresses a blob.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it cannot be compressed.
    pub fn new(content: &[u8]) -> Result<Self, Error> {
        Ok(Self { address: Address::of(content), bytes: compress(content)? })
    }

    /// Compressed.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Keeps a blob; the same content is kept once.
///
/// # Errors
/// When the database refuses.
pub async fn put(tx: &WriteTx, content: &[u8], now: Timestamp) -> Result<Address, Error> {
    let packed = Packed::new(content)?;
    let address = packed.address.clone();
    put_many(tx, vec![packed], now).await?;
    Ok(address)
}

/// Keeps blobs. What is there already is not sent again, but is known to be wanted from `now` on: a blob that nothing
/// refers to yet is safe from [`sweep`](crate::garbage::sweep) for as long as a new one.
///
/// # Errors
/// When the database refuses.
pub async fn put_many(tx: &WriteTx, blobs: Vec<Packed>, now: Timestamp) -> Result<(), Error> {
    let addresses: Vec<Address> = blobs.iter().map(|blob| blob.address.clone()).collect();
    let mut known = wanted(tx, &addresses, now).await?;
    let mut rows = Vec::new();
    for blob in blobs {
        if !known.insert(blob.address.clone()) {
            continue;
        }
        rows.push(schema_object::ActiveModel {
            hash: Set(blob.address.0),
            bytes: Set(blob.bytes),
            created_at: Set(now.millis()),
            ..Default::default()
        });
        if rows.len() == BATCH {
            insert(tx, std::mem::take(&mut rows)).await?;
        }
    }
    insert(tx, rows).await
}

/// The content at an address.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Corrupt`] when it is not what was put there.
pub async fn get(tx: &impl Reads, address: &Address) -> Result<Vec<u8>, Error> {
    get_many(tx, std::slice::from_ref(address)).await?.pop().ok_or(Error::NotFound)
}

/// The contents at these addresses, in the same order.
///
/// # Errors
/// [`Error::NotFound`] when one is missing; [`Error::Corrupt`] when one is not what was put there.
pub async fn get_many(tx: &impl Reads, addresses: &[Address]) -> Result<Vec<Vec<u8>>, Error> {
    let mut found = HashMap::new();
    for batch in addresses.chunks(BATCH) {
        let rows = scoped::find::<schema_object::Entity>(tx)
            .filter(schema_object::Column::Hash.is_in(batch.iter().map(Address::as_str)))
            .all(tx.connection())
            .await?;
        for row in rows {
            let content = unpacked(&row.bytes)?;
            let address = Address::of(&content);
            if address.0 != row.hash {
                return Err(Error::Corrupt(format!("object {} has other content", row.hash)));
            }
            found.insert(address, content);
        }
    }
    addresses.iter().map(|address| found.get(address).cloned().ok_or(Error::NotFound)).collect()
}

/// Those that are there. Old ones are marked as wanted from now on: only blobs that nobody has wanted for the whole of
/// [`GRACE`] are swept, and one that was swept meanwhile is not among those marked.
async fn wanted(tx: &WriteTx, addresses: &[Address], now: Timestamp) -> Result<HashSet<Address>, Error> {
    use schema_object::Column::{CreatedAt, Hash};
    let young = Timestamp(now.0 - GRACE / 2).millis();
    let mut known = HashSet::new();
    for batch in addresses.chunks(BATCH) {
        let among = || Hash.is_in(batch.iter().map(Address::as_str));
        scoped::update::<schema_object::Entity>(tx)
            .col_expr(CreatedAt, Expr::value(now.millis()))
            .filter(among())
            .filter(CreatedAt.lt(young))
            .exec(tx.connection())
            .await?;
        let hashes: Vec<String> = scoped::find::<schema_object::Entity>(tx)
            .select_only()
            .column(Hash)
            .filter(among())
            .filter(CreatedAt.gte(young))
            .into_tuple()
            .all(tx.connection())
            .await?;
        known.extend(hashes.into_iter().map(Address));
    }
    Ok(known)
}

/// Another transaction may put the same content meanwhile.
async fn insert(tx: &WriteTx, rows: Vec<schema_object::ActiveModel>) -> Result<(), Error> {
    if rows.is_empty() {
        return Ok(());
    }
    scoped::insert_many(tx, rows)
        .on_conflict_do_nothing_on([schema_object::Column::OrgId, schema_object::Column::Hash])
        .exec_without_returning(tx.connection())
        .await?;
    Ok(())
}

/// Compresses a text that one reads rarely.
pub(crate) fn compress(content: &[u8]) -> Result<Vec<u8>, Error> {
    zstd::encode_all(content, LEVEL).map_err(|error| Error::Corrupt(format!("compression failed: {error}")))
}

/// What was compressed.
pub(crate) fn unpacked(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    let damaged = |error: std::io::Error| Error::Corrupt(format!("an object does not unpack: {error}"));
    let mut content = Vec::new();
    zstd::Decoder::new(bytes)
        .map_err(damaged)?
        .take(MAX_BYTES + 1)
        .read_to_end(&mut content)
        .map_err(damaged)?;
    if content.len() as u64 > MAX_BYTES {
        return Err(Error::Corrupt("an object unpacks to more than 64 MiB".into()));
    }
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blob_that_unpacks_to_too_much_is_refused() {
        let bomb = compress(&vec![0; usize::try_from(MAX_BYTES).unwrap() + 1]).unwrap();
        assert!(matches!(unpacked(&bomb), Err(Error::Corrupt(_))));
    }

    #[test]
    fn an_address_is_64_lower_case_hexadecimal_digits() {
        assert!("a1".repeat(32).parse::<Address>().is_ok());
        for text in ["", "A1", &"g1".repeat(32), &"a1".repeat(33)] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
