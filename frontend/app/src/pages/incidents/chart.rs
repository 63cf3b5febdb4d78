use charts::Colour;
use charts::{BandPoint, LineChart, Marker, Series, Unit};
use client::SeriesFilter;
use leptos::prelude::*;
use types::IncidentId;
use types::incident::{IncidentSeries, JudgedPoint, JudgedSeries, Measure};
use ui::{RelativeTime, Skeleton, format};

use crate::fetch::Fetched;
use crate::page::Loaded;
use crate::pages::sensitivity::SensitivityPanel;
use crate::pages::trend::{millis, shift_mark, shift_words};

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
            {
                let source = source.clone();
                move || charts(series.get(), &source)
            }
        </Loaded>
    }
}

fn charts(answer: IncidentSeries, source: &str) -> impl IntoView + use<> {
    let judged = |series| view! { <Judged series=series source=source.to_owned() /> };
    answer.series.into_iter().map(judged).collect_view()
}

#[component]
fn Judged(series: JudgedSeries, source: String) -> impl IntoView {
    let (unit, what) = match series.measure {
        Measure::RowCount => (Unit::Count, "Rows"),
        Measure::NullPercent => (Unit::Percent, "Null %"),
        Measure::UniquenessPercent => (Unit::Percent, "Uniqueness %"),
    };
    let how = how(&series);
    let label = format!("{what} of {}, with the expected range", series.name);
    let (lines, markers) = drawn(&series);
    let shifted = series.shift.map(|shift| {
        let words = format!("{}, since ", shift_words(&shift, series.measure));
        view! { <span class="text-text-2" data-shift>{words} <RelativeTime at=shift.at /></span> }
    });
    let choosing = RwSignal::new(false);
    let of = SeriesFilter {
        source,
        table: series.table.clone(),
        column: series.column.clone(),
        measure: series.measure,
    };
    let sensitivity = format!("Sensitivity: {}", series.sensitivity.as_str());
    view! {
        <figure class="mt-4 min-w-0">
            <figcaption class="mb-1 flex flex-wrap items-baseline gap-x-3 text-label">
                <span class="font-medium text-text-2">{what}</span>
                <span class="font-mono break-all text-text-2">{series.name.clone()}</span>
                <span class="text-text-3">{how}</span>
                {shifted}
            </figcaption>
            <LineChart
                series=Signal::stored(lines)
                markers=Signal::stored(markers)
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

fn drawn(series: &JudgedSeries) -> (Vec<Series>, Vec<Marker>) {
    let band = |point: &JudgedPoint| {
        let (lower, upper) = (point.lower?, point.upper?);
        Some(BandPoint { x: millis(point.at), lower, upper })
    };
    let points = |backfilled: bool| -> Vec<(f64, Option<f64>)> {
        let points = series.points.iter().filter(|point| point.backfilled == backfilled);
        points.map(|point| (millis(point.at), Some(point.value))).collect()
    };
    let mut line = Series::new(series.name.clone(), points(false));
    line.band = series.points.iter().filter_map(band).collect();
    let odd = series.points.iter().filter(|point| point.anomaly);
    let markers = odd.map(|point| Marker {
        x: millis(point.at),
        label: "outside what was expected".to_owned(),
        colour: Colour::Bad,
    });
    let told =
        Series { colour: Colour::Neutral, ..Series::new("Counted back by its own times", points(true)) };
    let lines = std::iter::once(line).chain((!told.points.is_empty()).then_some(told));
    let first = series.points.first().map(|point| point.at);
    let shift = shift_mark(series.shift.as_ref(), series.measure, first);
    (lines.collect(), markers.chain(shift).collect())
}
