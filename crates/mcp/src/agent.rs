//! The agent: its databases, its jobs, and what each tool does.

use std::sync::Arc;
use std::time::Duration;

use scan::{CancellationToken, Filter, Limits, ProfileEvent, ProfileRequest, ScanError, Source};
use serde::Serialize;
use types::profile::TableProfile;
use types::protocol::{
    FreshnessAnswer, FreshnessArguments, JobArguments, JobCancelled, JobStarted, JobStatus, PAGE_BYTES,
    PageArguments, ProfilePage, ProfileStartArguments, ScanPage, ScanStartArguments, SourceInfo,
    SourceInfoAnswer, SourceInfoArguments, ToolError,
};
use types::snapshot::{Object, SnapshotHeader};

use crate::job::{self, Job, Jobs, Kind};

/// The longest that a call waits for a page.
const LONGEST_WAIT: Duration = Duration::from_secs(15);
/// The most tables of one `freshness` call.
const FRESHNESS_TABLES: usize = 200;

/// A catalog that was read.
#[derive(Debug, Default)]
pub(crate) struct Catalog {
    header: Option<SnapshotHeader>,
    objects: Vec<Object>,
}

/// What all connections of this agent share.
#[derive(Debug)]
pub(crate) struct Agent {
    sources: Vec<Source>,
    allow_unsafe_role: bool,
    limits: Limits,
    scans: Jobs<Catalog>,
    profiles: Jobs<Vec<TableProfile>>,
}

impl Agent {
    pub(crate) fn new(sources: Vec<Source>, allow_unsafe_role: bool) -> Self {
        let (scans, profiles) = (Jobs::new(Kind::Scan), Jobs::new(Kind::Profile));
        Self { sources, allow_unsafe_role, limits: Limits::default(), scans, profiles }
    }

    /// Stops all jobs and their statements.
    pub(crate) fn stop(&self) {
        self.scans.cancel_all();
        self.profiles.cancel_all();
    }

    pub(crate) async fn source_info(
        &self,
        arguments: SourceInfoArguments,
    ) -> Result<SourceInfoAnswer, ToolError> {
        let wanted: Vec<&Source> = match &arguments.source {
            Some(name) => vec![self.source(name)?],
            None => self.sources.iter().collect(),
        };
        let infos: Vec<SourceInfo> =
            futures_util::future::join_all(wanted.into_iter().map(|source| source.info(self.limits))).await;
        Ok(SourceInfoAnswer { agent_version: env!("CARGO_PKG_VERSION").into(), sources: infos })
    }

    pub(crate) async fn scan_start(
        self: &Arc<Self>,
        arguments: ScanStartArguments,
    ) -> Result<JobStarted, ToolError> {
        let source = self.source(&arguments.source)?.clone();
        let filter = filter(&arguments.include, &arguments.exclude)?;
        self.refuse_unsafe(&source).await?;
        let fingerprint = source
            .fingerprint(self.limits, &CancellationToken::new())
            .await
            .map_err(|error| ToolError::from(&error))?;
        if !fingerprint.is_empty() && arguments.if_none_match.as_ref() == Some(&fingerprint) {
            return Ok(JobStarted { job: None, unchanged: true, fingerprint });
        }
        let job = self.scans.start(source.name())?;
        let (agent, running) = (self.clone(), job.clone());
        tokio::spawn(async move {
            let outcome = source.scan(&filter, agent.limits, &running.cancel).await;
            let outcome = outcome.map(|snapshot| {
                running.change(|state| {
                    state.progress.done = snapshot.objects.len() as u64;
                    state.progress.total = state.progress.done;
                    state.result = Catalog { header: Some(snapshot.header), objects: snapshot.objects };
                });
            });
            end(&running, outcome);
        });
        Ok(JobStarted { job: Some(job.id.clone()), unchanged: false, fingerprint })
    }

    pub(crate) async fn scan_get(&self, arguments: PageArguments) -> Result<ScanPage, ToolError> {
        let job = self.scans.find(&arguments.job)?;
        job.wait(patience(&arguments), |state| state.status != JobStatus::Running).await;
        let from = position(arguments.cursor.as_deref())?;
        job.see(|state| {
            let mut page = ScanPage {
                status: state.status,
                progress: state.progress.clone(),
                header: None,
                page: Vec::new(),
                next_cursor: None,
                error: state.error.clone(),
            };
            if state.status == JobStatus::Done {
                let (objects, next) = cut(&state.result.objects, from, bytes(&arguments))?;
                page.header = (from == 0).then(|| state.result.header.clone()).flatten();
                page.next_cursor = (next < state.result.objects.len()).then(|| next.to_string());
                page.page = objects;
            }
            Ok(page)
        })
    }

    pub(crate) async fn profile_start(
        self: &Arc<Self>,
        arguments: ProfileStartArguments,
    ) -> Result<JobStarted, ToolError> {
        let source = self.source(&arguments.source)?.clone();
        let request = ProfileRequest {
            tables: arguments.tables,
            filter: filter(&arguments.include, &arguments.exclude)?,
            level: arguments.level,
            timestamp_columns: arguments.timestamp_columns,
        };
        self.refuse_unsafe(&source).await?;
        let job = self.profiles.start(source.name())?;
        let (agent, running) = (self.clone(), job.clone());
        tokio::spawn(async move {
            let tell = |event| {
                running.change(|state| match event {
                    ProfileEvent::Progress(progress) => state.progress = progress,
                    ProfileEvent::Table(table) => state.result.push(*table),
                });
            };
            let outcome = source.profile(&request, agent.limits, &running.cancel, &tell).await;
            end(&running, outcome);
        });
        Ok(JobStarted { job: Some(job.id.clone()), unchanged: false, fingerprint: String::new() })
    }

    pub(crate) async fn profile_get(&self, arguments: PageArguments) -> Result<ProfilePage, ToolError> {
        let job = self.profiles.find(&arguments.job)?;
        let from = position(arguments.cursor.as_deref())?;
        job.wait(patience(&arguments), |state| {
            state.status != JobStatus::Running || state.result.len() > from
        })
        .await;
        job.see(|state| {
            let (tables, next) = cut(&state.result, from, bytes(&arguments))?;
            let more = state.status == JobStatus::Running || next < state.result.len();
            Ok(ProfilePage {
                status: state.status,
                progress: state.progress.clone(),
                page: tables,
                next_cursor: more.then(|| next.to_string()),
                error: state.error.clone(),
            })
        })
    }

    pub(crate) async fn freshness(
        &self,
        arguments: FreshnessArguments,
    ) -> Result<FreshnessAnswer, ToolError> {
        let source = self.source(&arguments.source)?;
        if arguments.tables.len() > FRESHNESS_TABLES {
            return Err(invalid(&format!("At most {FRESHNESS_TABLES} tables can be asked for at once.")));
        }
        self.refuse_unsafe(source).await?;
        let answer = source.freshness(&arguments.tables, self.limits, &CancellationToken::new()).await;
        answer.map_err(|error| ToolError::from(&error))
    }

    pub(crate) fn job_cancel(&self, arguments: &JobArguments) -> Result<JobCancelled, ToolError> {
        let status = match (self.scans.find(&arguments.job), self.profiles.find(&arguments.job)) {
            (Ok(job), _) => cancel(&job),
            (_, Ok(job)) => cancel(&job),
            (Err(_), Err(_)) => return Err(job::unknown()),
        };
        Ok(JobCancelled { job: arguments.job.clone(), status })
    }

    fn source(&self, name: &str) -> Result<&Source, ToolError> {
        self.sources.iter().find(|source| source.name() == name).ok_or_else(|| {
            let known: Vec<&str> = self.sources.iter().map(Source::name).collect();
            ToolError {
                code: "source_unknown".into(),
                message: format!("This agent has no such source. It has: {}.", known.join(", ")),
            }
        })
    }

    async fn refuse_unsafe(&self, source: &Source) -> Result<(), ToolError> {
        if self.allow_unsafe_role {
            return Ok(());
        }
        source.require_safe_role(self.limits).await.map_err(|error| ToolError::from(&error))
    }
}

fn cancel<T>(job: &Job<T>) -> JobStatus {
    job.cancel.cancel();
    job.finish(JobStatus::Cancelled, None);
    job.see(|state| state.status)
}

fn end<T>(job: &Job<T>, outcome: Result<(), ScanError>) {
    match outcome {
        Ok(()) => job.finish(JobStatus::Done, None),
        Err(ScanError::Cancelled) => job.finish(JobStatus::Cancelled, None),
        Err(error) => {
            tracing::warn!(code = error.code(), "job {} failed: {error}", job.id);
            job.finish(JobStatus::Failed, Some(ToolError::from(&error)));
        }
    }
}

fn filter(include: &[String], exclude: &[String]) -> Result<Filter, ToolError> {
    Filter::new(include, exclude).map_err(|error| ToolError::from(&error))
}

fn invalid(message: &str) -> ToolError {
    ToolError { code: "invalid".into(), message: message.to_owned() }
}

fn patience(arguments: &PageArguments) -> Duration {
    Duration::from_millis(arguments.wait_ms.unwrap_or(0)).min(LONGEST_WAIT)
}

fn bytes(arguments: &PageArguments) -> usize {
    arguments.max_bytes.unwrap_or(PAGE_BYTES).clamp(1, PAGE_BYTES)
}

/// A cursor is the number of items that came before.
fn position(cursor: Option<&str>) -> Result<usize, ToolError> {
    match cursor {
        None | Some("") => Ok(0),
        Some(text) => text.parse().map_err(|_| invalid("The cursor is not one that this agent gave.")),
    }
}

/// As many items from `from` as fit into a page, at least one, and where the next page begins.
fn cut<T: Serialize + Clone>(items: &[T], from: usize, most: usize) -> Result<(Vec<T>, usize), ToolError> {
    let rest = items.get(from..).ok_or_else(|| invalid("The cursor is not one that this agent gave."))?;
    let mut size = 0;
    let mut page = Vec::new();
    for item in rest {
        let length = serde_json::to_vec(item).map_or(0, |json| json.len() + 1);
        if !page.is_empty() && size + length > most {
            break;
        }
        size += length;
        page.push(item.clone());
    }
    let next = from + page.len();
    Ok((page, next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_holds_what_fits_and_at_least_one_item() {
        let items: Vec<String> = (0..5).map(|n| format!("{n}{}", "x".repeat(97))).collect();
        let (page, next) = cut(&items, 0, 250).unwrap();
        assert_eq!((page.len(), next), (2, 2));
        let (page, next) = cut(&items, 4, 1).unwrap();
        assert_eq!((page.len(), next), (1, 5));
        let (page, next) = cut(&items, 5, 250).unwrap();
        assert_eq!((page.len(), next), (0, 5));
        assert_eq!(cut(&items, 6, 250).unwrap_err().code, "invalid");
    }

    #[test]
    fn a_cursor_of_somebody_else_is_refused() {
        assert_eq!(position(None).unwrap(), 0);
        assert_eq!(position(Some("")).unwrap(), 0);
        assert_eq!(position(Some("12")).unwrap(), 12);
        assert_eq!(position(Some("-1")).unwrap_err().code, "invalid");
    }
}
