use leptos::prelude::*;

use crate::axis::axes;
use crate::hover::Told;
use crate::legend::entries;
use crate::lines::{Lines, Options, lay_out, moment, readings, summary};
use crate::plot::{Plot, Stage};
use crate::series::{Marker, Series};
use crate::unit::Unit;

/// Said below a chart whose one point shows no course.
const ALONE: &str = "One point in this time; a trend begins with the second.";

/// Lines over time, with a tooltip, the expected band behind each, and gaps where nothing was measured.
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
) -> impl IntoView {
    let stage = Stage::new();
    let lines = stage.lay_out(move |width| {
        let options = Options { width, height, unit, area };
        series.with(|series| markers.with(|markers| lay_out(series, markers, &options)))
    });
    let told = Callback::new(move |stop: usize| {
        let at = lines.with(|lines| lines.as_ref()?.stops.get(stop).copied())?;
        Some(series.with(|series| markers.with(|markers| tell(series, markers, at, unit))))
    });
    let name = label.clone();
    let words = Signal::derive(move || series.with(|series| summary(&name, series, unit)));
    let names = Signal::derive(move || {
        series.with(|series| entries(series.iter().map(|one| (one.colour, one.name.as_str()))))
    });
    let note = Signal::derive(move || {
        lines.with(|lines| lines.as_ref().is_some_and(|lines| !lines.alone.is_empty()).then_some(ALONE))
    });
    let plot = move || lines.with(|lines| lines.as_ref().map(drawing));
    let hovered = move || {
        let stop = stage.hovered()?;
        lines.with(|lines| lines.as_ref().and_then(|lines| series.with(|series| cursor(lines, series, stop))))
    };
    view! {
        <Plot
            stage=stage
            chart=lines
            label=label
            height=height
            empty=empty
            words=words
            names=names
            told=told
            note=note
        >
            {plot}
            {hovered}
        </Plot>
    }
}

/// What every series says at a time, what was expected there, and what happened then.
fn tell(series: &[Series], markers: &[Marker], at: f64, unit: Unit) -> Told {
    let readings = readings(series, at);
    let expected = readings
        .iter()
        .filter_map(|reading| reading.expected)
        .map(|(low, high)| format!("expected {} to {}", unit.exact(low), unit.exact(high)));
    let happened =
        markers.iter().filter(|marker| (marker.x - at).abs() < 1.0).map(|marker| marker.label.clone());
    let notes = expected.chain(happened).collect();
    let rows = readings
        .into_iter()
        .map(|reading| {
            let value = reading.value.map_or_else(|| "not measured".to_owned(), |value| unit.exact(value));
            (reading.class, reading.name, value)
        })
        .collect();
    Told { title: moment(at), rows, notes }
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
                    {(!line.dots.is_empty()).then(|| view! { <path class="chart-point" d=line.dots></path> })}
                </g>
            }
        })
        .collect_view();
    let alone = lines
        .alone
        .iter()
        .cloned()
        .map(|value| {
            let (x, anchor) =
                if value.leftwards { (value.x - 10.0, "end") } else { (value.x + 10.0, "start") };
            view! { <text class="chart-value" x=x y=value.y + 4.0 text-anchor=anchor>{value.text}</text> }
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
        {alone}
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
