use leptos::prelude::*;
use types::Timestamp;
use types::expectation::{
    Expectation, ExpectationOutcome, ExpectationPoint, ExpectationState, PatchExpectation,
};
use types::incident::IncidentSeverity;
use ui::{Badge, Glyph, Icon, IconButton, RelativeTime, Switch, Tone, format, use_toasts};

use super::Editing;
use crate::submit::{FormFailure, Submit};
use crate::workspace::use_workspace;

/// One expectation with what was found of it.
#[component]
pub fn ExpectationRow(
    expectation: Expectation,
    manages: Memo<bool>,
    editing: RwSignal<Option<Editing>>,
    removing: RwSignal<Option<Expectation>>,
    history: RwSignal<String>,
    on_changed: Callback<()>,
) -> impl IntoView {
    let (definition, outcome) = (&expectation.definition, &expectation.outcome);
    let found = found(expectation.recorded_at.as_ref(), outcome);
    let severity = match definition.severity {
        IncidentSeverity::Critical => ("critical", Tone::Bad),
        IncidentSeverity::Warning => ("warning", Tone::Warn),
    };
    let (source, description) = (expectation.source.clone(), definition.description.clone());
    let at = expectation.recorded_at.map(|at| view! { " · " <RelativeTime at=at /> });
    let (sentence, enabled) = (expectation.sentence.clone(), definition.enabled);
    let state = outcome.state;
    let recent = expectation.recent.clone();
    let id = expectation.id.to_string();
    let (shown, look) = (id.clone(), format!("History: {sentence}"));
    view! {
        <li class="flex flex-wrap items-start gap-x-4 gap-y-2 px-5 py-3" data-expectation=id>
            <span class="w-32 shrink-0">
                <OutcomeBadge state=state enabled=enabled />
            </span>
            <div class="min-w-0 flex-1">
                <p class="break-words">{sentence}</p>
                {description.map(|text| view! { <p class="text-table break-words text-text-2">{text}</p> })}
                <p class="mt-1 flex flex-wrap items-center gap-x-2 gap-y-1 text-table text-text-2">
                    <span>
                        <span class="font-mono">{source}</span>
                        " · "
                        <span class=severity.1.text()>{severity.0}</span>
                        {format!(" · {found}")}
                        {at}
                    </span>
                    <Recent points=recent />
                </p>
            </div>
            <IconButton label=look icon=Glyph::History on_click=move || history.set(shown.clone()) />
            {move || {
                manages
                    .get()
                    .then(|| {
                        view! {
                            <Actions
                                expectation=expectation.clone()
                                editing=editing
                                removing=removing
                                on_changed=on_changed
                            />
                        }
                    })
            }}
        </li>
    }
}

#[component]
fn Actions(
    expectation: Expectation,
    editing: RwSignal<Option<Editing>>,
    removing: RwSignal<Option<Expectation>>,
    on_changed: Callback<()>,
) -> impl IntoView {
    let workspace = use_workspace();
    let toasts = use_toasts();
    let submit = Submit::new();
    let id = expectation.id;
    let sentence = expectation.sentence.clone();
    let enabled = RwSignal::new(expectation.definition.enabled);
    let toggle = move |on: bool| {
        let api = workspace.api();
        let body = PatchExpectation { enabled: Some(on), ..PatchExpectation::default() };
        submit.send_or(
            async move { api.patch_expectation(id, &body).await },
            move |_| {
                toasts.success(if on { "Switched on: the next scan judges it." } else { "Switched off." });
                on_changed.run(());
            },
            move |_| {
                let _ = enabled.try_set(!on);
            },
        );
    };
    let (edited, removed) = (expectation.clone(), expectation);
    let (edit, remove) = (format!("Edit: {sentence}"), format!("Delete: {sentence}"));
    view! {
        <div class="flex flex-wrap items-center gap-1">
            <Switch checked=enabled label="Judged" disabled=submit.busy on_change=toggle />
            <IconButton
                label=edit
                icon=Glyph::Edit
                on_click=move || editing.set(Some(Editing::One(Box::new(edited.clone()))))
            />
            <IconButton
                label=remove
                icon=Glyph::Trash
                on_click=move || removing.set(Some(removed.clone()))
            />
            <FormFailure submit=submit pointers=&[] />
        </div>
    }
}

/// Whether it held.
#[component]
pub fn OutcomeBadge(state: ExpectationState, enabled: bool) -> impl IntoView {
    let (label, tone, glyph) = match (enabled, state) {
        (false, _) => ("switched off", Tone::Neutral, Glyph::Minus),
        (true, ExpectationState::Passed) => ("passed", Tone::Ok, Glyph::CircleCheck),
        (true, ExpectationState::Failed) => ("failed", Tone::Bad, Glyph::OctagonAlert),
        (true, ExpectationState::NotChecked) => ("not checked", Tone::Neutral, Glyph::CircleDashed),
    };
    view! { <Badge label=label tone=tone icon=glyph /> }
}

/// The last results, oldest first.
#[component]
fn Recent(points: Vec<ExpectationPoint>) -> impl IntoView {
    let points: Vec<_> = points.into_iter().rev().take(12).rev().collect();
    (points.len() > 1).then(|| {
        let words: Vec<&str> = points.iter().map(|point| word(point.state)).collect();
        let label = format!("Last results, oldest first: {}", words.join(", "));
        let marks = points
            .into_iter()
            .map(|point| {
                let (glyph, tone) = match point.state {
                    ExpectationState::Passed => (Glyph::CircleCheck, Tone::Ok),
                    ExpectationState::Failed => (Glyph::CircleX, Tone::Bad),
                    ExpectationState::NotChecked => (Glyph::CircleDashed, Tone::Neutral),
                };
                let title = format!("{}: {}", format::date_time(point.at.millis()), word(point.state));
                view! {
                    <span class=format!("inline-flex {}", tone.text()) title=title>
                        <Icon glyph=glyph class="size-3.5" />
                    </span>
                }
            })
            .collect_view();
        view! {
            <span class="inline-flex items-center gap-0.5" role="img" aria-label=label>
                {marks}
            </span>
        }
    })
}

fn word(state: ExpectationState) -> &'static str {
    match state {
        ExpectationState::Passed => "passed",
        ExpectationState::Failed => "failed",
        ExpectationState::NotChecked => "not checked",
    }
}

/// What was found, in words.
pub(super) fn found(recorded_at: Option<&Timestamp>, outcome: &ExpectationOutcome) -> String {
    if recorded_at.is_none() {
        return "waits for the next scan".to_owned();
    }
    match (outcome.state, outcome.failing, outcome.checked) {
        (ExpectationState::Failed, Some(failing), Some(checked)) => {
            format!("{} of {} break it", format::count(failing), format::plural(checked, "row"))
        }
        (ExpectationState::Passed, Some(_), Some(checked)) => {
            format!("{} looked at", format::plural(checked, "row"))
        }
        (state, ..) => outcome.detail.clone().unwrap_or_else(|| word(state).to_owned()),
    }
}
