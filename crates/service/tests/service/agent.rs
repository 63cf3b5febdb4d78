//! An agent beside a database that exists only in memory.
//!
//! It is as strict as the contract: it knows only its own source, its own jobs and the cursors that it gave out, and an
//! answer that says `unchanged` needs a fingerprint that was asked with.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use integrations::{Agent, AgentError, AgentErrorKind, Connector, Probe, Way};
use types::Timestamp;
use types::expectation::{ExpectationOutcome, ExpectationState, TableExpectation, TableOutcome};
use types::organization::ConnectionReport;
use types::profile::TableProfile;
use types::protocol::{
    AgentLimits, BackfillPage, BackfillStartArguments, DayCount, FreshnessAnswer, FreshnessArguments,
    JobCancelled, JobStarted, JobStatus, PageArguments, ProfilePage, ProfileStartArguments, Progress,
    ScanPage, ScanStartArguments, SourceInfo, SourceInfoAnswer, TableBackfill,
};
use types::snapshot::{Engine, Object, SnapshotHeader};

/// How many items a page has.
const PAGE: usize = 2;
/// What its owner allows.
pub(crate) const LIMITS: AgentLimits = AgentLimits { duty_percent: 25, bytes: None, seconds: Some(600) };

/// What the agent does when it is called.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// Answers with an error.
    Fail(AgentErrorKind),
    /// Never answers.
    Hang,
    /// Has restarted: its jobs are gone.
    Forget,
}

/// What a test sees and sets.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) objects: Vec<Object>,
    pub(crate) profiles: Vec<TableProfile>,
    /// Empty where the engine has none.
    pub(crate) fingerprint: String,
    /// The fingerprint is known only when the catalog has been read.
    pub(crate) fingerprint_is_late: bool,
    /// Of the data; `None` where the engine has none.
    pub(crate) profile_fingerprint: Option<String>,
    /// Answers `unchanged` to whoever asks for a profile.
    pub(crate) unchanged_unasked: bool,
    /// How many rows break an expectation about a column, by the column's name.
    pub(crate) breaking: HashMap<String, u64>,
    /// As an agent of an earlier release, which knows no expectations.
    pub(crate) ignores_expectations: bool,
    /// What it was asked to judge last.
    pub(crate) expected: Vec<TableExpectation>,
    /// What it says of expectations that nobody asked about.
    pub(crate) gossip: Vec<(String, TableOutcome)>,
    /// What came into a table on each day, the newest first; what is not here has no column that tells.
    pub(crate) arrivals: HashMap<String, Vec<u64>>,
    /// As an agent of an earlier release, which cannot count back.
    pub(crate) cannot_count_back: bool,
    pub(crate) engine_version: String,
    pub(crate) now: Timestamp,
    /// By the number of the call, from 1.
    pub(crate) faults: HashMap<usize, Fault>,
    /// Every call from here on fails so.
    pub(crate) down: Option<AgentErrorKind>,
    pub(crate) calls: Vec<String>,
    jobs: HashMap<String, Job>,
    started: usize,
}

/// What a job delivers; like a real one's, it does not change once the job was started.
#[derive(Clone, Debug)]
enum Job {
    Scan(Vec<Object>),
    Profile(Vec<TableProfile>, Option<String>),
    Backfill(Vec<TableBackfill>),
}

/// The agent and the connector that leads to it.
#[derive(Clone)]
pub(crate) struct FakeAgent(Arc<Mutex<State>>);

impl FakeAgent {
    pub(crate) fn new(now: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(State {
            objects: Vec::new(),
            profiles: Vec::new(),
            fingerprint: String::new(),
            fingerprint_is_late: false,
            profile_fingerprint: None,
            unchanged_unasked: false,
            breaking: HashMap::new(),
            ignores_expectations: false,
            expected: Vec::new(),
            gossip: Vec::new(),
            arrivals: HashMap::new(),
            cannot_count_back: false,
            engine_version: "15.18".into(),
            now,
            faults: HashMap::new(),
            down: None,
            calls: Vec::new(),
            jobs: HashMap::new(),
            started: 0,
        })))
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// Notes a call and does what the test wants of it.
    async fn called(&self, what: &str) -> Result<(), AgentError> {
        let fault = {
            let mut state = self.state();
            state.calls.push(what.to_owned());
            let number = state.calls.len();
            if let Some(kind) = state.down {
                return Err(AgentError::new(kind, "The test says so."));
            }
            let fault = state.faults.remove(&number);
            if matches!(fault, Some(Fault::Forget)) {
                state.jobs.clear();
            }
            fault
        };
        match fault {
            Some(Fault::Fail(kind)) => Err(AgentError::new(kind, "The test says so.")),
            Some(Fault::Hang) => std::future::pending().await,
            Some(Fault::Forget) | None => Ok(()),
        }
    }

    fn start(&self, job: Job) -> String {
        let mut state = self.state();
        state.started += 1;
        let name = format!("job-{}", state.started);
        state.jobs.insert(name.clone(), job);
        name
    }

    /// Judges what is expected of a table; what counts is whether the test calls its column broken.
    fn judge(&self, profile: &mut TableProfile, expected: &[TableExpectation]) {
        let state = self.state();
        let own = expected.iter().filter(|expected| expected.table == profile.table);
        let judged = own.filter(|_| !state.ignores_expectations).map(|expected| {
            assert!(domain::expectation::asks_for_rows(&expected.rule), "{expected:?}");
            let columns = domain::expectation::columns(&expected.rule);
            let failing = columns.iter().filter_map(|column| state.breaking.get(*column)).sum();
            let outcome = ExpectationOutcome {
                state: if failing == 0 { ExpectationState::Passed } else { ExpectationState::Failed },
                failing: Some(failing),
                checked: Some(profile.row_count),
                detail: None,
                checked_at: Some(profile.profiled_at),
            };
            TableOutcome { id: expected.id, outcome }
        });
        profile.expectations = judged.collect();
        let gossip = state.gossip.iter().filter(|(table, _)| *table == profile.table);
        profile.expectations.extend(gossip.map(|(_, outcome)| outcome.clone()));
    }

    fn job(&self, name: &str) -> Result<Job, AgentError> {
        let unknown = || AgentError::new(AgentErrorKind::JobUnknown, "The agent does not know this job.");
        self.state().jobs.get(name).cloned().ok_or_else(unknown)
    }
}

fn refused(message: &str) -> AgentError {
    AgentError::new(AgentErrorKind::Failed, message)
}

fn check_source(source: &str) -> Result<(), AgentError> {
    if source == "shop" { Ok(()) } else { Err(refused("source_unknown")) }
}

/// A page of items, and the cursor after it.
fn page<T: Clone>(items: &[T], arguments: &PageArguments) -> Result<(Vec<T>, Option<String>), AgentError> {
    let from = match &arguments.cursor {
        None => 0,
        Some(cursor) => cursor.parse::<usize>().map_err(|_| refused("a cursor of somebody else"))?,
    };
    if from > items.len() || from % PAGE != 0 {
        return Err(refused("a cursor of somebody else"));
    }
    let to = items.len().min(from + PAGE);
    Ok((items[from..to].to_vec(), (to < items.len()).then(|| to.to_string())))
}

#[async_trait]
impl Agent for FakeAgent {
    async fn source_info(&self, source: Option<&str>) -> Result<SourceInfoAnswer, AgentError> {
        self.called("source_info").await?;
        check_source(source.unwrap_or("shop"))?;
        let state = self.state();
        let info = SourceInfo {
            name: "shop".into(),
            engine: Engine::Postgres,
            engine_version: Some(state.engine_version.clone()),
            database: Some("shop".into()),
            now: Some(state.now),
            reachable: true,
            limits: Some(LIMITS),
            findings: Vec::new(),
        };
        Ok(SourceInfoAnswer { agent_version: "0".into(), sources: vec![info] })
    }

    async fn scan_start(&self, arguments: ScanStartArguments) -> Result<JobStarted, AgentError> {
        self.called("scan_start").await?;
        check_source(&arguments.source)?;
        let (objects, fingerprint, is_late) = {
            let state = self.state();
            (state.objects.clone(), state.fingerprint.clone(), state.fingerprint_is_late)
        };
        if !fingerprint.is_empty() && arguments.if_none_match.as_ref() == Some(&fingerprint) {
            return Ok(JobStarted { job: None, unchanged: true, fingerprint });
        }
        let job = self.start(Job::Scan(objects));
        let fingerprint = if is_late { String::new() } else { fingerprint };
        Ok(JobStarted { job: Some(job), unchanged: false, fingerprint })
    }

    async fn scan_get(&self, arguments: PageArguments) -> Result<ScanPage, AgentError> {
        self.called("scan_get").await?;
        let Job::Scan(objects) = self.job(&arguments.job)? else { return Err(refused("not a scan")) };
        let (page, next_cursor) = page(&objects, &arguments)?;
        let state = self.state();
        let header = SnapshotHeader {
            format_version: 1,
            canonical_version: 0,
            engine: Engine::Postgres,
            engine_version: state.engine_version.clone(),
            database: "shop".into(),
            captured_at: state.now,
            root_hash: String::new(),
            column_order: None,
            fingerprint: state.fingerprint.clone(),
            physical: None,
            warnings: Vec::new(),
        };
        Ok(ScanPage {
            status: JobStatus::Done,
            progress: Progress { done: 1, total: 1, message: String::new() },
            header: arguments.cursor.is_none().then_some(header),
            page,
            next_cursor,
            error: None,
        })
    }

    async fn profile_start(&self, arguments: ProfileStartArguments) -> Result<JobStarted, AgentError> {
        self.called("profile_start").await?;
        check_source(&arguments.source)?;
        let (mut profiles, present) = {
            let mut state = self.state();
            state.expected.clone_from(&arguments.expectations);
            (state.profiles.clone(), state.profile_fingerprint.clone())
        };
        for profile in &mut profiles {
            self.judge(profile, &arguments.expectations);
        }
        let unasked = self.state().unchanged_unasked;
        if unasked || present.is_some() && arguments.if_none_match == present {
            let fingerprint = present.unwrap_or_default();
            return Ok(JobStarted { job: None, unchanged: true, fingerprint });
        }
        let job = self.start(Job::Profile(profiles, present));
        Ok(JobStarted { job: Some(job), unchanged: false, fingerprint: String::new() })
    }

    async fn profile_get(&self, arguments: PageArguments) -> Result<ProfilePage, AgentError> {
        self.called("profile_get").await?;
        let Job::Profile(profiles, fingerprint) = self.job(&arguments.job)? else {
            return Err(refused("not a profile"));
        };
        let (page, next_cursor) = page(&profiles, &arguments)?;
        Ok(ProfilePage {
            status: if next_cursor.is_some() { JobStatus::Running } else { JobStatus::Done },
            progress: Progress {
                done: page.len() as u64,
                total: profiles.len() as u64,
                message: String::new(),
            },
            page,
            fingerprint: fingerprint.filter(|_| next_cursor.is_none()),
            next_cursor,
            error: None,
        })
    }

    async fn backfill_start(&self, arguments: BackfillStartArguments) -> Result<JobStarted, AgentError> {
        self.called("backfill_start").await?;
        check_source(&arguments.source)?;
        if self.state().cannot_count_back {
            let message = "The agent did not accept the call: tool not found";
            return Err(AgentError::new(AgentErrorKind::Protocol, message));
        }
        let until = arguments.until.unwrap().millis();
        let since = |days: i64| Timestamp::from_millis(until - days * 24 * 60 * 60 * 1000).unwrap();
        let (most, arrivals) = (i64::from(arguments.days.unwrap()), self.state().arrivals.clone());
        let count = |table: &String| {
            let known = arrivals.get(table);
            let days = (1..=most).zip(known.into_iter().flatten());
            let mut days: Vec<_> =
                days.map(|(back, rows)| DayCount { from: since(back), rows: *rows }).collect();
            days.reverse();
            TableBackfill {
                table: table.clone(),
                timestamp_column: known.map(|_| "created_at".into()),
                since: since(most),
                until: since(0),
                days,
                skipped: known.is_none().then(|| "no column says when its rows came in".into()),
            }
        };
        let job = self.start(Job::Backfill(arguments.tables.iter().map(count).collect()));
        Ok(JobStarted { job: Some(job), unchanged: false, fingerprint: String::new() })
    }

    async fn backfill_get(&self, arguments: PageArguments) -> Result<BackfillPage, AgentError> {
        self.called("backfill_get").await?;
        let Job::Backfill(tables) = self.job(&arguments.job)? else { return Err(refused("not a backfill")) };
        let (page, next_cursor) = page(&tables, &arguments)?;
        Ok(BackfillPage {
            status: if next_cursor.is_some() { JobStatus::Running } else { JobStatus::Done },
            progress: Progress::default(),
            page,
            next_cursor,
            error: None,
        })
    }

    async fn freshness(&self, _: FreshnessArguments) -> Result<FreshnessAnswer, AgentError> {
        Err(refused("nobody asks this yet"))
    }

    async fn cancel(&self, job: &str) -> Result<JobCancelled, AgentError> {
        self.called("cancel").await?;
        self.job(job)?;
        self.state().jobs.remove(job);
        Ok(JobCancelled { job: job.to_owned(), status: JobStatus::Cancelled })
    }
}

#[async_trait]
impl Connector for FakeAgent {
    fn agent(&self, way: &Way) -> Result<Box<dyn Agent>, AgentError> {
        match way {
            Way::Direct { url, .. } if url.host_str() == Some("agent.example") => Ok(Box::new(self.clone())),
            _ => Err(AgentError::new(AgentErrorKind::EgressRefused, "Only agent.example may be called.")),
        }
    }

    async fn test(&self, _: Probe) -> ConnectionReport {
        ConnectionReport { ok: true, steps: Vec::new() }
    }
}
