//! `/dashboard/quality`: how healthy every column is.

mod charts;
pub(crate) mod column_panel;
pub(crate) mod expectations;
pub(crate) mod filters;
mod table;

use client::{ColumnHealth, QualityFilter, TrendFilter};
use leptos::prelude::*;
use types::page::MAXIMUM_LIMIT;
use types::quality::HealthTotals;
use ui::{PageHeader, SkeletonRows, TabPanel, Tabs, format};

use crate::address::{query_choice, query_step, query_text};
use crate::day::Days;
use crate::fetch::Fetched;
use crate::page::{Loaded, PageFrame};
use crate::part::Expectations;
use crate::workspace::use_workspace;
use charts::TrendCharts;
use column_panel::ColumnPanel;
use filters::{Filters, Range};
use table::{HealthTable, WORST_FIRST, asked};

/// The page.
#[component]
pub fn QualityPage() -> impl IntoView {
    let workspace = use_workspace();
    let range = Range { preset: query_choice("range", "30d"), days: Days::of_url() };
    let table = query_text("table");
    let health = query_text("health");
    let text = query_text("q");
    let opened = query_step("column");

    let sort = RwSignal::new(WORST_FIRST);
    let filter = Memo::new(move |_| {
        let (sort, reverse) = asked(sort.get());
        QualityFilter {
            source: workspace.source.get(),
            table: Some(table.get()).filter(|table| !table.is_empty()),
            health: Some(health.get()).filter(|health| !health.is_empty()),
            text: Some(text.get()).filter(|text| !text.is_empty()),
            sort: Some(sort.to_owned()),
            reverse,
            limit: Some(MAXIMUM_LIMIT),
            ..QualityFilter::default()
        }
    });
    let columns = Fetched::new(move || filter.get(), |api, filter| async move { api.quality(&filter).await });
    let picked = RwSignal::new(None);
    let trends = Fetched::new(
        move || {
            let (from, to) = range.bounds();
            TrendFilter {
                source: workspace.source.get(),
                table: Some(table.get()).filter(|table| !table.is_empty()),
                column: None,
                from,
                to,
            }
        },
        |api, filter| async move { api.quality_trends(&filter).await },
    );
    let stats = Fetched::new(
        move || workspace.source.get(),
        |api, source| async move { api.health_stats(source.as_deref()).await },
    );
    let answer = move || {
        stats.with(|stats| {
            let stats = stats?;
            let mut parts = Vec::new();
            if let Some(score) = stats.score {
                parts.push(format!("Quality score {}%", format::decimal(score, 1)));
            }
            parts.push(sentence(&stats.totals));
            if stats.stale_tables > 0 {
                parts.push(format!("{} stale", format::plural(stats.stale_tables.into(), "table")));
            }
            Some(format::capitalized(&parts.join("; ")))
        })
    };
    let shown = query_choice("view", "columns");
    let expectations_ready = RwSignal::new(false);
    let ready = Signal::derive(move || {
        if shown.get() == "expectations" {
            expectations_ready.get()
        } else {
            columns.is_there() && trends.is_there()
        }
    });
    let tabs: Vec<(String, String)> = [("columns", "Columns"), ("expectations", "Expectations")]
        .map(|(key, label)| (key.to_owned(), label.to_owned()))
        .into();
    view! {
        <PageFrame
            name="quality"
            title="Quality"
            ready=ready
            refreshing=Signal::derive(move || ready.get() && (columns.is_busy() || trends.is_busy()))
        >
            <PageHeader title="Data quality" answer=Signal::derive(answer) />
            <Tabs group="quality" label="Columns or expectations" tabs=tabs selected=shown />
            <TabPanel group="quality" key_name="columns" selected=shown>
                <Filters range=range table=table health=health text=text />
                <TrendCharts trends=trends stats=stats on_table=move |path| table.set(path) />
                <div class="mt-4">
                    <Loaded
                        from=columns
                        skeleton=columns_waiting
                        let:page
                    >
                        <HealthTable page=page filter=filter sort=sort opened=opened picked=picked filters=[table, health, text] />
                    </Loaded>
                </div>
                <ColumnPanel opened=opened stats=picked range=range />
            </TabPanel>
            <TabPanel group="quality" key_name="expectations" selected=shown>
                <Expectations table=table ready=expectations_ready />
            </TabPanel>
        </PageFrame>
    }
}

/// The same geometry as the page.
pub(crate) fn waiting() -> impl IntoView {
    view! {
        <div class="mb-4 h-9"></div>
        {charts::waiting()}
        <div class="mt-4">{columns_waiting()}</div>
    }
}

fn columns_waiting() -> impl IntoView {
    view! {
        <div class="rounded-xl border border-border bg-surface">
            <SkeletonRows rows=10 what="columns" />
        </div>
    }
}

/// `120 columns healthy, 3 warning, 1 critical`.
fn sentence(totals: &HealthTotals) -> String {
    let parts: Vec<String> = [
        (totals.healthy, "healthy"),
        (totals.warning, "warning"),
        (totals.critical, "critical"),
        (totals.unknown, "not measured"),
    ]
    .iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, word)| format!("{} {word}", format::count((*count).into())))
    .collect();
    if parts.is_empty() {
        "no column measured yet".to_owned()
    } else {
        format!("columns: {}", parts.join(", "))
    }
}

/// What tells a column apart, as it stands in the URL.
pub(super) fn key_of(stats: &ColumnHealth) -> String {
    format!("{}/{}.{}", stats.source, stats.table, stats.column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_read_as_a_sentence() {
        let totals = HealthTotals { healthy: 1200, critical: 1, ..HealthTotals::default() };
        assert_eq!(sentence(&totals), "columns: 1,200 healthy, 1 critical");
        assert_eq!(sentence(&HealthTotals::default()), "no column measured yet");
    }
}
