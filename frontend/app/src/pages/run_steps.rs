//! A run's steps, one below the other.

use leptos::prelude::*;
use types::run::{Run, RunState, Step};
use ui::{Glyph, Icon, Tone, format, prose, use_now};

use crate::words;

fn mark(state: RunState) -> (Glyph, Tone) {
    match state {
        RunState::Queued => (Glyph::CircleDashed, Tone::Neutral),
        RunState::Running => (Glyph::LoaderCircle, Tone::Info),
        RunState::Succeeded => (Glyph::CircleCheck, Tone::Ok),
        RunState::Failed => (Glyph::CircleX, Tone::Bad),
        RunState::Cancelled => (Glyph::CircleStop, Tone::Neutral),
        RunState::Skipped => (Glyph::Minus, Tone::Neutral),
    }
}

/// What the step is doing and how far it is: `profiling public.film · 3 of 24`.
fn progress(step: &Step) -> String {
    let progress = &step.progress;
    let count = match (progress.done, progress.total) {
        (0, 0) => None,
        (done, 0) => Some(format::count(done)),
        (done, total) => Some(format!("{} of {}", format::count(done), format::count(total))),
    };
    match (progress.message.is_empty(), count) {
        (true, None) => step.state.as_str().to_owned(),
        (true, Some(count)) => count,
        (false, None) => progress.message.clone(),
        (false, Some(count)) => format!("{} · {count}", progress.message),
    }
}

/// How long a step or a run has taken.
pub(crate) fn elapsed(
    started: Option<types::Timestamp>,
    finished: Option<types::Timestamp>,
    now: i64,
) -> Option<String> {
    let started = started?.millis();
    let until = finished.map_or(now, types::Timestamp::millis);
    Some(format::milliseconds(u64::try_from(until - started).unwrap_or(0)))
}

/// The steps of a run with their states, progress and errors.
#[component]
pub fn RunSteps(run: Run) -> impl IntoView {
    let now = use_now();
    let steps = run
        .steps
        .into_iter()
        .map(|step| {
            let (glyph, tone) = mark(step.state);
            let spin = if step.state == RunState::Running { "size-4 spin" } else { "size-4" };
            let (started, finished) = (step.started_at, step.finished_at);
            let attempts = (step.attempts > 1).then(|| format!(" · attempt {}", step.attempts));
            view! {
                <li class="relative flex gap-3 pb-4 last:pb-0" data-step=step.kind.as_str() data-state=step.state.as_str()>
                    <span class=format!("relative z-1 mt-0.5 bg-surface {}", tone.text())>
                        <Icon glyph=glyph class=spin label=step.state.as_str().to_owned() />
                    </span>
                    <div class="min-w-0 flex-1">
                        <p class="flex justify-between gap-4">
                            <span class="font-medium">{words::step(step.kind)}</span>
                            <span class="text-label text-text-3">
                                {move || elapsed(started, finished, now.get())}
                                {attempts}
                            </span>
                        </p>
                        <p class="text-table text-text-2">
                            {words::agent(types::agent::AgentName::of(step.kind))} " agent · " {progress(&step)}
                        </p>
                        {step
                            .error
                            .map(|error| {
                                view! {
                                    <p class="mt-1 rounded-control bg-bad-tint px-2 py-1 text-table break-words text-bad">
                                        {prose(&error.message)} " " <code class="font-mono text-label">{error.code}</code>
                                    </p>
                                }
                            })}
                    </div>
                </li>
            }
        })
        .collect_view();
    view! { <ol class="text-body">{steps}</ol> }
}
