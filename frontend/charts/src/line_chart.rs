use leptos::html;
use leptos::prelude::*;
use ui::use_size;

use crate::axis::axes;
use crate::hover::{beside, on_move, step, tooltip_content};
use crate::legend::legend;
use crate::lines::{Lines, Options, lay_out, moment, readings, summary};
use crate::nearest::nearest;
use crate::series::{Marker, Series};
use crate::unit::Unit;

/// Lines over time, with a tooltip, the expected band behind each, and gaps where nothing was measured.
///
/// Focused, the arrow keys, Home and End walk the points and read them out.
#[component]
pub fn LineChart(
    #[prop(into)] series: Signal<Vec<Series>>,
    /// What the chart shows: its accessible name.
    #[prop(into)]
    label: String,
    #[prop(optional)] unit: Unit,
    /// Pixels.
    #[prop(default = 220.0)]
    height: f64,
    #[prop(optional, into)] markers: Signal<Vec<Marker>>,
    /// Fills below the lines.
    #[prop(optional)]
    area: bool,
    /// What is said when there is nothing to show.
    #[prop(default = "Nothing measured in this time", into)]
    empty: &'static str,
    /// Called with the time of a point that was clicked or entered.
    #[prop(optional, into)]
    on_select: Option<Callback<f64>>,
) -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    let size = use_size(node);
    let width = Memo::new(move |_| size.get().0);
    let lines = Memo::new(move |_| {
        let width = width.get();
        if width < 1.0 {
            return None;
        }
        let options = Options { width, height, unit, area };
        series.with(|series| markers.with(|markers| lay_out(series, markers, &options)))
    });
    let hovered = RwSignal::new(None::<usize>);
    let spoken = RwSignal::new(String::new());
    let focus_on = move |index: Option<usize>| {
        if hovered.try_get_untracked() != Some(index) {
            let _ = hovered.try_set(index);
        }
    };
    let moved = on_move(move |x| {
        let index =
            lines.try_with_untracked(|lines| lines.as_ref().and_then(|lines| nearest(&lines.stop_pixels, x)));
        focus_on(index.flatten());
    });
    let stop = move |index: usize| {
        lines.with(|lines| lines.as_ref().and_then(|lines| lines.stops.get(index).copied()))
    };
    let select = move || {
        let at = untrack(|| hovered.get().and_then(stop));
        if let (Some(on_select), Some(at)) = (on_select, at) {
            on_select.run(at);
        }
    };
    let keydown = move |event: web_sys::KeyboardEvent| {
        if event.key() == "Enter" {
            select();
            return;
        }
        let count = lines.with_untracked(|lines| lines.as_ref().map_or(0, |lines| lines.stops.len()));
        if let Some(index) = step(&event.key(), hovered.get_untracked(), count) {
            event.prevent_default();
            focus_on(Some(index));
            if let Some(at) = untrack(|| stop(index)) {
                spoken.set(series.with_untracked(|series| sentence(series, at, unit)));
            }
        }
    };
    let name = label.clone();
    let words = move || series.with(|series| summary(&name, series, unit));
    let plot = move || lines.with(|lines| lines.as_ref().map(drawing));
    let nothing = move || lines.with(Option::is_none) && width.get() >= 1.0;
    let overlay = move || {
        let index = hovered.get()?;
        lines
            .with(|lines| lines.as_ref().and_then(|lines| series.with(|series| cursor(lines, series, index))))
    };
    let place = move || {
        let index = hovered.get()?;
        lines.with(|lines| {
            let lines = lines.as_ref()?;
            Some(beside(&lines.frame, *lines.stop_pixels.get(index)?))
        })
    };
    let told = move || {
        let at = hovered.get().and_then(stop)?;
        let rows = series.with(|series| readings(series, at));
        let mut notes: Vec<String> = rows
            .iter()
            .filter_map(|row| row.expected)
            .map(|(low, high)| format!("expected {} to {}", unit.exact(low), unit.exact(high)))
            .collect();
        markers.with(|markers| {
            notes.extend(
                markers
                    .iter()
                    .filter(|marker| (marker.x - at).abs() < 1.0)
                    .map(|marker| marker.label.clone()),
            );
        });
        let rows = rows
            .into_iter()
            .map(|row| {
                (
                    row.class,
                    row.name,
                    row.value.map_or_else(|| "not measured".to_owned(), |value| unit.exact(value)),
                )
            })
            .collect();
        Some(tooltip_content(moment(at), rows, notes))
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
                    {plot}
                    {overlay}
                </svg>
                <div class="chart-empty" class:hidden=move || !nothing()>
                    {empty}
                </div>
                <div class="chart-tooltip" class:hidden=move || hovered.get().is_none() style:transform=place>
                    {told}
                </div>
            </div>
            <div class="sr-only" aria-live="polite">
                {spoken}
            </div>
        </div>
    }
}

fn sentence(series: &[Series], at: f64, unit: Unit) -> String {
    let mut out = moment(at);
    for row in readings(series, at) {
        let value = row.value.map_or_else(|| "not measured".to_owned(), |value| unit.exact(value));
        out.push_str(&format!(". {}: {value}", row.name));
    }
    out
}

fn drawing(lines: &Lines) -> impl IntoView + use<> {
    let frame = lines.frame;
    let series = lines
        .lines
        .iter()
        .cloned()
        .map(|line| {
            view! {
                <g class=line.class>
                    {(!line.band.is_empty()).then(|| view! { <path class="chart-band" d=line.band></path> })}
                    {(!line.area.is_empty()).then(|| view! { <path class="chart-area" d=line.area></path> })}
                    <path class="chart-line" d=line.line></path>
                </g>
            }
        })
        .collect_view();
    let markers = lines
        .markers
        .iter()
        .map(|(x, class)| {
            view! { <line class=format!("chart-marker {class}") x1=*x x2=*x y1=frame.top y2=frame.bottom></line> }
        })
        .collect_view();
    view! {
        {axes(frame, lines.x_ticks.clone(), lines.y_ticks.clone())}
        {markers}
        {series}
    }
}

fn cursor(lines: &Lines, series: &[Series], index: usize) -> Option<impl IntoView + use<>> {
    let (at, x) = (*lines.stops.get(index)?, *lines.stop_pixels.get(index)?);
    let dots = readings(series, at)
        .into_iter()
        .filter_map(|reading| Some((reading.class, lines.y.pixel(reading.value?))))
        .map(|(class, y)| view! { <circle class=format!("chart-dot {class}") cx=x cy=y r="4"></circle> })
        .collect_view();
    let frame = lines.frame;
    Some(view! {
        <g aria-hidden="true">
            <line class="chart-cursor" x1=x x2=x y1=frame.top y2=frame.bottom></line>
            {dots}
        </g>
    })
}

/// Lines over time with the area below them filled, down to zero.
#[component]
pub fn AreaChart(
    #[prop(into)] series: Signal<Vec<Series>>,
    #[prop(into)] label: String,
    #[prop(optional)] unit: Unit,
    #[prop(default = 220.0)] height: f64,
    #[prop(optional, into)] markers: Signal<Vec<Marker>>,
) -> impl IntoView {
    view! { <LineChart series=series label=label unit=unit height=height markers=markers area=true /> }
}
