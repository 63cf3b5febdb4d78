//! How much of each database its agent takes, and what it found there.

use leptos::prelude::*;
use types::protocol::AgentLimits;
use types::source::Source;
use ui::{Card, format};

use crate::pages::findings::Findings;
use crate::workspace::use_workspace;

/// What a profile may cost, in words.
fn cost(limits: AgentLimits) -> String {
    let AgentLimits { duty_percent, bytes, seconds } = limits;
    let pace = if duty_percent < 100 {
        format!(
            "While others use the database, a profile reads {duty_percent}% of the time and rests otherwise."
        )
    } else {
        "A profile reads without a rest, whether others use the database or not.".to_owned()
    };
    let seconds = seconds.map(|seconds| format::duration(i64::try_from(seconds).unwrap_or(i64::MAX)));
    let most: Vec<String> = seconds.into_iter().chain(bytes.map(format::bytes)).collect();
    if most.is_empty() {
        format!("{pace} It may take as long, and read as much, as there is.")
    } else {
        format!("{pace} It ends after {} at the latest.", most.join(" or "))
    }
}

/// The databases of the sources that the page shows, as far as their agents have said anything of them.
#[component]
pub fn Databases() -> impl IntoView {
    let workspace = use_workspace();
    move || {
        let shown = workspace.shown_sources();
        let mut sources = workspace.all_sources();
        sources.retain(|source| {
            shown.contains(&source.name) && (source.limits.is_some() || !source.findings.is_empty())
        });
        if sources.is_empty() {
            return None;
        }
        let rows = sources.into_iter().map(|source| view! { <Database source=source /> }).collect_view();
        Some(view! {
            <Card
                title="At the databases"
                description="What the owners of the agents allow, and what the agents found about their roles"
                class="mt-4"
                flush=true
            >
                <ul class="divide-y divide-border border-t border-border">{rows}</ul>
            </Card>
        })
    }
}

#[component]
fn Database(source: Source) -> impl IntoView {
    let marker = source.name.clone();
    view! {
        <li class="px-5 py-4" data-database=marker>
            <p class="font-mono font-medium">{source.name}</p>
            {source.limits.map(|limits| view! { <p class="mt-0.5 text-table text-text-2">{cost(limits)}</p> })}
            <Findings findings=source.findings />
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_profile_may_cost_is_said_in_words() {
        for (duty_percent, seconds, bytes, said) in [
            (
                25,
                None,
                None,
                "reads 25% of the time and rests otherwise. It may take as long, and read as much, as there is.",
            ),
            (
                50,
                Some(600),
                None,
                "reads 50% of the time and rests otherwise. It ends after 10 min at the latest.",
            ),
            (
                100,
                None,
                Some(2_000_000_000),
                "whether others use the database or not. It ends after 2 GB at the latest.",
            ),
            (25, Some(90), Some(5_000), "It ends after 1 min 30 s or 5 kB at the latest."),
        ] {
            let told = cost(AgentLimits { duty_percent, bytes, seconds });
            assert!(told.ends_with(said), "{told}");
        }
    }
}
