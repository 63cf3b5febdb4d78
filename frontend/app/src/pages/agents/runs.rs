use leptos::prelude::*;
use types::page::Page;
use types::permission::Permission;
use types::run::{Run, RunState};
use ui::{
    Button, ButtonVariant, Card, Cell, ControlSize, EmptyState, Glyph, HeaderCell, RelativeTime, Row, Table,
    prose, use_now, use_toasts,
};

use crate::fetch::{MorePages, Paged};
use crate::pages::run_steps::{RunSteps, elapsed};
use crate::submit::Submit;
use crate::words::{RunBadge, trigger};
use crate::workspace::use_workspace;

/// How many runs are asked for at once.
pub(super) const RUNS_OF_A_PAGE: u32 = 25;

/// What a run came to, in a few words.
fn outcome(run: &Run) -> String {
    if let Some(error) = &run.error {
        return error.message.clone();
    }
    match (run.state.is_final(), run.unchanged, run.version) {
        (false, _, _) => "under way".to_owned(),
        (true, Some(true), Some(version)) => format!("unchanged, version {version}"),
        (true, Some(false), Some(1)) => "version 1".to_owned(),
        (true, Some(false), Some(version)) => format!("changed, version {version}"),
        _ => "–".to_owned(),
    }
}

/// The newest runs; a row shows its steps and narrows the log to it.
#[component]
pub fn RunTable(
    page: Signal<Page<Run>>,
    /// The id of the run whose steps are shown.
    opened: RwSignal<String>,
    #[prop(into)] on_changed: Callback<()>,
) -> impl IntoView {
    let workspace = use_workspace();
    let Paged { all: page, more } = Paged::new(
        page,
        move || workspace.source.get(),
        move |api, cursor| {
            let source = workspace.source.get_untracked();
            async move { api.runs(source.as_deref(), RUNS_OF_A_PAGE, Some(&cursor)).await }
        },
    );
    let empty = Memo::new(move |_| page.with(|page| page.items.is_empty()));
    let chosen = Memo::new(move |_| {
        let id = opened.get();
        page.with(|page| page.items.iter().find(|run| run.id.to_string() == id).cloned())
    });
    let head = || {
        view! {
            <HeaderCell>"Started"</HeaderCell>
            <HeaderCell>"Source"</HeaderCell>
            <HeaderCell>"State"</HeaderCell>
            <HeaderCell>"Outcome"</HeaderCell>
            <HeaderCell>"By"</HeaderCell>
            <HeaderCell numeric=true>"Took"</HeaderCell>
        }
    };
    view! {
        <Card title="Runs" description="Choose a run to see its steps and its log" flush=true>
            {move || {
                if empty.get() {
                    view! {
                        <EmptyState
                            icon=Glyph::RefreshCw
                            title="No scan has run yet"
                            text="Each scan is listed here with its steps: read the schema, profile the data, find drift, describe what is new."
                        />
                    }
                        .into_any()
                } else {
                    view! {
                        <Table caption="Runs" head=head class="max-h-96 border-t border-border">
                            <For
                                each=move || page.get().items
                                key=|run| (run.id, run.state)
                                children=move |run| view! { <RunRow run=run opened=opened /> }
                            />
                        </Table>
                        <MorePages more=more noun="run" />
                    }
                        .into_any()
                }
            }}
            {move || {
                chosen
                    .get()
                    .map(|run| {
                        view! {
                            <section class="border-t border-border p-5" aria-label="Steps of the run">
                                <RunHeader run=run.clone() opened=opened on_changed=on_changed />
                                <RunSteps run=run />
                            </section>
                        }
                    })
            }}
        </Card>
    }
}

#[component]
fn RunRow(run: Run, opened: RwSignal<String>) -> impl IntoView {
    let now = use_now();
    let id = run.id.to_string();
    let own = id.clone();
    let toggle = move || {
        opened.update(|opened| {
            if *opened == id {
                opened.clear();
            } else {
                opened.clone_from(&id);
            }
        });
    };
    let (started, finished) = (run.started_at, run.finished_at);
    let text = outcome(&run);
    view! {
        <Row on_open=toggle selected=Signal::derive(move || opened.get() == own)>
            <Cell>
                <RelativeTime at=run.started_at.unwrap_or(run.created_at) />
            </Cell>
            <Cell mono=true>{run.source}</Cell>
            <Cell>
                <RunBadge state=run.state />
            </Cell>
            <Cell class="max-w-64 truncate" title=text.clone()>
                {prose(&text)}
            </Cell>
            <Cell>{trigger(run.trigger)}</Cell>
            <Cell numeric=true>{move || elapsed(started, finished, now.get()).unwrap_or_else(|| "–".to_owned())}</Cell>
        </Row>
    }
}

#[component]
fn RunHeader(run: Run, opened: RwSignal<String>, on_changed: Callback<()>) -> impl IntoView {
    let workspace = use_workspace();
    let toasts = use_toasts();
    let submit = Submit::new();
    let id = run.id;
    let cancel = move || {
        let api = workspace.api();
        submit.send_or(
            async move { api.cancel_run(id).await },
            move |()| {
                toasts.info("The scan is being cancelled.");
                on_changed.run(());
            },
            move |failure| toasts.failure(failure.to_string(), failure.request_id()),
        );
    };
    let retry = move || {
        let api = workspace.api();
        submit.send_or(
            async move { api.retry_run(id).await },
            move |()| {
                toasts.info("The scan was started again.");
                on_changed.run(());
            },
            move |failure| toasts.failure(failure.to_string(), failure.request_id()),
        );
    };
    let drift = run.drift_id.map(|drift| {
        let href = workspace.href_of(&format!("/dashboard/drift?event={drift}"), Some(&run.source));
        view! {
            <a class="text-table text-accent-text hover:underline" href=href>
                "See the drift"
            </a>
        }
    });
    let state = run.state;
    let actions = move || {
        if !workspace.may(Permission::ScanRun) {
            return None;
        }
        match state {
            RunState::Queued | RunState::Running => Some(
                view! {
                    <Button icon=Glyph::CircleStop size=ControlSize::Small loading=submit.busy on_click=cancel>
                        "Cancel scan"
                    </Button>
                }
                .into_any(),
            ),
            RunState::Failed | RunState::Cancelled => Some(
                view! {
                    <Button icon=Glyph::RefreshCw size=ControlSize::Small loading=submit.busy on_click=retry>
                        "Try the scan again"
                    </Button>
                }
                .into_any(),
            ),
            RunState::Succeeded | RunState::Skipped => None,
        }
    };
    view! {
        <header class="mb-4 flex flex-wrap items-center justify-between gap-3">
            <h3 class="font-semibold">{format!("Steps of the scan of {}", run.source)}</h3>
            <div class="flex items-center gap-3">
                {drift} {actions}
                <Button
                    variant=ButtonVariant::Ghost
                    size=ControlSize::Small
                    icon=Glyph::Close
                    on_click=move || opened.set(String::new())
                >
                    "Close"
                </Button>
            </div>
        </header>
    }
}
