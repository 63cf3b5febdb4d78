//! What the server is asked about the role.

/// What a role may own that is told in one word: the kinds, their catalogs, and the columns with their owners. A catalog that
/// belongs to the whole server comes with which of its rows are told here.
const OWNED: [(&str, &str, &str); 19] = [
    ("schemas", "pg_namespace", "nspowner"),
    ("routines", "pg_proc", "proowner"),
    ("extensions", "pg_extension", "extowner"),
    ("languages", "pg_language", "lanowner"),
    ("foreign-data wrappers", "pg_foreign_data_wrapper", "fdwowner"),
    ("foreign servers", "pg_foreign_server", "srvowner"),
    ("collations", "pg_collation", "collowner"),
    ("conversions", "pg_conversion", "conowner"),
    ("operators", "pg_operator", "oprowner"),
    ("operator classes", "pg_opclass", "opcowner"),
    ("operator families", "pg_opfamily", "opfowner"),
    ("text search configurations", "pg_ts_config", "cfgowner"),
    ("text search dictionaries", "pg_ts_dict", "dictowner"),
    ("extended statistics", "pg_statistic_ext", "stxowner"),
    ("event triggers", "pg_event_trigger", "evtowner"),
    ("publications", "pg_publication", "pubowner"),
    ("subscriptions", "pg_subscription", "subowner"),
    ("tablespaces", "pg_tablespace", "spcowner"),
    ("other databases", "pg_database", "datname <> pg_catalog.current_database() AND datdba"),
];

/// The role with its memberships, and counts over what users have made. A superuser is a member of everything, which the
/// first finding says already. What it may do counts as well when it has to become another role first: `NOINHERIT` only
/// hides that from the functions that tell rights. Looking at each column of each table took two thirds of a scan that
/// finds nothing new: only a table with a grant on a column can have a column that the table's own grants do not open. Of
/// the others one is looked at for all that are `alike`, of the same kind, owner and grants, which are most; of one that is
/// dropped at that moment nothing is known, so then another is.
/// Who owns what is read where it stands: `pg_shdepend` leaves out what belongs to roles that came with the server. That
/// everybody may make temporary tables is not looked at: they are nobody else's, and end with the session.
const POSTURE: &str = "\
    WITH granted AS MATERIALIZED ( \
        SELECT DISTINCT a.attrelid FROM pg_catalog.pg_attribute a WHERE a.attnum > 0 AND a.attacl IS NOT NULL), \
    own AS MATERIALIZED (SELECT m.oid FROM pg_catalog.pg_roles m WHERE pg_catalog.pg_has_role(m.oid, 'MEMBER')), \
    other AS MATERIALIZED (SELECT m.oid FROM own m WHERE NOT pg_catalog.pg_has_role(m.oid, 'USAGE')), \
    schema AS MATERIALIZED ( \
        SELECT n.oid FROM pg_catalog.pg_namespace n \
        WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'), \
    alike AS MATERIALIZED ( \
        SELECT CASE WHEN pg_catalog.has_table_privilege(pg_catalog.min(k.oid), 'SELECT') IS NULL \
                    THEN pg_catalog.max(k.oid) ELSE pg_catalog.min(k.oid) END AS oid, \
               k.relkind, k.relowner, k.has_granted, pg_catalog.count(*) AS number, \
               pg_catalog.count(*) FILTER (WHERE k.is_table) AS tables, \
               pg_catalog.count(*) FILTER (WHERE k.is_table AND k.relrowsecurity \
                   AND pg_catalog.row_security_active(k.oid)) AS hidden \
        FROM (SELECT c.oid, c.relkind, c.relowner, c.relacl, c.relrowsecurity, \
                     c.relkind IN ('r', 'p') AND NOT c.relispartition AS is_table, \
                     c.oid IN (SELECT g.attrelid FROM granted g) AS has_granted \
              FROM pg_catalog.pg_class c JOIN schema s ON s.oid = c.relnamespace \
              WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')) k \
        GROUP BY k.relkind, k.relowner, k.relacl, k.has_granted, CASE WHEN k.has_granted THEN k.oid END), \
    owned (kind, number) AS ( \
        SELECT CASE c.relkind WHEN 'v' THEN 'views' WHEN 'm' THEN 'materialized views' WHEN 'S' THEN 'sequences' \
                    ELSE 'tables' END, pg_catalog.sum(c.number) \
        FROM alike c WHERE c.relowner IN (SELECT o.oid FROM own o) GROUP BY 1 \
        UNION ALL \
        SELECT 'types', pg_catalog.count(*) FROM pg_catalog.pg_type t JOIN schema s ON s.oid = t.typnamespace \
        WHERE t.typowner = ANY (ARRAY(SELECT o.oid FROM own o)) AND t.typcategory <> 'A' AND t.typtype <> 'm' \
          AND (t.typrelid = 0 OR EXISTS ( \
              SELECT FROM pg_catalog.pg_class k WHERE k.oid = t.typrelid AND k.relkind = 'c')) OWNED) \
    SELECT r.rolname::text AS name, r.rolsuper AS is_superuser, ATTRIBUTES, \
           ARRAY(SELECT m.rolname::text FROM pg_catalog.pg_roles m \
                 WHERE NOT r.rolsuper AND pg_catalog.pg_has_role(r.oid, m.oid, 'MEMBER') \
                   AND m.rolname IN ('pg_write_all_data', 'pg_read_server_files', 'pg_write_server_files', \
                                     'pg_execute_server_program', 'pg_signal_backend', 'pg_maintain', \
                                     'pg_create_subscription', 'rds_superuser', 'cloudsqlsuperuser', \
                                     'azure_pg_admin') ORDER BY 1) AS memberships, \
           pg_catalog.current_setting('server_version') AS version, \
           pg_catalog.current_database()::text AS database, pg_catalog.clock_timestamp() AS now, \
           pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') \
               OR EXISTS (SELECT FROM other o WHERE \
                   pg_catalog.has_database_privilege(o.oid, pg_catalog.current_database(), 'CREATE')) AS can_create_schemas, \
           EXISTS (SELECT FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database() \
                   AND d.datdba IN (SELECT o.oid FROM own o)) AS owns_database, \
           ARRAY(SELECT pg_catalog.concat(w.kind, ' (', w.number, ')') FROM owned w WHERE w.number > 0 ORDER BY 1) \
               AS owned, \
           pg_catalog.pg_is_in_recovery() AS is_standby, \
           CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_xact_replay_timestamp() END AS replayed, \
           (SELECT pg_catalog.count(*) FROM schema s WHERE pg_catalog.has_schema_privilege(s.oid, 'CREATE') \
               OR EXISTS (SELECT FROM other o WHERE \
                   pg_catalog.has_schema_privilege(o.oid, s.oid, 'CREATE'))) AS open_schemas, \
           (SELECT pg_catalog.count(*) FROM pg_catalog.pg_largeobject_metadata m \
            WHERE m.lomowner IN (SELECT o.oid FROM own o) OR m.lomacl IS NOT NULL AND EXISTS ( \
                SELECT FROM pg_catalog.aclexplode(m.lomacl) a WHERE a.privilege_type = 'UPDATE' \
                  AND (a.grantee = 0 OR a.grantee IN (SELECT o.oid FROM own o)))) AS large_objects, \
           (SELECT pg_catalog.count(*) FROM pg_catalog.pg_foreign_data_wrapper w \
            WHERE pg_catalog.has_foreign_data_wrapper_privilege(w.oid, 'USAGE') \
               OR EXISTS (SELECT FROM other o WHERE \
                   pg_catalog.has_foreign_data_wrapper_privilege(o.oid, w.oid, 'USAGE'))) AS wrappers, \
           found.* \
    FROM pg_catalog.pg_roles r CROSS JOIN ( \
        SELECT coalesce(pg_catalog.sum(c.number) FILTER (WHERE a.reached AND ( \
                   pg_catalog.has_table_privilege(c.oid, 'WRITES') \
                   OR EXISTS (SELECT FROM other o WHERE pg_catalog.has_table_privilege(o.oid, c.oid, 'WRITES')) \
                   OR c.has_granted AND ( \
                       pg_catalog.has_any_column_privilege(c.oid, 'INSERT, UPDATE') \
                       OR EXISTS (SELECT FROM other o WHERE \
                           pg_catalog.has_any_column_privilege(o.oid, c.oid, 'INSERT, UPDATE'))) \
               )), 0)::pg_catalog.int8 AS writable, \
               coalesce(pg_catalog.sum(c.number) FILTER (WHERE a.reached AND ( \
                   pg_catalog.has_table_privilege(c.oid, 'HINDRANCES') \
                   OR EXISTS (SELECT FROM other o WHERE pg_catalog.has_table_privilege(o.oid, c.oid, 'HINDRANCES')) \
                   OR c.has_granted AND ( \
                       pg_catalog.has_any_column_privilege(c.oid, 'REFERENCES') \
                       OR EXISTS (SELECT FROM other o WHERE \
                           pg_catalog.has_any_column_privilege(o.oid, c.oid, 'REFERENCES'))) \
               )), 0)::pg_catalog.int8 AS hindered, \
               coalesce(pg_catalog.sum(c.tables) FILTER (WHERE c.tables > 0 \
                   AND NOT (pg_catalog.has_table_privilege(c.oid, 'SELECT') \
                            OR c.has_granted AND pg_catalog.has_any_column_privilege(c.oid, 'SELECT')) \
               ), 0)::pg_catalog.int8 AS unreadable, \
               coalesce(pg_catalog.sum(c.hidden), 0)::pg_catalog.int8 AS hidden, \
               coalesce(pg_catalog.sum(c.tables), 0)::pg_catalog.int8 AS tables, \
               coalesce(pg_catalog.sum(c.number) FILTER (WHERE CASE WHEN c.relkind = 'S' THEN \
                   pg_catalog.has_sequence_privilege(c.oid, 'USAGE, UPDATE') \
                   OR EXISTS (SELECT FROM other o WHERE \
                       pg_catalog.has_sequence_privilege(o.oid, c.oid, 'USAGE, UPDATE')) END \
               ), 0)::pg_catalog.int8 AS sequences \
        FROM alike c \
        CROSS JOIN LATERAL (SELECT c.relkind <> 'S' AND ( \
            pg_catalog.has_table_privilege(c.oid, 'WRITES, HINDRANCES') \
            OR EXISTS (SELECT FROM other o WHERE pg_catalog.has_table_privilege(o.oid, c.oid, 'WRITES, HINDRANCES')) \
            OR c.has_granted) AS reached OFFSET 0) a \
    ) found \
    WHERE r.rolname = CURRENT_USER";

/// What a role may be besides what it may do with objects.
pub(super) const ATTRIBUTES: [&str; 5] =
    ["rolsuper", "rolbypassrls", "rolcreaterole", "rolreplication", "rolcreatedb"];

/// Rights on a table by which one stands in the way of those who write to it.
pub(super) fn hindrances(major: u32) -> &'static str {
    if major >= 17 { "TRIGGER, REFERENCES, MAINTAIN" } else { "TRIGGER, REFERENCES" }
}

/// The statement for a server's version.
pub(super) fn posture(major: u32) -> String {
    // Under each attribute's name the roles that have it and that this one is or may become, itself first.
    let attributes = ATTRIBUTES.map(|attribute| {
        format!(
            "ARRAY(SELECT m.rolname::text FROM pg_catalog.pg_roles m WHERE m.{attribute} \
             AND m.oid IN (SELECT o.oid FROM own o) ORDER BY m.oid <> r.oid, 1) AS {attribute}"
        )
    });
    let owned = OWNED.map(|(kind, catalog, owner)| {
        format!(
            " UNION ALL SELECT '{kind}', pg_catalog.count(*) FROM pg_catalog.{catalog} \
             WHERE {owner} IN (SELECT o.oid FROM own o)"
        )
    });
    POSTURE
        .replace("ATTRIBUTES", &attributes.join(", "))
        .replace("OWNED", &owned.concat())
        .replace("WRITES", "INSERT, UPDATE, DELETE, TRUNCATE")
        .replace("HINDRANCES", hindrances(major))
}
