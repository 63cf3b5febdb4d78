use charts::{Colour, LineChart, Marker, Series, Unit};
use client::SeriesFilter;
use leptos::prelude::*;
use types::IncidentId;
use types::incident::{IncidentSeries, JudgedPoint, JudgedSeries, Measure};
use ui::{Skeleton, format};

use crate::fetch::Fetched;
use crate::page::Loaded;
use crate::pages::sensitivity::SensitivityPanel;
use crate::pages::trend::{judged_line, millis, odd_mark, shift_mark, shift_note};

/// The series behind an incident, each with what was expected of it.
#[component]
pub fn Charts(
    id: IncidentId,
    /// The name of the incident's source.
    source: String,
) -> impl IntoView {
    let series = Fetched::new(move || id, |api, id| async move { api.incident_series(id).await });
    view! {
        <Loaded from=series skeleton=|| view! { <Skeleton class="h-48 w-full" /> } let:series>
            {charts(series, source.clone())}
        </Loaded>
    }
}

/// A chart for each series. It stays as it is while its series is fetched again: somebody may be choosing in it.
fn charts(answer: Signal<IncidentSeries>, source: String) -> impl IntoView {
    let names = Memo::new(move |_| answer.with(|answer| answer.series.iter().map(name).collect::<Vec<_>>()));
    let chart = move |wanted: (String, &'static str)| {
        let first = answer.with_untracked(|answer| find(answer, &wanted))?;
        let series = Memo::new({
            let first = first.clone();
            move |_| answer.with(|answer| find(answer, &wanted)).unwrap_or_else(|| first.clone())
        });
        Some(view! { <Judged first=first series=series.into() source=source.clone() /> })
    };
    view! { <For each=move || names.get() key=|name| name.clone() children=chart /> }
}

/// What tells a series apart from the others of its incident.
fn name(series: &JudgedSeries) -> (String, &'static str) {
    (series.name.clone(), series.measure.as_str())
}

fn find(answer: &IncidentSeries, wanted: &(String, &'static str)) -> Option<JudgedSeries> {
    answer.series.iter().find(|series| name(series) == *wanted).cloned()
}

#[component]
fn Judged(
    /// As it was when it was first shown: its names stay.
    first: JudgedSeries,
    series: Signal<JudgedSeries>,
    source: String,
) -> impl IntoView {
    let (unit, what) = match first.measure {
        Measure::RowCount => (Unit::Count, "Rows"),
        Measure::NullPercent => (Unit::Percent, "Null %"),
        Measure::UniquenessPercent => (Unit::Percent, "Uniqueness %"),
    };
    let label = format!("{what} of {}, with the expected range", first.name);
    let lines = Memo::new(move |_| series.with(drawn_lines));
    let markers = Memo::new(move |_| series.with(drawn_markers));
    let shifted = move || series.with(|series| series.shift.map(|shift| shift_note(&shift, series.measure)));
    let choosing = RwSignal::new(false);
    let of = SeriesFilter {
        source,
        table: first.table.clone(),
        column: first.column.clone(),
        measure: first.measure,
    };
    let sensitivity = move || series.with(|series| format!("Sensitivity: {}", series.sensitivity.as_str()));
    view! {
        <figure class="mt-4 min-w-0">
            <figcaption class="mb-1 flex flex-wrap items-baseline gap-x-3 text-label">
                <span class="font-medium text-text-2">{what}</span>
                <span class="font-mono break-all text-text-2">{first.name.clone()}</span>
                <span class="text-text-3">{move || series.with(how)}</span>
                {shifted}
            </figcaption>
            <LineChart
                series=lines
                markers=markers
                label=label
                unit=unit
                height=180.0
            />
            <button
                type="button"
                class="mt-1 min-h-6 text-label text-accent-text hover:underline"
                aria-expanded=move || if choosing.get() { "true" } else { "false" }
                on:click=move |_| choosing.update(|open| *open = !*open)
            >
                {sensitivity}
            </button>
            {move || {
                let of = of.clone();
                choosing.get().then(|| view! { <SensitivityPanel series=of /> })
            }}
        </figure>
    }
}

/// How the band came about, in words.
fn how(series: &JudgedSeries) -> String {
    let season = match series.season.as_str() {
        "weekend" => ", by working days and weekends",
        "day_of_week" => ", by the day of the week",
        "day_of_month" => ", by the day of the month",
        "hour_of_week" => ", by the hour of the week",
        _ => "",
    };
    let told = series.points.iter().filter(|point| point.backfilled).count();
    match series.learning {
        0 if told > 0 => format!(
            "The band is what its history led to expect{season}, begun with {} counted back by its own times",
            format::plural(told as u64, "point")
        ),
        0 => format!("The band is what its history led to expect{season}"),
        needed => {
            format!("Learning: {} more before it is judged", format::plural(u64::from(needed), "point"))
        }
    }
}

fn drawn_lines(series: &JudgedSeries) -> Vec<Series> {
    let of = |backfilled: bool| series.points.iter().filter(move |point| point.backfilled == backfilled);
    let expected = |point: &JudgedPoint| point.lower.zip(point.upper);
    let measured = of(false).map(|point| (point.at, point.value, expected(point)));
    let line = judged_line(series.name.clone(), measured);
    let told: Vec<_> = of(true).map(|point| (millis(point.at), Some(point.value))).collect();
    let told = (!told.is_empty())
        .then(|| Series { colour: Colour::Neutral, ..Series::new("Counted back by its own times", told) });
    std::iter::once(line).chain(told).collect()
}

fn drawn_markers(series: &JudgedSeries) -> Vec<Marker> {
    let odd = series.points.iter().filter(|point| point.anomaly);
    let odd = odd.map(|point| odd_mark(point.at, "outside what was expected"));
    let first = series.points.first().map(|point| point.at);
    odd.chain(shift_mark(series.shift.as_ref(), series.measure, first)).collect()
}
