use client::{LiveState, LogFilter, Subscription};
use leptos::prelude::*;
use leptos::task::spawn_local;
use types::agent::AgentName;
use types::log::{LogLevel, LogLine};
use ui::{Badge, Button, ButtonVariant, Card, ControlSize, Glyph, LogList, Ring, Select, SelectOption, Tone};

use crate::address::query_text;
use crate::workspace::use_workspace;

/// Older lines fall out of the pane; they stay in the API.
const KEPT: usize = 5_000;
/// Lines from before the page was opened.
const EARLIER: u32 = 200;

/// What the agents log, as they log it.
#[component]
pub fn LogPane(
    /// Only this run's lines; empty: all.
    run: RwSignal<String>,
) -> impl IntoView {
    let workspace = use_workspace();
    let level = query_text("level");
    let agent = query_text("agent");
    let lines = RwSignal::new(Ring::<LogLine>::new(KEPT));
    let follow = RwSignal::new(true);
    let state = RwSignal::new(LiveState::Connecting);
    let stream = StoredValue::new_local(None::<Subscription>);
    let turn = StoredValue::new(0_u64);
    let filter = Memo::new(move |_| LogFilter {
        run: Some(run.get()),
        agent: Some(agent.get()),
        level: Some(level.get()),
        ..LogFilter::default()
    });
    Effect::new(move |_| {
        workspace.org.track();
        let filter = filter.get();
        let own = turn.get_value() + 1;
        turn.set_value(own);
        stream.set_value(None);
        lines.update(Ring::clear);
        state.set(LiveState::Connecting);
        let api = workspace.api();
        spawn_local(async move {
            let first = LogFilter { limit: Some(EARLIER), ..filter.clone() };
            let earlier = api.logs(&first).await.map(|page| page.items).unwrap_or_default();
            if turn.try_get_value() != Some(own) {
                return;
            }
            let newest = earlier.iter().map(|line| line.seq).max();
            let _ = lines.try_update(|lines| lines.extend(earlier.into_iter().rev()));
            let after = newest.map(|seq| seq.to_string());
            let opened = Subscription::open(
                "log",
                move |last| api.log_stream(&filter, last.or(after.as_deref())),
                move |event| {
                    if let Ok(line) = serde_json::from_str::<LogLine>(&event.data) {
                        let _ = lines.try_update(|lines| lines.push(line));
                    }
                },
                move |now| {
                    let _ = state.try_set(now);
                },
            );
            let _ = stream.try_set_value(Some(opened));
        });
    });
    on_cleanup(move || {
        let _ = stream.try_set_value(None);
    });
    let badge = move || {
        let (label, tone, glyph) = match state.get() {
            LiveState::Open => ("live", Tone::Ok, Glyph::CircleDot),
            LiveState::Connecting => ("connecting", Tone::Neutral, Glyph::LoaderCircle),
            LiveState::Waiting => ("disconnected, trying again", Tone::Warn, Glyph::TriangleAlert),
            LiveState::Ended => ("ended", Tone::Neutral, Glyph::CircleDot),
        };
        view! { <Badge label=label tone=tone icon=glyph /> }
    };
    let actions = move || {
        view! {
            {badge}
            <Button
                size=ControlSize::Small
                variant=ButtonVariant::Ghost
                icon=Glyph::ArrowDown
                on_click=move || follow.update(|follow| *follow = !*follow)
            >
                {move || if follow.get() { "Pause" } else { "Follow" }}
            </Button>
        }
    };
    let levels = vec![
        SelectOption::new("", "All levels"),
        SelectOption::new(LogLevel::Info.as_str(), "Info and worse"),
        SelectOption::new(LogLevel::Warn.as_str(), "Warnings and errors"),
        SelectOption::new(LogLevel::Error.as_str(), "Errors"),
    ];
    let mut agents = vec![SelectOption::new("", "All agents")];
    agents.extend(
        AgentName::ALL.into_iter().map(|name| SelectOption::new(name.as_str(), crate::words::agent(name))),
    );
    let count = move || {
        lines.with(|lines| {
            let dropped = lines.dropped();
            if lines.is_empty() {
                let none = if run.get().is_empty() { "No line yet" } else { "No line of this run" };
                none.to_owned()
            } else if dropped > 0 {
                format!("{} of {} lines", lines.len(), dropped + lines.len() as u64)
            } else {
                ui::format::plural(lines.len() as u64, "line")
            }
        })
    };
    view! {
        <Card title="Logs" description="What the agents do, as they do it; kept for 30 days, but for scans that found nothing new" actions=actions flush=true>
            <div class="flex flex-wrap items-center gap-3 border-y border-border px-5 py-2.5">
                <div class="w-44">
                    <Select value=level options=levels label="Level" />
                </div>
                <div class="w-36">
                    <Select value=agent options=agents label="Agent" />
                </div>
                <Show when=move || !run.get().is_empty()>
                    <Button size=ControlSize::Small icon=Glyph::Close on_click=move || run.set(String::new())>
                        "Only this run"
                    </Button>
                </Show>
                <span class="ml-auto text-label text-text-3">{count}</span>
            </div>
            <div class="h-96 overflow-hidden rounded-b-xl" data-logs=move || (state.get() == LiveState::Open).then_some("live")>
                <LogList lines=lines follow=follow label="Log of the agents" />
            </div>
        </Card>
    }
}
