//! The tools. None takes SQL: arguments are names, levels and numbers.

use std::time::Duration;

use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::{CallToolResult, ContentBlock};
use rmcp::{tool, tool_router};
use scan::{
    CancellationToken, Expectations, Filter, FreshnessRequest, ProfileEvent, ProfileRequest, ScanError,
};
use serde::Serialize;
use types::protocol::{
    BackfillPage, BackfillStartArguments, FreshnessAnswer, FreshnessArguments, JobArguments, JobCancelled,
    JobStarted, JobStatus, PageArguments, ProfilePage, ProfileStartArguments, ScanPage, ScanStartArguments,
    SourceInfoAnswer, SourceInfoArguments, ToolError,
};

use super::job::Kind;
use super::page::{cut, fitting, parts, position};
use super::schema::answer_or_error;
use super::{Agent, failure};

/// The longest that a call waits for a job.
const LONGEST_WAIT: u64 = 15_000;
/// The most tables of one `freshness` call.
const MOST_TABLES: usize = 200;

#[tool_router(vis = "pub(super)")]
impl Agent {
    #[tool(
        description = "Tells which databases this agent reads, whether they can be reached, and what is wrong with \
                       the roles it uses.",
        annotations(read_only_hint = true, destructive_hint = false, idempotent_hint = true, open_world_hint = false),
        output_schema = answer_or_error::<SourceInfoAnswer>()
    )]
    async fn source_info(&self, Parameters(arguments): Parameters<SourceInfoArguments>) -> CallToolResult {
        let named = arguments.source.map(|name| self.source(&name).map(|source| vec![source])).transpose();
        let sources = match named {
            Ok(named) => named.unwrap_or_else(|| self.sources.values().collect()),
            Err(error) => return refuse(error),
        };
        let asked = sources.into_iter().map(|source| self.info(source));
        let answer = SourceInfoAnswer {
            agent_version: env!("CARGO_PKG_VERSION").into(),
            sources: futures_util::future::join_all(asked).await,
        };
        let summary = format!("{} sources", answer.sources.len());
        respond(Ok(answer), |_| summary)
    }

    #[tool(
        description = "Starts reading a database's schema and answers a job handle for schema_scan_get; or says \
                       that the schema is unchanged since the fingerprint given.",
        annotations(read_only_hint = true, destructive_hint = false, idempotent_hint = true, open_world_hint = false),
        output_schema = answer_or_error::<JobStarted>()
    )]
    async fn schema_scan_start(
        &self,
        Parameters(arguments): Parameters<ScanStartArguments>,
    ) -> CallToolResult {
        respond(self.start_scan(arguments).await, |started| match &started.job {
            Some(job) => format!("scan started: job {job}"),
            None => "the schema is unchanged".into(),
        })
    }

    #[tool(
        description = "Answers a page of a scan's objects once it is done, waiting up to wait_ms for it.",
        annotations(read_only_hint = true, destructive_hint = false, idempotent_hint = true, open_world_hint = false),
        output_schema = answer_or_error::<ScanPage>()
    )]
    async fn schema_scan_get(&self, Parameters(arguments): Parameters<PageArguments>) -> CallToolResult {
        respond(self.scan_page(arguments).await, |page| {
            format!("{:?}, {} objects", page.status, page.page.len())
        })
    }

    #[tool(
        description = "Starts measuring tables (rows, NULLs, distinct values, quantiles, lengths, shapes, personal data, \
                       newest times; each table is read once, and not again while nobody writes to it), judges what is \
                       expected of them on the way, and answers a job handle for profile_get; or says that nobody has \
                       written since the fingerprint given.",
        annotations(read_only_hint = true, destructive_hint = false, idempotent_hint = true, open_world_hint = false),
        output_schema = answer_or_error::<JobStarted>()
    )]
    async fn profile_start(
        &self,
        Parameters(arguments): Parameters<ProfileStartArguments>,
    ) -> CallToolResult {
        respond(self.start_profile(arguments).await, |started| match &started.job {
            Some(job) => format!("profile started: job {job}"),
            None => "nobody has written since".into(),
        })
    }

    #[tool(
        description = "Answers the tables that a profile has finished since the cursor, waiting up to wait_ms for \
                       the next.",
        annotations(read_only_hint = true, destructive_hint = false, idempotent_hint = true, open_world_hint = false),
        output_schema = answer_or_error::<ProfilePage>()
    )]
    async fn profile_get(&self, Parameters(arguments): Parameters<PageArguments>) -> CallToolResult {
        respond(self.profile_page(arguments).await, |page| {
            format!("{:?}, {} tables", page.status, page.page.len())
        })
    }

    #[tool(
        description = "Starts counting how many rows of each table came in each day, by its own timestamp column: one \
                       statement a table, days and counts only. Answers a job handle for backfill_get.",
        annotations(read_only_hint = true, destructive_hint = false, idempotent_hint = true, open_world_hint = false),
        output_schema = answer_or_error::<JobStarted>()
    )]
    async fn backfill_start(
        &self,
        Parameters(arguments): Parameters<BackfillStartArguments>,
    ) -> CallToolResult {
        respond(self.start_backfill(arguments).await, |started| {
            format!("backfill started: job {}", started.job.as_deref().unwrap_or_default())
        })
    }

    #[tool(
        description = "Answers the tables that a backfill has counted since the cursor, waiting up to wait_ms for \
                       the next.",
        annotations(read_only_hint = true, destructive_hint = false, idempotent_hint = true, open_world_hint = false),
        output_schema = answer_or_error::<BackfillPage>()
    )]
    async fn backfill_get(&self, Parameters(arguments): Parameters<PageArguments>) -> CallToolResult {
        respond(self.backfill_page(arguments).await, |page| {
            format!("{:?}, {} tables", page.status, page.page.len())
        })
    }

    #[tool(
        description = "Tells how fresh tables are, from indexes and last pages, without reading any of them whole.",
        annotations(read_only_hint = true, destructive_hint = false, idempotent_hint = true, open_world_hint = false),
        output_schema = answer_or_error::<FreshnessAnswer>()
    )]
    async fn freshness(&self, Parameters(arguments): Parameters<FreshnessArguments>) -> CallToolResult {
        respond(self.read_freshness(arguments).await, |answer| format!("{} tables", answer.tables.len()))
    }

    #[tool(
        description = "Stops a job and the statement that it runs in the database.",
        annotations(read_only_hint = true, destructive_hint = false, idempotent_hint = true, open_world_hint = false),
        output_schema = answer_or_error::<JobCancelled>()
    )]
    async fn job_cancel(&self, Parameters(arguments): Parameters<JobArguments>) -> CallToolResult {
        respond(self.cancel(arguments).await, |cancelled| format!("{:?}", cancelled.status))
    }

    async fn start_scan(&self, arguments: ScanStartArguments) -> Result<JobStarted, ToolError> {
        let source = self.source(&arguments.source)?;
        let filter =
            Filter::new(&arguments.include, &arguments.exclude).map_err(|error| ToolError::from(&error))?;
        let filter = filter.and(&self.policy.allowed);
        let limits = self.limits;
        let known = arguments.if_none_match.as_deref().filter(|known| !known.is_empty());
        let look = async {
            let cancel = CancellationToken::new();
            let looked = if self.policy.unsafe_role {
                source.look(known, &filter, limits, &cancel).await
            } else {
                source.safe_look(known, &filter, limits, &cancel).await
            };
            looked.map_err(|error| ToolError::from(&error))
        };
        let (fingerprint, read) = self.in_time(look).await?;
        if known == Some(fingerprint.as_str()) {
            return Ok(JobStarted { job: None, unchanged: true, fingerprint });
        }
        let source = source.clone();
        let job = self.jobs.start(&arguments.source, Kind::Scan, |job| async move {
            let snapshot = match read {
                Some(snapshot) => snapshot,
                None => {
                    let tell = |progress| job.state.send_modify(|state| state.progress = progress);
                    source.scan_telling(&filter, limits, &job.cancel, &tell).await?
                }
            };
            let (objects, cut) = fitting(snapshot.objects);
            let mut header = snapshot.header;
            header.warnings.extend(cut);
            job.state.send_modify(|state| {
                state.progress.done = objects.len() as u64;
                state.progress.total = objects.len() as u64;
                state.header = Some(header);
                state.objects = objects;
            });
            Ok(())
        })?;
        Ok(JobStarted { job: Some(job.id), unchanged: false, fingerprint })
    }

    async fn scan_page(&self, arguments: PageArguments) -> Result<ScanPage, ToolError> {
        let start = position(arguments.cursor.as_deref())?;
        let job = self.job(&arguments.job, Kind::Scan)?;
        job.wait(patience(&arguments), |state| state.status != JobStatus::Running).await;
        let state = job.state.borrow();
        let is_done = state.status == JobStatus::Done;
        let (page, next) =
            if is_done { cut(&state.objects, start, arguments.max_bytes) } else { (Vec::new(), start) };
        Ok(ScanPage {
            status: state.status,
            progress: state.progress.clone(),
            header: state.header.clone().filter(|_| is_done && start == 0),
            page,
            next_cursor: (is_done && next < state.objects.len()).then(|| next.to_string()),
            error: state.error.clone(),
        })
    }

    async fn start_profile(&self, arguments: ProfileStartArguments) -> Result<JobStarted, ToolError> {
        let source = self.source(&arguments.source)?;
        let filter =
            Filter::new(&arguments.include, &arguments.exclude).map_err(|error| ToolError::from(&error))?;
        if arguments.values && !self.policy.values {
            let message = "This agent tells you no values. Its owner can start it with --values-token-file, and give \
                           you that token, or with --allow-values.";
            return Err(failure("values_not_allowed", message));
        }
        let expectations =
            Expectations::new(arguments.expectations).map_err(|error| ToolError::from(&error))?;
        let known = arguments.if_none_match.filter(|known| !known.is_empty() && !arguments.again);
        let request = ProfileRequest {
            tables: arguments.tables,
            filter,
            allowed: self.policy.allowed.clone(),
            level: arguments.level,
            timestamp_columns: arguments.timestamp_columns,
            expectations,
            values: arguments.values,
            budget: self.policy.budget(arguments.budget.unwrap_or_default()),
            memory: Some(self.memory.clone()),
            again: arguments.again,
        };
        let limits = self.limits;
        let look = async {
            self.require_safe(source).await?;
            if known.is_none() {
                return Ok(None);
            }
            let cancel = CancellationToken::new();
            let present = source.profile_fingerprint(&request, limits, &cancel).await;
            present.map_err(|error| ToolError::from(&error))
        };
        let present = self.in_time(look).await?;
        if known.is_some() && known == present {
            return Ok(JobStarted { job: None, unchanged: true, fingerprint: present.unwrap_or_default() });
        }
        let source = source.clone();
        let job = self.jobs.start(&arguments.source, Kind::Profile, |job| async move {
            let tell = |event| {
                job.state.send_modify(|state| match event {
                    ProfileEvent::Progress(progress) => state.progress = progress,
                    ProfileEvent::Table(table) => state.tables.extend(parts(*table)),
                });
            };
            let fingerprint = source.profile(&request, limits, &job.cancel, &tell).await?;
            job.state.send_modify(|state| state.fingerprint = fingerprint);
            Ok(())
        })?;
        Ok(JobStarted { job: Some(job.id), unchanged: false, fingerprint: String::new() })
    }

    async fn profile_page(&self, arguments: PageArguments) -> Result<ProfilePage, ToolError> {
        let start = position(arguments.cursor.as_deref())?;
        let job = self.job(&arguments.job, Kind::Profile)?;
        job.wait(patience(&arguments), |state| {
            state.status != JobStatus::Running || state.tables.len() > start
        })
        .await;
        let state = job.state.borrow();
        let (page, next) = cut(&state.tables, start, arguments.max_bytes);
        let more = state.status == JobStatus::Running || next < state.tables.len();
        Ok(ProfilePage {
            status: state.status,
            progress: state.progress.clone(),
            page,
            next_cursor: more.then(|| next.to_string()),
            error: state.error.clone(),
            fingerprint: state.fingerprint.clone().filter(|_| !more),
        })
    }

    async fn read_freshness(&self, arguments: FreshnessArguments) -> Result<FreshnessAnswer, ToolError> {
        let source = self.source(&arguments.source)?;
        if arguments.tables.len() > MOST_TABLES {
            return Err(failure("too_many", format!("At most {MOST_TABLES} tables at a time.")));
        }
        if let Some(path) = arguments.tables.iter().find(|path| !self.policy.allowed.admits(path)) {
            return Err(ToolError::from(&ScanError::table_unknown(path)));
        }
        let FreshnessArguments { tables, timestamp_columns, .. } = arguments;
        let request = FreshnessRequest { tables, timestamp_columns };
        self.in_time(async {
            self.require_safe(source).await?;
            let cancel = CancellationToken::new();
            source.freshness(&request, self.limits, &cancel).await.map_err(|error| ToolError::from(&error))
        })
        .await
    }

    async fn cancel(&self, arguments: JobArguments) -> Result<JobCancelled, ToolError> {
        let job = self.jobs.find(&arguments.job)?;
        job.cancel.cancel();
        job.wait(Duration::from_secs(5), |state| state.status != JobStatus::Running).await;
        let status = job.state.borrow().status;
        Ok(JobCancelled { job: job.id, status })
    }

    pub(super) fn job(&self, id: &str, kind: Kind) -> Result<super::job::Job, ToolError> {
        let job = self.jobs.find(id)?;
        if job.kind == kind {
            return Ok(job);
        }
        let message = "This job belongs to another tool: schema_scan_get, profile_get or backfill_get.";
        Err(failure("wrong_tool", message))
    }

    pub(super) async fn require_safe(&self, source: &scan::Source) -> Result<(), ToolError> {
        if self.policy.unsafe_role {
            return Ok(());
        }
        source.require_safe_role(self.limits).await.map_err(|error| ToolError::from(&error))
    }
}

pub(super) fn patience(arguments: &PageArguments) -> Duration {
    Duration::from_millis(arguments.wait_ms.unwrap_or(0).min(LONGEST_WAIT))
}

/// Structured content beside one line of text: large pages are not written twice.
fn respond<T: Serialize>(answer: Result<T, ToolError>, summary: impl FnOnce(&T) -> String) -> CallToolResult {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return refuse(error),
    };
    match serde_json::to_value(&answer) {
        Ok(value) => {
            let mut result = CallToolResult::success(vec![ContentBlock::text(summary(&answer))]);
            result.structured_content = Some(value);
            result
        }
        Err(error) => refuse(failure("internal", error.to_string())),
    }
}

/// A failure that the caller can do something about.
pub(super) fn refuse(error: ToolError) -> CallToolResult {
    let mut result = CallToolResult::error(vec![ContentBlock::text(error.message.clone())]);
    result.structured_content = serde_json::to_value(error).ok();
    result
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nobody_waits_for_a_page_so_long_that_a_call_takes_twenty_seconds() {
        for (asked, waits) in [(json!(null), 0), (json!(10), 10), (json!(u64::MAX), 15_000)] {
            let arguments = json!({"job": "00000000-0000-7000-8000-000000000000", "wait_ms": asked});
            let arguments: PageArguments = serde_json::from_value(arguments).unwrap();
            assert_eq!(patience(&arguments), Duration::from_millis(waits));
        }
    }
}
