//! `/dashboard/agents`: who works for you, what they did, and what they say now.

mod cards;
mod databases;
mod logs;
mod runs;

use leptos::prelude::*;
use ui::{ButtonVariant, PageHeader, Skeleton, SkeletonRows};

use crate::address::query_text;
use crate::fetch::{Fetched, look_while};
use crate::page::{Loaded, PageFrame};
use crate::scan::ScanButton;
use crate::workspace::use_workspace;
use cards::AgentCards;
use databases::Databases;
use logs::LogPane;
use runs::{RUNS_OF_A_PAGE, RunTable};

/// While a run is under way its steps are looked at this often.
const WATCH_MILLIS: u32 = 1_500;

/// The page.
#[component]
pub fn AgentsPage() -> impl IntoView {
    let workspace = use_workspace();
    let agents = Fetched::new(
        move || workspace.source.get(),
        |api, source| async move { api.agents(source.as_deref()).await },
    );
    let runs = Fetched::new(
        move || workspace.source.get(),
        |api, source| async move { api.runs(source.as_deref(), RUNS_OF_A_PAGE, None).await },
    );
    let opened = query_text("run");
    let working = Memo::new(move |_| {
        runs.with(|page| page.is_some_and(|page| page.items.iter().any(|run| !run.state.is_final())))
    });
    look_while(working, WATCH_MILLIS, move || async move {
        runs.reload();
        agents.reload();
    });
    let answer = move || {
        runs.with(|page| {
            let page = page?;
            let under_way = page.items.iter().filter(|run| !run.state.is_final()).count();
            Some(match (page.items.is_empty(), under_way) {
                (true, _) => "No scan has run yet".to_owned(),
                (false, 0) => "No scan is running".to_owned(),
                (false, 1) => "1 scan is running".to_owned(),
                (false, many) => format!("{many} scans are running"),
            })
        })
    };
    view! {
        <PageFrame
            name="agents"
            title="Agents"
            ready=Signal::derive(move || agents.is_there() && runs.is_there())
        >
            <PageHeader
                title="Agents"
                answer=Signal::derive(answer)
                actions=|| view! { <ScanButton label="Run scan now" variant=ButtonVariant::Primary /> }
            />
            <Loaded from=agents skeleton=waiting let:agents>
                <AgentCards agents=agents />
            </Loaded>
            <div class="mt-4 grid gap-4 2xl:grid-cols-2">
                <Loaded
                    from=runs
                    skeleton=|| {
                        view! {
                            <div class="rounded-xl border border-border bg-surface">
                                <SkeletonRows what="runs" />
                            </div>
                        }
                    }
                    let:page
                >
                    <RunTable page=page opened=opened on_changed=move || runs.reload() />
                </Loaded>
                <LogPane run=opened />
            </div>
            <Databases />
        </PageFrame>
    }
}

/// The same geometry as the page.
pub(crate) fn waiting() -> impl IntoView {
    let card = || {
        view! {
            <div class="h-40 rounded-xl border border-border bg-surface p-5">
                <Skeleton class="h-4 w-28" />
                <Skeleton class="mt-4 h-4 w-full" />
            </div>
        }
    };
    view! {
        <div class="grid gap-4 lg:grid-cols-3" role="status" aria-label="Loading agents">
            {card()} {card()} {card()}
        </div>
    }
}
