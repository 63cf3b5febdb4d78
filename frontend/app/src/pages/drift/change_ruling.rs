use client::DriftDecision;
use leptos::prelude::*;
use types::DriftId;
use types::Timestamp;
use types::change::{Change, Quieting, Ruling, Severity};
use types::drift::{ChangeName, DecideDrift};
use types::permission::Permission;
use types::policy::Until;
use ui::{Badge, Button, ButtonVariant, ControlSize, Field, Glyph, Icon, Input, now_millis, use_toasts};

use crate::day::{DAY_MILLIS, day_end, day_of};
use crate::submit::{FormFailure, Submit};
use crate::words;
use crate::workspace::use_workspace;

/// How many days ahead an end is proposed.
const USUAL_DAYS: i64 = 30;

/// Where changes can be decided one by one.
#[derive(Clone, Copy)]
pub struct ChangeActions {
    pub(crate) event: DriftId,
    pub(crate) on_decided: Callback<()>,
}

/// As what it was found, where policy says otherwise.
#[component]
pub fn FoundBadge(severity: Severity) -> impl IntoView {
    view! {
        <Badge
            label=format!("found {}", words::severity(severity))
            title="The severity as it was found; policy says otherwise"
        />
    }
}

/// What policy made of a change, and why.
#[component]
pub fn RulingNote(ruling: Ruling) -> impl IntoView {
    let (word, glyph) = match ruling.quiet {
        Some(Quieting::Expected) => ("Expected", Glyph::Check),
        Some(Quieting::Announced) => ("Announced", Glyph::Calendar),
        Some(Quieting::Ignored) => ("Ignored", Glyph::Minus),
        None => ("By policy", Glyph::ShieldCheck),
    };
    let (readers, writers) = (words::severity(ruling.readers), words::severity(ruling.writers));
    let found = if readers == writers {
        format!("Found {readers} for readers and writers.")
    } else {
        format!("Found {readers} for readers, {writers} for writers.")
    };
    let why = ruling.why.into_iter().map(|line| view! { <li class="break-words">{line}</li> }).collect_view();
    view! {
        <div class="mt-2 flex items-start gap-2 rounded-control bg-surface-2 px-3 py-2 text-table" data-ruling>
            <span class="mt-0.5 text-text-2">
                <Icon glyph=glyph class="size-4" />
            </span>
            <div class="min-w-0">
                <p>
                    <span class="font-medium">{word}</span>
                    " · "
                    <span class="text-text-2">{found}</span>
                </p>
                <ul class="text-text-2">{why}</ul>
            </div>
        </div>
    }
}

/// The ways to decide about one change.
#[component]
pub fn DecideChange(change: Change, actions: ChangeActions) -> impl IntoView {
    let workspace = use_workspace();
    let asked = RwSignal::new(None::<DriftDecision>);
    let name = ChangeName { kind: change.kind, path: change.path };
    let path = name.path.clone();
    let buttons = move || {
        view! {
            <div class="mt-2 flex flex-wrap gap-2">
                <Button
                    size=ControlSize::Small
                    icon=Glyph::Check
                    on_click=move || asked.set(Some(DriftDecision::Accept))
                >
                    "Expected"
                    <span class="sr-only">{format!(": {path}")}</span>
                </Button>
                <Button
                    size=ControlSize::Small
                    icon=Glyph::Clock
                    on_click=move || asked.set(Some(DriftDecision::Ignore))
                >
                    "Ignore until…"
                </Button>
            </div>
        }
    };
    move || {
        if !workspace.may(Permission::DriftHandle) {
            return ().into_any();
        }
        match asked.get() {
            None => buttons.clone()().into_any(),
            Some(decision) => view! {
                <DecisionForm name=name.clone() decision=decision actions=actions on_cancel=move || asked.set(None) />
            }
            .into_any(),
        }
    }
}

/// Why, and until when.
#[component]
fn DecisionForm(
    name: ChangeName,
    decision: DriftDecision,
    actions: ChangeActions,
    #[prop(into)] on_cancel: Callback<()>,
) -> impl IntoView {
    let workspace = use_workspace();
    let toasts = use_toasts();
    let submit = Submit::new();
    let ignores = decision == DriftDecision::Ignore;
    let reason = RwSignal::new(String::new());
    let usual = Timestamp::from_millis(now_millis() + USUAL_DAYS * DAY_MILLIS).map(day_of);
    let until = RwSignal::new(usual.unwrap_or_default());
    let send = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let text = reason.get_untracked().trim().to_owned();
        let end = day_end(&until.get_untracked()).and_then(|end| Timestamp::parse(&end)).map(Until);
        let body = DecideDrift {
            reason: (!text.is_empty()).then_some(text),
            changes: vec![name.clone()],
            until: end.filter(|_| ignores),
        };
        let api = workspace.api();
        submit.send(async move { api.decide_drift(actions.event, decision, &body).await }, move |()| {
            toasts.success(if ignores {
                "Ignored until then, and written into the policy."
            } else {
                "Expected: it stays quiet until it changes again."
            });
            actions.on_decided.run(());
        });
    };
    let explained = if ignores {
        "Changes of this kind in this place raise no alarm until the end of that day."
    } else {
        "The same change raises no alarm again; any other change of this object does."
    };
    view! {
        <form class="mt-2 space-y-2 rounded-control border border-border bg-surface p-3" on:submit=send>
            <p class="text-table text-text-2">{explained}</p>
            <div class="flex flex-wrap items-end gap-2">
                <div class="min-w-48 flex-1">
                    <Field label="Reason" error=submit.field("/reason")>
                        <Input value=reason required=true placeholder="Release 12 moved it to addresses" autofocus=true />
                    </Field>
                </div>
                {ignores
                    .then(|| {
                        view! {
                            <div class="w-40">
                                <Field label="Ignore until" error=submit.field("/until")>
                                    <Input value=until kind="date" required=true />
                                </Field>
                            </div>
                        }
                    })}
                <Button on_click=move || on_cancel.run(())>"Cancel"</Button>
                <Button variant=ButtonVariant::Primary submit=true loading=submit.busy>
                    {if ignores { "Ignore until then" } else { "Mark as expected" }}
                </Button>
            </div>
            <FormFailure submit=submit pointers=&["/reason", "/until"] />
        </form>
    }
}
