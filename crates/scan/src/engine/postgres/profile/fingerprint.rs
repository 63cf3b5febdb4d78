//! Whether anything was written anywhere, from two statements that read no table.

use types::profile::Level;

use super::state::FIRST_SURE;
use super::target::get;
use crate::engine::postgres::catalog;
use crate::engine::postgres::connection::Connection;
use crate::{ProfileRequest, ScanError};

/// What every relation with rows has counted, and which file it is in, which TRUNCATE changes; then whatever makes the
/// counters start again, and what besides the schema decides what the role may read. No row when the counters mean
/// nothing.
const WRITES: &str = "\
    SELECT pg_catalog.concat_ws(' ', \
        (SELECT d.stats_reset FROM pg_catalog.pg_stat_database d \
         WHERE d.datname = pg_catalog.current_database()), \
        pg_catalog.pg_postmaster_start_time(), pg_catalog.pg_stat_get_bgwriter_stat_reset_time(), \
        (SELECT pg_catalog.concat_ws(' ', r.oid, r.rolsuper, r.rolbypassrls, ( \
             SELECT pg_catalog.string_agg(m.oid::text, ',' ORDER BY m.oid) FROM pg_catalog.pg_roles m \
             WHERE NOT r.rolsuper AND pg_catalog.pg_has_role(r.oid, m.oid, 'USAGE'))) \
         FROM pg_catalog.pg_roles r WHERE r.rolname = CURRENT_USER), \
        (SELECT pg_catalog.string_agg(pg_catalog.concat_ws('-', c.oid, c.relfilenode, \
                    pg_catalog.pg_stat_get_tuples_inserted(c.oid), pg_catalog.pg_stat_get_tuples_updated(c.oid), \
                    pg_catalog.pg_stat_get_tuples_deleted(c.oid)), ' ' ORDER BY c.oid) \
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.relkind = 'r' AND c.relpersistence <> 't' \
           AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema')) \
    WHERE NOT pg_catalog.pg_is_in_recovery() AND pg_catalog.current_setting('track_counts')::bool";

/// A value that changes whenever a profile could find anything else, but for what lies in the future by now: `None` where
/// that cannot be told, and for estimates, which ANALYZE changes.
///
/// A transaction's writes are counted after it has ended, so never before a profile could have read them: a fingerprint
/// taken before a profile misses nothing that the profile has not seen.
pub(in crate::engine::postgres) async fn fingerprint(
    connection: &Connection,
    request: &ProfileRequest,
) -> Result<Option<String>, ScanError> {
    let is_whole = request.tables.is_empty() && request.filter.and(&request.allowed).is_everything();
    if !is_whole || request.level == Level::Estimate || connection.major() < FIRST_SURE {
        return Ok(None);
    }
    let (schema, rows) = tokio::try_join!(catalog::fingerprint(connection), connection.query(WRITES, &[]))?;
    let Some(row) = rows.first() else { return Ok(None) };
    let writes: String = get(row, 0)?;
    let expected = request.expectations.fingerprint();
    let asked =
        (env!("CARGO_PKG_VERSION"), request.level, request.values, &request.timestamp_columns, expected);
    let hash = blake3::Hasher::new()
        .update(format!("{asked:?}").as_bytes())
        .update(schema.as_bytes())
        .update(writes.as_bytes())
        .finalize();
    Ok(Some(hash.to_hex().to_string()))
}
