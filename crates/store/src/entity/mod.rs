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
pub(crate) mod anomaly_bounds;
pub(crate) mod anomaly_model;
pub(crate) mod api_key;
pub(crate) mod audit;
pub(crate) mod avatar;
pub(crate) mod backfill;
pub(crate) mod clerk_object;
pub(crate) mod column_rollup;
pub(crate) mod column_stats;
pub(crate) mod connection;
pub(crate) mod credential;
pub(crate) mod cron_tick;
pub(crate) mod data_key;
pub(crate) mod description;
pub(crate) mod detection;
pub(crate) mod drift;
pub(crate) mod email_token;
pub(crate) mod expectation;
pub(crate) mod expectation_result;
pub(crate) mod idempotency;
pub(crate) mod identity_link;
pub(crate) mod inbound_event;
pub(crate) mod incident;
pub(crate) mod incident_event;
pub(crate) mod invitation;
pub(crate) mod job;
pub(crate) mod key_canary;
pub(crate) mod master_key;
pub(crate) mod membership;
pub(crate) mod oidc_login;
pub(crate) mod organization;
pub(crate) mod ownership;
pub(crate) mod pending_sign_in;
pub(crate) mod policy_version;
pub(crate) mod purge;
pub(crate) mod recovery_code;
pub(crate) mod run;
pub(crate) mod run_log;
pub(crate) mod run_step;
pub(crate) mod schema_object;
pub(crate) mod schema_version;
pub(crate) mod second_factor;
pub(crate) mod sensitivity;
pub(crate) mod sequence;
pub(crate) mod session;
pub(crate) mod sign_up;
pub(crate) mod signing_key;
pub(crate) mod source;
pub(crate) mod source_score;
pub(crate) mod sso_connection;
pub(crate) mod sso_domain;
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
    /// Which source a row is about.
    const ABOUT: About<Self::Column>;
}

/// How a table's row tells which source it is about: whoever may see some sources only sees no others' rows.
pub(crate) enum About<C> {
    /// The column is the source's id.
    Source(C),
    /// The column is the source's id, or empty in what holds for all sources.
    SourceOrAll(C),
    /// The column is the id of a run, an incident or an expectation, which is about a source.
    Run(C),
    Incident(C),
    Expectation(C),
    /// It is the organization's, or is found only through what is about a source.
    Organization,
}

macro_rules! tenant_tables {
    ($($table:ident: $about:ident $(($column:ident))?),* $(,)?) => {
        $(impl TenantTable for $table::Entity {
            const ORG: Self::Column = $table::Column::OrgId;
            const ABOUT: About<Self::Column> = About::$about $(($table::Column::$column))?;
        })*

        /// The names of these tables.
        pub(crate) const TENANT_TABLES: &[&str] = &[$(stringify!($table)),*];
    };
}

tenant_tables![
    activity: Organization,
    anomaly: Source(SourceId),
    anomaly_bounds: Source(SourceId),
    anomaly_model: Source(SourceId),
    audit: Organization,
    backfill: Source(SourceId),
    column_rollup: Source(SourceId),
    column_stats: Source(SourceId),
    connection: Organization,
    credential: Organization,
    description: Source(SourceId),
    detection: Source(SourceId),
    drift: Source(SourceId),
    expectation: Source(SourceId),
    expectation_result: Expectation(ExpectationId),
    incident: Source(SourceId),
    incident_event: Incident(IncidentId),
    ownership: Source(SourceId),
    policy_version: SourceOrAll(SourceId),
    run: Source(SourceId),
    run_log: Run(RunId),
    run_step: Run(RunId),
    schema_object: Organization,
    schema_version: Source(SourceId),
    sensitivity: Source(SourceId),
    sequence: Organization,
    source: Source(Id),
    source_score: Source(SourceId),
    staged_object: Run(RunId),
    staged_profile: Run(RunId),
    table_facets: Source(SourceId),
    table_rollup: Source(SourceId),
    table_stats: Source(SourceId),
];
