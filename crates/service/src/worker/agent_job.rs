//! A job of an agent: its pages, and what an agent may not answer.

use std::time::{Duration, Instant};

use integrations::{AgentError, AgentErrorKind};
use serde::Serialize;
use tokio::time::sleep;
use types::log::LogLevel;
use types::protocol::{JobPage, JobStatus, PAGE_BYTES, PageArguments};

use super::halt::Halt;
use super::step::Work;

/// How often a step begins again because its agent has forgotten the job.
const RESTARTS: u32 = 3;
/// How long the agent may hold a call back until it has something to say, in milliseconds.
const WAIT_MS: u64 = 15_000;

/// The page at `cursor` of a job that has not failed; `None` when the agent has forgotten the job.
pub(super) async fn page<P: JobPage, F: Future<Output = Result<P, AgentError>>>(
    work: &Work<'_>,
    job: &str,
    cursor: Option<&str>,
    get: impl FnOnce(PageArguments) -> F,
) -> Result<Option<P>, Halt> {
    let arguments = PageArguments {
        job: job.to_owned(),
        cursor: cursor.map(ToOwned::to_owned),
        max_bytes: Some(PAGE_BYTES),
        wait_ms: Some(WAIT_MS),
    };
    match work.ask(get(arguments)).await? {
        Ok(page) => {
            check(&page, cursor)?;
            Ok(Some(page))
        }
        Err(error) if error.kind == AgentErrorKind::JobUnknown => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Whether a page can be: one that is not the last says where the next is, and not that it is this one.
fn check(page: &impl JobPage, cursor: Option<&str>) -> Result<(), AgentError> {
    let runs = page.status() == JobStatus::Running;
    // While a job runs, an empty page says only that there is nothing new.
    if runs && page.is_empty() {
        return Ok(());
    }
    match page.next_cursor() {
        None if runs => Err(protocol("The agent says that there is more, but not where.")),
        Some(next) if Some(next) == cursor => Err(protocol("The agent gives the same page again and again.")),
        _ => Ok(()),
    }
}

/// Keeps the checkpoint of a step that begins again, for the `restarts`th time, because the agent has forgotten its job.
pub(super) async fn restart<C: Serialize>(
    work: &mut Work<'_>,
    what: &str,
    restarts: u32,
    checkpoint: &C,
) -> Result<(), Halt> {
    if restarts > RESTARTS {
        let message =
            format!("The agent forgot the {what} again and again. See whether it restarts, and scan again.");
        return Err(AgentError::new(AgentErrorKind::Failed, message).into());
    }
    let message = format!("The agent does not know the {what} any more; it is started again");
    let line = work.line(LogLevel::Warn, message, []);
    let tx = work.context.store.write(&work.tenant).await?;
    work.save(&tx, checkpoint).await?;
    store::log::append(&tx, &[line]).await?;
    tx.commit().await?;
    work.publish();
    Ok(())
}

/// An agent that broke its contract.
pub(super) fn protocol(message: &str) -> AgentError {
    AgentError::new(AgentErrorKind::Protocol, message)
}

/// A pause after an answer that came at once and said nothing new: an agent need not hold calls back.
pub(super) async fn breathe(asked: Instant) {
    const LEAST: Duration = Duration::from_millis(200);
    if asked.elapsed() < LEAST {
        sleep(LEAST).await;
    }
}

#[cfg(test)]
mod tests {
    use types::profile::TableProfile;
    use types::protocol::{ProfilePage, Progress};

    use super::*;

    /// What is thought of a page of so many tables, after the cursor `here`.
    fn judged(status: JobStatus, tables: usize, next: Option<&str>) -> Result<(), String> {
        let page = ProfilePage {
            status,
            progress: Progress::default(),
            page: vec![TableProfile::default(); tables],
            next_cursor: next.map(ToOwned::to_owned),
            fingerprint: None,
            error: None,
        };
        check(&page, Some("here")).map_err(|error| error.message)
    }

    #[test]
    fn a_page_that_leads_nowhere_is_refused() {
        use JobStatus::{Done, Running};
        for (status, tables, next) in [
            (Running, 0, None),
            (Running, 0, Some("here")),
            (Running, 1, Some("there")),
            (Done, 0, None),
            (Done, 1, None),
            (Done, 1, Some("there")),
        ] {
            assert_eq!(judged(status, tables, next), Ok(()), "{status:?} {tables} {next:?}");
        }
        for (status, tables, next, reason) in [
            (Running, 1, None, "not where"),
            (Running, 1, Some("here"), "same page"),
            (Done, 0, Some("here"), "same page"),
            (Done, 1, Some("here"), "same page"),
        ] {
            let refused = judged(status, tables, next).unwrap_err();
            assert!(refused.contains(reason), "{status:?} {tables} {next:?}: {refused}");
        }
    }
}
