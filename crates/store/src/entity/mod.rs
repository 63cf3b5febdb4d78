//! The tables, a file each. Platform tables are shared; tenant tables start their keys with `org_id`.
//!
//! Entities hold plain values (`Uuid`, `String`, milliseconds as `i64`) and never leave this crate: finders convert at
//! its boundary.

#![expect(
    unreachable_pub,
    reason = "the entity macros make public items, and this module is private to the crate"
)]

pub(crate) mod activity;
pub(crate) mod anomaly;
pub(crate) mod anomaly_model;
pub(crate) mod api_key;
pub(crate) mod audit;
pub(crate) mod backfill;
pub(crate) mod column_rollup;
pub(crate) mod column_stats;
pub(crate) mod connection;
pub(crate) mod credential;
pub(crate) mod cron_tick;
pub(crate) mod data_key;
pub(crate) mod description;
pub(crate) mod detection;
pub(crate) mod drift;
pub(crate) mod expectation;
pub(crate) mod expectation_result;
pub(crate) mod idempotency;
pub(crate) mod incident;
pub(crate) mod incident_event;
pub(crate) mod invitation;
pub(crate) mod job;
pub(crate) mod key_canary;
pub(crate) mod membership;
pub(crate) mod organization;
pub(crate) mod ownership;
pub(crate) mod policy_version;
pub(crate) mod run;
pub(crate) mod run_log;
pub(crate) mod run_step;
pub(crate) mod schema_object;
pub(crate) mod schema_version;
pub(crate) mod sequence;
pub(crate) mod session;
pub(crate) mod source;
pub(crate) mod source_score;
pub(crate) mod staged_object;
pub(crate) mod staged_profile;
pub(crate) mod table_facets;
pub(crate) mod table_rollup;
pub(crate) mod table_stats;
pub(crate) mod user;

use sea_orm::EntityTrait;

/// A table whose rows belong to one organization.
pub(crate) trait TenantTable: EntityTrait {
    /// The column that says whose a row is.
    const ORG: Self::Column;
}

macro_rules! tenant_tables {
    ($($table:ident),* $(,)?) => {
        $(impl TenantTable for $table::Entity {
            const ORG: Self::Column = $table::Column::OrgId;
        })*

        /// The names of these tables.
        pub(crate) const TENANT_TABLES: &[&str] = &[$(stringify!($table)),*];
    };
}

tenant_tables![
    activity,
    anomaly,
    anomaly_model,
    audit,
    backfill,
    column_rollup,
    column_stats,
    connection,
    credential,
    description,
    detection,
    drift,
    expectation,
    expectation_result,
    incident,
    incident_event,
    ownership,
    policy_version,
    run,
    run_log,
    run_step,
    schema_object,
    schema_version,
    sequence,
    source,
    source_score,
    staged_object,
    staged_profile,
    table_facets,
    table_rollup,
    table_stats,
];
