//! PostgreSQL roles: one owns the tables, another runs the server and is held by row-level security.

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
         GRANT CONNECT, CREATE ON DATABASE {database} TO bastion_owner;\n\
         GRANT CONNECT ON DATABASE {database} TO bastion_runtime;\n\
         -- Then: \\password bastion_owner  and  \\password bastion_runtime\n"
    )
}

/// What the server's role may do with the platform's tables, and nothing else: where an organization's tables are it only
/// reads.
pub(crate) fn platform_grants_sql(role: &str) -> String {
    let role = quoted(role);
    format!(
        "GRANT USAGE ON SCHEMA platform TO {role};
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA platform TO {role};
         REVOKE INSERT, UPDATE, DELETE ON platform.platform_migration, platform.tenant_schema FROM {role};
         GRANT EXECUTE ON FUNCTION platform.enter_tenant(uuid, boolean, text) TO {role};"
    )
}

/// What it may do with the tables of organizations in a schema: the audit log and the versions of policies it can only add
/// to, until their organization is purged.
pub(crate) fn tenant_grants_sql(role: &str, schema: &str) -> String {
    let role = quoted(role);
    format!(
        "GRANT USAGE ON SCHEMA {schema} TO {role};
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role};
         REVOKE INSERT, UPDATE, DELETE ON {schema}.tenant_migration FROM {role};
         REVOKE UPDATE, DELETE ON {schema}.audit, {schema}.policy_version FROM {role};
         GRANT EXECUTE ON FUNCTION {schema}.purge_journals(integer) TO {role};"
    )
}

fn quoted(identifier: &str) -> String {
    format!("\"{}\"", identifier.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::{platform_grants_sql, tenant_grants_sql};

    #[test]
    fn a_role_name_cannot_end_its_quotes() {
        let name = "a\"; DROP";
        for grants in [platform_grants_sql(name), tenant_grants_sql(name, "pooled")] {
            assert!(grants.contains("TO \"a\"\"; DROP\";"), "{grants}");
        }
    }
}
