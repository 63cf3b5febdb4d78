use std::collections::BTreeSet;

use leptos::prelude::*;
use types::Timestamp;
use types::problem::Code;
use ui::{SearchInput, Select, SelectOption, now_millis};

use crate::day::{DAY_MILLIS, DayFields, Days};
use crate::fetch::Fetched;
use crate::workspace::use_workspace;

/// Which time the charts show, as it stands in the URL.
#[derive(Clone, Copy)]
pub(crate) struct Range {
    /// `7d`, `30d`, `90d`, `all` or `custom`.
    pub(super) preset: RwSignal<String>,
    /// For `custom`.
    pub(super) days: Days,
}

/// Before anything was measured: without a start the API answers the last thirty days.
const BEGINNING: &str = "1970-01-01T00:00:00.000Z";

/// The start of the day `days` before `now`, so that the range stays the same while the page is open.
fn days_back(now: i64, days: i64) -> Option<String> {
    let start = now.div_euclid(DAY_MILLIS) * DAY_MILLIS - days * DAY_MILLIS;
    Timestamp::from_millis(start).map(|at| at.to_string())
}

impl Range {
    /// From and to, in RFC 3339; tracked. Missing: without a bound.
    pub(super) fn bounds(self) -> (Option<String>, Option<String>) {
        let now = now_millis();
        match self.preset.get().as_str() {
            "7d" => (days_back(now, 7), None),
            "90d" => (days_back(now, 90), None),
            "all" => (Some(BEGINNING.to_owned()), None),
            "custom" => self.days.bounds(),
            _ => (days_back(now, 30), None),
        }
    }
}

/// All tables of the shown sources, or one of them; also one that is chosen and not there any more.
pub(super) fn table_options(table: RwSignal<String>) -> Signal<Vec<SelectOption>> {
    let workspace = use_workspace();
    let tables = Fetched::new(
        move || workspace.shown_sources(),
        |api, sources: Vec<String>| async move {
            let mut paths = BTreeSet::new();
            for source in sources {
                match api.tables(Some(&source)).await {
                    Ok(tables) => paths.extend(tables),
                    // It was not scanned yet.
                    Err(failure) if failure.is(Code::NoSnapshot) => {}
                    Err(failure) => return Err(failure),
                }
            }
            Ok(paths)
        },
    );
    Signal::derive(move || {
        let mut options = vec![SelectOption::new("", "All tables")];
        let chosen = table.get();
        let known: BTreeSet<String> = tables.with(|tables| tables.cloned().unwrap_or_default());
        if !chosen.is_empty() && !known.contains(&chosen) {
            options.push(SelectOption::new(chosen.clone(), chosen));
        }
        options.extend(known.into_iter().map(|path| SelectOption::new(path.clone(), path)));
        options
    })
}

/// Table, date range, health and text: all in the URL.
#[component]
pub fn Filters(
    range: Range,
    table: RwSignal<String>,
    health: RwSignal<String>,
    text: RwSignal<String>,
) -> impl IntoView {
    let tables = table_options(table);
    let ranges = vec![
        SelectOption::new("7d", "Last 7 days"),
        SelectOption::new("30d", "Last 30 days"),
        SelectOption::new("90d", "Last 90 days"),
        SelectOption::new("all", "All time"),
        SelectOption::new("custom", "From … to …"),
    ];
    let badges = vec![
        SelectOption::new("", "Any health"),
        SelectOption::new("critical", "Critical"),
        SelectOption::new("warning", "Warning"),
        SelectOption::new("healthy", "Healthy"),
        SelectOption::new("unknown", "Not measured"),
    ];
    view! {
        <div class="mb-4 flex flex-wrap items-end gap-3" role="group" aria-label="Filters">
            <div class="w-64">
                <SearchInput value=text label="Search columns" />
            </div>
            <div class="w-56">
                <Select value=table options=tables label="Table" />
            </div>
            <div class="w-40">
                <Select value=health options=badges label="Health" />
            </div>
            <div class="w-40">
                <Select value=range.preset options=ranges label="Date range" />
            </div>
            <Show when=move || range.preset.get() == "custom">
                <DayFields days=range.days />
            </Show>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_begins_with_a_whole_day() {
        assert_eq!(days_back(1_795_249_800_000, 7).as_deref(), Some("2026-11-14T00:00:00.000Z"));
    }
}
