//! The MCP server: tools over the sources that this agent was started with.

mod backfill;
mod call;
pub(crate) mod http;
mod job;
mod page;
mod task;
mod tools;

use std::collections::BTreeMap;
use std::sync::Arc;

use scan::{Limits, Memory, Source};
use types::protocol::ToolError;

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
#[derive(Clone, Copy, Debug)]
pub(crate) struct Policy {
    /// To work with a role that can do more than read.
    pub(crate) unsafe_role: bool,
    /// To tell frequent values as they are.
    pub(crate) values: bool,
    /// While others use a database: the part of the time, in percent, that profiling takes.
    pub(crate) duty_percent: u8,
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
