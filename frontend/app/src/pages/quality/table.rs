use std::cmp::Ordering;

use leptos::prelude::*;
use types::quality::{ColumnStats, QualityPage};
use ui::{
    Button, Card, Cell, EmptyState, Glyph, HealthBadge, PercentBar, Row, Sort, SortHeader, Table, Tone,
    format,
};

use super::charts::NothingMeasured;
use super::key_of;
use crate::scan::ScanButton;
use crate::words::provenance;

fn by(one: &ColumnStats, other: &ColumnStats, key: &str) -> Ordering {
    let number = |one: Option<f64>, other: Option<f64>| one.partial_cmp(&other).unwrap_or(Ordering::Equal);
    match key {
        "column" => one.column.cmp(&other.column),
        "freshness" => one.freshness_seconds.cmp(&other.freshness_seconds),
        "null" => number(one.null_percent, other.null_percent),
        "unique" => number(one.uniqueness_percent, other.uniqueness_percent),
        // The worst first, when ascending: that is what one looks for.
        "health" => other.health.cmp(&one.health),
        _ => Ordering::Equal,
    }
    .then_with(|| one.table.cmp(&other.table))
    .then_with(|| one.column.cmp(&other.column))
}

/// The columns and their health; a row opens its series.
#[component]
pub fn HealthTable(
    page: Signal<QualityPage>,
    opened: RwSignal<String>,
    /// Cleared by "Clear filters".
    filters: [RwSignal<String>; 3],
) -> impl IntoView {
    let sort = RwSignal::new(Sort { key: "health", descending: false });
    let rows = Memo::new(move |_| {
        let order = sort.get();
        let mut rows = page.with(|page| page.items.clone());
        rows.sort_by(|one, other| {
            let ordering = by(one, other, order.key);
            if order.descending { ordering.reverse() } else { ordering }
        });
        rows
    });
    let filtered = move || filters.iter().any(|filter| !filter.get().is_empty());
    let clear = move || {
        for filter in filters {
            filter.set(String::new());
        }
    };
    let more = move || {
        page.with(|page| page.next_cursor.is_some()).then(|| {
            view! {
                <p class="border-t border-border px-5 py-3 text-table text-text-2">
                    "The first 200 columns are shown; filter by table or text to see others."
                </p>
            }
        })
    };
    let head = move || {
        view! {
            <SortHeader label="Table" key_name="table" sort=sort />
            <SortHeader label="Column" key_name="column" sort=sort />
            <SortHeader label="Freshness" key_name="freshness" sort=sort numeric=true />
            <SortHeader label="Null %" key_name="null" sort=sort numeric=true />
            <SortHeader label="Uniqueness %" key_name="unique" sort=sort numeric=true />
            <SortHeader label="Health" key_name="health" sort=sort />
        }
    };
    let empty = Memo::new(move |_| rows.with(Vec::is_empty));
    view! {
        <Card title="Column health" flush=true>
            {move || {
                if !empty.get() {
                    view! {
                        <Table caption="Column health" head=head class="max-h-160 border-t border-border">
                            <For
                                each=move || rows.get()
                                key=|stats| (key_of(stats), stats.recorded_at, stats.health)
                                children=move |stats| view! { <HealthRow stats=stats opened=opened /> }
                            />
                        </Table>
                        {more}
                    }
                        .into_any()
                } else if filtered() {
                    view! {
                        <EmptyState
                            icon=Glyph::Filter
                            title="No column matches"
                            text="No column has this table, health and text together."
                            action=move || view! { <Button on_click=clear>"Clear filters"</Button> }
                        />
                    }
                        .into_any()
                } else {
                    view! {
                        <NothingMeasured />
                        <div class="flex justify-center pb-8">
                            <ScanButton />
                        </div>
                    }
                        .into_any()
                }
            }}
        </Card>
    }
}

#[component]
fn HealthRow(stats: ColumnStats, opened: RwSignal<String>) -> impl IntoView {
    let key = key_of(&stats);
    let own = key.clone();
    let how = provenance(Some(stats.method), stats.error_bound, Some(stats.recorded_at));
    let tone: Tone = stats.health.into();
    let why = stats.deductions.iter().map(|deduction| deduction.reason.clone()).collect::<Vec<_>>().join(" ");
    let moved = stats.null_percent.zip(stats.previous_null_percent).and_then(|(now, before)| {
        let difference = now - before;
        (difference.abs() >= 1.0).then(|| format!("{} before", format::percent(before)))
    });
    let (null_how, unique_how) = (how.clone(), how);
    let freshness = stats.freshness_seconds.map_or_else(|| "–".to_owned(), format::duration);
    let freshness_title = stats
        .latest_value_at
        .map(|at| format!("Newest value {}", format::date_time(at.millis())))
        .unwrap_or_else(|| "No column of this table says when a row came in".to_owned());
    let (null_percent, uniqueness_percent, health) =
        (stats.null_percent, stats.uniqueness_percent, stats.health);
    let ColumnStats { table, column, data_type, .. } = stats;
    view! {
        <Row
            on_open=move || opened.set(key.clone())
            selected=Signal::derive(move || opened.get() == own)
        >
            <Cell mono=true>{table}</Cell>
            <Cell mono=true>
                {column} " " <span class="text-label text-text-3">{data_type}</span>
            </Cell>
            <Cell numeric=true title=freshness_title>
                {freshness}
            </Cell>
            <Cell numeric=true>
                {moved.map(|text| view! { <span class="mr-2 text-label text-warn">{text}</span> })}
                <PercentBar
                    value=null_percent
                    label="NULL values"
                    tone=if tone == Tone::Ok { Tone::Neutral } else { tone }
                    title=null_how
                />
            </Cell>
            <Cell numeric=true>
                <PercentBar value=uniqueness_percent label="Distinct values" title=unique_how />
            </Cell>
            <Cell>
                <HealthBadge health=health title=why />
            </Cell>
        </Row>
    }
}
