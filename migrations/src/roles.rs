//! PostgreSQL roles: one owns the tables, another runs the server and is held by row-level security, as are those that do
//! its jobs and that only look, where they are apart.

use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, Statement};

/// The roles of a server, beside the owner of the tables. Who is missing has its part done by the server's.
#[derive(Clone, Copy, Debug, Default)]
pub struct Roles<'a> {
    /// Answers requests.
    pub runtime: Option<&'a str>,
    /// Does jobs.
    pub job: Option<&'a str>,
    /// Looks, for the operator.
    pub staff: Option<&'a str>,
}

impl<'a> Roles<'a> {
    /// The server's alone, which does everything.
    #[must_use]
    pub fn runtime(role: &'a str) -> Self {
        Self { runtime: Some(role), ..Self::default() }
    }
}

/// The SQL that a database administrator runs once, before the first migration. Passwords are set apart from it.
#[must_use]
pub fn roles_sql(database: &str) -> String {
    let database = quoted(database);
    format!(
        "-- Owns the tables; used by `bastion migrate`, and by pg_dump, which needs BYPASSRLS to see all rows. Where only\n\
         -- a superuser may give that, leave it out: migrations do without.\n\
         CREATE ROLE bastion_owner LOGIN BYPASSRLS;\n\
         -- Runs the server: can neither bypass row-level security nor change tables.\n\
         CREATE ROLE bastion_runtime LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;\n\
         -- Does its jobs, where BASTION_DATABASE_JOB_URL names it: can make no account, session, key or membership.\n\
         CREATE ROLE bastion_job LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;\n\
         -- Looks, where BASTION_DATABASE_STAFF_URL names it: can change nothing, and sees no secret and no data.\n\
         CREATE ROLE bastion_staff LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;\n\
         GRANT CONNECT, CREATE ON DATABASE {database} TO bastion_owner;\n\
         GRANT CONNECT ON DATABASE {database} TO bastion_runtime, bastion_job, bastion_staff;\n\
         -- Then a password for each that is used: \\password bastion_owner  and so on. Leave the last two out if you like.\n"
    )
}

/// What the server's role may do with the platform's tables, and nothing else: where an organization's tables are it only
/// reads.
fn platform_grants_sql(role: &str) -> String {
    let role = quoted(role);
    format!(
        "GRANT USAGE ON SCHEMA platform TO {role};
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA platform TO {role};
         REVOKE INSERT, UPDATE, DELETE ON platform.platform_migration, platform.tenant_schema FROM {role};
         GRANT EXECUTE ON FUNCTION platform.enter_tenant(uuid, boolean, text),
           platform.find_caller(text, text, text, uuid) TO {role};"
    )
}

/// What it may do with the tables of organizations in a schema: the audit log and the versions of policies it can only add
/// to, until their organization is purged.
fn tenant_grants_sql(role: &str, schema: &str) -> String {
    let role = quoted(role);
    format!(
        "GRANT USAGE ON SCHEMA {schema} TO {role};
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role};
         REVOKE INSERT, UPDATE, DELETE ON {schema}.tenant_migration FROM {role};
         REVOKE UPDATE, DELETE ON {schema}.audit, {schema}.policy_version FROM {role};
         GRANT EXECUTE ON FUNCTION {schema}.purge_journals(integer) TO {role};"
    )
}

/// Gives each role what it needs of the platform's tables.
pub(crate) async fn grant_platform(
    transaction: &DatabaseTransaction,
    roles: &Roles<'_>,
) -> Result<(), DbErr> {
    let mut sql = roles.runtime.map(platform_grants_sql).unwrap_or_default();
    sql += &roles.job.map(platform_grants_of_job).unwrap_or_default();
    sql += &roles.staff.map(platform_grants_of_staff).unwrap_or_default();
    grant(transaction, &sql).await
}

/// Gives each role what it needs in a schema with tables of organizations. Where there is one for jobs, it alone deletes what
/// is otherwise only added to.
pub(crate) async fn grant_tenant(
    transaction: &DatabaseTransaction,
    roles: &Roles<'_>,
    schema: &str,
) -> Result<(), DbErr> {
    let mut sql = roles.runtime.map(|role| tenant_grants_sql(role, schema)).unwrap_or_default();
    sql += &roles.job.map(|role| tenant_grants_of_job(role, schema, roles.runtime)).unwrap_or_default();
    sql += &roles.staff.map(|role| tenant_grants_of_staff(role, schema)).unwrap_or_default();
    grant(transaction, &sql).await
}

/// The same in every such schema, each of which has all tables.
pub(crate) async fn grant_tenants(transaction: &DatabaseTransaction, roles: &Roles<'_>) -> Result<(), DbErr> {
    let schemas = Statement::from_string(DbBackend::Postgres, SCHEMAS);
    for row in transaction.query_all_raw(schemas).await? {
        grant_tenant(transaction, roles, &quoted(&row.try_get::<String>("", "name")?)).await?;
    }
    Ok(())
}

/// SQLite has no roles.
async fn grant(transaction: &DatabaseTransaction, sql: &str) -> Result<(), DbErr> {
    if transaction.get_database_backend() == DbBackend::Postgres && !sql.is_empty() {
        transaction.execute_unprepared(sql).await?;
    }
    Ok(())
}

/// The schemas with tables of organizations.
const SCHEMAS: &str = "SELECT n.nspname::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
     WHERE c.relname = 'tenant_migration' AND c.relkind = 'r' AND pg_has_role(c.relowner, 'MEMBER') ORDER BY 1";

/// What lets somebody in: nothing of it is a job's to make or to change. A session that names an organization that is purged
/// names it no more.
const WAYS_IN: &str = "platform.session, platform.membership, platform.api_key, platform.invitation, \
     platform.identity_link, platform.sso_connection, platform.sso_domain, platform.clerk_object";

/// As the server's role, but for what lets somebody in.
fn platform_grants_of_job(role: &str) -> String {
    let grants = platform_grants_sql(role);
    let role = quoted(role);
    format!(
        "{grants}
         REVOKE INSERT, UPDATE ON {WAYS_IN} FROM {role};
         GRANT UPDATE (org_id) ON platform.session TO {role};
         REVOKE INSERT ON platform.\"user\", platform.organization FROM {role};"
    )
}

/// As the server's role, in whose place it deletes.
fn tenant_grants_of_job(role: &str, schema: &str, runtime: Option<&str>) -> String {
    let mut grants = tenant_grants_sql(role, schema);
    if let Some(runtime) = runtime {
        let runtime = quoted(runtime);
        grants += &format!("REVOKE EXECUTE ON FUNCTION {schema}.purge_journals(integer) FROM {runtime};");
    }
    grants
}

/// Whose organizations there are and what is done for them: no password, no key, no token, nor the hash of one.
fn platform_grants_of_staff(role: &str) -> String {
    let role = quoted(role);
    format!(
        "GRANT USAGE ON SCHEMA platform TO {role};
         GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA platform TO {role};
         GRANT SELECT ON platform.platform_migration, platform.tenant_schema, platform.organization, platform.membership,
           platform.job, platform.cron_tick, platform.purge TO {role};
         GRANT SELECT (id, email, name, created_at, disabled_at, email_confirmed_at) ON platform.\"user\" TO {role};"
    )
}

/// What was done in an organization, one at a time as for everybody: nothing of its data, its schema or its secrets.
fn tenant_grants_of_staff(role: &str, schema: &str) -> String {
    let role = quoted(role);
    let tables =
        ["tenant_migration", "sequence", "audit", "activity", "source", "run", "run_step", "run_log"];
    let tables = tables.map(|table| format!("{schema}.{table}")).join(", ");
    format!(
        "GRANT USAGE ON SCHEMA {schema} TO {role};
         GRANT SELECT ON {tables} TO {role};"
    )
}

fn quoted(identifier: &str) -> String {
    format!("\"{}\"", identifier.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_name_cannot_end_its_quotes() {
        let name = "a\"; DROP";
        for grants in [
            platform_grants_sql(name),
            tenant_grants_sql(name, "pooled"),
            platform_grants_of_job(name),
            tenant_grants_of_job(name, "pooled", Some(name)),
            platform_grants_of_staff(name),
            tenant_grants_of_staff(name, "pooled"),
        ] {
            assert!(grants.contains("TO \"a\"\"; DROP\";"), "{grants}");
            assert_eq!(
                grants.matches("; DROP").count(),
                grants.matches("\"a\"\"; DROP\"").count(),
                "{grants}"
            );
        }
    }
}
