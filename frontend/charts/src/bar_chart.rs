use leptos::prelude::*;

use crate::axis::axes;
use crate::bars::{Bars, lay_out, summary};
use crate::hover::Told;
use crate::legend::entries;
use crate::plot::{Plot, Stage};
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
    let stage = Stage::new();
    let bars = stage.lay_out(move |width| {
        categories.with(|categories| {
            series.with(|series| lay_out(categories, series, unit, stacked, (width, height)))
        })
    });
    let told = Callback::new(move |category: usize| {
        let title = categories.with(|names| names.get(category).cloned())?;
        let rows = series.with(|series| {
            series
                .iter()
                .enumerate()
                .map(|(index, one)| {
                    let colour = one.colours.get(category).copied().unwrap_or(one.colour);
                    let value = one.values.get(category).copied().unwrap_or_default();
                    (colour.class(index), one.name.clone(), unit.exact(value))
                })
                .collect()
        });
        Some(Told { title, rows, notes: Vec::new() })
    });
    let name = label.clone();
    let words = Signal::derive(move || {
        categories.with(|categories| series.with(|series| summary(&name, categories, series, unit)))
    });
    let names = Signal::derive(move || {
        series.with(|series| entries(series.iter().map(|one| (one.colour, one.name.as_str()))))
    });
    let hovered = move || {
        let category = stage.hovered()?;
        bars.with(|bars| bars.as_ref().map(|bars| column(bars, category)))
    };
    let plot = move || bars.with(|bars| bars.as_ref().map(|bars| drawing(bars, selected)));
    view! {
        <Plot
            stage=stage
            chart=bars
            label=label
            height=height
            empty=empty
            words=words
            names=names
            told=told
            on_select=on_select
        >
            {hovered}
            {plot}
        </Plot>
    }
}

/// What is behind the bars of the category that is hovered.
fn column(bars: &Bars, category: usize) -> impl IntoView + use<> {
    let (frame, width) = (bars.frame, bars.band.step());
    let left = bars.band.centre(category) - width / 2.0;
    view! { <rect class="chart-hover" x=left y=frame.top width=width height=frame.bottom - frame.top></rect> }
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
