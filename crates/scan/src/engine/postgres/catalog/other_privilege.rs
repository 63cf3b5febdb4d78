//! Rights on what a snapshot has no objects for: wrappers of foreign data, languages and large objects.

use tokio_postgres::Row;
use types::snapshot::OtherPrivilege;

use super::get;
use crate::ScanError;

/// A row for each role that has any, as more rows of what there is in the database. A language is everybody's to use: they
/// come, without rights, where that was taken back. Of large objects, which may be millions, those without a list of their
/// own are their owners' alone.
pub(super) const OTHER_PRIVILEGES: &str = "\
    SELECT 'right', 0::pg_catalog.oid, \
           ARRAY[o.kind, o.name, CASE WHEN a.grantee = 0 THEN 'public' \
                 ELSE pg_catalog.pg_get_userbyid(a.grantee)::text END], \
           pg_catalog.string_agg(DISTINCT pg_catalog.lower(a.privilege_type), ' '), \
           pg_catalog.string_agg(DISTINCT pg_catalog.lower(a.privilege_type), ' ') FILTER (WHERE a.is_grantable), \
           true, NULL, NULL, 0 \
    FROM ( \
        SELECT 'foreign_data_wrapper'::text AS kind, w.fdwname::text AS name, w.fdwowner AS owner, w.fdwacl AS list \
        FROM pg_catalog.pg_foreign_data_wrapper w WHERE w.fdwacl IS NOT NULL \
        UNION ALL \
        SELECT 'language', l.lanname::text, l.lanowner, l.lanacl \
        FROM pg_catalog.pg_language l WHERE l.lanacl IS NOT NULL \
        UNION ALL \
        SELECT 'large_object', '', m.lomowner, m.lomacl \
        FROM pg_catalog.pg_largeobject_metadata m WHERE m.lomacl IS NOT NULL \
    ) o CROSS JOIN LATERAL pg_catalog.aclexplode(o.list) a \
    WHERE a.grantee <> o.owner AND NOT (a.grantee = 0 AND o.kind = 'language') \
    GROUP BY 3 \
    UNION ALL \
    SELECT 'right', 0::pg_catalog.oid, ARRAY['language', l.lanname::text, 'public'], NULL, NULL, true, NULL, NULL, 0 \
    FROM pg_catalog.pg_language l \
    WHERE l.lanpltrusted AND l.lanacl IS NOT NULL \
      AND NOT EXISTS (SELECT FROM pg_catalog.aclexplode(l.lanacl) a WHERE a.grantee = 0)";

pub(super) fn other_privilege(row: &Row) -> Result<OtherPrivilege, ScanError> {
    let [kind, name, grantee] = <[String; 3]>::try_from(get::<Vec<String>>(row, 2)?).unwrap_or_default();
    let words = |index| {
        let text = get::<Option<String>>(row, index)?.unwrap_or_default();
        Ok::<_, ScanError>(text.split_whitespace().map(ToOwned::to_owned).collect())
    };
    Ok(OtherPrivilege { kind, name, grantee, rights: words(3)?, grantable: words(4)? })
}
