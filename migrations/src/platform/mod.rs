//! The tables that all organizations share.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_query::IntoIden;

mod m0001_identity;
mod m0002_jobs;
mod m0003_keys;
mod m0004_retention;
mod m0005_proof;
mod m0006_api_key_limits;
mod m0007_mail;
mod m0008_second_factor;
mod m0009_deletion;
mod m0010_master_key;
mod m0011_sso;
mod m0012_suspension;
mod m0013_avatar;
mod m0014_signing_key;
mod m0015_limits;
mod m0016_request_limit;
mod m0017_silo;
mod m0018_domain_proof;
mod m0019_clerk;
mod m0020_clerk_session;
mod m0021_caller;

pub(crate) struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_identity::Migration),
            Box::new(m0002_jobs::Migration),
            Box::new(m0003_keys::Migration),
            Box::new(m0004_retention::Migration),
            Box::new(m0005_proof::Migration),
            Box::new(m0006_api_key_limits::Migration),
            Box::new(m0007_mail::Migration),
            Box::new(m0008_second_factor::Migration),
            Box::new(m0009_deletion::Migration),
            Box::new(m0010_master_key::Migration),
            Box::new(m0011_sso::Migration),
            Box::new(m0012_suspension::Migration),
            Box::new(m0013_avatar::Migration),
            Box::new(m0014_signing_key::Migration),
            Box::new(m0015_limits::Migration),
            Box::new(m0016_request_limit::Migration),
            Box::new(m0017_silo::Migration),
            Box::new(m0018_domain_proof::Migration),
            Box::new(m0019_clerk::Migration),
            Box::new(m0020_clerk_session::Migration),
            Box::new(m0021_caller::Migration),
        ]
    }

    fn migration_table_name() -> DynIden {
        "platform_migration".into_iden()
    }
}
