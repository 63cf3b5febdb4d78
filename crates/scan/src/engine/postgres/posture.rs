//! What the role may do beyond reading.

use chrono::{DateTime, Utc};
use tokio_postgres::Row;
use tokio_postgres::types::FromSql;
use types::Timestamp;
use types::protocol::{Finding, SourceInfo};
use types::snapshot::Engine;

use super::connection::{Connection, failed};
use crate::engine::posture::finding;
use crate::source::{PostgresTarget, is_local};
use crate::{Limits, ScanError, Source};

pub(in crate::engine) const ADVICE: &str = "Make a role that can only read: run `bastion-mcp setup-sql postgres`, apply what it prints as \
                      the database's owner, and use that role in the address";

/// The role with its memberships, and counts over what users have made. A superuser is a member of everything, which the
/// first finding says already. What it may do counts as well when it has to become another role first: `NOINHERIT` only
/// hides that from the functions that tell rights. Looking at each column of each table took two thirds of a scan that
/// finds nothing new: only a table with a grant on a column can have a column that the table's own grants do not open.
const POSTURE: &str = "\
    WITH granted AS MATERIALIZED ( \
        SELECT DISTINCT a.attrelid FROM pg_catalog.pg_attribute a WHERE a.attacl IS NOT NULL), \
    own AS MATERIALIZED (SELECT m.oid FROM pg_catalog.pg_roles m WHERE pg_catalog.pg_has_role(m.oid, 'MEMBER')), \
    other AS MATERIALIZED (SELECT m.oid FROM own m WHERE NOT pg_catalog.pg_has_role(m.oid, 'USAGE')), \
    schema AS MATERIALIZED ( \
        SELECT n.oid, n.nspowner FROM pg_catalog.pg_namespace n \
        WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema') \
    SELECT r.rolname::text, r.rolsuper, r.rolbypassrls, r.rolcreaterole, r.rolcreatedb, r.rolreplication, \
           ARRAY(SELECT m.rolname::text FROM pg_catalog.pg_roles m \
                 WHERE NOT r.rolsuper AND pg_catalog.pg_has_role(r.oid, m.oid, 'MEMBER') \
                   AND m.rolname IN ('pg_write_all_data', 'pg_read_server_files', 'pg_write_server_files', \
                                     'pg_execute_server_program', 'pg_signal_backend', 'pg_maintain', \
                                     'pg_create_subscription', 'rds_superuser', 'cloudsqlsuperuser', \
                                     'azure_pg_admin') ORDER BY 1), \
           pg_catalog.current_setting('server_version'), pg_catalog.current_database()::text, \
           pg_catalog.clock_timestamp(), \
           pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE'), \
           EXISTS (SELECT FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database() \
                   AND d.datdba IN (SELECT o.oid FROM own o)), \
           pg_catalog.pg_is_in_recovery(), \
           CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_xact_replay_timestamp() END, \
           found.* \
    FROM pg_catalog.pg_roles r CROSS JOIN ( \
        SELECT pg_catalog.count(*) FILTER (WHERE c.relkind <> 'S' AND ( \
                   pg_catalog.has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE') \
                   OR EXISTS (SELECT FROM other o WHERE \
                       pg_catalog.has_table_privilege(o.oid, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')) \
                   OR c.oid IN (SELECT g.attrelid FROM granted g) AND ( \
                       pg_catalog.has_any_column_privilege(c.oid, 'INSERT, UPDATE') \
                       OR EXISTS (SELECT FROM other o WHERE \
                           pg_catalog.has_any_column_privilege(o.oid, c.oid, 'INSERT, UPDATE'))))), \
               pg_catalog.count(*) FILTER (WHERE c.relowner IN (SELECT o.oid FROM own o)) \
               + (SELECT pg_catalog.count(*) FROM schema s WHERE s.nspowner IN (SELECT o.oid FROM own o)) \
               + (SELECT pg_catalog.count(*) FROM pg_catalog.pg_proc p JOIN schema s ON s.oid = p.pronamespace \
                  WHERE p.proowner IN (SELECT o.oid FROM own o)) \
               + (SELECT pg_catalog.count(*) FROM pg_catalog.pg_type t JOIN schema s ON s.oid = t.typnamespace \
                  WHERE t.typowner IN (SELECT o.oid FROM own o) AND t.typelem = 0 AND (t.typrelid = 0 OR EXISTS ( \
                      SELECT FROM pg_catalog.pg_class k WHERE k.oid = t.typrelid AND k.relkind = 'c'))) \
               + (SELECT pg_catalog.count(*) FROM pg_catalog.pg_foreign_data_wrapper w \
                  WHERE w.fdwowner IN (SELECT o.oid FROM own o)) \
               + (SELECT pg_catalog.count(*) FROM pg_catalog.pg_foreign_server w \
                  WHERE w.srvowner IN (SELECT o.oid FROM own o)) \
               + (SELECT pg_catalog.count(*) FROM pg_catalog.pg_language l \
                  WHERE l.lanowner IN (SELECT o.oid FROM own o)), \
               pg_catalog.count(*) FILTER (WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition \
                   AND NOT (pg_catalog.has_table_privilege(c.oid, 'SELECT') \
                            OR c.oid IN (SELECT g.attrelid FROM granted g) \
                               AND pg_catalog.has_any_column_privilege(c.oid, 'SELECT'))), \
               pg_catalog.count(*) FILTER (WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition \
                   AND pg_catalog.row_security_active(c.oid)), \
               pg_catalog.count(*) FILTER (WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition), \
               (SELECT pg_catalog.count(*) FROM schema s WHERE pg_catalog.has_schema_privilege(s.oid, 'CREATE')), \
               pg_catalog.count(*) FILTER (WHERE CASE WHEN c.relkind = 'S' THEN \
                   pg_catalog.has_sequence_privilege(c.oid, 'USAGE, UPDATE') \
                   OR EXISTS (SELECT FROM other o WHERE \
                       pg_catalog.has_sequence_privilege(o.oid, c.oid, 'USAGE, UPDATE')) END), \
               (SELECT pg_catalog.count(*) FROM pg_catalog.pg_largeobject_metadata m \
                WHERE m.lomowner IN (SELECT o.oid FROM own o) OR m.lomacl IS NOT NULL AND EXISTS ( \
                    SELECT FROM pg_catalog.aclexplode(m.lomacl) a WHERE a.privilege_type = 'UPDATE' \
                      AND (a.grantee = 0 OR a.grantee IN (SELECT o.oid FROM own o)))), \
               (SELECT pg_catalog.count(*) FROM pg_catalog.pg_foreign_data_wrapper w \
                WHERE pg_catalog.has_foreign_data_wrapper_privilege(w.oid, 'USAGE') \
                   OR EXISTS (SELECT FROM other o WHERE \
                       pg_catalog.has_foreign_data_wrapper_privilege(o.oid, w.oid, 'USAGE'))) \
        FROM pg_catalog.pg_class c JOIN schema n ON n.oid = c.relnamespace \
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') \
    ) found \
    WHERE r.rolname = CURRENT_USER";

/// Where the counts begin in a row of [`POSTURE`].
const COUNTS: usize = 14;

pub(super) async fn info(
    source: &Source,
    target: &PostgresTarget,
    connection: &Connection,
) -> Result<SourceInfo, ScanError> {
    let (_, rows) = connection.begin_and_query(Limits::default().catalog_statement, POSTURE, &[]).await?;
    connection.commit().await?;
    let Some(role) = rows.first() else {
        return Err(ScanError::Database("the server does not know the role that signed in".into()));
    };
    let version: String = get(role, 7)?;
    let mut findings = role_findings(role)?;
    if !get::<bool>(role, 1)? {
        findings.extend(relation_findings(role)?);
    }
    if get(role, 12)? {
        findings.push(standby(get(role, 13)?, get(role, 9)?));
    }
    if target.config.get_ssl_mode() == tokio_postgres::config::SslMode::Disable && !is_local(&target.config) {
        findings.push(finding(
            "plaintext",
            false,
            "Passwords and rows cross the network unencrypted, because the address says sslmode=disable.",
        ));
    }
    Ok(SourceInfo {
        name: source.name().to_owned(),
        engine: Engine::Postgres,
        engine_version: version.split_whitespace().next().map(ToOwned::to_owned),
        database: Some(get(role, 8)?),
        now: Some(Timestamp(get(role, 9)?)),
        reachable: true,
        limits: None,
        findings,
    })
}

/// What is different where a server only follows another. Whoever reads there should know how old it is.
fn standby(replayed: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Finding {
    let behind = replayed.map_or_else(
        || "It does not say how far it has come.".to_owned(),
        |replayed| {
            format!(
                "The last change that has reached it is of {}, {} seconds ago: either nothing was changed since, or it \
                 lags behind.",
                replayed.format("%Y-%m-%d %H:%M:%S UTC"),
                (now - replayed).num_seconds().max(0)
            )
        },
    );
    let message = format!(
        "This server is a standby. {behind} It counts no writes, so that each profile reads every table, and gives up a \
         statement that stands in the way of what it replays."
    );
    finding("replica", false, &message)
}

fn role_findings(row: &Row) -> Result<Vec<Finding>, ScanError> {
    let name: String = get(row, 0)?;
    let mut findings = Vec::new();
    if get(row, 1)? {
        let message = format!("The role {name} is a superuser: it may do anything. {ADVICE}.");
        findings.push(finding("superuser", true, &message));
        return Ok(findings);
    }
    let attributes = [
        (2, "bypasses_row_security", "BYPASSRLS, and so reads what policies hide"),
        (3, "creates_roles", "CREATEROLE, and so could make itself another role"),
        (5, "replication", "REPLICATION, and so could copy the whole cluster"),
    ];
    for (index, code, what) in attributes {
        if get(row, index)? {
            findings.push(finding(code, true, &format!("The role {name} has {what}. {ADVICE}.")));
        }
    }
    if get(row, 4)? {
        findings.push(finding("creates_databases", false, &format!("The role {name} has CREATEDB.")));
    }
    let memberships: Vec<String> = get(row, 6)?;
    if !memberships.is_empty() {
        let message =
            format!("The role {name} is a member of {}. Revoke it, or: {ADVICE}.", memberships.join(", "));
        findings.push(finding("dangerous_membership", true, &message));
    }
    Ok(findings)
}

fn relation_findings(row: &Row) -> Result<Vec<Finding>, ScanError> {
    let name: String = get(row, 0)?;
    let count = |index| get::<i64>(row, COUNTS + index);
    let mut findings = Vec::new();
    let tables = count(4)?;
    match count(0)? {
        0 => {}
        n => findings.push(finding(
            "can_write",
            true,
            &format!("The role {name} may change the rows of {n} tables. {ADVICE}."),
        )),
    }
    match count(6)? {
        0 => {}
        n => findings.push(finding(
            "can_move_sequences",
            true,
            &format!("The role {name} may change what {n} sequences give out next. {ADVICE}."),
        )),
    }
    match count(7)? {
        0 => {}
        n => findings.push(finding(
            "can_write_large_objects",
            true,
            &format!("The role {name} may change {n} large objects. {ADVICE}."),
        )),
    }
    match count(1)? {
        0 => {}
        n => findings.push(finding(
            "owns_objects",
            true,
            &format!(
                "The role {name} owns {n} schemas, tables, views, sequences, routines, types, languages, foreign servers or \
                 wrappers, and so may drop them. {ADVICE}."
            ),
        )),
    }
    if get(row, 11)? {
        let message = format!("The role {name} owns the database, and so may drop it. {ADVICE}.");
        findings.push(finding("owns_database", true, &message));
    }
    match count(5)? {
        0 => {}
        n => findings.push(finding(
            "can_create",
            false,
            &format!(
                "The role {name} may create objects in {n} schemas. REVOKE CREATE ON SCHEMA … FROM PUBLIC takes \
                 that away."
            ),
        )),
    }
    match count(8)? {
        0 => {}
        n => findings.push(finding(
            "can_make_servers",
            false,
            &format!(
                "The role {name} may make foreign servers with {n} foreign-data wrappers. REVOKE USAGE ON FOREIGN DATA \
                 WRAPPER … takes that away."
            ),
        )),
    }
    if get(row, 10)? {
        let message = format!("The role {name} may create schemas in the database.");
        findings.push(finding("can_create_schemas", false, &message));
    }
    match count(2)? {
        0 => {}
        n => findings.push(finding(
            "cannot_read",
            false,
            &format!(
                "The role {name} may not read {n} of {tables} tables: their schema is seen, their data is not \
                 profiled. GRANT SELECT on them."
            ),
        )),
    }
    match count(3)? {
        0 => {}
        n => findings.push(finding(
            "row_security",
            false,
            &format!("Row-level security hides rows of {n} tables from {name}: they are not profiled."),
        )),
    }
    Ok(findings)
}

fn get<'a, T: FromSql<'a>>(row: &'a Row, index: usize) -> Result<T, ScanError> {
    row.try_get(index).map_err(|error| failed(&error))
}
