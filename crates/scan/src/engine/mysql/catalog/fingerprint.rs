//! One value that changes whenever the schema does.
//!
//! These servers count no schema changes that a reader could ask for (a table's creation time does not move with its
//! triggers or grants, and stands still within a second), so the catalog is read and hashed: that misses nothing.

use mysql_async::{Row, Value};

use super::Catalog;
use super::statement::ESTIMATES;
use crate::engine::mysql::connection::Connection;
use crate::{Filter, Limits, ScanError};

pub(in crate::engine::mysql) async fn fingerprint(
    connection: &mut Connection,
    limits: Limits,
) -> Result<String, ScanError> {
    let found = super::read(connection, &Filter::default(), limits, &|_| ()).await?;
    Ok(of(&found.catalog))
}

/// A hash over all rows, whatever order the server told them in.
pub(super) fn of(catalog: &Catalog) -> String {
    let parts = [
        &catalog.schemata,
        &catalog.tables,
        &catalog.columns,
        &catalog.statistics,
        &catalog.key_columns,
        &catalog.references,
        &catalog.checks,
        &catalog.views,
        &catalog.triggers,
        &catalog.routines,
        &catalog.parameters,
        &catalog.partitions,
        &catalog.events,
        &catalog.privileges,
        &catalog.sequences,
    ];
    let mut whole = blake3::Hasher::new();
    for (part, rows) in parts.into_iter().enumerate() {
        let estimates = if part == 1 { ESTIMATES } else { 0 };
        let mut hashes: Vec<[u8; 32]> = rows.iter().map(|row| hash(row, estimates)).collect();
        hashes.sort_unstable();
        whole.update(&(hashes.len() as u64).to_le_bytes());
        for hash in hashes {
            whole.update(&hash);
        }
    }
    whole.finalize().to_hex().to_string()
}

fn hash(row: &Row, without: usize) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    for index in 0..row.len().saturating_sub(without) {
        let text = match row.as_ref(index) {
            None | Some(Value::NULL) => {
                hasher.update(&[0]);
                continue;
            }
            Some(Value::Bytes(bytes)) => std::borrow::Cow::Borrowed(bytes.as_slice()),
            Some(other) => std::borrow::Cow::Owned(other.as_sql(true).into_bytes()),
        };
        hasher.update(&[1]);
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(&text);
    }
    *hasher.finalize().as_bytes()
}
