use charts::{LineChart, Unit};
use client::{ColumnHealth, Query, SeriesFilter, TrendFilter};
use leptos::prelude::*;
use types::incident::Measure;
use types::permission::Permission;
use types::quality::QualityTrends;
use ui::{Drawer, Glyph, HealthBadge, Icon, Skeleton, format};

use super::filters::Range;
use super::key_of;
use crate::fetch::Fetched;
use crate::opened::open_while;
use crate::page::Loaded;
use crate::pages::sensitivity::SensitivityPanel;
use crate::pages::trend::lines;
use crate::part::Column;
use crate::words::{provenance_of_nulls, provenance_of_uniqueness};
use crate::workspace::use_workspace;

/// The details of the column that the URL names, with its series.
#[component]
pub fn ColumnPanel(
    opened: RwSignal<String>,
    stats: RwSignal<Option<ColumnHealth>>,
    range: Range,
) -> impl IntoView {
    let open = open_while(opened, |chosen: &String| !chosen.is_empty());
    let title = Signal::derive(move || {
        stats.with(|stats| {
            stats
                .as_ref()
                .map_or_else(|| "Column".to_owned(), |stats| format!("{}.{}", stats.table, stats.column))
        })
    });
    // Its age alone makes every answer another one: what somebody chooses below must not begin anew with each.
    let column = Memo::new(move |_| stats.with(|stats| stats.as_ref().map(key_of)));
    view! {
        <Drawer open=open title=title>
            {move || match column.get().and_then(|_| stats.get_untracked()) {
                Some(_) => view! { <Column stats=stats range=range /> }.into_any(),
                None => view! { <p class="text-text-2">"This column is not among those shown."</p> }.into_any(),
            }}
        </Drawer>
    }
}

/// What is known of the column, as long as it is the one.
#[component]
pub fn ColumnView(stats: RwSignal<Option<ColumnHealth>>, range: Range) -> impl IntoView {
    stats.get_untracked().map(|first| view! { <Details first=first stats=stats range=range /> })
}

#[component]
fn Details(
    /// As they were when the column was opened: which column it is stays.
    first: ColumnHealth,
    stats: RwSignal<Option<ColumnHealth>>,
    range: Range,
) -> impl IntoView {
    let workspace = use_workspace();
    let shown = Memo::new({
        let first = first.clone();
        move |_| stats.get().unwrap_or_else(|| first.clone())
    });
    let stats = first;
    let filter = TrendFilter {
        source: Some(stats.source.clone()),
        table: Some(stats.table.clone()),
        column: Some(stats.column.clone()),
        ..TrendFilter::default()
    };
    let trends = Fetched::new(
        move || {
            let (from, to) = range.bounds();
            TrendFilter { from, to, ..filter.clone() }
        },
        |api, filter| async move { api.quality_trends(&filter).await },
    );
    let table = format!("/dashboard/schema/{}", leptos_router::location::Url::escape(&stats.table));
    let href = workspace.href_of(&table, Some(&stats.source));
    let expect = Query::new()
        .with("view", Some("expectations"))
        .with("table", Some(&stats.table))
        .with("add", Some(&stats.column));
    let expect = workspace.href_of(&format!("/dashboard/quality{expect}"), Some(&stats.source));
    let series = SeriesFilter {
        source: stats.source.clone(),
        table: stats.table.clone(),
        column: Some(stats.column.clone()),
        measure: Measure::NullPercent,
    };
    view! {
        <div class="flex flex-wrap items-center gap-3">
            {move || view! { <HealthBadge health=shown.with(|stats| stats.health) /> }}
            <a class="inline-flex items-center gap-1 text-table text-accent-text hover:underline" href=href>
                "Open in the schema" <Icon glyph=Glyph::ArrowRight class="size-3.5" />
            </a>
            <Show when=move || workspace.may(Permission::QualityManage)>
                <a
                    class="inline-flex items-center gap-1 text-table text-accent-text hover:underline"
                    href=expect.clone()
                >
                    "Add expectation" <Icon glyph=Glyph::Plus class="size-3.5" />
                </a>
            </Show>
        </div>
        {move || {
            let stats = shown.get();
            view! { <Deductions stats=stats.clone() /> <Facts stats=stats /> }
        }}
        <div class="mt-6">
            <Loaded from=trends skeleton=|| view! { <Skeleton class="h-56 w-full" /> } let:trends>
                <ColumnSeries trends=trends />
            </Loaded>
        </div>
        <SensitivityPanel series=series />
    }
}

/// What was measured last, and how.
#[component]
fn Facts(stats: ColumnHealth) -> impl IntoView {
    let (method, at) = (Some(stats.method), Some(stats.recorded_at));
    let how = [
        format!("Null %: {}", provenance_of_nulls(method, stats.error_bound, at)),
        format!("Uniqueness %: {}", provenance_of_uniqueness(method, stats.error_bound, at)),
    ];
    let facts = [
        ("Type", stats.data_type.clone()),
        ("Rows", format::count(stats.row_count)),
        ("Null %", stats.null_percent.map_or_else(|| "–".to_owned(), format::percent)),
        ("Uniqueness %", stats.uniqueness_percent.map_or_else(|| "–".to_owned(), format::percent)),
        ("Distinct values", stats.distinct_count.map_or_else(|| "–".to_owned(), format::count)),
        ("Smallest", stats.min.clone().unwrap_or_else(|| "–".to_owned())),
        ("Largest", stats.max.clone().unwrap_or_else(|| "–".to_owned())),
        ("Freshness", stats.freshness_seconds.map_or_else(|| "–".to_owned(), format::duration)),
        ("Score", stats.score.map_or_else(|| "–".to_owned(), |score| format::decimal(score, 1))),
    ];
    let fact = |(name, value): (&'static str, String)| {
        view! {
            <div class="min-w-0">
                <dt class="text-label text-text-3">{name}</dt>
                <dd class="truncate font-medium" title=value.clone()>
                    {value.clone()}
                </dd>
            </div>
        }
    };
    view! {
        <dl class="mt-5 grid grid-cols-2 gap-x-6 gap-y-2 text-table sm:grid-cols-3">
            {facts.into_iter().map(fact).collect_view()}
        </dl>
        <p class="mt-4 text-label text-text-3">{how.join(". ")}</p>
    }
}

/// Why points were taken off.
#[component]
fn Deductions(stats: ColumnHealth) -> impl IntoView {
    (!stats.deductions.is_empty()).then(|| {
        let items = stats
            .deductions
            .into_iter()
            .map(|deduction| {
                view! {
                    <li class="flex justify-between gap-4 py-1.5">
                        <span class="min-w-0 break-words">{deduction.reason}</span>
                        <span class="text-bad">{format!("\u{2212}{}", format::decimal(deduction.points, 1))}</span>
                    </li>
                }
            })
            .collect_view();
        view! {
            <section class="mt-4">
                <h3 class="text-label font-medium text-text-2">"Points taken off"</h3>
                <ul class="mt-1 divide-y divide-border text-table">{items}</ul>
            </section>
        }
    })
}

#[component]
fn ColumnSeries(trends: Signal<QualityTrends>) -> impl IntoView {
    let nulls = Memo::new(move |_| trends.with(|trends| lines(&trends.null_percent)));
    let rows = Memo::new(move |_| trends.with(|trends| lines(&trends.row_count)));
    let freshness = Memo::new(move |_| trends.with(|trends| lines(&trends.freshness)));
    view! {
        <h3 class="mb-2 text-label font-medium text-text-2">"Null % over time"</h3>
        <LineChart series=nulls label="NULL percentage of this column" unit=Unit::Percent height=160.0 />
        <h3 class="mt-5 mb-2 text-label font-medium text-text-2">"Rows of the table"</h3>
        <LineChart series=rows label="Rows of the table" unit=Unit::Count height=140.0 />
        <h3 class="mt-5 mb-2 text-label font-medium text-text-2">"Freshness of the table"</h3>
        <LineChart series=freshness label="Freshness of the table" unit=Unit::Seconds height=140.0 />
    }
}
