//! Whether PostgreSQL's row-level security is a second wall here: whom it does not hold is refused, and of a release in which
//! it has a hole the operator is told.

use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, Statement, TransactionTrait as _};

use crate::Error;

/// What is known of the role that asks, and of the server.
const ASKED: &str = "SELECT bool_or(r.rolsuper) AS rolsuper, bool_or(r.rolbypassrls) AS rolbypassrls, EXISTS (SELECT 1 FROM \
     pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname ~ '^(pooled|platform|t_[0-9a-f]{32})$' \
     AND c.relkind IN ('r', 'p') AND pg_has_role(c.relowner, 'MEMBER')) AS owner, \
     EXISTS (SELECT 1 FROM pg_proc f WHERE f.pronamespace = to_regnamespace('platform') AND f.proname = 'enter_tenant') \
     AS migrated, current_setting('server_version_num')::int AS version \
     FROM pg_roles r WHERE pg_has_role(current_user, r.oid, 'MEMBER')";

/// The first minor release of each major in which statistics do not tell what is hidden (CVE-2025-8713).
const MENDED: [(i32, i32); 5] = [(13, 22), (14, 19), (15, 14), (16, 10), (17, 6)];

/// Refuses a role for which row-level security does not hold, or that may become such a one by `SET ROLE`: it would be no
/// second wall. Refuses a database as well in which no transaction of an organization could begin.
///
/// # Errors
/// [`Error::UnsafeRole`] unless in development, [`Error::NotMigrated`].
pub(crate) async fn check(pool: &DatabaseConnection, dev: bool) -> Result<(), Error> {
    // In a transaction: behind a pooler a statement that stands alone may be prepared on one connection and run on another.
    let transaction = pool.begin().await?;
    let row = transaction.query_one_raw(Statement::from_string(DbBackend::Postgres, ASKED)).await?;
    let row = row.ok_or(Error::Database)?;
    transaction.rollback().await?;
    let version = row.try_get("", "version")?;
    if leaks(version) {
        tracing::warn!(
            version,
            "statistics of this PostgreSQL may tell what row-level security hides (CVE-2025-8713): install its newest \
             minor release"
        );
    }
    let unsafe_role = if row.try_get::<bool>("", "rolsuper")? {
        Some("is or may become a superuser")
    } else if row.try_get::<bool>("", "rolbypassrls")? {
        Some("has or may get BYPASSRLS")
    } else if row.try_get::<bool>("", "owner")? {
        Some("owns the tables")
    } else {
        None
    };
    match unsafe_role {
        Some(reason) if !dev => return Err(Error::UnsafeRole { reason }),
        Some(reason) => tracing::warn!(
            "the database role {reason}: row-level security does not hold; for development only"
        ),
        None => {}
    }
    if row.try_get("", "migrated")? { Ok(()) } else { Err(Error::NotMigrated) }
}

/// Whether a release, such as 150013 for 15.13, is older than the mended one of its major.
fn leaks(version: i32) -> bool {
    let (major, minor) = (version / 10_000, version % 10_000);
    match MENDED.iter().find(|(of, _)| *of == major) {
        Some((_, mended)) => minor < *mended,
        None => major < MENDED[0].0,
    }
}

#[cfg(test)]
mod tests {
    use super::leaks;

    #[test]
    fn statistics_of_a_release_before_the_mended_one_of_its_major_leak() {
        for (version, expected) in [
            (150_013, true),
            (150_014, false),
            (140_018, true),
            (170_005, true),
            (170_006, false),
            (120_022, true),
            (180_000, false),
        ] {
            assert_eq!(leaks(version), expected, "{version}");
        }
    }
}
