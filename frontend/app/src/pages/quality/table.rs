use client::{ColumnHealth, HealthPage, QualityFilter};
use leptos::prelude::*;
use types::page::Page;
use ui::{
    Button, Card, Cell, EmptyState, Glyph, HeaderCell, HealthBadge, PercentBar, Row, Sort, SortHeader, Table,
    Tone, format,
};

use super::charts::NothingMeasured;
use super::key_of;
use crate::fetch::{MorePages, Paged};
use crate::scan::ScanButton;
use crate::words::{provenance_of_nulls, provenance_of_uniqueness};

/// What one looks for comes first.
pub(super) const WORST_FIRST: Sort = Sort { key: "health", descending: false };

/// The order that a header asks for as the API names it, and whether it is the API's reversed: of its own the API
/// answers the worst first, which is the highest share of NULL and the greatest age.
pub(super) fn asked(sort: Sort) -> (&'static str, bool) {
    match sort.key {
        "null" => ("null_percent", !sort.descending),
        "freshness" => ("freshness", !sort.descending),
        "unique" => ("uniqueness", sort.descending),
        "health" => ("health", sort.descending),
        _ => ("name", sort.descending),
    }
}

/// The columns and their health; a row opens its series.
#[component]
pub fn HealthTable(
    page: Signal<HealthPage>,
    /// What the first page was asked with.
    filter: Memo<QualityFilter>,
    sort: RwSignal<Sort>,
    opened: RwSignal<String>,
    /// Becomes the column that `opened` names.
    picked: RwSignal<Option<ColumnHealth>>,
    /// Cleared by "Clear filters".
    filters: [RwSignal<String>; 3],
) -> impl IntoView {
    let first = Signal::derive(move || {
        page.with(|page| Page {
            items: page.items.clone(),
            next_cursor: page.next_cursor.clone(),
            total: None,
        })
    });
    let Paged { all, more } = Paged::new(
        first,
        move || filter.get(),
        move |api, cursor| {
            let filter = QualityFilter { cursor: Some(cursor), ..filter.get_untracked() };
            async move {
                let page = api.quality(&filter).await?;
                Ok(Page { items: page.items, next_cursor: page.next_cursor, total: None })
            }
        },
    );
    let rows = Memo::new(move |_| all.get().items);
    // The totals are of the source, not of what the filters leave.
    let total = Signal::derive(move || {
        let narrow =
            filter.with(|filter| filter.table.is_some() || filter.health.is_some() || filter.text.is_some());
        (!narrow).then(|| {
            page.with(|page| {
                let totals = &page.totals;
                u64::from(totals.healthy)
                    + u64::from(totals.warning)
                    + u64::from(totals.critical)
                    + u64::from(totals.unknown)
            })
        })
    });
    Effect::new(move |_| {
        let key = opened.get();
        let found = rows.with(|rows| rows.iter().find(|stats| key_of(stats) == key).cloned());
        picked.set(found);
    });
    let filtered = move || filters.iter().any(|filter| !filter.get().is_empty());
    let clear = move || {
        for filter in filters {
            filter.set(String::new());
        }
    };
    let head = move || {
        view! {
            <SortHeader label="Table" key_name="table" sort=sort />
            <HeaderCell>"Column"</HeaderCell>
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
                        <MorePages more=more noun="column" total=total />
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
fn HealthRow(stats: ColumnHealth, opened: RwSignal<String>) -> impl IntoView {
    let key = key_of(&stats);
    let own = key.clone();
    let (method, at) = (Some(stats.method), Some(stats.recorded_at));
    let null_how = provenance_of_nulls(method, stats.error_bound, at);
    let unique_how = provenance_of_uniqueness(method, stats.error_bound, at);
    let tone: Tone = stats.health.into();
    let why = stats.deductions.iter().map(|deduction| deduction.reason.clone()).collect::<Vec<_>>().join(" ");
    let moved = stats.null_percent.zip(stats.previous_null_percent).and_then(|(now, before)| {
        let difference = now - before;
        (difference.abs() >= 1.0).then(|| format!("{} before", format::percent(before)))
    });
    let freshness = stats.freshness_seconds.map_or_else(|| "–".to_owned(), format::duration);
    let freshness_title = stats
        .latest_value_at
        .map(|at| format!("Newest value {}", format::date_time(at.millis())))
        .unwrap_or_else(|| "No column of this table says when a row came in".to_owned());
    let (null_percent, uniqueness_percent, health) =
        (stats.null_percent, stats.uniqueness_percent, stats.health);
    let ColumnHealth { table, column, data_type, .. } = stats;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_asks_for_what_its_arrow_says() {
        for (key, descending, name, reverse) in [
            ("health", false, "health", false),
            ("table", false, "name", false),
            ("table", true, "name", true),
            ("null", true, "null_percent", false),
            ("null", false, "null_percent", true),
            ("unique", false, "uniqueness", false),
            ("freshness", true, "freshness", false),
        ] {
            assert_eq!(asked(Sort { key, descending }), (name, reverse), "{key} {descending}");
        }
    }
}
