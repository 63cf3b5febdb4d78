//! Long work: started by one call, asked after by others.
//!
//! Jobs live in memory only. A source runs one job of each kind at a time; what has finished is kept for fifteen
//! minutes, so that a caller whose connection broke can fetch it again, but for what others have followed since: however
//! often it is started again, a catalog is kept a few times at most.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use scan::{CancellationToken, ScanError};
use tokio::sync::watch;
use types::profile::TableProfile;
use types::protocol::{JOB_UNKNOWN, JobStatus, Progress, TableBackfill, ToolError};
use types::snapshot::{Object, SnapshotHeader};

use super::failure;
use super::page::Sized;

/// How long a finished job is kept.
const KEPT: Duration = Duration::from_secs(15 * 60);

/// So many finished jobs of a kind are kept for a source at most, the latest.
const MOST_KEPT: usize = 4;

/// What a job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Scan,
    Profile,
    Backfill,
}

/// Where a job stands, and what it has brought so far.
#[derive(Debug)]
pub(super) struct State {
    pub(super) status: JobStatus,
    pub(super) progress: Progress,
    pub(super) error: Option<ToolError>,
    pub(super) header: Option<SnapshotHeader>,
    pub(super) objects: Vec<Sized<Object>>,
    pub(super) tables: Vec<Sized<TableProfile>>,
    pub(super) backfills: Vec<Sized<TableBackfill>>,
    /// Of a profile: what holds until somebody writes.
    pub(super) fingerprint: Option<String>,
}

/// A job, shared by whoever runs it and whoever asks.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub(super) id: String,
    pub(super) source: String,
    pub(super) kind: Kind,
    pub(super) cancel: CancellationToken,
    pub(super) state: Arc<watch::Sender<State>>,
    /// Which of all the agent's jobs it is.
    number: u64,
}

/// All jobs of this agent.
#[derive(Clone, Debug, Default)]
pub(super) struct Jobs(Arc<Mutex<Known>>);

/// Those that can be asked after, by their handles.
#[derive(Debug, Default)]
struct Known {
    jobs: HashMap<String, Job>,
    /// How many there have been.
    begun: u64,
}

impl Jobs {
    /// Runs `work` in the background. A second job of its kind on the same source is refused while the first runs.
    pub(super) fn start<F>(
        &self,
        source: &str,
        kind: Kind,
        work: impl FnOnce(Job) -> F,
    ) -> Result<Job, ToolError>
    where
        F: Future<Output = Result<(), ScanError>> + Send + 'static,
    {
        let mut job = Job {
            id: random_id()?,
            source: source.to_owned(),
            kind,
            cancel: CancellationToken::new(),
            state: Arc::new(watch::Sender::new(State::default())),
            number: 0,
        };
        {
            let mut known = self.lock();
            let (running, mut ended): (Vec<&Job>, Vec<&Job>) = known
                .jobs
                .values()
                .filter(|other| other.source == source && other.kind == kind)
                .partition(|other| other.state.borrow().status == JobStatus::Running);
            if let Some(running) = running.first() {
                return Err(failure(
                    "busy",
                    format!("Job {} is doing that for this source; wait for it or cancel it.", running.id),
                ));
            }
            // This one will have ended too.
            ended.sort_unstable_by_key(|other| std::cmp::Reverse(other.number));
            let old: Vec<String> = ended.iter().skip(MOST_KEPT - 1).map(|other| other.id.clone()).collect();
            old.iter().for_each(|id| drop(known.jobs.remove(id)));
            known.begun += 1;
            job.number = known.begun;
            known.jobs.insert(job.id.clone(), job.clone());
        }
        let future = work(job.clone());
        let (jobs, done) = (self.clone(), job.clone());
        tokio::spawn(async move {
            // In a task of its own, so that a panic is a failed job and not one that runs for ever.
            let result = tokio::spawn(future).await;
            let result = result.unwrap_or_else(|_| Err(ScanError::Internal("the job ended abruptly".into())));
            done.finish(result);
            tokio::time::sleep(KEPT).await;
            jobs.lock().jobs.remove(&done.id);
        });
        Ok(job)
    }

    pub(super) fn find(&self, id: &str) -> Result<Job, ToolError> {
        self.lock().jobs.get(id).cloned().ok_or_else(|| {
            failure(
                JOB_UNKNOWN,
                "There is no such job: it ended long ago, others have followed it, or the agent was restarted. Start again.",
            )
        })
    }

    pub(super) fn cancel_all(&self) {
        for job in self.lock().jobs.values() {
            job.cancel.cancel();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        // No invariant spans more than one operation on it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Job {
    fn finish(&self, result: Result<(), ScanError>) {
        let (status, error) = match result {
            Ok(()) => (JobStatus::Done, None),
            Err(ScanError::Cancelled) => (JobStatus::Cancelled, None),
            Err(error) => (JobStatus::Failed, Some(ToolError::from(&error))),
        };
        tracing::info!(job = self.id, source = self.source, kind = ?self.kind, ?status, "job ended");
        self.state.send_modify(|state| {
            state.status = status;
            state.error = error;
        });
    }

    /// Waits until `ready` holds, at most so long.
    pub(super) async fn wait(&self, at_most: Duration, ready: impl FnMut(&State) -> bool) {
        let mut seen = self.state.subscribe();
        // Out of time is an answer too: the caller looks at the state either way.
        let _ = tokio::time::timeout(at_most, seen.wait_for(ready)).await;
    }
}

impl Default for State {
    fn default() -> Self {
        Self {
            status: JobStatus::Running,
            progress: Progress::default(),
            error: None,
            header: None,
            objects: Vec::new(),
            tables: Vec::new(),
            backfills: Vec::new(),
            fingerprint: None,
        }
    }
}

/// Handles are not guessable: another caller of the same agent should not stumble over them.
fn random_id() -> Result<String, ToolError> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|_| failure("internal", "The system has no randomness."))?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_second_job_of_a_kind_is_refused_while_the_first_runs() {
        let jobs = Jobs::default();
        let endless = |job: Job| async move {
            job.cancel.cancelled().await;
            Err(ScanError::Cancelled)
        };
        let first = jobs.start("shop", Kind::Scan, endless).unwrap();
        let refused = jobs.start("shop", Kind::Scan, endless).unwrap_err();
        assert_eq!(refused.code, "busy");
        assert!(refused.message.contains(&first.id));
        assert!(jobs.start("shop", Kind::Profile, endless).is_ok(), "another kind");
        assert!(jobs.start("other", Kind::Scan, endless).is_ok(), "another source");

        first.cancel.cancel();
        first.wait(Duration::from_secs(5), |state| state.status != JobStatus::Running).await;
        assert_eq!(first.state.borrow().status, JobStatus::Cancelled);
        assert!(jobs.start("shop", Kind::Scan, endless).is_ok(), "the first has ended");
    }

    #[tokio::test(start_paused = true)]
    async fn a_finished_job_is_kept_for_fifteen_minutes() {
        let jobs = Jobs::default();
        let job = jobs.start("shop", Kind::Scan, |_| async { Ok(()) }).unwrap();
        job.wait(Duration::from_secs(5), |state| state.status == JobStatus::Done).await;
        tokio::time::sleep(Duration::from_secs(14 * 60)).await;
        assert!(jobs.find(&job.id).is_ok());
        tokio::time::sleep(Duration::from_secs(2 * 60)).await;
        assert_eq!(jobs.find(&job.id).unwrap_err().code, JOB_UNKNOWN);
    }

    #[tokio::test]
    async fn of_the_jobs_that_have_ended_the_latest_of_each_kind_and_source_are_kept() {
        let jobs = Jobs::default();
        let begin = async |source: &str, kind| {
            let job = jobs.start(source, kind, |_| async { Ok(()) }).unwrap();
            job.wait(Duration::from_secs(5), |state| state.status != JobStatus::Running).await;
            job.id
        };
        let others = [begin("shop", Kind::Profile).await, begin("other", Kind::Scan).await];
        let mut scans = Vec::new();
        for _ in 0..50 {
            scans.push(begin("shop", Kind::Scan).await);
        }
        assert!(others.iter().all(|id| jobs.find(id).is_ok()), "another kind, another source");
        let known: Vec<bool> = scans.iter().map(|id| jobs.find(id).is_ok()).collect();
        let (old, latest) = known.split_at(scans.len() - MOST_KEPT);
        assert!(old.iter().all(|known| !known) && latest.iter().all(|known| *known), "{known:?}");
        assert_eq!(jobs.find(&scans[0]).unwrap_err().code, JOB_UNKNOWN);
    }

    #[tokio::test]
    async fn a_job_that_panics_has_failed() {
        let jobs = Jobs::default();
        let work = |_| async { panic!("on purpose") };
        let job = jobs.start("shop", Kind::Scan, work).unwrap();
        job.wait(Duration::from_secs(5), |state| state.status != JobStatus::Running).await;
        assert_eq!(job.state.borrow().status, JobStatus::Failed);
    }
}
