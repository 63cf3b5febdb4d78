//! Jobs as tasks of the protocol: a caller that knows those is answered one, and asks after it instead of the job.
//!
//! A task ends when its job does, with what the call that began it answers others at once: the handle, by which the
//! `*_get` tool gives out the pages.

use std::fmt;
use std::time::Duration;

use rmcp::model::{CallToolResponse, CallToolResult, CreateTaskResult};
use rmcp::task_manager::{TaskContext, TaskExit, TaskManager, TaskOptions};
use types::protocol::{JobStarted, JobStatus};

use super::Agent;
use super::job::Job;
use super::tools::refuse;

/// How long a task is known, and as long again once it has ended; no job takes a day.
const KNOWN: Duration = Duration::from_secs(24 * 60 * 60);

/// The tasks of this agent. There are no more of them than there were jobs.
#[derive(Clone, Default)]
pub(super) struct Tasks(pub(super) TaskManager);

impl fmt::Debug for Tasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tasks(…)")
    }
}

impl Agent {
    /// Makes a task of what a call answered, if it began a job.
    pub(super) fn as_task(&self, response: CallToolResponse) -> CallToolResponse {
        let CallToolResponse::Complete(result) = &response else { return response };
        let started = result.structured_content.clone().filter(|_| result.is_error != Some(true));
        let started = started.and_then(|content| serde_json::from_value::<JobStarted>(content).ok());
        let job = started.and_then(|started| started.job).and_then(|id| self.jobs.find(&id).ok());
        let Some(job) = job else { return response };
        let result = result.clone();
        let known = u64::try_from(KNOWN.as_millis()).unwrap_or(u64::MAX);
        let options = TaskOptions::new().with_ttl_ms(known);
        let task = self.tasks.0.spawn(options, move |task| Box::pin(ended(job, task, result)));
        CallToolResponse::Task(CreateTaskResult::new(task))
    }
}

/// Follows a job to its end.
async fn ended(job: Job, task: TaskContext, result: CallToolResult) -> Result<CallToolResult, TaskExit> {
    let mut seen = job.state.subscribe();
    let mut cancelled = false;
    loop {
        let (status, message, error) = {
            let state = seen.borrow_and_update();
            (state.status, state.progress.message.clone(), state.error.clone())
        };
        match (status, error) {
            (JobStatus::Done, _) => return Ok(result),
            (JobStatus::Cancelled, _) => return Err(TaskExit::Cancelled),
            (JobStatus::Failed, error) => return Ok(error.map_or(result, refuse)),
            (JobStatus::Running, _) if !message.is_empty() => task.set_status_message(message),
            (JobStatus::Running, _) => {}
        }
        tokio::select! {
            // The sender is a part of the job, which is kept here.
            _ = seen.changed() => {}
            () = task.cancelled(), if !cancelled => {
                cancelled = true;
                job.cancel.cancel();
            }
        }
    }
}
