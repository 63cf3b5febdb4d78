use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;
use types::RunId;
use types::organization::ConnectionReport;
use types::organization::TestConnection;
use types::run::{Run, RunState};
use types::source::Source;
use ui::{Button, ButtonVariant, Card, EmptyState, Glyph, LinkButton, Select, SelectOption};

use super::gateway_source::GatewaySource;
use super::{Onboarding, StepHeading};
use crate::address::page_address;
use crate::pages::connection::ConnectionLadder;
use crate::pages::run_steps::RunSteps;
use crate::submit::{FormFailure, Submit};
use crate::workspace::use_go;

const WATCH_MILLIS: u32 = 1_000;
/// A pause to see that it worked, before the dashboard.
const LEAVE_MILLIS: u32 = 1_200;

/// The first scan, watched.
#[component]
pub fn ScanStep() -> impl IntoView {
    let onboarding: Onboarding = expect_context();
    let go = use_go();
    let (load, start, test) = (Submit::new(), Submit::new(), Submit::new());
    let sources = RwSignal::new(None::<Vec<Source>>);
    let chosen = RwSignal::new(String::new());
    let run = RwSignal::new(None::<Run>);
    let report = RwSignal::new(None::<ConnectionReport>);
    let by_gateway = RwSignal::new(false);
    let look = move || {
        let api = onboarding.api();
        let both = async move {
            let list = api.sources().await?;
            // An address of bastion-mcp is a source at once; behind a gateway it wants a name.
            let settings = if list.is_empty() { Some(api.organization().await?.settings) } else { None };
            Ok((list, settings.is_some_and(|settings| settings.archestra_url.is_some())))
        };
        load.send(both, move |(list, gateway)| {
            if let Some(first) = list.first() {
                let _ = chosen.try_set(first.name.clone());
            }
            let _ = by_gateway.try_set(gateway);
            let _ = sources.try_set(Some(list));
        });
    };
    let added = Callback::new(move |_: Source| look());
    look();
    let watch = move |id: RunId| {
        let go = go.clone();
        spawn_local(async move {
            loop {
                // Also ends when the page is gone.
                let Some(api) = run.try_get_untracked().map(|_| onboarding.api()) else {
                    return;
                };
                if let Ok(now) = api.run(id).await {
                    let state = now.state;
                    let _ = run.try_set(Some(now));
                    if state == RunState::Succeeded {
                        TimeoutFuture::new(LEAVE_MILLIS).await;
                        if run.try_get_untracked().is_some() {
                            let org = onboarding.org.try_get_untracked().flatten();
                            go(
                                &page_address("/dashboard", org.as_deref(), None, client::Query::new()),
                                false,
                            );
                        }
                        return;
                    }
                    if state.is_final() {
                        return;
                    }
                }
                TimeoutFuture::new(WATCH_MILLIS).await;
            }
        });
    };
    let scan = move || {
        let (api, name, watch) = (onboarding.api(), chosen.get_untracked(), watch.clone());
        let _ = run.try_set(None);
        start.send(async move { api.start_scan(Some(&name)).await }, move |started| watch(started.run_id));
    };
    let scan = Callback::new(move |()| scan());
    let try_it = move || {
        report.set(None);
        let api = onboarding.api();
        test.send(async move { api.test_connection(&TestConnection::default()).await }, move |answer| {
            let _ = report.try_set(Some(answer));
        });
    };
    let busy = Signal::derive(move || {
        start.busy.get() || run.with(|run| run.as_ref().is_some_and(|run| !run.state.is_final()))
    });
    let options = Signal::derive(move || {
        sources
            .get()
            .unwrap_or_default()
            .into_iter()
            .map(|source| SelectOption::new(source.name.clone(), source.name))
            .collect::<Vec<_>>()
    });
    let body = move || {
        match sources.with(|sources| sources.as_ref().map(Vec::len)) {
        None => ().into_any(),
        Some(0) if by_gateway.get() => view! { <GatewaySource added=added /> }.into_any(),
        Some(0) => view! {
            <EmptyState
                icon=Glyph::Database
                title="No source yet"
                text="Enter the address of a bastion-mcp or of your Archestra first; then its database can be scanned."
                action=move || {
                    view! {
                        <LinkButton href=Signal::derive(move || onboarding.step("connection"))>"Back to the connection"</LinkButton>
                        <LinkButton href=Signal::derive(move || {
                            page_address(
                                "/dashboard/settings?section=sources",
                                onboarding.org.get().as_deref(),
                                None,
                                client::Query::new(),
                            )
                        })>"Add a source"</LinkButton>
                    }
                }
            />
        }
        .into_any(),
        Some(count) => view! {
            <div class="flex flex-wrap items-center gap-3">
                {(count > 1)
                    .then(|| {
                        view! {
                            <span class="w-56">
                                <Select value=chosen options=options label="Source" />
                            </span>
                        }
                    })}
                <Button
                    variant=ButtonVariant::Primary
                    icon=Glyph::Play
                    loading=busy
                    on_click=scan
                >
                    "Run first schema scan"
                </Button>
                <Button icon=Glyph::Activity loading=test.busy on_click=try_it>
                    "Test connection"
                </Button>
            </div>
        }
        .into_any(),
    }
    };
    view! {
        <StepHeading
            title="Run the first scan"
            text="It reads the schema and profiles every table, without changing anything. You can watch each step."
        />
        <Card>
            {body}
            <div class="mt-4 space-y-3">
                <FormFailure submit=load pointers=&[] />
                <FormFailure submit=start pointers=&["/source"] />
                <FormFailure submit=test pointers=&[] />
                {move || report.get().map(|report| view! { <ConnectionLadder report=report /> })}
            </div>
            {move || {
                run.get()
                    .map(|run| {
                        let state = run.state;
                        let done = state == RunState::Succeeded;
                        view! {
                            <div class="mt-5 border-t border-border pt-5" aria-live="polite" data-run=state.as_str()>
                                <RunSteps run=run />
                                {done.then(|| view! { <p class="mt-4 text-ok">"Done. Opening the dashboard…"</p> })}
                            </div>
                        }
                    })
            }}
        </Card>
    }
}
