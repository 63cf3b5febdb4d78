use std::collections::BTreeMap;

use charts::{BarChart, BarSeries, Colour};
use leptos::prelude::*;
use types::Timestamp;
use types::drift::DriftSummary;
use types::page::Page;
use ui::now_millis;

use crate::day::{DAY_MILLIS, day_of};

/// At least this many days, so that a single event does not fill the chart.
const FEWEST: i64 = 14;
/// At most this many: older events are in the list.
const MOST: i64 = 60;

/// Breaking and other changes of one day.
#[derive(Clone, Debug, Default, PartialEq)]
struct Day {
    /// `2026-11-14`.
    key: String,
    breaking: u32,
    other: u32,
}

/// Every day from the first event to today, also those on which nothing changed.
fn days(events: &[DriftSummary], now: i64) -> Vec<Day> {
    let mut counted: BTreeMap<i64, (u32, u32)> = BTreeMap::new();
    for event in events {
        let day = counted.entry(event.detected_at.millis().div_euclid(DAY_MILLIS)).or_default();
        day.0 += event.summary.breaking;
        day.1 += event.summary.total.saturating_sub(event.summary.breaking);
    }
    let today = now.div_euclid(DAY_MILLIS);
    let first = counted.keys().next().copied().unwrap_or(today).clamp(today - MOST + 1, today - FEWEST + 1);
    (first..=today)
        .map(|day| {
            let (breaking, other) = counted.get(&day).copied().unwrap_or_default();
            Day {
                key: Timestamp::from_millis(day * DAY_MILLIS).map(day_of).unwrap_or_default(),
                breaking,
                other,
            }
        })
        .collect()
}

/// The day before which events are not loaded, when the chart shows such days.
fn unknown_before(page: &Page<DriftSummary>) -> Option<String> {
    page.next_cursor.as_ref()?;
    let oldest = page.items.last()?.detected_at;
    let shown = days(&page.items, now_millis());
    (day_of(oldest) >= shown.first()?.key).then(|| day_of(oldest))
}

/// `14 Nov` of `2026-11-14`.
fn short(key: &str) -> String {
    let at = Timestamp::parse(&format!("{key}T00:00:00Z")).map_or(0, Timestamp::millis);
    let date = ui::format::date(at);
    date.rsplit_once(' ').map_or(date.clone(), |(day, _)| day.to_owned())
}

/// Bars of breaking and non-breaking changes by day. Choosing a day narrows the list to it; choosing it again does not.
#[component]
pub fn Timeline(page: Signal<Page<DriftSummary>>, day: RwSignal<String>) -> impl IntoView {
    let days = Memo::new(move |_| page.with(|page| days(&page.items, now_millis())));
    let categories =
        Memo::new(move |_| days.with(|days| days.iter().map(|day| short(&day.key)).collect::<Vec<_>>()));
    let series = Memo::new(move |_| {
        days.with(|days| {
            vec![
                BarSeries {
                    name: "Breaking".to_owned(),
                    values: days.iter().map(|day| f64::from(day.breaking)).collect(),
                    colour: Colour::Bad,
                    ..BarSeries::default()
                },
                BarSeries {
                    name: "Non-breaking".to_owned(),
                    values: days.iter().map(|day| f64::from(day.other)).collect(),
                    colour: Colour::Series(1),
                    ..BarSeries::default()
                },
            ]
        })
    });
    let selected = Signal::derive(move || {
        let chosen = day.get();
        days.with(|days| days.iter().position(|day| day.key == chosen))
    });
    let choose = move |index: usize| {
        let key = days.with_untracked(|days| days.get(index).map(|day| day.key.clone()).unwrap_or_default());
        day.update(|day| {
            if *day == key {
                day.clear();
            } else {
                *day = key;
            }
        });
    };
    let unknown = move || page.with(unknown_before);
    view! {
        <BarChart
            categories=categories
            series=series
            label="Changes by day, breaking and non-breaking"
            stacked=true
            selected=selected
            on_select=choose
        />
        {move || {
            unknown()
                .map(|day| {
                    view! {
                        <p class="mt-1 text-label text-text-3">
                            {format!("Of the newest events only; those before {} are in the list below.", short(&day))}
                        </p>
                    }
                })
        }}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_without_a_change_are_kept() {
        let now = 1_795_249_800_000;
        let days = days(&[], now);
        assert_eq!(days.len(), 14);
        assert_eq!(days[13].key, "2026-11-21");
        assert_eq!(days[0].key, "2026-11-08");
    }

    #[test]
    fn a_day_is_written_without_its_year() {
        assert_eq!(short("2026-11-14"), "14 Nov");
    }
}
