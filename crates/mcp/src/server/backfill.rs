//! Jobs that count how many rows came in each day.

use scan::{BackfillEvent, BackfillRequest};
use types::protocol::{
    BACKFILL_DAYS, BackfillPage, BackfillStartArguments, JobStarted, JobStatus, MOST_BACKFILL_DAYS,
    PageArguments, ProfileBudget, ToolError,
};

use super::job::Kind;
use super::page::{Sized, cut, position};
use super::tools::patience;
use super::{Agent, failure};

/// The last millisecond that every engine can express.
const LATEST: i64 = 253_402_300_799_999;

impl Agent {
    pub(super) async fn start_backfill(
        &self,
        arguments: BackfillStartArguments,
    ) -> Result<JobStarted, ToolError> {
        let source = self.source(&arguments.source)?;
        let days = arguments.days.unwrap_or(BACKFILL_DAYS);
        if !(1..=MOST_BACKFILL_DAYS).contains(&days) {
            return Err(failure("days", format!("From 1 to {MOST_BACKFILL_DAYS} days can be counted.")));
        }
        // The first day has to be one that every engine can express as well.
        let earliest = i64::from(MOST_BACKFILL_DAYS) * 24 * 60 * 60 * 1000;
        if arguments.until.is_some_and(|until| !(earliest..=LATEST).contains(&until.millis())) {
            return Err(failure("days", "The days must end between 1972 and 9999."));
        }
        let request = BackfillRequest {
            tables: arguments.tables,
            timestamp_columns: arguments.timestamp_columns,
            days,
            until: arguments.until,
            allowed: self.policy.allowed.clone(),
            budget: self.policy.budget(ProfileBudget { bytes: None, seconds: arguments.seconds }),
        };
        self.in_time(self.require_safe(source)).await?;
        let (source, limits) = (source.clone(), self.limits);
        let job = self.jobs.start(&arguments.source, Kind::Backfill, |job| async move {
            let tell = |event| {
                job.state.send_modify(|state| match event {
                    BackfillEvent::Progress(progress) => state.progress = progress,
                    BackfillEvent::Table(table) => state.backfills.push(Sized::new(table)),
                });
            };
            source.backfill(&request, limits, &job.cancel, &tell).await
        })?;
        Ok(JobStarted { job: Some(job.id), unchanged: false, fingerprint: String::new() })
    }

    pub(super) async fn backfill_page(&self, arguments: PageArguments) -> Result<BackfillPage, ToolError> {
        let start = position(arguments.cursor.as_deref())?;
        let job = self.job(&arguments.job, Kind::Backfill)?;
        job.wait(patience(&arguments), |state| {
            state.status != JobStatus::Running || state.backfills.len() > start
        })
        .await;
        let state = job.state.borrow();
        let (page, next) = cut(&state.backfills, start, arguments.max_bytes);
        let more = state.status == JobStatus::Running || next < state.backfills.len();
        Ok(BackfillPage {
            status: state.status,
            progress: state.progress.clone(),
            page,
            next_cursor: more.then(|| next.to_string()),
            error: state.error.clone(),
        })
    }
}
