use charts::{BarChart, BarSeries, Colour, LineChart, Marker, Unit};
use leptos::prelude::*;
use types::quality::{HealthStats, NullSpike, QualityTrends};
use ui::{Card, EmptyState, Glyph, Icon, RelativeTime, Skeleton, format};

use crate::fetch::Fetched;
use crate::page::Loaded;
use crate::pages::trend::{lines, millis};

/// More lines than this cannot be told apart; the marks say all.
const MARKED: usize = 12;

/// How freshness, NULLs and rows moved.
#[component]
pub fn TrendCharts(
    trends: Fetched<QualityTrends>,
    stats: Fetched<HealthStats>,
    /// A table was chosen.
    #[prop(into)]
    on_table: Callback<String>,
) -> impl IntoView {
    view! {
        <Loaded from=trends skeleton=waiting let:trends>
            <Charts trends=trends stats=stats on_table=on_table />
        </Loaded>
    }
}

pub(super) fn waiting() -> impl IntoView {
    let card = || {
        view! {
            <div class="h-80 rounded-xl border border-border bg-surface p-5">
                <Skeleton class="h-full w-full" />
            </div>
        }
    };
    view! {
        <div class="grid gap-4 xl:grid-cols-2" role="status" aria-label="Loading charts">
            {card()} {card()} {card()} {card()}
        </div>
    }
}

#[component]
fn Charts(
    trends: Signal<QualityTrends>,
    stats: Fetched<HealthStats>,
    on_table: Callback<String>,
) -> impl IntoView {
    let freshness = Memo::new(move |_| trends.with(|trends| lines(&trends.freshness)));
    let nulls = Memo::new(move |_| trends.with(|trends| lines(&trends.null_percent)));
    let rows = Memo::new(move |_| trends.with(|trends| lines(&trends.row_count)));
    let spikes = Memo::new(move |_| trends.with(|trends| trends.null_spikes.clone()));
    let marks = Memo::new(move |_| {
        spikes.with(|spikes| {
            spikes
                .iter()
                .take(MARKED)
                .map(|spike| Marker {
                    x: millis(spike.at),
                    label: format!(
                        "{}.{}: {} to {}",
                        spike.table,
                        spike.column,
                        format::percent(spike.before_percent),
                        format::percent(spike.after_percent)
                    ),
                    colour: Colour::Warn,
                })
                .collect::<Vec<_>>()
        })
    });
    let tenths = Memo::new(move |_| {
        stats.with(|stats| {
            stats
                .map(|stats| {
                    stats
                        .uniqueness_distribution
                        .iter()
                        .map(|bucket| (bucket.label.clone(), f64::from(bucket.count)))
                        .collect::<Vec<_>>()
                })
                .unwrap_or_default()
        })
    });
    let labels = Memo::new(move |_| {
        tenths.with(|tenths| tenths.iter().map(|(label, _)| label.clone()).collect::<Vec<_>>())
    });
    let bars = Memo::new(move |_| {
        vec![BarSeries {
            name: "Columns".to_owned(),
            values: tenths.with(|tenths| tenths.iter().map(|(_, count)| *count).collect()),
            colour: Colour::Series(2),
            ..BarSeries::default()
        }]
    });
    view! {
        <div class="grid gap-4 xl:grid-cols-2">
            <Card title="Freshness over time" description="Time since each table's newest value; the stalest ten unless one is chosen">
                <LineChart series=freshness label="Freshness over time" unit=Unit::Seconds />
            </Card>
            <Card title="Null spikes" description="NULL % of the columns that moved most; marks are jumps">
                <LineChart series=nulls markers=marks label="NULL percentage over time" unit=Unit::Percent />
                <SpikeList spikes=spikes on_table=on_table />
            </Card>
            <Card title="Row count trend" description="Rows at each profile; the ten largest tables unless one is chosen. Grey lines were counted back by a table's own times, before it was measured">
                <LineChart series=rows label="Row count trend" unit=Unit::Count />
            </Card>
            <Card title="Uniqueness distribution" description="How many columns have how many distinct values">
                <BarChart categories=labels series=bars label="Uniqueness distribution" />
            </Card>
        </div>
    }
}

/// The newest jumps, in words.
#[component]
fn SpikeList(spikes: Memo<Vec<NullSpike>>, on_table: Callback<String>) -> impl IntoView {
    move || {
        let spikes = spikes.get();
        if spikes.is_empty() {
            return view! {
                <p class="mt-3 flex items-center gap-2 text-table text-text-2">
                    <Icon glyph=Glyph::CircleCheck class="size-4 text-ok" />
                    "No column's NULL % jumped in this time."
                </p>
            }
            .into_any();
        }
        let items = spikes
            .into_iter()
            .take(5)
            .map(|spike| {
                let table = spike.table.clone();
                view! {
                    <li class="flex flex-wrap items-baseline gap-x-2 py-1.5 text-table">
                        <button
                            type="button"
                            class="min-h-6 font-mono text-accent-text hover:underline"
                            on:click=move |_| on_table.run(table.clone())
                        >
                            {format!("{}.{}", spike.table, spike.column)}
                        </button>
                        <span>
                            {format!(
                                "{} to {}",
                                format::percent(spike.before_percent),
                                format::percent(spike.after_percent),
                            )}
                        </span>
                        <span class="ml-auto text-label text-text-3">
                            <RelativeTime at=spike.at />
                        </span>
                    </li>
                }
            })
            .collect_view();
        view! { <ul class="mt-3 divide-y divide-border border-t border-border" aria-label="Null spikes">{items}</ul> }
            .into_any()
    }
}

/// Nothing to draw at all.
#[component]
pub fn NothingMeasured() -> impl IntoView {
    view! {
        <EmptyState
            icon=Glyph::Gauge
            title="No column has been measured yet"
            text="The profile of the next scan counts NULLs and distinct values and finds how fresh each table is."
        />
    }
}
