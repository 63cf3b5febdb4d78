use leptos::html;
use leptos::prelude::*;
use ui::use_size;

use crate::axis::Frame;
use crate::hover::{Told, beside, offset, on_move, step, tooltip_content};
use crate::legend::legend;

/// A chart in pixels, with its stops: the times or the categories that can be hovered, walked and chosen.
pub(crate) trait Stops: PartialEq + Send + Sync + 'static {
    fn frame(&self) -> &Frame;
    fn count(&self) -> usize;
    /// The stop that the pointer is at.
    fn at(&self, x: f64) -> Option<usize>;
    /// The middle of a stop.
    fn pixel(&self, stop: usize) -> Option<f64>;
}

/// The element of a chart, how wide it is, and the stop that the pointer or the keys are at.
#[derive(Clone, Copy)]
pub(crate) struct Stage {
    node: NodeRef<html::Div>,
    width: Memo<f64>,
    hovered: RwSignal<Option<usize>>,
}

impl Stage {
    pub(crate) fn new() -> Self {
        let node = NodeRef::new();
        let size = use_size(node);
        Self { node, width: Memo::new(move |_| size.get().0), hovered: RwSignal::new(None) }
    }

    /// What `lay_out` makes of the width; nothing before the width is known.
    pub(crate) fn lay_out<C: Stops>(
        self,
        lay_out: impl Fn(f64) -> Option<C> + Send + Sync + 'static,
    ) -> Memo<Option<C>> {
        Memo::new(move |_| {
            let width = self.width.get();
            if width < 1.0 { None } else { lay_out(width) }
        })
    }

    pub(crate) fn hovered(self) -> Option<usize> {
        self.hovered.get()
    }

    fn hover(self, stop: Option<usize>) {
        // The element may be gone when the frame comes that the pointer's move waited for.
        if self.hovered.try_get_untracked() != Some(stop) {
            let _ = self.hovered.try_set(stop);
        }
    }
}

/// What every chart is: its size, legend and words, the tooltip, and what the pointer and the keys do. The children are
/// drawn in SVG.
///
/// Focused, the arrow keys, Home and End walk the stops and read them out.
#[component]
pub(crate) fn Plot<C: Stops>(
    stage: Stage,
    chart: Memo<Option<C>>,
    /// What the chart shows: its accessible name.
    label: String,
    /// Pixels.
    height: f64,
    /// What is said when there is nothing to show.
    empty: &'static str,
    /// The chart in words.
    words: Signal<String>,
    /// The series' names and their classes.
    names: Signal<Vec<(&'static str, String)>>,
    told: Callback<usize, Option<Told>>,
    /// A click on a stop, or Enter, chooses it.
    #[prop(optional_no_strip)]
    on_select: Option<Callback<usize>>,
    /// Said below.
    #[prop(optional)]
    note: Signal<Option<&'static str>>,
    children: Children,
) -> impl IntoView {
    let spoken = RwSignal::new(String::new());
    let at = move |x| {
        let stop = chart.try_with_untracked(|chart| chart.as_ref().and_then(|chart| chart.at(x)));
        stage.hover(stop.flatten());
    };
    let moved = on_move(at);
    let select = move || {
        if let (Some(on_select), Some(stop)) = (on_select, stage.hovered.get_untracked()) {
            on_select.run(stop);
        }
    };
    // A tap comes without a move before it, and a quick click before the move's frame.
    let clicked = move |event: web_sys::MouseEvent| {
        if let Some(x) = offset(&event) {
            at(x);
        }
        select();
    };
    let keydown = move |event: web_sys::KeyboardEvent| {
        if event.key() == "Enter" {
            select();
            return;
        }
        let count = chart.with_untracked(|chart| chart.as_ref().map_or(0, Stops::count));
        if let Some(stop) = step(&event.key(), stage.hovered.get_untracked(), count) {
            event.prevent_default();
            stage.hover(Some(stop));
            if let Some(told) = untrack(|| told.run(stop)) {
                spoken.set(told.sentence());
            }
        }
    };
    let nothing = move || chart.with(Option::is_none) && stage.width.get() >= 1.0;
    let place = move || {
        let stop = stage.hovered()?;
        chart.with(|chart| {
            let chart = chart.as_ref()?;
            Some(beside(chart.frame(), chart.pixel(stop)?))
        })
    };
    view! {
        <div class="min-w-0">
            {move || legend(names.get())}
            <div
                node_ref=stage.node
                class="chart"
                class:cursor-pointer=on_select.is_some()
                style:height=format!("{height}px")
                tabindex="0"
                role="group"
                aria-roledescription="chart"
                aria-label=label
                on:pointermove=moved
                on:pointerleave=move |_| stage.hover(None)
                on:blur=move |_| stage.hover(None)
                on:keydown=keydown
                on:click=clicked
            >
                <svg class="chart-svg" role="img" aria-label=words>
                    {children()}
                </svg>
                <div class="chart-empty" class:hidden=move || !nothing()>
                    {empty}
                </div>
                <div
                    class="chart-tooltip"
                    class:hidden=move || stage.hovered().is_none() || nothing()
                    style:transform=place
                >
                    {move || stage.hovered().and_then(|stop| told.run(stop)).map(tooltip_content)}
                </div>
            </div>
            {move || note.get().map(|note| view! { <p class="mt-1 text-label text-text-3">{note}</p> })}
            <div class="sr-only" aria-live="polite">
                {spoken}
            </div>
        </div>
    }
}
