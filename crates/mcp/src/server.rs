//! The MCP server: tools over the sources that this agent was started with.

mod audit;
mod backfill;
mod call;
pub(crate) mod http;
mod job;
mod page;
mod schema;
mod task;
mod tools;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use scan::{Budget, Filter, Limits, Memory, Source};
use types::protocol::{AgentLimits, ProfileBudget, ToolError};

use job::Jobs;
use task::Tasks;

/// What every connection shares.
#[derive(Clone, Debug)]
pub(crate) struct Agent {
    sources: Arc<BTreeMap<String, Source>>,
    jobs: Jobs,
    tasks: Tasks,
    limits: Limits,
    policy: Policy,
    /// What was profiled before, so that tables which nobody writes to are not read again.
    memory: Memory,
}

/// What the agent's owner allows.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    /// To work with a role that can do more than read.
    pub(crate) unsafe_role: bool,
    /// To tell frequent values as they are.
    pub(crate) values: bool,
    /// While others use a database: the part of the time, in percent, that profiling takes.
    pub(crate) duty_percent: u8,
    /// The most seconds and bytes of one job, whatever its caller asks for.
    pub(crate) most: ProfileBudget,
    /// What may be read at all.
    pub(crate) allowed: Filter,
}

impl Policy {
    /// What callers are told of it.
    fn limits(&self) -> AgentLimits {
        let ProfileBudget { bytes, seconds } = self.most;
        AgentLimits { duty_percent: self.duty_percent, bytes, seconds }
    }

    /// What a job may cost: the less of what its caller asks for and what the owner allows.
    fn budget(&self, asked: ProfileBudget) -> Budget {
        let less = |asked: Option<u64>, most: Option<u64>| asked.into_iter().chain(most).min();
        Budget {
            bytes: less(asked.bytes, self.most.bytes),
            time: less(asked.seconds, self.most.seconds).map(Duration::from_secs),
            duty_percent: self.duty_percent,
        }
    }
}

impl Agent {
    pub(crate) fn new(sources: BTreeMap<String, Source>, limits: Limits, policy: Policy) -> Self {
        Self {
            sources: Arc::new(sources),
            jobs: Jobs::default(),
            tasks: Tasks::default(),
            limits,
            policy,
            memory: Memory::default(),
        }
    }

    /// Stops whatever runs.
    pub(crate) fn cancel_all(&self) {
        self.jobs.cancel_all();
    }

    fn source(&self, name: &str) -> Result<&Source, ToolError> {
        self.sources.get(name).ok_or_else(|| {
            let known: Vec<&str> = self.sources.keys().map(String::as_str).collect();
            failure(
                "source_unknown",
                format!("There is no such source; this agent has: {}.", known.join(", ")),
            )
        })
    }
}

fn failure(code: &str, message: impl Into<String>) -> ToolError {
    ToolError { code: code.into(), message: message.into() }
}
