//! One module an engine; each offers the same functions, and [`Source`] picks.

mod estimate;
mod mysql;
mod part;
mod postgres;
mod posture;
mod selection;
mod server;
mod sqlite;
mod warning;

use tokio_util::sync::CancellationToken;
use types::protocol::{FreshnessAnswer, Progress, SourceInfo};
use types::snapshot::Snapshot;

use crate::backfill::{BackfillEvent, BackfillRequest};
use crate::source::Target;
use crate::{Filter, FreshnessRequest, Limits, ProfileEvent, ProfileRequest, ScanError, Source};

/// Whom to tell how far the reading of a catalog is.
type Tell<'a> = &'a (dyn Fn(Progress) + Send + Sync);

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
            limits: None,
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
        let (info, advice) = match self.target() {
            Target::Postgres(target) => (postgres::info(self, target, limits).await?, postgres::ADVICE),
            Target::Mysql(target) => (mysql::info(self, target, limits).await?, mysql::ADVICE),
            // The file is opened for reading only, whoever opens it.
            Target::Sqlite(_) => return Ok(()),
        };
        posture::refuse_unsafe(self.name(), &info.findings, advice)
    }

    /// A cheap value that changes whenever the schema does.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn fingerprint(&self, limits: Limits, cancel: &CancellationToken) -> Result<String, ScanError> {
        let fingerprint = self.bare_fingerprint(limits, cancel).await?;
        Ok(Filter::default().mark(&fingerprint))
    }

    /// The whole schema's, whoever reads which part of it.
    async fn bare_fingerprint(
        &self,
        limits: Limits,
        cancel: &CancellationToken,
    ) -> Result<String, ScanError> {
        match self.target() {
            Target::Postgres(target) => postgres::fingerprint(self, target, limits, cancel).await,
            Target::Mysql(target) => mysql::fingerprint(self, target, limits, cancel).await,
            Target::Sqlite(path) => sqlite::fingerprint(self, path, cancel).await,
        }
    }

    /// The fingerprint, as [`Source::fingerprint`] tells it, of what `filter` means: of another filter it is another one. And
    /// the whole catalog where telling it means reading all of that (MySQL and MariaDB), unless the fingerprint is `known`
    /// or a filter leaves something out: then a scan need not read it again. Where that takes long there is no fingerprint:
    /// the answer is empty, and the scan has it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn look(
        &self,
        known: Option<&str>,
        filter: &Filter,
        limits: Limits,
        cancel: &CancellationToken,
    ) -> Result<(String, Option<Snapshot>), ScanError> {
        let Target::Mysql(target) = self.target() else {
            return Ok((filter.mark(&self.bare_fingerprint(limits, cancel).await?), None));
        };
        let look = async {
            if filter.is_everything() {
                let is_known =
                    |fingerprint: &str| known.is_some_and(|known| known == filter.mark(fingerprint));
                let (fingerprint, read) = mysql::look(self, target, &is_known, limits, cancel).await?;
                return Ok((fingerprint, read));
            }
            Ok((self.bare_fingerprint(limits, cancel).await?, None))
        };
        let Ok(looked) = tokio::time::timeout(limits.look, look).await else {
            tracing::info!(source = self.name(), "the schema is large: it is read by the job");
            return Ok((String::new(), None));
        };
        let (fingerprint, read) = looked?;
        Ok((filter.mark(&fingerprint), read.map(|read| finished(read, filter))))
    }

    /// [`Source::look`], for a role that can only read.
    ///
    /// # Errors
    /// [`ScanError::UnsafeRole`], or when the database cannot be read.
    pub async fn safe_look(
        &self,
        known: Option<&str>,
        filter: &Filter,
        limits: Limits,
        cancel: &CancellationToken,
    ) -> Result<(String, Option<Snapshot>), ScanError> {
        let Target::Postgres(target) = self.target() else {
            self.require_safe_role(limits).await?;
            return self.look(known, filter, limits, cancel).await;
        };
        let fingerprint = postgres::safe_fingerprint(self, target, limits, cancel).await?;
        Ok((filter.mark(&fingerprint), None))
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
        self.scan_telling(filter, limits, cancel, &|_| ()).await
    }

    /// [`Source::scan`], and tells how far it is of the parts in which a catalog comes.
    ///
    /// # Errors
    /// When the database cannot be read, or `cancel` fired.
    pub async fn scan_telling(
        &self,
        filter: &Filter,
        limits: Limits,
        cancel: &CancellationToken,
        tell: Tell<'_>,
    ) -> Result<Snapshot, ScanError> {
        let snapshot = match self.target() {
            Target::Postgres(target) => postgres::scan(self, target, filter, limits, cancel, tell).await?,
            Target::Mysql(target) => mysql::scan(self, target, filter, limits, cancel, tell).await?,
            Target::Sqlite(path) => sqlite::scan(self, path, filter, cancel, tell).await?,
        };
        Ok(finished(snapshot, filter))
    }

    /// Measures tables one after another, and tells of each. A table that cannot be read is skipped with a reason.
    /// Answers the figures' fingerprint, as [`Source::profile_fingerprint`] would have told it when they were begun; `None`
    /// as well when a table was left unread that may be read next time.
    ///
    /// # Errors
    /// When the database cannot be reached, a table asked for by name does not exist, or `cancel` fired.
    pub async fn profile(
        &self,
        request: &ProfileRequest,
        limits: Limits,
        cancel: &CancellationToken,
        tell: &(dyn Fn(ProfileEvent) + Send + Sync),
    ) -> Result<Option<String>, ScanError> {
        match self.target() {
            Target::Postgres(target) => postgres::profile(self, target, request, limits, cancel, tell).await,
            Target::Mysql(target) => {
                mysql::profile(self, target, request, limits, cancel, tell).await.map(|()| None)
            }
            Target::Sqlite(path) => {
                sqlite::profile(self, path, request, limits, cancel, tell).await.map(|()| None)
            }
        }
    }

    /// A cheap value that changes whenever a profile could find anything else: when anybody has written to a table, or
    /// the schema or the role's rights have changed. `None` where the engine does not count writes reliably, and when
    /// only a part is asked for.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn profile_fingerprint(
        &self,
        request: &ProfileRequest,
        limits: Limits,
        cancel: &CancellationToken,
    ) -> Result<Option<String>, ScanError> {
        match self.target() {
            Target::Postgres(target) => {
                postgres::profile_fingerprint(self, target, request, limits, cancel).await
            }
            Target::Mysql(_) | Target::Sqlite(_) => Ok(None),
        }
    }

    /// Counts how many rows came in each day, one table after another, and tells of each. A table that cannot be counted, or
    /// would cost too much, is skipped with a reason.
    ///
    /// # Errors
    /// When the database cannot be reached, or `cancel` fired.
    pub async fn backfill(
        &self,
        request: &BackfillRequest,
        limits: Limits,
        cancel: &CancellationToken,
        tell: &(dyn Fn(BackfillEvent) + Send + Sync),
    ) -> Result<(), ScanError> {
        match self.target() {
            Target::Postgres(target) => postgres::backfill(self, target, request, limits, cancel, tell).await,
            Target::Mysql(target) => mysql::backfill(self, target, request, limits, cancel, tell).await,
            Target::Sqlite(path) => sqlite::backfill(self, path, request, limits, cancel, tell).await,
        }
    }

    /// How fresh tables are, without reading any of them whole.
    ///
    /// # Errors
    /// When the database cannot be reached, or a table does not exist.
    pub async fn freshness(
        &self,
        request: &FreshnessRequest,
        limits: Limits,
        cancel: &CancellationToken,
    ) -> Result<FreshnessAnswer, ScanError> {
        match self.target() {
            Target::Postgres(target) => postgres::freshness(self, target, request, limits, cancel).await,
            Target::Mysql(target) => mysql::freshness(self, target, request, limits, cancel).await,
            Target::Sqlite(path) => sqlite::freshness(self, path, request, cancel).await,
        }
    }
}

/// What is told of a catalog that was read for `filter`.
fn finished(mut snapshot: Snapshot, filter: &Filter) -> Snapshot {
    filter.keep(&mut snapshot.objects);
    let header = &mut snapshot.header;
    if !header.fingerprint.is_empty() {
        header.fingerprint = filter.mark(&header.fingerprint);
    }
    header.warnings = warning::folded(std::mem::take(&mut header.warnings));
    snapshot
}
