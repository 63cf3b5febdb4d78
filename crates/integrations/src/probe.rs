//! "Test connection": a ladder of checks, climbed until a rung breaks.

use std::time::{Duration, Instant};

use types::organization::{ConnectionReport, ConnectionStep};
use types::protocol::SourceInfo;

use crate::archestra::Archestra;
use crate::mcp::{DirectAgent, GatewayAgent};
use crate::{Agent, AgentError, AgentErrorKind, Egress, Way};

/// What is to be tried out.
#[derive(Clone, Debug)]
pub struct Probe {
    pub way: Way,
    /// What the agent calls the database; all of its databases when missing.
    pub agent_source: Option<String>,
}

/// What is said of a rung above a broken one.
const NOT_TRIED: &str = "Not tried, as the step before failed.";

/// The rungs climbed so far.
#[derive(Default)]
struct Ladder {
    steps: Vec<ConnectionStep>,
    broken: bool,
}

impl Ladder {
    /// Climbs one rung; what it found goes into the report, what it returned on to the next rung.
    async fn climb<T>(
        &mut self,
        name: &str,
        rung: impl Future<Output = Result<T, AgentError>>,
        found: impl FnOnce(&T) -> String,
    ) -> Option<T> {
        if self.broken {
            self.skip(name, NOT_TRIED);
            return None;
        }
        let started = Instant::now();
        let outcome = rung.await;
        let elapsed = started.elapsed();
        match outcome {
            Ok(value) => {
                self.push(name, "ok", found(&value), None, elapsed);
                Some(value)
            }
            Err(error) => {
                self.push(name, "failed", headline(error.kind).to_owned(), Some(error.message), elapsed);
                self.broken = true;
                None
            }
        }
    }

    fn skip(&mut self, name: &str, why: &str) {
        self.push(name, "skipped", why.to_owned(), None, Duration::ZERO);
    }

    fn push(&mut self, name: &str, status: &str, detail: String, remedy: Option<String>, elapsed: Duration) {
        let elapsed_ms = u32::try_from(elapsed.as_millis()).unwrap_or(u32::MAX);
        self.steps.push(ConnectionStep {
            name: name.to_owned(),
            status: status.to_owned(),
            detail,
            remedy,
            elapsed_ms,
        });
    }

    fn report(self) -> ConnectionReport {
        ConnectionReport { ok: !self.broken, steps: self.steps }
    }
}

fn headline(kind: AgentErrorKind) -> &'static str {
    match kind {
        AgentErrorKind::Unreachable => "Nothing answers.",
        AgentErrorKind::Unauthorized => "The credential was refused.",
        AgentErrorKind::NotMcp => "Something else answers there.",
        AgentErrorKind::Protocol => "The answer is not the expected one.",
        AgentErrorKind::Timeout => "No answer in time.",
        AgentErrorKind::EgressRefused => "This server may not call the address.",
        AgentErrorKind::JobUnknown | AgentErrorKind::Busy | AgentErrorKind::Failed => {
            "The agent reported a failure."
        }
    }
}

pub(crate) async fn climb(egress: &Egress, probe: Probe, call_timeout: Duration) -> ConnectionReport {
    let mut ladder = Ladder::default();
    match probe.way {
        Way::Direct { url, token } => {
            let address = async { egress.check(&url) };
            ladder.climb("address", address, |()| "The address may be called.".into()).await;
            let agent = DirectAgent::new(egress.clone(), url.clone(), token, call_timeout);
            ladder
                .climb("agent", agent.open(), |()| "An MCP server answers and accepts the token.".into())
                .await;
            ladder.climb("tools", agent.check_tools(), |()| "It offers bastion-mcp's tools.".into()).await;
            databases(&mut ladder, &agent, probe.agent_source.as_deref()).await;
        }
        Way::Gateway { base, gateway, token, api_key, tool_prefix } => {
            let address = async { egress.check(&base) };
            ladder.climb("address", address, |()| "The address may be called.".into()).await;
            let archestra = Archestra::new(egress.clone(), base.clone(), api_key);
            ladder
                .climb("health", archestra.health(), |health| {
                    let version: String =
                        health.version.chars().filter(|c| !c.is_control()).take(40).collect();
                    format!("Archestra {version} answers.")
                })
                .await;
            if archestra.has_api_key() {
                let accepted = |_: &serde_json::Value| "The API key is accepted.".to_owned();
                ladder.climb("api_key", archestra.permissions(), accepted).await;
            } else {
                ladder.skip("api_key", "No API key is set; the gateway token suffices for scans.");
            }
            let agent = GatewayAgent::new(archestra, gateway, token, tool_prefix, call_timeout);
            ladder.climb("gateway", agent.session(), |_| "The gateway accepts the token.".into()).await;
            ladder
                .climb("tools", agent.route(), |route| match &route.detour {
                    None => format!("bastion-mcp's tools are listed as `{}__…`.", route.prefix),
                    Some(detour) => format!(
                        "Progressive loading is on: tools are called through `{detour}` as `{}__…`.",
                        route.prefix
                    ),
                })
                .await;
            databases(&mut ladder, &agent, probe.agent_source.as_deref()).await;
        }
    }
    ladder.report()
}

/// The last rungs, which both ways share: the agent's databases and what it may do there.
async fn databases(ladder: &mut Ladder, agent: &dyn Agent, source: Option<&str>) {
    let answer = ladder
        .climb("database", reached(agent, source), |sources| {
            let names: Vec<String> = sources.iter().map(described).collect();
            format!("Reached {}.", names.join(", "))
        })
        .await;
    let Some(sources) = answer else {
        ladder.skip("read_only", NOT_TRIED);
        return;
    };
    let findings: Vec<_> = sources.iter().flat_map(|source| &source.findings).collect();
    if findings.is_empty() {
        ladder.push("read_only", "ok", "The role can read and cannot write.".into(), None, Duration::ZERO);
    } else {
        // Of the others, such as that the server is a standby, another role changes nothing.
        let can_do_more = findings.iter().any(|finding| finding.unsafe_);
        let remedy =
            can_do_more.then(|| "Run `bastion-mcp setup-sql` for a role that can only read.".to_owned());
        let said: Vec<&str> = findings.iter().map(|finding| finding.message.as_str()).collect();
        ladder.push("read_only", "warning", said.join(" "), remedy, Duration::ZERO);
    }
}

async fn reached(agent: &dyn Agent, source: Option<&str>) -> Result<Vec<SourceInfo>, AgentError> {
    let answer = agent.source_info(source).await?;
    match answer.sources.iter().find(|source| !source.reachable) {
        None if answer.sources.is_empty() => Err(AgentError::new(
            AgentErrorKind::Failed,
            "The agent serves no database. Start it with `--source NAME=URL`.",
        )),
        None => Ok(answer.sources),
        Some(lost) => {
            let why =
                lost.findings.iter().map(|finding| finding.message.as_str()).collect::<Vec<_>>().join(" ");
            Err(AgentError::quoting(
                AgentErrorKind::Failed,
                &format!("The agent cannot reach its database `{}`. ", lost.name),
                &why,
            ))
        }
    }
}

fn described(source: &SourceInfo) -> String {
    let version = source.engine_version.as_deref().unwrap_or_default();
    format!("`{}` ({} {version})", source.name, source.engine.as_str())
}
