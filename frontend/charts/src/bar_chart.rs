use leptos::html;
use leptos::prelude::*;
use ui::use_size;

use crate::axis::axes;
use crate::bars::{Bars, lay_out, summary};
use crate::hover::{beside, on_move, step, tooltip_content};
use crate::legend::legend;
use crate::series::BarSeries;
use crate::unit::Unit;

/// Bars by category, side by side or stacked. With `on_select`, clicking a category or Enter on it chooses it.
#[component]
pub fn BarChart(
    /// The words below the bars.
    #[prop(into)]
    categories: Signal<Vec<String>>,
    #[prop(into)] series: Signal<Vec<BarSeries>>,
    /// What the chart shows: its accessible name.
    #[prop(into)]
    label: String,
    #[prop(default = Unit::Count)] unit: Unit,
    /// Pixels.
    #[prop(default = 220.0)]
    height: f64,
    #[prop(optional)] stacked: bool,
    /// The chosen category; the others are dimmed.
    #[prop(optional, into)]
    selected: Signal<Option<usize>>,
    #[prop(default = "Nothing in this time", into)] empty: &'static str,
    #[prop(optional, into)] on_select: Option<Callback<usize>>,
) -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    let size = use_size(node);
    let width = Memo::new(move |_| size.get().0);
    let bars = Memo::new(move |_| {
        let width = width.get();
        if width < 1.0 {
            return None;
        }
        categories.with(|categories| {
            series.with(|series| lay_out(categories, series, unit, stacked, (width, height)))
        })
    });
    let hovered = RwSignal::new(None::<usize>);
    let spoken = RwSignal::new(String::new());
    let focus_on = move |index: Option<usize>| {
        if hovered.try_get_untracked() != Some(index) {
            let _ = hovered.try_set(index);
        }
    };
    let moved = on_move(move |x| {
        let index = bars.try_with_untracked(|bars| bars.as_ref().and_then(|bars| bars.band.at(x)));
        focus_on(index.flatten());
    });
    let select = move || {
        if let (Some(on_select), Some(index)) = (on_select, hovered.get_untracked()) {
            on_select.run(index);
        }
    };
    let rows = move |category: usize| {
        series.with(|series| {
            series
                .iter()
                .enumerate()
                .map(|(index, one)| {
                    let colour = one.colours.get(category).copied().unwrap_or(one.colour);
                    let value = one.values.get(category).copied().unwrap_or_default();
                    (colour.class(index), one.name.clone(), unit.exact(value))
                })
                .collect::<Vec<_>>()
        })
    };
    let title =
        move |category: usize| categories.with(|names| names.get(category).cloned()).unwrap_or_default();
    let keydown = move |event: web_sys::KeyboardEvent| {
        if event.key() == "Enter" {
            select();
            return;
        }
        let count = categories.with_untracked(Vec::len);
        if let Some(index) = step(&event.key(), hovered.get_untracked(), count) {
            event.prevent_default();
            focus_on(Some(index));
            spoken.set(untrack(|| {
                rows(index)
                    .into_iter()
                    .fold(title(index), |text, (_, name, value)| format!("{text}. {name}: {value}"))
            }));
        }
    };
    let name = label.clone();
    let words =
        move || categories.with(|categories| series.with(|series| summary(&name, categories, series, unit)));
    let plot = move || bars.with(|bars| bars.as_ref().map(|bars| drawing(bars, selected)));
    let nothing = move || bars.with(Option::is_none) && width.get() >= 1.0;
    let overlay = move || {
        let index = hovered.get()?;
        bars.with(|bars| {
            let bars = bars.as_ref()?;
            let x = bars.band.centre(index) - bars.band.step() / 2.0;
            let height = bars.frame.bottom - bars.frame.top;
            Some(view! {
                <rect class="chart-hover" x=x y=bars.frame.top width=bars.band.step() height=height></rect>
            })
        })
    };
    let place = move || {
        let index = hovered.get()?;
        bars.with(|bars| bars.as_ref().map(|bars| beside(&bars.frame, bars.band.centre(index))))
    };
    let told = move || {
        let index = hovered.get()?;
        Some(tooltip_content(title(index), rows(index), Vec::new()))
    };
    let names = move || {
        series.with(|series| {
            legend(
                series
                    .iter()
                    .enumerate()
                    .map(|(index, one)| (one.colour.class(index), one.name.clone()))
                    .collect(),
            )
        })
    };
    view! {
        <div class="min-w-0">
            {names}
            <div
                node_ref=node
                class="chart"
                class:cursor-pointer=on_select.is_some()
                style:height=format!("{height}px")
                tabindex="0"
                role="group"
                aria-roledescription="chart"
                aria-label=label
                on:pointermove=moved
                on:pointerleave=move |_| focus_on(None)
                on:blur=move |_| focus_on(None)
                on:keydown=keydown
                on:click=move |_| select()
            >
                <svg class="chart-svg" role="img" aria-label=words>
                    {overlay}
                    {plot}
                </svg>
                <div class="chart-empty" class:hidden=move || !nothing()>
                    {empty}
                </div>
                <div
                    class="chart-tooltip"
                    class:hidden=move || hovered.get().is_none() || nothing()
                    style:transform=place
                >
                    {told}
                </div>
            </div>
            <div class="sr-only" aria-live="polite">
                {spoken}
            </div>
        </div>
    }
}

fn drawing(bars: &Bars, selected: Signal<Option<usize>>) -> impl IntoView + use<> {
    let shapes = bars
        .bars
        .iter()
        .cloned()
        .map(|bar| {
            let category = bar.category;
            let dimmed = move || selected.get().is_some_and(|selected| selected != category);
            view! { <path class=format!("chart-bar {}", bar.class) class:chart-dimmed=dimmed d=bar.path></path> }
        })
        .collect_view();
    view! {
        {axes(bars.frame, bars.x_ticks.clone(), bars.y_ticks.clone())}
        {shapes}
    }
}
