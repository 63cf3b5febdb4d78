//! One value that changes whenever the schema does, from one statement that decodes nothing.

use super::{Connection, get};
use crate::ScanError;

/// A schema change writes new row versions in the catalog, so the sum of hashes over (id, writing transaction) moves.
/// ANALYZE and VACUUM update in place and do not move it. Temporary and TOAST tables are not looked at: they come and
/// go without any change of the schema. Of the roles only those count that this database refers to, because their names
/// appear in it. False alarms (TRUNCATE, GRANT) only cost a scan.
const FINGERPRINT: &str = "\
    WITH relation AS MATERIALIZED ( \
        SELECT c.oid, c.xmin FROM pg_catalog.pg_class c \
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
        WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
    ), row_version AS ( \
        SELECT 1 AS k, oid, 0 AS part, xmin AS version FROM relation \
        UNION ALL SELECT 2, a.attrelid, a.attnum, a.xmin FROM pg_catalog.pg_attribute a \
                  JOIN relation r ON r.oid = a.attrelid \
        UNION ALL SELECT 3, i.indexrelid, 0, i.xmin FROM pg_catalog.pg_index i JOIN relation r ON r.oid = i.indrelid \
        UNION ALL SELECT 4, d.oid, 0, d.xmin FROM pg_catalog.pg_attrdef d JOIN relation r ON r.oid = d.adrelid \
        UNION ALL SELECT 5, t.oid, 0, t.xmin FROM pg_catalog.pg_trigger t JOIN relation r ON r.oid = t.tgrelid \
        UNION ALL SELECT 6, w.oid, 0, w.xmin FROM pg_catalog.pg_rewrite w JOIN relation r ON r.oid = w.ev_class \
        UNION ALL SELECT 7, i.inhrelid, i.inhseqno, i.xmin FROM pg_catalog.pg_inherits i \
                  JOIN relation r ON r.oid = i.inhrelid \
        UNION ALL SELECT 8, s.seqrelid, 0, s.xmin FROM pg_catalog.pg_sequence s JOIN relation r ON r.oid = s.seqrelid \
        UNION ALL SELECT 9, p.partrelid, 0, p.xmin FROM pg_catalog.pg_partitioned_table p \
        UNION ALL SELECT 10, oid, 0, xmin FROM pg_catalog.pg_policy \
        UNION ALL SELECT 11, k.oid, 0, k.xmin FROM pg_catalog.pg_constraint k WHERE k.oid >= 16384 \
                  AND (k.conrelid = 0 OR k.conrelid IN (SELECT r.oid FROM relation r)) \
        UNION ALL SELECT 12, t.oid, 0, t.xmin FROM pg_catalog.pg_type t \
                  JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace \
                  WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
        UNION ALL SELECT 13, oid, 0, xmin FROM pg_catalog.pg_enum WHERE oid >= 16384 \
        UNION ALL SELECT 14, oid, 0, xmin FROM pg_catalog.pg_proc WHERE oid >= 16384 \
        UNION ALL SELECT 15, oid, 0, xmin FROM pg_catalog.pg_extension \
        UNION ALL SELECT 16, n.oid, 0, n.xmin FROM pg_catalog.pg_namespace n WHERE n.nspname !~ '^pg_' \
        UNION ALL SELECT 17, objoid, objsubid, xmin FROM pg_catalog.pg_description \
                  WHERE objoid >= 16384 OR classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass \
        UNION ALL SELECT 18, r.oid, pg_catalog.hashtext(r.rolname::text), '0' FROM pg_catalog.pg_roles r \
                  WHERE r.oid < 16384 OR r.oid IN (SELECT s.refobjid FROM pg_catalog.pg_shdepend s \
                  JOIN pg_catalog.pg_database d ON d.oid = s.dbid WHERE d.datname = pg_catalog.current_database() \
                  AND s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass) \
    ) \
    SELECT pg_catalog.count(*)::text || '-' || coalesce(pg_catalog.sum(pg_catalog.hashtextextended( \
               pg_catalog.concat(k, '.', oid, '.', part, '.', version::text), 0)), 0)::text \
    FROM row_version";

pub(crate) async fn fingerprint(connection: &Connection) -> Result<String, ScanError> {
    let rows = connection.query(FINGERPRINT, &[]).await?;
    let row = rows.first().ok_or_else(|| ScanError::Database("the fingerprint was not answered".into()))?;
    get(row, 0)
}
