use leptos::prelude::*;
use types::connection::Transport;
use types::organization::ConnectionReport;
use types::source::{Schedule, Source};
use ui::{Button, ConfirmDialog, ControlSize, Glyph, RelativeTime, Select, SelectOption, use_toasts};

use super::sources::Editing;
use crate::pages::connection::ConnectionLadder;
use crate::pages::findings::Findings;
use crate::scan::Scanner;
use crate::submit::{FormFailure, Submit};
use crate::words::{RunBadge, engine};
use crate::workspace::use_workspace;

/// The ways to schedule, in minutes.
fn intervals(kept: Option<u32>) -> Vec<SelectOption> {
    let mut options = vec![
        SelectOption::new("", "Only by hand"),
        SelectOption::new("15", "Every 15 minutes"),
        SelectOption::new("60", "Every hour"),
        SelectOption::new("360", "Every 6 hours"),
        SelectOption::new("1440", "Every day"),
        SelectOption::new("10080", "Every week"),
    ];
    if let Some(minutes) = kept
        && !options.iter().any(|option| option.value == minutes.to_string())
    {
        options.push(SelectOption::new(minutes.to_string(), format!("Every {minutes} minutes")));
    }
    options
}

/// One source: its state, its schedule, and what can be done with it.
#[component]
pub fn SourceRow(source: Source, manages: Memo<bool>, editing: RwSignal<Option<Editing>>) -> impl IntoView {
    let way = match source.transport {
        Transport::Direct => source.url.clone().unwrap_or_default(),
        Transport::Gateway => format!("through the Archestra gateway, source {}", source.agent_source),
    };
    let what = source.engine.map(|one| {
        let version = source.engine_version.clone().unwrap_or_default();
        let database = source.database.clone().map(|name| format!(" · {name}")).unwrap_or_default();
        format!("{} {version}{database}", engine(one))
    });
    let scanned = match source.last_scan_at {
        Some(at) => view! { "scanned " <RelativeTime at=at /> }.into_any(),
        None => view! { "never scanned" }.into_any(),
    };
    let findings = source.findings.clone();
    let run = source.last_run.as_ref().map(|run| run.state);
    let (name, marker) = (source.name.clone(), source.name.clone());
    view! {
        <li class="px-5 py-4" data-source=marker>
            <div class="flex flex-wrap items-start justify-between gap-3">
                <div class="min-w-0">
                    <p class="flex items-center gap-2">
                        <span class="font-mono font-medium">{name}</span>
                        {run.map(|state| view! { <RunBadge state=state /> })}
                    </p>
                    <p class="mt-0.5 text-table break-all text-text-2">{what.map(|what| format!("{what} · "))} {scanned}</p>
                    <p class="text-table break-all text-text-3">{way}</p>
                </div>
                <Actions source=source manages=manages editing=editing />
            </div>
            <Findings findings=findings />
        </li>
    }
}

#[component]
fn Actions(source: Source, manages: Memo<bool>, editing: RwSignal<Option<Editing>>) -> impl IntoView {
    let workspace = use_workspace();
    let toasts = use_toasts();
    let scanner = Scanner::new();
    let (test, schedule, remove) = (Submit::new(), Submit::new(), Submit::new());
    let report = RwSignal::new(None::<ConnectionReport>);
    let asking = RwSignal::new(false);
    let id = source.id;
    let name = source.name.clone();
    let kept = source.schedule.every_minutes;
    let interval = RwSignal::new(kept.map(|minutes| minutes.to_string()).unwrap_or_default());
    let change_schedule = Callback::new(move |value: String| {
        let api = workspace.api();
        let body = Schedule { every_minutes: value.parse().ok() };
        schedule.send_or(
            async move { api.schedule_source(id, &body).await },
            move |()| {
                toasts.success("Schedule saved.");
                workspace.refresh();
            },
            move |failure| toasts.failure(failure.to_string(), failure.request_id()),
        );
    });
    let try_it = move || {
        let api = workspace.api();
        report.set(None);
        test.send(async move { api.test_source(id).await }, move |answer| {
            let _ = report.try_set(Some(answer));
        });
    };
    let delete = move || {
        let api = workspace.api();
        remove.send_or(
            async move { api.delete_source(id).await },
            move |()| {
                let _ = asking.try_set(false);
                toasts.success("Source deleted.");
                workspace.refresh();
            },
            move |failure| {
                let _ = asking.try_set(false);
                toasts.failure(failure.to_string(), failure.request_id());
            },
        );
    };
    let scanned = name.clone();
    let edited = source.clone();
    let label = format!("Schedule of {name}");
    let message = format!(
        "Bastion forgets {name}: its versions, drift and statistics are removed. The database itself is not touched."
    );
    let confirm = format!("Delete {name}");
    let phrase = name.clone();
    view! {
        <div class="flex flex-wrap items-center justify-end gap-2">
            <Show when=move || manages.get()>
                <span class="w-44">
                    <Select
                        value=interval
                        options=intervals(kept)
                        label=label.clone()
                        on_change=change_schedule
                        disabled=schedule.busy
                    />
                </span>
            </Show>
            <Show when=move || scanner.allowed()>
                {
                    let scanned = scanned.clone();
                    view! {
                        <Button
                            size=ControlSize::Small
                            icon=Glyph::RefreshCw
                            on_click=move || scanner.start_of(scanned.clone())
                        >
                            "Scan"
                        </Button>
                    }
                }
            </Show>
            <Show when=move || manages.get()>
                {
                    let edited = edited.clone();
                    view! {
                        <Button size=ControlSize::Small icon=Glyph::Activity loading=test.busy on_click=try_it>
                            "Test"
                        </Button>
                        <Button
                            size=ControlSize::Small
                            icon=Glyph::Edit
                            on_click=move || editing.set(Some(Editing::One(Box::new(edited.clone()))))
                        >
                            "Edit"
                        </Button>
                        <Button size=ControlSize::Small on_click=move || asking.set(true)>
                            "Delete"
                        </Button>
                    }
                }
            </Show>
        </div>
        <div class="w-full space-y-3">
            <FormFailure submit=test pointers=&[] />
            {move || report.get().map(|report| view! { <ConnectionLadder report=report /> })}
        </div>
        <ConfirmDialog
            open=asking
            title="Delete source"
            message=message
            confirm=confirm
            phrase=phrase
            busy=remove.busy
            on_confirm=delete
        />
    }
}
