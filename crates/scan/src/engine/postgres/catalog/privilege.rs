//! Who may do what, besides the owner.

use tokio_postgres::Row;
use types::snapshot::Privilege;

use super::{ByRelation, get};
use crate::ScanError;

/// What everybody may do with a database that nobody said anything of.
const OF_DATABASE: [&str; 2] = ["connect", "temporary"];

/// What the catalog calls everybody.
pub(super) const EVERYBODY: &str = "public";

/// Rights on whole objects; those on single columns come with the columns. An object without a list of its own has its
/// kind's default: for routines that is everybody, for the others the owner. A type is everybody's as well, and told
/// of only where it has a list. Members of extensions may be listed as well; nobody asks for them.
pub(super) const PRIVILEGES: &str = "\
    SELECT o.oid, CASE WHEN a.grantee = 0 THEN 'public' \
               ELSE pg_catalog.pg_get_userbyid(a.grantee)::text END, \
           pg_catalog.array_agg(DISTINCT pg_catalog.lower(a.privilege_type)), \
           coalesce(pg_catalog.array_agg(DISTINCT pg_catalog.lower(a.privilege_type)) \
                    FILTER (WHERE a.is_grantable), '{}') \
    FROM ( \
        SELECT c.oid, c.relowner AS owner, c.relacl AS list, c.relnamespace AS schema \
        FROM pg_catalog.pg_class c \
        WHERE c.relacl IS NOT NULL AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND NOT c.relispartition \
          AND ($1::pg_catalog.oid[] IS NULL OR c.oid = ANY ($1)) \
        UNION ALL \
        SELECT p.oid, p.proowner, coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner)), p.pronamespace \
        FROM pg_catalog.pg_proc p WHERE p.oid >= 16384 AND p.prokind IN ('f', 'p') \
          AND ($1 IS NULL OR p.oid = ANY ($1)) \
        UNION ALL \
        SELECT t.oid, t.typowner, t.typacl, t.typnamespace FROM pg_catalog.pg_type t WHERE t.typacl IS NOT NULL \
          AND ($1 IS NULL OR t.oid = ANY ($1)) \
        UNION ALL \
        SELECT n.oid, n.nspowner, n.nspacl, n.oid FROM pg_catalog.pg_namespace n WHERE n.nspacl IS NOT NULL \
        UNION ALL \
        SELECT s.oid, s.srvowner, s.srvacl, NULL FROM pg_catalog.pg_foreign_server s WHERE s.srvacl IS NOT NULL \
        UNION ALL \
        SELECT d.oid, d.datdba, coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba)), NULL \
        FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database() \
    ) o \
    LEFT JOIN pg_catalog.pg_namespace n ON n.oid = o.schema \
    CROSS JOIN LATERAL pg_catalog.aclexplode(o.list) a \
    WHERE a.grantee <> o.owner \
      AND (o.schema IS NULL OR (n.nspname !~ '^pg_' AND n.nspname <> 'information_schema')) \
    GROUP BY 1, 2 ORDER BY 1, 2";

/// A database's: everybody only where they may do anything else than with any other.
pub(super) fn of_database(mut found: Vec<Privilege>) -> Vec<Privilege> {
    let Some(at) = found.iter().position(|privilege| privilege.grantee == EVERYBODY) else {
        found.push(Privilege { grantee: EVERYBODY.into(), ..Privilege::default() });
        return found;
    };
    if found[at].rights == OF_DATABASE && found[at].grantable.is_empty() {
        found.remove(at);
    }
    found
}

/// By the object's id, on top of what is known of `columns`: the ids of all that has rights come from
/// one counter that takes billions to meet itself.
pub(super) fn privileges(
    rows: &[Row],
    columns: ByRelation<Privilege>,
) -> Result<ByRelation<Privilege>, ScanError> {
    let mut privileges = columns;
    for row in rows {
        privileges.entry(get(row, 0)?).or_default().push(Privilege {
            grantee: get(row, 1)?,
            column: None,
            rights: get(row, 2)?,
            grantable: get(row, 3)?,
        });
    }
    Ok(privileges)
}

/// A type's, which is everybody's to use by default: only where it has a list of its own is there anything to tell, and
/// then everybody only if they may no longer.
pub(super) fn of_type(is_listed: bool, mut found: Vec<Privilege>) -> Vec<Privilege> {
    let all = found.len();
    found.retain(|privilege| privilege.grantee != EVERYBODY);
    if is_listed && found.len() == all {
        found.push(Privilege { grantee: EVERYBODY.into(), ..Privilege::default() });
    }
    found
}
