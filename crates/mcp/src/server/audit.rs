//! The audit log: a line for each call of a tool. Of what a caller sends it holds only names that this agent knows.

use std::time::Instant;

use rmcp::model::{CallToolRequestParams, CallToolResponse, ErrorData};

use super::Agent;
use super::call::TOOLS;

/// A call that is under way. It is written down when it ends, however it does.
pub(super) struct Call {
    tool: &'static str,
    /// Empty where a call is about no source, or about one that is not there.
    source: String,
    /// The caller may have frequent values.
    values: bool,
    /// The caller has asked for them.
    asked: bool,
    outcome: String,
    started: Instant,
}

impl Call {
    /// A call by whoever may use `agent` so far.
    pub(super) fn begin(agent: &Agent, request: &CallToolRequestParams) -> Self {
        let argument =
            |name: &str| request.arguments.as_ref().and_then(|arguments| arguments.get(name)?.as_str());
        let source = argument("source").filter(|name| agent.sources.contains_key(*name)).map(str::to_owned);
        let of_job = || argument("job").and_then(|job| Some(agent.jobs.find(job).ok()?.source));
        Self {
            tool: TOOLS.get(&request.name).map_or("unknown", |tool| tool.name.as_ref()),
            source: source.or_else(of_job).unwrap_or_default(),
            values: agent.policy.values,
            asked: request
                .arguments
                .as_ref()
                .and_then(|arguments| arguments.get("values")?.as_bool())
                .unwrap_or_default(),
            outcome: "given up".into(),
            started: Instant::now(),
        }
    }

    /// Notes how it ended: `ok`, or the code of what went wrong.
    pub(super) fn ended(&mut self, answer: &Result<CallToolResponse, ErrorData>) {
        self.outcome = match answer {
            Ok(CallToolResponse::Complete(result)) if result.is_error == Some(true) => {
                let code =
                    result.structured_content.as_ref().and_then(|content| content.get("code")?.as_str());
                // Without one they were not what the tool takes.
                code.unwrap_or("arguments").to_owned()
            }
            Ok(_) => "ok".into(),
            Err(error) => error.code.0.to_string(),
        };
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let Self { tool, source, values, asked, outcome, started } = &*self;
        let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(tool, source, outcome, values, asked, milliseconds, "call");
    }
}
