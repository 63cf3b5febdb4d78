use leptos::prelude::*;
use types::agent::{Agent, AgentName, Agents};
use ui::{Glyph, Icon, RelativeTime, format, prose};

use crate::words::{self, AgentBadge};

fn glyph(name: AgentName) -> Glyph {
    match name {
        AgentName::Metadata => Glyph::Database,
        AgentName::Semantic => Glyph::Sparkles,
        AgentName::Drift => Glyph::GitCompare,
    }
}

/// The three agents.
#[component]
pub fn AgentCards(agents: Signal<Agents>) -> impl IntoView {
    move || {
        let cards =
            agents.get().agents.into_iter().map(|agent| view! { <AgentCard agent=agent /> }).collect_view();
        view! { <div class="grid gap-4 lg:grid-cols-3">{cards}</div> }
    }
}

#[component]
fn AgentCard(agent: Agent) -> impl IntoView {
    let last = match agent.last_run_at {
        Some(at) => view! { <RelativeTime at=at /> }.into_any(),
        None => view! { "never" }.into_any(),
    };
    let took = agent.last_duration_ms.map(format::milliseconds);
    view! {
        <section
            class="flex flex-col rounded-xl border border-border bg-surface p-5 shadow-card"
            data-agent=agent.name.as_str()
        >
            <header class="flex items-center justify-between gap-3">
                <h2 class="flex items-center gap-2.5 font-semibold">
                    <span class="text-accent-text">
                        <Icon glyph=glyph(agent.name) />
                    </span>
                    {format!("{} agent", words::agent(agent.name))}
                </h2>
                <AgentBadge status=agent.status />
            </header>
            <p class="mt-2 text-table text-text-2">{agent.detail}</p>
            {agent
                .last_error
                .map(|error| {
                    view! {
                        <p class="mt-2 rounded-control bg-bad-tint px-2 py-1 text-table break-words text-bad">
                            {prose(&error.message)}
                        </p>
                    }
                })}
            <dl class="mt-auto flex gap-8 pt-4 text-table">
                <div>
                    <dt class="text-label text-text-3">"Last run"</dt>
                    <dd>{last}</dd>
                </div>
                {took
                    .map(|took| {
                        view! {
                            <div>
                                <dt class="text-label text-text-3">"Took"</dt>
                                <dd>{took}</dd>
                            </div>
                        }
                    })}
            </dl>
        </section>
    }
}
