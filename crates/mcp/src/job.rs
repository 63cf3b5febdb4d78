//! Jobs: long work behind a handle.
//!
//! They live in memory only. An agent that restarts forgets them and answers `job_unknown`; whoever asked starts that
//! step again. One scan and one profile run at a time for a source, so that nobody's database is read twice at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use scan::CancellationToken;
use tokio::sync::watch;
use types::protocol::{JOB_UNKNOWN, JobStatus, Progress, ToolError};

/// How long a finished job is remembered.
const KEEP: Duration = Duration::from_secs(15 * 60);

/// What a job works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Scan,
    Profile,
}

/// What can be seen of a job at one moment.
#[derive(Debug)]
pub(crate) struct State<T> {
    pub(crate) status: JobStatus,
    pub(crate) progress: Progress,
    pub(crate) error: Option<ToolError>,
    pub(crate) result: T,
}

/// A job with its result so far.
#[derive(Debug)]
pub(crate) struct Job<T> {
    pub(crate) id: String,
    source: String,
    pub(crate) cancel: CancellationToken,
    state: Mutex<State<T>>,
    /// Grows with each change, for those who wait.
    changes: watch::Sender<u64>,
    finished: Mutex<Option<Instant>>,
}

impl<T: Default> Job<T> {
    fn new(id: String, source: &str) -> Self {
        let state = State {
            status: JobStatus::Running,
            progress: Progress::default(),
            error: None,
            result: T::default(),
        };
        Self {
            id,
            source: source.to_owned(),
            cancel: CancellationToken::new(),
            state: Mutex::new(state),
            changes: watch::Sender::new(0),
            finished: Mutex::new(None),
        }
    }
}

impl<T> Job<T> {
    /// Looks at the state.
    pub(crate) fn see<R>(&self, look: impl FnOnce(&State<T>) -> R) -> R {
        look(&self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the state and wakes those who wait.
    pub(crate) fn change(&self, change: impl FnOnce(&mut State<T>)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.changes.send_modify(|version| *version += 1);
    }

    /// Ends the job; only the first end counts.
    pub(crate) fn finish(&self, status: JobStatus, error: Option<ToolError>) {
        let mut finished = self.finished.lock().unwrap_or_else(PoisonError::into_inner);
        if finished.is_some() {
            return;
        }
        *finished = Some(Instant::now());
        drop(finished);
        self.change(|state| {
            state.status = status;
            state.error = error;
        });
    }

    /// Waits until `ready` holds, at most so long.
    pub(crate) async fn wait(&self, at_most: Duration, ready: impl Fn(&State<T>) -> bool) {
        let mut changes = self.changes.subscribe();
        let waiting = async {
            while !self.see(&ready) {
                if changes.changed().await.is_err() {
                    return;
                }
            }
        };
        // Running out of time is an answer too: the page then says how far the job is.
        let _ = tokio::time::timeout(at_most, waiting).await;
    }

    fn is_running(&self) -> bool {
        self.see(|state| state.status == JobStatus::Running)
    }

    fn is_stale(&self, now: Instant) -> bool {
        self.finished
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_some_and(|at| now.duration_since(at) > KEEP)
    }
}

/// All jobs of one kind.
#[derive(Debug)]
pub(crate) struct Jobs<T> {
    kind: Kind,
    known: Mutex<HashMap<String, Arc<Job<T>>>>,
}

impl<T: Default> Jobs<T> {
    pub(crate) fn new(kind: Kind) -> Self {
        Self { kind, known: Mutex::new(HashMap::new()) }
    }

    /// A new job for a source.
    pub(crate) fn start(&self, source: &str) -> Result<Arc<Job<T>>, ToolError> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        known.retain(|_, job| !job.is_stale(now));
        if let Some(running) = known.values().find(|job| job.source == source && job.is_running()) {
            let what = if self.kind == Kind::Scan { "schema scan" } else { "profile" };
            return Err(ToolError {
                code: "busy".into(),
                message: format!(
                    "A {what} of `{source}` is running as job {}. Wait for it, or cancel it.",
                    running.id
                ),
            });
        }
        let id = uuid::Uuid::now_v7().to_string();
        let job = Arc::new(Job::new(id.clone(), source));
        known.insert(id, job.clone());
        Ok(job)
    }

    /// A job by its handle.
    pub(crate) fn find(&self, id: &str) -> Result<Arc<Job<T>>, ToolError> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned().ok_or_else(|| unknown())
    }

    /// Cancels all, as the agent stops.
    pub(crate) fn cancel_all(&self) {
        for job in self.known.lock().unwrap_or_else(PoisonError::into_inner).values() {
            job.cancel.cancel();
        }
    }
}

/// The answer for a handle that is not known.
pub(crate) fn unknown() -> ToolError {
    ToolError {
        code: JOB_UNKNOWN.into(),
        message: "This job is not known here: the agent restarted, or the job ended more than 15 minutes ago. Start it again.".into(),
    }
}
