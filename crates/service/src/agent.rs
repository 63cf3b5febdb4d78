//! The three agents: what the steps of the newest runs say of them.

use store::run::Run;
use store::step::Step;
use types::agent::{Agent, AgentName, AgentStatus, Agents};
use types::run::RunState;

use crate::permission::ScanRead;
use crate::source::select_all;
use crate::{Context, Error, Scope};

/// How many of the newest runs are looked at.
const RUNS: u64 = 20;

/// The cards of the three agents, of one source or of all.
///
/// # Errors
/// [`Error::NotFound`] for an unknown source.
pub async fn list(context: &Context, scope: &Scope<ScanRead>, source: Option<&str>) -> Result<Agents, Error> {
    let tx = context.store.read(scope.tenant()).await?;
    let sources = select_all(&tx, source).await?;
    let one = source.and(sources.first()).map(|source| source.id);
    let filter = store::run::Filter { source: one, ..store::run::Filter::default() };
    let runs = store::run::list(&tx, &filter, RUNS).await?;
    let ids: Vec<_> = runs.iter().map(|run| run.id).collect();
    let steps = store::step::of_runs(&tx, &ids).await?;
    let card = |name| card(name, !sources.is_empty(), &runs, &steps);
    Ok(Agents { agents: AgentName::ALL.into_iter().map(card).collect() })
}

fn card(name: AgentName, has_source: bool, runs: &[Run], steps: &[Step]) -> Agent {
    let own = |step: &&Step| AgentName::of(step.kind) == name && step.started_at.is_some();
    // Runs are newest first; of two steps of one run the later is meant, or the one that failed.
    let latest = runs.iter().find_map(|run| {
        let mut steps: Vec<_> = steps.iter().filter(|step| step.run_id == run.id).filter(own).collect();
        steps.sort_by_key(|step| step.started_at);
        let first = steps.first().copied()?;
        Some((run, first, steps.last().copied()?))
    });
    let Some((run, first, last)) = latest else {
        let (status, detail) = if has_source {
            (AgentStatus::Never, purpose(name).to_owned())
        } else {
            (AgentStatus::NotConfigured, "Add a source: there is no database to look at.".to_owned())
        };
        return Agent {
            name,
            status,
            detail,
            last_run_id: None,
            last_run_at: None,
            last_state: None,
            last_duration_ms: None,
            last_error: None,
        };
    };
    let status = match last.state {
        RunState::Running | RunState::Queued => AgentStatus::Running,
        RunState::Failed => AgentStatus::Failing,
        RunState::Succeeded | RunState::Cancelled | RunState::Skipped => AgentStatus::Idle,
    };
    let duration = first.started_at.zip(last.finished_at).map(|(start, end)| end.millis() - start.millis());
    let detail = match status {
        AgentStatus::Running if !last.progress.message.is_empty() => last.progress.message.clone(),
        _ => purpose(name).to_owned(),
    };
    Agent {
        name,
        status,
        detail,
        last_run_id: Some(run.id),
        last_run_at: first.started_at,
        last_state: Some(last.state),
        last_duration_ms: duration.and_then(|millis| u64::try_from(millis).ok()),
        last_error: last.error.clone(),
    }
}

fn purpose(name: AgentName) -> &'static str {
    match name {
        AgentName::Metadata => "Reads the catalog and measures every column.",
        AgentName::Semantic => {
            "Describes tables and columns from their names and types, by rules; no model is asked."
        }
        AgentName::Drift => "Compares each scan with the version before and says whom a change breaks.",
    }
}
