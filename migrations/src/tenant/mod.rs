//! The tables of an organization. Each has `org_id`, first in its key and in every index.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_query::IntoIden;

mod m0001_connections;
mod m0002_sources;
mod m0003_schema;
mod m0004_statistics;
mod m0005_journal;
mod m0006_profiled_at;
mod m0007_incidents;
mod m0008_policy;
mod m0009_profile_fingerprint;
mod m0010_expectations;
mod m0011_catalog_read_at;
mod m0012_rollups;
mod m0013_table_facets;
mod m0014_ownership;
mod m0015_removed_versions;
mod m0016_backfill;
mod m0017_audit_chain;
mod m0018_purge;
mod m0019_sensitivity;
mod m0020_anomaly_bounds;
mod m0021_folded_steps;
mod m0022_agent_limits;
mod m0023_moved;

pub(crate) struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_connections::Migration),
            Box::new(m0002_sources::Migration),
            Box::new(m0003_schema::Migration),
            Box::new(m0004_statistics::Migration),
            Box::new(m0005_journal::Migration),
            Box::new(m0006_profiled_at::Migration),
            Box::new(m0007_incidents::Migration),
            Box::new(m0008_policy::Migration),
            Box::new(m0009_profile_fingerprint::Migration),
            Box::new(m0010_expectations::Migration),
            Box::new(m0011_catalog_read_at::Migration),
            Box::new(m0012_rollups::Migration),
            Box::new(m0013_table_facets::Migration),
            Box::new(m0014_ownership::Migration),
            Box::new(m0015_removed_versions::Migration),
            Box::new(m0016_backfill::Migration),
            Box::new(m0017_audit_chain::Migration),
            Box::new(m0018_purge::Migration),
            Box::new(m0019_sensitivity::Migration),
            Box::new(m0020_anomaly_bounds::Migration),
            Box::new(m0021_folded_steps::Migration),
            Box::new(m0022_agent_limits::Migration),
            Box::new(m0023_moved::Migration),
        ]
    }

    fn migration_table_name() -> DynIden {
        "tenant_migration".into_iden()
    }
}
