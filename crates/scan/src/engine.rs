//! One module an engine; each offers the same functions, and [`Source`] picks.

mod mysql;
mod postgres;
mod sqlite;

use tokio_util::sync::CancellationToken;
use types::protocol::{FreshnessAnswer, SourceInfo};
use types::snapshot::Snapshot;

use crate::source::Target;
use crate::{Filter, Limits, ProfileEvent, ProfileRequest, ScanError, Source};

impl Source {
    /// Who answers there, by what clock, and what is wrong with the role. An unreachable database is an answer too.
    pub async fn info(&self, limits: Limits) -> SourceInfo {
        let result = match self.target() {
            Target::Postgres(target) => postgres::info(self, target, limits).await,
            Target::Mysql(target) => mysql::info(self, target, limits).await,
            Target::Sqlite(path) => sqlite::info(self, path).await,
        };
        result.unwrap_or_else(|error| SourceInfo {
            name: self.name().to_owned(),
            engine: self.engine(),
            engine_version: None,
            database: None,
            now: None,
            reachable: false,
            findings: vec![types::protocol::Finding {
                code: error.code().into(),
                unsafe_: false,
                message: error.to_string(),
            }],
        })
    }

    /// Refuses a role that can do more than read.
    ///
    /// # Errors
    /// [`ScanError::UnsafeRole`] with what it can do and how to make a better one; or whatever kept it from looking.
    pub async fn require_safe_role(&self, limits: Limits) -> Result<(), ScanError> {
        match self.target() {
            Target::Postgres(target) => postgres::require_safe_role(self, target, limits).await,
            Target::Mysql(target) => mysql::require_safe_role(self, target, limits).await,
            // The file is opened for reading only, whoever opens it.
            Target::Sqlite(_) => Ok(()),
        }
    }

    /// A cheap value that changes whenever the schema does.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn fingerprint(&self, limits: Limits, cancel: &CancellationToken) -> Result<String, ScanError> {
        match self.target() {
            Target::Postgres(target) => postgres::fingerprint(self, target, limits, cancel).await,
            Target::Mysql(target) => mysql::fingerprint(self, target, limits, cancel).await,
            Target::Sqlite(path) => sqlite::fingerprint(self, path, cancel).await,
        }
    }

    /// The whole catalog, as read: neither canonical nor hashed.
    ///
    /// # Errors
    /// When the database cannot be read, or `cancel` fired.
    pub async fn scan(
        &self,
        filter: &Filter,
        limits: Limits,
        cancel: &CancellationToken,
    ) -> Result<Snapshot, ScanError> {
        let mut snapshot = match self.target() {
            Target::Postgres(target) => postgres::scan(self, target, filter, limits, cancel).await?,
            Target::Mysql(target) => mysql::scan(self, target, filter, limits, cancel).await?,
            Target::Sqlite(path) => sqlite::scan(self, path, cancel).await?,
        };
        filter.keep(&mut snapshot.objects);
        Ok(snapshot)
    }

    /// Measures tables one after another, and tells of each. A table that cannot be read is skipped with a reason.
    ///
    /// # Errors
    /// When the database cannot be reached, a table asked for by name does not exist, or `cancel` fired.
    pub async fn profile(
        &self,
        request: &ProfileRequest,
        limits: Limits,
        cancel: &CancellationToken,
        tell: &(dyn Fn(ProfileEvent) + Send + Sync),
    ) -> Result<(), ScanError> {
        match self.target() {
            Target::Postgres(target) => postgres::profile(self, target, request, limits, cancel, tell).await,
            Target::Mysql(target) => mysql::profile(self, target, request, limits, cancel, tell).await,
            Target::Sqlite(path) => sqlite::profile(self, path, request, cancel, tell).await,
        }
    }

    /// How fresh tables are, without reading any of them whole.
    ///
    /// # Errors
    /// When the database cannot be reached, or a table does not exist.
    pub async fn freshness(
        &self,
        tables: &[String],
        limits: Limits,
        cancel: &CancellationToken,
    ) -> Result<FreshnessAnswer, ScanError> {
        match self.target() {
            Target::Postgres(target) => postgres::freshness(self, target, tables, limits, cancel).await,
            Target::Mysql(target) => mysql::freshness(self, target, tables, limits, cancel).await,
            Target::Sqlite(path) => sqlite::freshness(self, path, tables, cancel).await,
        }
    }
}
